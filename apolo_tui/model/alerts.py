"""What is worth telling about jobs: rules that turn two looks at the list into alerts.

Everything here is a function of what the platform told and of the time, so that the same look
gives the same alerts, with the same keys, in every instance of the dashboard.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.money import format_runway, runway
from apolo_tui.model.query_facts import NO_LIMIT, Facts, time_left
from apolo_tui.model.units import format_credits

LIFE_SPAN_MARKS = (3600.0, 900.0, 300.0)
"""Seconds of life span left at which there is an alert."""
RUNWAY_MARKS = (24 * 3600.0, 2 * 3600.0)
"""Seconds until the credits are used up at which there is an alert."""


class Rule(StrEnum):
    """What an alert is about; each rule can be muted."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    SUSPENDED = "suspended"
    RESTARTED = "restarted"
    EXPIRING = "expiring"
    RUNWAY = "runway"


class Severity(StrEnum):
    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to tell, once. `key` is the same wherever and whenever it is found out."""

    key: str
    rule: Rule
    at: float
    """Unix time at which it happened."""
    text: str
    severity: Severity = Severity.INFORMATION
    job_id: str = ""
    job_name: str = ""
    covers: tuple[str, ...] = ()
    """Keys of milder alerts that need not be told any more."""


def label(job: JobDescription) -> str:
    return job.name or job.id


# Changes of the status


def transitions(
    before: Mapping[str, JobDescription],
    after: Mapping[str, JobDescription],
    *,
    since: datetime,
    me: str = "",
) -> Iterator[Alert]:
    """What happened between two looks at the jobs of `me` (of everybody if empty).

    `since` is the time of the first look: a job that is new to the list but older than that comes
    from the history, and is no news.
    """
    for job_id, job in after.items():
        old = before.get(job_id)
        if old is job or (me and job.owner != me):
            continue
        if old is None and (job.created_at is None or job.created_at < since):
            continue
        yield from _transition(old, job, since)


def _transition(
    old: JobDescription | None, job: JobDescription, since: datetime
) -> Iterator[Alert]:
    was = JobStatus.PENDING if old is None else old.status
    restarts = 0 if old is None else old.history.restarts
    status, history = job.status, job.history
    if status is not was:
        if status is JobStatus.RUNNING:
            verb = "runs again" if was is JobStatus.SUSPENDED else "started"
            yield _about(job, Rule.STARTED, verb, since)
        elif status is JobStatus.SUSPENDED:
            why = history.reason or "makes room for others"
            yield _about(job, Rule.SUSPENDED, f"suspended: {why}", since, Severity.WARNING)
        elif status is JobStatus.SUCCEEDED:
            yield _about(job, Rule.FINISHED, f"succeeded{_after(job)}", since)
        elif status is JobStatus.FAILED:
            text = f"failed{_after(job)}: {cause(job)}"
            yield _about(job, Rule.FAILED, text, since, Severity.ERROR)
        elif status is JobStatus.CANCELLED:
            yield _cancelled(job, since)
    elif status is JobStatus.RUNNING and history.restarts > restarts:
        text = f"restarted, for the {ordinal(history.restarts)} time"
        yield _about(job, Rule.RESTARTED, text, since, Severity.WARNING, history.restarts)


def _cancelled(job: JobDescription, since: datetime) -> Alert:
    reason = job.history.reason
    if reason == "LifeSpanEnded":
        text = "was ended: its life span is over"
    elif reason == "QuotaExhausted":
        text = "was ended: the credits are used up"
    else:
        return _about(job, Rule.FINISHED, f"was killed{_after(job)}", since)
    return _about(job, Rule.FAILED, text, since, Severity.ERROR)


def _about(
    job: JobDescription,
    rule: Rule,
    what: str,
    since: datetime,
    severity: Severity = Severity.INFORMATION,
    number: int | None = None,
) -> Alert:
    changed = job.history.changed_at or since
    which = int(changed.timestamp()) if number is None else number
    return Alert(
        key=f"{job.id}/{rule}/{which}",
        rule=rule,
        at=changed.timestamp(),
        text=f"{label(job)} {what}",
        severity=severity,
        job_id=job.id,
        job_name=label(job),
    )


def cause(job: JobDescription) -> str:
    """Why a job failed, in a few words: `OOMKilled 137`."""
    code = job.history.exit_code
    parts = [job.history.reason or "", "" if code is None else str(code)]
    return " ".join(part for part in parts if part) or "no reason told"


def _after(job: JobDescription) -> str:
    seconds = job.history.run_time_seconds
    return f" after {span(seconds)}" if seconds else ""


def span(seconds: float) -> str:
    """A duration for reading: `45s`, `18m`, `2h05m`, `1d03h`."""
    if seconds < 60:
        return f"{int(seconds)}s"
    minutes = int(seconds) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days}d{hours % 24:02}h"
    return f"{hours}h{minutes % 60:02}m" if hours else f"{minutes}m"


def ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


# Life spans


def expiring(
    jobs: Iterable[JobDescription], facts: Facts, *, marks: Sequence[float] = LIFE_SPAN_MARKS
) -> Iterator[Alert]:
    """An alert for each running job whose life span is shorter than a mark, for the last such mark.

    A mark that is not shorter than the whole life span is none for that job. Giving the job more
    time makes its marks new ones.
    """
    now = facts.now.timestamp()
    for job in jobs:
        left = _left(job, facts)
        passed = [mark for mark in _marks(job, marks) if left <= mark]
        if not passed:
            continue
        *milder, mark = sorted(passed, reverse=True)
        yield Alert(
            key=_mark_key(job, mark),
            rule=Rule.EXPIRING,
            at=now - (mark - left),
            text=f"{label(job)} ends in {math.ceil(left / 60)} min",
            severity=Severity.ERROR if mark == min(marks) else Severity.WARNING,
            job_id=job.id,
            job_name=label(job),
            covers=tuple(_mark_key(job, other) for other in milder),
        )


def next_mark(
    jobs: Iterable[JobDescription], facts: Facts, *, marks: Sequence[float] = LIFE_SPAN_MARKS
) -> float | None:
    """Seconds until a job passes its next mark; None when none will."""
    waits = [
        left - mark
        for job in jobs
        if (left := _left(job, facts)) < NO_LIMIT
        for mark in _marks(job, marks)
        if left > mark
    ]
    return min(waits, default=None)


def _left(job: JobDescription, facts: Facts) -> float:
    """Seconds left of a job of the user's that runs; NO_LIMIT for any other."""
    if job.status is not JobStatus.RUNNING or (facts.me and job.owner != facts.me):
        return NO_LIMIT
    left = time_left(job, facts)
    return NO_LIMIT if left is None else left


