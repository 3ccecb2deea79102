"""What the form refuses while it is typed, and what it makes of what it takes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from yarl import URL

from apolo_tui.model.job import DiskVolume, HTTPPort, JobPriority, SecretFile, Volume
from apolo_tui.model.start.checks import check
from apolo_tui.model.start.draft import Draft, Field
from tests.model.start import AROUND

GOOD = Draft(image="ubuntu:22.04", preset="cpu-small")
DISK = "disk-1b52e3a0-6dbb-4a0e-a1ba-9b3e1ee4d7fd"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.IMAGE, ""),
        (Field.IMAGE, "image:latest"),
        (Field.IMAGE, "ubuntu:22.04:x"),
        (Field.PRESET, ""),
        (Field.PRESET, "a100-9"),
        (Field.NAME, "ab"),
        (Field.NAME, "Train"),
        (Field.NAME, "a--b"),
        (Field.NAME, "job-x"),
        (Field.NAME, "x" * 41),
        (Field.TAGS, " ".join(f"t{number}" for number in range(17))),
        (Field.TAGS, "x" * 257),
        (Field.TAGS, "'a b'"),
        (Field.TAGS, "'open"),
        (Field.COMMAND, "python 'train.py"),
        (Field.ENTRYPOINT, '"sh'),
        (Field.ENV, "LR"),
        (Field.ENV, "A=1\nA=2"),
        (Field.ENV, "2B=1"),
        (Field.ENV, 'A="open'),
        (Field.ENV, "A=secret:"),
        (Field.ENV, "A=secret://elsewhere/o/p/k"),
        (Field.VOLUMES, "/data:/data"),
        (Field.VOLUMES, "storage:data"),
        (Field.VOLUMES, "storage:data:data"),
        (Field.VOLUMES, "storage:data:/data:rx"),
        (Field.VOLUMES, "storage:a:/data\nstorage:b:/data"),
        (Field.VOLUMES, "storage://elsewhere/o/p/x:/data"),
        (Field.VOLUMES, "secret:key:/file:ro"),
        (Field.VOLUMES, "disk:my-disk:/disk"),
        (Field.HTTP_PORT, "http"),
        (Field.HTTP_PORT, "65536"),
        (Field.HTTP_PORT, "²"),
        (Field.HEALTH_CHECK_PATH, "health"),
        (Field.LIFE_SPAN, "forever"),
        (Field.LIFE_SPAN, "5"),
        (Field.SCHEDULE_TIMEOUT, "30d"),
        (Field.SCHEDULE_TIMEOUT, "0"),
        (Field.WORKING_DIR, "code"),
        (Field.ENERGY_SCHEDULE, "nights"),
        (Field.ENERGY_SCHEDULE, "default"),
        (Field.RESTART, "sometimes"),
        (Field.PRIORITY, "urgent"),
    ],
)
def test_a_bad_value_is_a_problem_of_its_field(field: Field, value: str) -> None:
    checked = check(GOOD.with_value(field, value), AROUND)
    assert checked.request is None
    assert list(checked.problems) == [field]
    assert checked.problems[field]


def test_all_problems_show_at_once() -> None:
    draft = Draft(image="", preset="", name="X", life_span="x", env="x", volumes="x")
    wrong = {
        *(Field.IMAGE, Field.PRESET, Field.NAME),
        *(Field.LIFE_SPAN, Field.ENV, Field.VOLUMES),
    }
    assert set(check(draft, AROUND).problems) == wrong


def test_the_defaults_are_those_of_the_command() -> None:
    request = check(GOOD, AROUND).request
    assert request is not None
    assert request.life_span == timedelta(days=1).total_seconds()
    assert request.http == HTTPPort(80, requires_auth=True)
    assert request.shm
    assert request.priority is None


def test_everything_is_read() -> None:
    draft = replace(
        GOOD,
        command="python train.py --name 'a b'",
        name="train-7",
        tags="exp, v2 'a,b'",
        env='LR=0.1\n\nEMPTY=\nLINES="a\\nb"\nKEY=secret:api-key\nLITERAL="secret:x"',
        volumes=f"storage:data:/data:ro\nstorage:out:/out\ndisk:{DISK}:/d\nsecret:k:/run/k",
        http_port="8080",
        http_auth=False,
        health_check_path="/ready",
        life_span="1d2h",
        schedule_timeout="10m",
        priority="high",
        description="two words",
        working_dir="/code",
        wait_for_quota=True,
    )
    request = check(draft, AROUND).request
    assert request is not None
    root = "harbor/tidepool/reef"
    assert request.env == {"LR": "0.1", "EMPTY": "", "LINES": "a\nb", "LITERAL": "secret:x"}
    assert request.secret_env == {"KEY": URL(f"secret://{root}/api-key")}
    assert request.volumes == (
        Volume(URL(f"storage://{root}/data"), "/data", read_only=True),
        Volume(URL(f"storage://{root}/out"), "/out", read_only=False),
    )
    assert request.disk_volumes == (DiskVolume(URL(f"disk://{root}/{DISK}"), "/d"),)
    assert request.secret_files == (SecretFile(URL(f"secret://{root}/k"), "/run/k"),)
    assert request.tags == ("exp", "v2", "a,b")
    assert request.http == HTTPPort(8080, requires_auth=False, health_check_path="/ready")
    assert request.life_span == 26 * 3600
    assert request.schedule_timeout == 600
    assert request.priority is JobPriority.HIGH
    assert request.wait_for_jobs_quota


@pytest.mark.parametrize("text", ["", "0"])
def test_no_limit_and_no_port(text: str) -> None:
    request = check(replace(GOOD, life_span=text, http_port=text), AROUND).request
    assert request is not None
    assert request.life_span is None
    assert request.http is None


def test_a_life_span_is_rounded_up_to_minutes_and_that_is_said() -> None:
    checked = check(GOOD.with_value(Field.LIFE_SPAN, "90s"), AROUND)
    assert checked.request is not None
    assert checked.request.life_span == 120
    assert checked.warnings == {Field.LIFE_SPAN: "rounded up to 2 min"}


def test_a_taken_name_is_a_warning_since_the_list_may_be_old() -> None:
    around = replace(AROUND, active_names=("train-7",))
    checked = check(GOOD.with_value(Field.NAME, "train-7"), around)
    assert checked.request is not None
    assert Field.NAME in checked.warnings


def test_what_jobs_that_take_turns_cannot_have() -> None:
    shared = replace(GOOD, preset="shared")
    late = check(replace(shared, schedule_timeout="5m"), AROUND)
    assert list(late.problems) == [Field.SCHEDULE_TIMEOUT]
    assert check(replace(shared, energy_schedule="default"), AROUND).request is not None


def test_a_passed_config_and_a_token_of_ones_own_exclude_each_other() -> None:
    draft = replace(GOOD, pass_config=True, env="NEURO_PASSED_CONFIG=x")
    assert list(check(draft, AROUND).problems) == [Field.PASS_CONFIG]


def test_a_job_needs_a_project() -> None:
    around = replace(AROUND, place=replace(AROUND.place, project_name=None))
    assert "project" in check(GOOD, around).problems[Field.IMAGE]
