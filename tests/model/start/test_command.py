"""The `apolo run` command, read back by the parser of the real command."""

import shlex
from collections.abc import Mapping
from typing import Any

import click
import pytest
from apolo_cli.job import run as real_run
from hypothesis import given
from yarl import URL

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import HTTPPort, JobPriority, JobRestartPolicy, Volume
from apolo_tui.model.start.command import run_command
from apolo_tui.model.start.request import StartRequest
from tests.model.start import MANY, make_request, requests


def options(line: str) -> Mapping[str, Any]:
    """What the real command understands: its parameters by name, untyped."""
    words = shlex.split(line)
    assert words[:2] == ["apolo", "run"]
    parser = click.Command.make_parser(real_run, click.Context(real_run))
    parser.allow_interspersed_args = False
    values, rest, _ = parser.parse_args(words[2:])
    assert not rest
    return values


@MANY
@given(requests)
def test_it_says_the_same_to_the_real_command(request: StartRequest) -> None:
    found = options(str(run_command(request)))
    assert found["image"] == str(request.image)
    if request.command:
        assert list(found["cmd"]) == ["--", request.command]
    assert (found["cluster"], found["org"], found["project"]) == ("harbor", "tidepool", "reef")
    assert found["preset"] == request.preset_name
    assert found.get("name") == request.name
    assert tuple(found.get("tag") or ()) == request.tags
    assert found.get("description") == request.description
    assert found.get("entrypoint") == request.entrypoint
    assert found.get("workdir") == request.working_dir
    assert found["tty"] is request.tty
    assert found.get("extshm", True) is request.shm
    assert bool(found.get("pass_config")) is request.pass_config
    assert bool(found.get("privileged")) is request.privileged
    assert found.get("restart", "never") == request.restart_policy.value
    sent = [f"{name}={value}" for name, value in request.env.items()]
    sent += [f"{name}={uri}" for name, uri in request.secret_env.items()]
    assert list(found.get("env") or ()) == sent
    port = int(found.get("http_port", 80))
    assert port == (request.http.port if request.http else 0)
    assert len(found.get("volume") or ()) == len(
        [*request.volumes, *request.disk_volumes, *request.secret_files]
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"life_span": None}, "--life-span 0"),
        ({"life_span": 26 * 3600.0}, "--life-span 1d2h"),
        ({"schedule_timeout": 184.0}, "--schedule-timeout 3m4s"),
        ({"http": HTTPPort(8080, requires_auth=False)}, "--http-port 8080 --no-http-auth"),
        ({"http": None}, "--http-port 0"),
        ({"http": HTTPPort(80)}, "--preset gpu-small --life-span"),
        ({"restart_policy": JobRestartPolicy.ON_FAILURE}, "--restart on-failure"),
        ({"priority": JobPriority.LOW}, "--priority low"),
        ({"wait_for_jobs_quota": True}, "--wait-for-seat"),
        ({"shm": False}, "--no-extshm"),
        ({"energy_schedule_name": "default"}, "--energy-schedule default"),
        ({"command": "python -c 'print(1)'"}, """-- 'python -c '"'"'print(1)'"'"''"""),
    ],
)
def test_each_setting_has_its_option(changes: dict[str, Any], words: str) -> None:
    assert words in str(run_command(make_request(**changes)))


def test_what_no_option_can_say_is_told() -> None:
    request = make_request(
        http=HTTPPort(8080, health_check_path="/ready"),
        env={"A": "secret:x", "NEURO_PASSED_CONFIG": "live-token"},
        volumes=(Volume(URL("storage://harbor/tidepool/reef/a:b"), "/data"),),
        image=RemoteImage("localhost:5000/ubuntu", "v1"),
        schedule_timeout=1.5,
    )
    command = run_command(request)
    assert len(command.shortfalls) == 6
    assert "live-token" not in str(command)


def test_an_ordinary_request_is_said_in_full() -> None:
    assert run_command(make_request(env={"LR": "0.1"})).shortfalls == ()


def test_values_that_look_like_secrets_are_not_on_the_screen() -> None:
    command = run_command(make_request(env={"HF_TOKEN": "hf_123", "LR": "0.1"}))
    assert "hf_123" not in command.shown
    assert "--env HF_TOKEN=•••• --env LR=0.1" in command.shown
    assert "hf_123" in str(command)
