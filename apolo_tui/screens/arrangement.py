"""The jobs of a view in order, brought up to date with as little work as the change needs."""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from apolo_tui.model.job import JobDescription
from apolo_tui.model.query import Query
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.query_sort import (
    FIXED,
    HANDS_OFF,
    RESORT_EVERY,
    may_resort,
    place_key,
)
from apolo_tui.model.query_views import View, in_view, viewing
from apolo_tui.model.steps import Steps

FEW = 500
"""Up to so many changed jobs are taken in one by one."""


@dataclass(frozen=True, slots=True)
class _Arranged:
    jobs: Mapping[str, JobDescription]
    view: View
    query: Query
    me: str
    rows: Sequence[JobDescription]
    in_order: bool
    """False when rows have kept their places although others are due to them."""


class Arrangement:
    """Remembers the last result. A job that did not change is the same object in the next jobs.

    Between two sortings by a live figure are `every` seconds, and `hands_off` after a key.
    """

    def __init__(self, *, every: float = RESORT_EVERY, hands_off: float = HANDS_OFF) -> None:
        self._every = every
        self._hands_off = hands_off
        self._last: _Arranged | None = None
        self._sorted_at: float | None = None

    @property
    def in_order(self) -> bool:
        """False while rows keep their places although others are due to them."""
        return self._last is None or self._last.in_order

    def forget_order(self) -> None:
        """Rows need not keep their places the next time."""
        self._sorted_at = None

    def arranging(
        self,
        jobs: Mapping[str, JobDescription],
        view: View,
        query: Query,
        facts: Facts,
        *,
        now: float,
        key_at: float | None,
    ) -> Steps[Sequence[JobDescription]]:
        """The jobs of the view; times in seconds of one clock, `key_at` that of the last key.

        Between two sortings rows keep their places. What is not run to its end changes nothing.
        """
        may = self._sorted_at is None or may_resort(
            view.sort,
            now=now,
            sorted_at=self._sorted_at,
            key_at=key_at,
            every=self._every,
            hands_off=self._hands_off,
        )
        last = self._last
        changed = _changed(last, jobs, view, query, facts) if last is not None else None
        if last is not None and changed is not None and (last.in_order or not may):
            rows = _patched(last, changed, facts, keep=not may)
            in_order = last.in_order and (may or not changed)
        else:
            rows = yield from viewing(jobs.values(), view, facts, query=query)
            in_order = may
            if not may and last is not None:
                yield
                places = {job.id: place for place, job in enumerate(last.rows)}
                rows.sort(key=lambda job: places.get(job.id, len(places)))
        if may:
            self._sorted_at = now
        self._last = _Arranged(jobs, view, query, facts.me, rows, in_order)
        return rows


def _changed(
    last: _Arranged,
    jobs: Mapping[str, JobDescription],
    view: View,
    query: Query,
    facts: Facts,
) -> list[JobDescription] | None:
    """The few jobs that differ from the last ones; None when more than that is different."""
    if (last.view, last.query, last.me) != (view, query, facts.me):
        return None
    if view.sort.key not in FIXED or view.problems or not query.only_of_jobs:
        return None
    # News are written over the old jobs, so those that were there stand in the same order.
    pairs = zip(last.jobs.values(), jobs.values(), strict=False)
    differing = [(old, new) for old, new in pairs if old is not new]
    added = list(islice(jobs.values(), len(last.jobs), len(last.jobs) + FEW + 1))
    if len(jobs) < len(last.jobs) or len(differing) + len(added) > FEW:
        return None
    if any(old.id != new.id for old, new in differing):
        return None
    return [new for _, new in differing] + added


def _patched(
    last: _Arranged, changed: Sequence[JobDescription], facts: Facts, *, keep: bool
) -> list[JobDescription]:
    """The rows with the changed jobs taken in: at their places, or with `keep` at their old ones.

    New rows stand at the end while the others keep their places.
    """
    # By identity: looking into each of a hundred thousand jobs takes longer than all the rest.
    held = [job for job in changed if in_view(job, last.view, facts, query=last.query)]
    gone = {id(last.jobs[job.id]) for job in changed if job.id in last.jobs}
    key = place_key(last.view.sort, facts)
    if not keep:
        found = [job for job in last.rows if id(job) not in gone]
        for job in held:
            insort(found, job, key=key)
        return found
    later = {id(last.jobs[job.id]): job for job in held if job.id in last.jobs}
    gone -= later.keys()
    found = [later.pop(id(job), job) for job in last.rows if id(job) not in gone]
    new = [job for job in held if job.id not in last.jobs]
    return found + sorted([*later.values(), *new], key=key)
