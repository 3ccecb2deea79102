"""The order of a job list: a key for each column, jobs without a value last either way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import total_ordering
from operator import itemgetter
from typing import Any

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query_facts import NUMBERS, TEXTS, Facts
from apolo_tui.model.steps import Steps, completed, pieces, sorting

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
    "image": lambda job, facts: str(job.container.image).casefold(),
    "created": lambda job, facts: job.created_at,
    "finished": lambda job, facts: job.history.finished_at,
    "priority": lambda job, facts: job.priority,
    "life": lambda job, facts: job.life_span,
}
"""The value that a column is sorted by; None where a job has none."""

LIVE = frozenset({"gpu", "gmem", "cpu", "mem"})
"""Keys whose values change by themselves from second to second, and not all alike."""

FIXED = frozenset(SORT_KEYS) - (NUMBERS.keys() - {"restarts"})
"""Keys whose values change only with the job."""


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
    value_of = SORT_KEYS[sort.key]
    known, missing = [], []
    for due, job in pieces(jobs):
        if due:
            yield
        value = value_of(job, facts)
        if value is None:
            missing.append(job)
        else:
            known.append((value, job.created_at or LONG_AGO, job.id, job))
    yield from sorting(known, itemgetter(2))
    yield
    yield from sorting(known, itemgetter(1), reverse=True)
    yield
    yield from sorting(known, itemgetter(0), reverse=sort.descending)
    yield
    missing.sort(key=lambda job: job.id)
    yield
    missing.sort(key=lambda job: job.created_at or LONG_AGO, reverse=True)
    return [entry[3] for entry in known] + missing


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


def place_key(sort: Sort, facts: Facts) -> Callable[[JobDescription], Any]:
    """A key in whose order `arrange` puts jobs, to find the place of one among others."""
    value_of = SORT_KEYS[sort.key]

    def key(job: JobDescription) -> tuple[Any, ...]:
        value = value_of(job, facts)
        newest = _Descending(job.created_at or LONG_AGO)
        if value is None:
            return True, 0, newest, job.id
        return False, _Descending(value) if sort.descending else value, newest, job.id

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
