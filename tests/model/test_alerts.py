"""The rules: what two looks at the jobs tell, once, and at the right time."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.model.alerts import (
    LIFE_SPAN_MARKS,
    Alert,
    Mute,
    QuietHours,
    Rule,
    Severity,
    expiring,
    next_mark,
    ordinal,
    running_out,
    span,
    transitions,
)
from apolo_tui.model.job import JobDescription, JobStatus, JobStatusHistory
from apolo_tui.model.query_facts import Facts
from tests.model.jobs import NOON, make_job


def look(*jobs: JobDescription) -> dict[str, JobDescription]:
    return {job.id: job for job in jobs}


def told(
    before: JobDescription | None, after: JobDescription, *, since: datetime = NOON, me: str = ""
) -> list[Alert]:
    return list(transitions(look(before) if before else {}, look(after), since=since, me=me))


def restarted(job: JobDescription, times: int) -> JobDescription:
    history = JobStatusHistory(
        status=job.status,
        created_at=job.created_at,
        run_time_seconds=job.history.run_time_seconds,
        restarts=times,
    )
    return replace(job, history=history)


PENDING = make_job(name="train", status=JobStatus.PENDING, run=None)
RUNNING = make_job(name="train")


@pytest.mark.parametrize(
    ("before", "after", "rule", "text"),
    [
        (PENDING, RUNNING, Rule.STARTED, "train started"),
        (
            RUNNING,
            make_job(name="train", status=JobStatus.SUCCEEDED, run=1080),
            Rule.FINISHED,
            "train succeeded after 18m",
        ),
        (
            RUNNING,
            make_job(name="train", status=JobStatus.FAILED, reason="OOMKilled", run=180),
            Rule.FAILED,
            "train failed after 3m: OOMKilled",
        ),
        (
            RUNNING,
            make_job(name="train", status=JobStatus.CANCELLED, reason="LifeSpanEnded"),
            Rule.FAILED,
            "train was ended: its life span is over",
        ),
        (
            RUNNING,
            make_job(name="train", status=JobStatus.CANCELLED, reason="QuotaExhausted"),
            Rule.FAILED,
            "train was ended: the credits are used up",
        ),
        (
            RUNNING,
            make_job(name="train", status=JobStatus.CANCELLED, reason="UserRequested", run=None),
            Rule.FINISHED,
            "train was killed",
        ),
        (
            RUNNING,
            make_job(name="train", status=JobStatus.SUSPENDED),
            Rule.SUSPENDED,
            "train suspended: makes room for others",
        ),
        (
            make_job(name="train", status=JobStatus.SUSPENDED),
            RUNNING,
            Rule.STARTED,
            "train runs again",
        ),
        (RUNNING, restarted(RUNNING, 2), Rule.RESTARTED, "train restarted, for the 2nd time"),
    ],
)
def test_a_transition(before: JobDescription, after: JobDescription, rule: Rule, text: str) -> None:
    (alert,) = told(before, after)
    assert (alert.rule, alert.text) == (rule, text)
    assert (alert.job_id, alert.job_name) == (after.id, "train")


def test_no_news_is_no_alert() -> None:
    assert told(RUNNING, RUNNING) == []
    assert told(RUNNING, make_job(name="train", run=1900)) == []
    assert told(PENDING, make_job(name="train", status=JobStatus.PENDING, reason="Pulling")) == []


def test_a_job_that_came_and_went_between_two_looks() -> None:
    quick = make_job(2, status=JobStatus.FAILED, reason="Error", age=3)
    (alert,) = told(None, quick, since=NOON - timedelta(seconds=5))
    assert alert.rule is Rule.FAILED


def test_a_job_from_the_history_is_no_news() -> None:
    old = make_job(2, status=JobStatus.FAILED, age=86400)
    assert told(None, old, since=NOON - timedelta(seconds=5)) == []


def test_only_my_jobs() -> None:
    assert told(PENDING, RUNNING, me="bob") == []
    assert len(told(PENDING, RUNNING, me="ann")) == 1


def test_the_key_is_the_same_in_every_instance() -> None:
    after = make_job(status=JobStatus.FAILED, ended_ago=10)
    (one,) = told(RUNNING, after)
    (two,) = told(PENDING, after, since=NOON - timedelta(hours=1))
    assert one.key == two.key
    assert one.at == (NOON - timedelta(seconds=10)).timestamp()


# Life spans


def facts(seconds: float = 0, me: str = "") -> Facts:
    return Facts(now=NOON + timedelta(seconds=seconds), answered_at=NOON, me=me)


def life(left: float, whole: float = 86400, **more: object) -> JobDescription:
    return make_job(name="train", life_span=whole, run=whole - left, **more)  # type: ignore[arg-type]  # parts of a job


@pytest.mark.parametrize(
    ("left", "minutes"),
    [(3601, None), (3600, "60"), (901, "60"), (900, "15"), (300, "5"), (-9, "5")],
)
def test_the_last_mark_that_was_passed_speaks(left: float, minutes: str | None) -> None:
    found = list(expiring([life(left)], facts()))
    assert [alert.key.split("/")[2] for alert in found] == ([minutes] if minutes else [])


def test_it_stands_for_the_milder_ones() -> None:
    (alert,) = expiring([life(200)], facts())
    hour, quarter = (next(iter(expiring([life(left)], facts()))) for left in (3000, 800))
    assert set(alert.covers) == {hour.key, quarter.key}
    assert alert.severity is Severity.ERROR
    assert alert.text == "train ends in 4 min"
    assert alert.at == NOON.timestamp() - 100


def test_more_time_makes_new_marks() -> None:
    (before,) = expiring([life(200)], facts())
    (after,) = expiring([life(200, whole=90000)], facts())
    assert before.key != after.key


def test_a_mark_as_long_as_the_life_span_is_none() -> None:
    assert list(expiring([life(3600, whole=3600)], facts())) == []
    assert list(expiring([life(290, whole=300)], facts())) == []


@pytest.mark.parametrize(
    "job",
    [
        make_job(life_span=None),
        life(100, status=JobStatus.SUSPENDED),
        life(100, status=JobStatus.PENDING),
        life(100, status=JobStatus.SUCCEEDED),
        life(100, owner="bob"),
    ],
)
def test_who_has_no_countdown(job: JobDescription) -> None:
    assert list(expiring([job], facts(me="ann"))) == []
    assert next_mark([job], facts(me="ann")) is None


@settings(max_examples=60, deadline=None)
@given(st.floats(60, 100_000), st.floats(0, 7200))
def test_waiting_as_long_as_told_passes_exactly_one_mark(left: float, later: float) -> None:
    job = life(left, whole=200_000)
    wait = next_mark([job], facts(later))
    before = {alert.key for alert in expiring([job], facts(later))}
    if wait is None:
        assert left - later <= min(LIFE_SPAN_MARKS)
        return
    shortly_before = {alert.key for alert in expiring([job], facts(later + wait * 0.99 - 0.1))}
    after = {alert.key for alert in expiring([job], facts(later + wait + 0.001))}
    assert after
    assert after != before
    assert wait < 1 or shortly_before == before


# Credits


def say(balance: str, later: float = 0) -> Alert | None:
    now = NOON.timestamp() + later
    return running_out(Decimal(balance), Decimal(10), now=now, account="harbor/tidepool/mira")


def test_credits_that_run_out() -> None:
    assert say("241") is None
    day, two = say("240"), say("20")
    assert day is not None
    assert two is not None
    assert (day.severity, two.severity) == (Severity.WARNING, Severity.ERROR)
    assert day.key in two.covers
    assert "2h00m" in two.text
    again, tomorrow = say("19"), say("19", 86400)
    assert again is not None
    assert tomorrow is not None
    assert again.key == two.key != tomorrow.key
    assert running_out(None, Decimal(10), now=0, account="x") is None


# Silence

ALERT = Alert(key="k", rule=Rule.EXPIRING, at=0, text="t", job_id="job-1")


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ("all", True),
        ("job:job-1", True),
        ("job:job-2", False),
        ("rule:expiring", True),
        ("rule:failed", False),
    ],
)
def test_what_a_mute_covers(scope: str, covers: bool) -> None:
    assert Mute(scope).covers(ALERT, now=100) is covers


def test_a_snooze_ends() -> None:
    assert Mute("all", until=100).covers(ALERT, now=99.9)
    assert not Mute("all", until=100).covers(ALERT, now=100)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("22:00-07:30", [(22, 0), (3, 0), (7, 29)], [(7, 30), (12, 0), (21, 59)]),
        ("12:00-13:00", [(12, 0), (12, 59)], [(11, 59), (13, 0)]),
    ],
)
def test_quiet_hours(
    text: str, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    hours = QuietHours.parse(text)
    assert all(hours.contain(time(*moment)) for moment in inside)
    assert not any(hours.contain(time(*moment)) for moment in outside)


@pytest.mark.parametrize("text", ["", "22:00", "22-7x", "25:00-07:00", "07:00-07:00", "a-b"])
def test_what_are_no_quiet_hours(text: str) -> None:
    with pytest.raises(ValueError, match="span of hours"):
        QuietHours.parse(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "5s"), (65, "1m"), (3600, "1h00m"), (7500, "2h05m"), (97200, "1d03h")],
)
def test_a_span_in_words(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_an_ordinal(number: int, text: str) -> None:
    assert ordinal(number) == text
