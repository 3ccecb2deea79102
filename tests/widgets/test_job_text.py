"""The detail of a job as lines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apolo_tui.model.job import JobDescription, JobStatus, JobStatusItem
from apolo_tui.model.query_facts import Facts
from apolo_tui.widgets.glyphs import ASCII
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.job_text import SHOWN_PHASES, history, overview
from apolo_tui.widgets.lines import line_width, plain
from tests.model.jobs import NOON, make_job

LOOK = JobLook(facts=Facts(now=NOON))


def shown(job: JobDescription, look: JobLook = LOOK, room: int = 76) -> list[str]:
    lines = overview(job, look, room)
    assert all(line_width(line) <= room for line in lines)
    return [plain(line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (make_job(name="train"), ("train  job-00000001", "status   ●R running 30m")),
        (make_job(), ("left     23h30m of 1d", "ends")),
        (make_job(life_span=None), ("left     ∞ no limit",)),
        (make_job(cost=None, price=None), ("cost     the platform does not say",)),
        (make_job(cost="4.5", price="8"), ("4.5 cr so far   8 cr/h", "at life-span end 192")),
        (make_job(preset=None), ("preset   1 cpu  1G",)),
        (make_job(status=JobStatus.SUCCEEDED, ended_ago=120), ("✓D succeeded",)),
        (make_job(status=JobStatus.FAILED, reason="Error"), ("cause    Its process ended",)),
        (make_job(tags=("a", "b")), ("tags     a b",)),
    ],
)
def test_what_a_job_is(job: JobDescription, words: tuple[str, ...]) -> None:
    text = "\n".join(shown(job))
    for word in words:
        assert word in text, text


def test_a_long_value_goes_on_below_and_ends_after_six_lines() -> None:
    job = make_job(name="long")
    command = " ".join(f"--option-{number}" for number in range(200))
    job = replace(job, container=replace(job.container, command=command))
    lines = [line for line in shown(job, room=50) if "--option" in line]
    assert len(lines) == 6
    assert lines[0].startswith("command  --option-0 ")
    assert all(line.startswith(" " * 9 + "--option") for line in lines[1:])


def test_what_went_wrong_is_told() -> None:
    job = make_job()
    look = replace(LOOK, gone={job.id: "dropped by the platform"}, failures={job.id: "no access"})
    text = "\n".join(shown(job, look))
    assert "note     dropped by the platform" in text
    assert "failed   no access" in text


def test_only_ascii_where_there_is_no_more() -> None:
    look = replace(LOOK, glyphs=ASCII)
    assert "*R running" in shown(make_job(life_span=None), look)[1]
    assert "oo no limit" in "\n".join(shown(make_job(life_span=None), look))


def phases(count: int) -> JobDescription:
    job = make_job()
    items = [
        JobStatusItem(
            JobStatus.PENDING if number % 2 == 0 else JobStatus.RUNNING,
            NOON - timedelta(seconds=52 * (count - number)),
            f"reason {number}",
            "",
            None,
            "",
        )
        for number in range(count)
    ]
    return replace(job, history=replace(job.history, transitions=items))


def test_each_phase_has_its_time_and_reason() -> None:
    lines = [plain(line) for line in history(phases(2), LOOK, 76)]
    assert lines[0].split() == ["WHEN", "STATUS", "TOOK", "REASON"]
    assert "◌ pending" in lines[1]
    assert "0m52s" in lines[1]
    assert "reason 0" in lines[1]
    assert "0m52s" in lines[2], "the last one goes on"


def test_of_very_many_phases_the_first_and_the_last_are_shown() -> None:
    count = SHOWN_PHASES + 50
    lines = [plain(line) for line in history(phases(count), LOOK, 76)]
    assert len(lines) == SHOWN_PHASES + 2
    assert "50 more" in lines[SHOWN_PHASES // 2 + 1]
    assert f"reason {count - 1}" in lines[-1]
