"""The order of a job list: a key for each column, jobs without a value last either way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import total_ordering
from typing import Any

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query_facts import DRIFTS, NUMBERS, TEXTS, Drift, Facts
from apolo_tui.model.steps import RUN, Steps, completed, pieces, sorting

STATUS_ORDER = {
    status: place
    for place, status in enumerate(
        (
            JobStatus.RUNNING,
            JobStatus.PENDING,
            JobStatus.SUSPENDED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
            JobStatus.SUCCEEDED,
            JobStatus.UNKNOWN,
        )
    )
}

RESORT_EVERY = 5.0
"""Seconds between two sortings by a live figure."""
HANDS_OFF = 2.0
"""Seconds after a key within which rows do not move under the user's hands."""

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sort:
    """A column's key and the direction."""

    key: str = "created"
    descending: bool = True

    def inverted(self) -> "Sort":
        return Sort(self.key, not self.descending)


NEWEST_FIRST = Sort()


def _status(job: JobDescription, facts: Facts) -> int:
    return STATUS_ORDER[job.status]


def _words(read: Callable[[JobDescription], tuple[str, ...]]) -> "SortKey":
    def value(job: JobDescription, facts: Facts) -> Any:
        text = ",".join(read(job))
        return text.casefold() or None

    return value


SortKey = Callable[[JobDescription, Facts], Any]

SORT_KEYS: Mapping[str, SortKey] = {
    **{name: _words(read) for name, read in TEXTS.items()},
    **NUMBERS,
    "status": _status,
    "name": lambda job, facts: (job.name or job.id).casefold(),
    "image": lambda job, facts: job.image_names[0].casefold(),
    "created": lambda job, facts: job.created_at,
    "finished": lambda job, facts: job.finished_at,
    "priority": lambda job, facts: job.priority,
    "life": lambda job, facts: job.life_span,
}
"""The value that a column is sorted by; None where a job has none."""

LIVE = frozenset({"gpu", "gmem", "cpu", "mem"})
"""Keys whose values change by themselves from second to second, and not all alike."""

DRIFTING = frozenset(key for key, found in DRIFTS.items() if found is Drift.ACTIVE)
"""Keys by which the clock moves a job that has not ended among the others.

All ages grow alike: nothing moves by them.
"""

FIXED = frozenset(SORT_KEYS) - DRIFTING
"""Keys by which a job moves only when the platform tells something new of it."""


def first_direction(key: str) -> bool:
    """Whether a column is best sorted descending at first: the largest figures on top.

    The time left begins with the job that ends next.
    """
    return (key in NUMBERS and key != "left") or key in ("created", "finished", "priority")


def arrange(jobs: Iterable[JobDescription], sort: Sort, facts: Facts) -> list[JobDescription]:
    """The jobs in order. Equal ones stay newest first, and then by id, in either direction.

    Raises KeyError for a key that is not in SORT_KEYS.
    """
    return completed(arranging(jobs, sort, facts))


def arranging(
    jobs: Iterable[JobDescription], sort: Sort, facts: Facts
) -> Steps[list[JobDescription]]:
    """`arrange` in steps."""
    newest = yield from newest_first(jobs)
    return (yield from ordering(newest, sort, facts))


def newest_first(jobs: Iterable[JobDescription]) -> Steps[list[JobDescription]]:
    """The jobs from the newest on, those of one moment by id, in steps."""
    known = list(jobs)
    times: list[datetime] = []
    for due, job in pieces(known):
        if due:
            yield
        times.append(job.created_at or LONG_AGO)
    places = list(range(len(known)))
    yield from sorting(places, key=times.__getitem__, reverse=True)
    found = yield from _at(places, known)
    start = 0
    for due, at in pieces(range(1, len(found) + 1)):
        if due:
            yield
        if at == len(found) or times[places[at]] != times[places[start]]:
            if at - start > 1:
                found[start:at] = sorted(found[start:at], key=lambda job: job.id)
            start = at
    return found


def ordering(newest: list[JobDescription], sort: Sort, facts: Facts) -> Steps[list[JobDescription]]:
    """Jobs that stand newest first in another order, in steps."""
    if sort == NEWEST_FIRST:
        return newest
    value_of = SORT_KEYS[sort.key]
    values: list[Any] = []
    known: list[JobDescription] = []
    missing: list[JobDescription] = []
    for due, job in pieces(newest):
        if due:
            yield
        value = value_of(job, facts)
        if value is None:
            missing.append(job)
        else:
            values.append(value)
            known.append(job)
    # Places are sorted, not jobs with their values: a tuple for each is much for the collector.
    places = list(range(len(known)))
    yield from sorting(places, key=values.__getitem__, reverse=sort.descending)
    found = yield from _at(places, known)
    return found + missing


def _at(places: list[int], jobs: list[JobDescription]) -> Steps[list[JobDescription]]:
    """The jobs at these places. They lie anywhere in memory, so even this takes some time."""
    found: list[JobDescription] = []
    for start in range(0, len(places), RUN):
        found += [jobs[place] for place in places[start : start + RUN]]
        yield
    return found


@total_ordering
class _Descending:
    """Sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Descending") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(self.value == other.value)


def _descending(value: Any) -> Any:
    """What sorts the other way round. Numbers and times do without a comparison of ours."""
    if isinstance(value, int | float):
        return -value
    return NEVER - value if isinstance(value, datetime) else _Descending(value)


def place_key(sort: Sort, facts: Facts) -> Callable[[JobDescription], Any]:
    """A key in whose order `arrange` puts jobs, to find the place of one among others."""
    value_of = SORT_KEYS[sort.key]
    turned = _descending if sort.descending else lambda value: value

    def key(job: JobDescription) -> tuple[Any, ...]:
        value = value_of(job, facts)
        newest = NEVER - (job.created_at or LONG_AGO)
        return (
            (True, 0, newest, job.id) if value is None else (False, turned(value), newest, job.id)
        )

    return key


def may_resort(
    sort: Sort,
    *,
    now: float,
    sorted_at: float | None,
    key_at: float | None,
    every: float = RESORT_EVERY,
    hands_off: float = HANDS_OFF,
) -> bool:
    """Whether rows may change places now; times in seconds of one clock.

    By a live figure at most every `every` seconds, and never within `hands_off` of a key.
    """
    if key_at is not None and now - key_at < hands_off:
        return False
    return sort.key not in LIVE or sorted_at is None or now - sorted_at >= every
