"""The jobs of a view in order, brought up to date with as little work as the change needs."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apolo_tui.model.job import JobDescription
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.model.query import ALL, Query
from apolo_tui.model.query_facts import Drift, Facts
from apolo_tui.model.query_sort import (
    HANDS_OFF,
    RESORT_EVERY,
    Sort,
    may_resort,
    newest_first,
    ordering,
    place_key,
)
from apolo_tui.model.query_views import View, drift_of, passer, passing
from apolo_tui.model.steps import Steps, pieces, sorting

FEW = 500
"""Up to so many changed jobs are always taken in one by one."""
PART = 10
"""Of a long list, up to this part of it."""
KEPT = 4
"""Results that are remembered: of the views that the user goes back and forth between."""

SEARCHED = 1000
"""Up to so many jobs are searched for one by one; more of them in one pass through all rows."""

Jobs = Mapping[str, JobDescription]
Key = Callable[[JobDescription], Any]


@dataclass(frozen=True, slots=True)
class _Arranged:
    """A result, and what it was made of."""

    jobs: Jobs
    view: View
    query: Query
    facts: Facts
    rows: list[JobDescription]
    loose: tuple[JobDescription, ...] | None = ()
    """Rows that have kept their places although others are due to them; None for unknown ones."""

    def of(self, view: View, query: Query, facts: Facts) -> bool:
        return (self.view, self.query, self.facts.me) == (view, query, facts.me)


class Arrangement:
    """Remembers results. A job that did not change is the same object in the next jobs.

    Between two sortings by a live figure are `every` seconds, and `hands_off` after a key.
    """

    def __init__(self, *, every: float = RESORT_EVERY, hands_off: float = HANDS_OFF) -> None:
        self._every = every
        self._hands_off = hands_off
        self._kept: list[_Arranged] = []
        self._newest: _Arranged | None = None
        """All jobs from the newest on: every other order is made from it."""
        self._sorted_at: float | None = None

    def due(self, sort: Sort, *, now: float, key_at: float | None) -> bool:
        """Whether rows that have kept their places may now go to those that are due to them."""
        settled = not self._kept or self._kept[-1].loose == ()
        return not settled and self._may(sort, now=now, key_at=key_at)

    def _may(self, sort: Sort, *, now: float, key_at: float | None) -> bool:
        return self._sorted_at is None or may_resort(
            sort,
            now=now,
            sorted_at=self._sorted_at,
            key_at=key_at,
            every=self._every,
            hands_off=self._hands_off,
        )

    def forget_order(self) -> None:
        """Rows need not keep their places the next time."""
        self._sorted_at = None

    def arranging(
        self,
        jobs: Jobs,
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
        may = self._may(view.sort, now=now, key_at=key_at)
        last = next((one for one in reversed(self._kept) if one.of(view, query, facts)), None)
        near = last or (yield from self._narrowed(view, query, facts))
        made = None
        if near is not None:
            made = yield from _updated(near, jobs, facts, keep=not may)
        if made is None:
            rows = yield from self._anew(jobs, view, query, facts)
            made = _Arranged(jobs, view, query, facts, rows)
            if not may and last is not None:
                places = {job.id: place for place, job in enumerate(last.rows)}
                yield
                rows = list(rows)
                yield from sorting(rows, key=lambda job: places.get(job.id, len(places)))
                made = replace(made, rows=rows, loose=None)
        if may:
            self._sorted_at = now
        others = [one for one in self._kept if one is not last]
        self._kept = [*others[-KEPT + 1 :], made]
        return made.rows

    def _narrowed(self, view: View, query: Query, facts: Facts) -> Steps[_Arranged | None]:
        """What a remembered result would have been with a narrower filter."""
        for one in reversed(self._kept):
            same = replace(one.view, filter=view.filter) == view and one.facts.me == facts.me
            if same and one.loose is not None and query.narrows(one.query):
                rows = yield from passing(one.rows, view, one.facts, query=query)
                passes = passer(view, one.facts, query=query)
                loose = tuple(filter(passes, one.loose))
                return replace(one, view=view, query=query, rows=rows, loose=loose)
        return None

    def _anew(
        self, jobs: Jobs, view: View, query: Query, facts: Facts
    ) -> Steps[list[JobDescription]]:
        newest = None
        if self._newest is not None:
            newest = yield from _updated(self._newest, jobs, facts, keep=False)
        if newest is None:
            rows = yield from newest_first(jobs.values())
            newest = _Arranged(jobs, View(), ALL, facts, rows)
        self._newest = newest
        shown = yield from passing(newest.rows, view, facts, query=query)
        rows = yield from ordering(shown, view.sort, facts)
        yield
        return rows


def _updated(last: _Arranged, jobs: Jobs, facts: Facts, *, keep: bool) -> Steps[_Arranged | None]:
    """A result with the changed jobs taken in: at their places, or with `keep` at their old ones.

    New rows stand at the end while the others keep their places. None when there is more to do
    than with the few jobs that changed.
    """
    found = _to_place(last, jobs)
    if found is None or (last.loose is None and not keep):
        return None
    drifting = drift_of(last.view, last.query) is Drift.ACTIVE
    ids = {*found, *_active(jobs)} if drifting else found
    if not ids and (keep or not last.loose):
        return replace(last, jobs=jobs, facts=facts)
    taken = _Taken()
    passed = passer(last.view, last.facts, query=last.query)
    passes = passer(last.view, facts, query=last.query)
    key_before, key = place_key(last.view.sort, last.facts), place_key(last.view.sort, facts)
    loose = {job.id: job for job in last.loose or ()}
    for due, job_id in pieces(ids):
        if due:
            yield
        old, new = last.jobs.get(job_id), jobs[job_id]
        was, shown = old is not None and passed(old), passes(new)
        if old is None or not was:
            if shown:
                taken.coming.append(new)
        elif not shown:
            taken.going.append(old)
            loose.pop(job_id, None)
        elif job_id not in loose and key_before(old) == key(new):
            taken.put.append((old, new))
        elif keep:
            taken.put.append((old, new))
            loose[job_id] = new
        else:
            loose.pop(job_id, None)
            taken.going.append(old)
            taken.coming.append(new)
    taken.coming.sort(key=key)
    in_order = None if last.loose is None or last.loose else key_before
    if keep:
        rows = yield from taken.into(last.rows, in_order)
        rows += taken.coming
        loose |= {job.id: job for job in taken.coming}
        left = None if last.loose is None else tuple(loose.values())
        return replace(last, jobs=jobs, facts=facts, rows=rows, loose=left)
    taken.going += loose.values()
    taken.coming = sorted((*taken.coming, *loose.values()), key=key)
    rows = yield from taken.into(last.rows, in_order)
    yield from _merging(rows, taken.coming, key)
    return replace(last, jobs=jobs, facts=facts, rows=rows, loose=())


class _Taken:
    """What becomes of the rows."""

    def __init__(self) -> None:
        self.put: list[tuple[JobDescription, JobDescription]] = []
        """Jobs and what stands in their places."""
        self.going: list[JobDescription] = []
        self.coming: list[JobDescription] = []

    def into(self, rows: list[JobDescription], key: Key | None) -> Steps[list[JobDescription]]:
        """The rows with jobs put in place of others, and without those that go: another list.

        `key` is the order in which they are, if they are all in order.
        """
        places = None
        if key is not None and len(self.put) + len(self.going) <= SEARCHED:
            places = yield from _places(rows, [*(old for old, _ in self.put), *self.going], key)
        if places is None:
            # By identity, which is at hand: to look into each job takes longer than all the rest.
            put = {id(old): new for old, new in self.put}
            going = set(map(id, self.going))
            found = [put.get(id(job), job) for job in rows if id(job) not in going]
            yield
            return found
        found = list(rows)
        for old, new in self.put:
            found[places[id(old)]] = new
        for place in sorted((places[id(old)] for old in self.going), reverse=True):
            del found[place]
        yield
        return found


def _places(
    rows: list[JobDescription], jobs: list[JobDescription], key: Key
) -> Steps[dict[int, int] | None]:
    """Where these jobs stand, by their identity; None when one is not where it is due."""
    found: dict[int, int] = {}
    for number, job in enumerate(jobs, start=1):
        if number % 50 == 0:
            yield
        place = bisect_left(rows, key(job), key=key)
        if place == len(rows) or rows[place] is not job:
            return None
        found[id(job)] = place
    return found


def _merging(rows: list[JobDescription], coming: list[JobDescription], key: Key) -> Steps[None]:
    """Put jobs at their places among the rows; both are in the order of `key`."""
    place = 0
    for number, job in enumerate(coming):
        if number % 50 == 49:
            yield
        place = bisect_right(rows, key(job), lo=place, key=key)
        if place == len(rows):
            # Older jobs than all others come in hundreds.
            rows += coming[number:]
            return
        rows.insert(place, job)


def _to_place(last: _Arranged, jobs: Jobs) -> Collection[str] | None:
    """The ids of the few jobs that differ from the last ones; None when more is different."""
    if drift_of(last.view, last.query) is Drift.ALL:
        return None
    found: Collection[str] | None = None
    if isinstance(jobs, KnownJobs):
        found = jobs.changed_since(last.jobs)
    if found is None:
        found = _differing(last.jobs, jobs)
    return None if found is None or len(found) > max(FEW, len(jobs) // PART) else found


def _differing(before: Jobs, jobs: Jobs) -> list[str] | None:
    """What was added or replaced, where that is all that happened."""
    if len(jobs) < len(before):
        return None
    found = [job_id for job_id, job in jobs.items() if before.get(job_id) is not job]
    added = sum(job_id not in before for job_id in found)
    return found if len(before) + added == len(jobs) else None


def _active(jobs: Jobs) -> Iterable[str]:
    if isinstance(jobs, KnownJobs):
        return jobs.active
    return [job.id for job in jobs.values() if not job.status.is_finished]
