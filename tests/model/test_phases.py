"""The phases of a start, with their lengths."""

from dataclasses import replace
from datetime import timedelta

from apolo_tui.model.job import JobDescription, JobStatus, JobStatusHistory, JobStatusItem
from apolo_tui.model.phases import phases
from tests.model.jobs import NOON, make_job


def job(*steps: tuple[float, JobStatus, str]) -> JobDescription:
    """A job whose transitions happened so many seconds after NOON."""
    transitions = tuple(
        JobStatusItem(status, NOON + timedelta(seconds=at), reason) for at, status, reason in steps
    )
    status = transitions[-1].status
    history = JobStatusHistory(status=status, created_at=NOON, transitions=transitions)
    return replace(make_job(status=status), history=history)


P, R = JobStatus.PENDING, JobStatus.RUNNING


def told(described: JobDescription, after: float) -> list[tuple[str, float, bool]]:
    found = phases(described, NOON.timestamp() + after)
    return [(phase.name, round(phase.seconds, 3), phase.open) for phase in found]


def test_a_start_step_by_step() -> None:
    steps = job((0, P, "Creating"), (2, P, "Scheduling"), (5, P, "Pulling"), (57, R, ""))
    assert told(steps, 60) == [
        ("Creating", 2, False),
        ("Scheduling", 3, False),
        ("Pulling", 52, False),
        ("Running", 3, True),
    ]


def test_neighbours_of_one_name_are_one_phase() -> None:
    steps = job((0, P, "Pulling"), (2, P, "Pulling"), (5, R, "Restarting"), (6, R, ""))
    assert told(steps, 10) == [("Pulling", 5, False), ("Running", 5, True)]


def test_an_end_takes_no_time_and_is_over() -> None:
    steps = job((0, P, ""), (3, R, ""), (9, JobStatus.FAILED, "Error"))
    assert told(steps, 100) == [
        ("Pending", 3, False),
        ("Running", 6, False),
        ("Failed", 0, False),
    ]


def test_a_clock_that_lags_behind_makes_nothing_negative() -> None:
    assert told(job((5, P, "Creating")), 0) == [("Creating", 0, True)]