def _marks(job: JobDescription, marks: Sequence[float]) -> Iterator[float]:
    whole = job.life_span or 0.0
    return (mark for mark in marks if mark < whole)


def _mark_key(job: JobDescription, mark: float) -> str:
    return f"{job.id}/{Rule.EXPIRING}/{mark / 60:g}/{(job.life_span or 0) / 60:g}"


# Credits


def running_out(
    balance: Decimal | None,
    burn: Decimal,
    *,
    now: float,
    account: str,
    marks: Sequence[float] = RUNWAY_MARKS,
) -> Alert | None:
    """An alert when the credits of `account` last shorter than a mark.

    Once a day for each mark: the balance goes up and down with every job that starts or ends.
    """
    left = runway(balance, burn)
    if left is None or balance is None:
        return None
    passed = [mark for mark in marks if left.total_seconds() <= mark]
    if not passed:
        return None
    mark, day = min(passed), int(now // 86400)
    return Alert(
        key=f"{account}/{Rule.RUNWAY}/{mark / 3600:g}/{day}",
        rule=Rule.RUNWAY,
        at=now,
        text=f"credits last {format_runway(left)}: {format_credits(balance)} cr at "
        f"{format_credits(burn)} cr/h, then all jobs are ended",
        severity=Severity.ERROR if mark == min(marks) else Severity.WARNING,
        covers=tuple(f"{account}/{Rule.RUNWAY}/{other / 3600:g}/{day}" for other in marks),
    )


# Silence


@dataclass(frozen=True, slots=True)
class Mute:
    """Alerts that are kept in the list but not announced."""

    scope: str
    """`all`, `job:ID` or `rule:NAME`."""
    until: float | None = None
    """Unix time; None for as long as nobody takes it back."""

    def covers(self, alert: Alert, now: float) -> bool:
        if self.until is not None and now >= self.until:
            return False
        return self.scope in ("all", f"job:{alert.job_id}", f"rule:{alert.rule}")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A time of day in which nothing is announced; it may go over midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """Of `22:00-07:30`. Raises ValueError, with a text for the user."""
        first, dash, last = text.partition("-")
        try:
            hours = cls(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()))
        except ValueError:
            hours = None
        if not dash or hours is None or hours.start == hours.end:
            raise ValueError(f"{text!r} is not a span of hours; write it like 22:00-07:30")
        return hours

    def contain(self, moment: time) -> bool:
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end
