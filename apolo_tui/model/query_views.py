"""A view of the job list: scope, filter, order, columns. The saved ones are on the digits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from apolo_tui.model.job import JobDescription
from apolo_tui.model.query import ALL, Query, parse
from apolo_tui.model.query_facts import Drift, Facts, is_problem
from apolo_tui.model.query_sort import DRIFTING, NEWEST_FIRST, Sort, arranging
from apolo_tui.model.steps import Steps, completed, pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of the jobs is shown and how."""

    name: str = ""
    filter: str = ""
    """In the words of `query.parse`; the user sees and changes it."""
    base: str = ""
    """The same grammar: what makes the view what it is, not shown in the filter line."""
    sort: Sort = NEWEST_FIRST
    ended: bool = True
    """Jobs that have ended as well."""
    mine: bool = False
    """Only the user's own."""
    problems: bool = False
    """Only those that need attention."""
    columns: tuple[str, ...] = ()
    """Keys of columns; empty for those of the width in use."""

    def query(self) -> Query:
        """The filter. Raises QueryError."""
        base = parse(self.base) if self.base else ALL
        typed = parse(self.filter) if self.filter else ALL
        return Query(self.filter, base.conditions + typed.conditions)


def jobs_in_view(
    jobs: Iterable[JobDescription], view: View, facts: Facts, *, query: Query | None = None
) -> list[JobDescription]:
    """The jobs of a view, in its order.

    `query` is that of the view where the caller has it already. Raises QueryError.
    """
    return completed(viewing(jobs, view, facts, query=view.query() if query is None else query))


def viewing(
    jobs: Iterable[JobDescription], view: View, facts: Facts, *, query: Query
) -> Steps[list[JobDescription]]:
    """`jobs_in_view` in steps."""
    shown = yield from passing(jobs, view, facts, query=query)
    return (yield from arranging(shown, view.sort, facts))


def passing(
    jobs: Iterable[JobDescription], view: View, facts: Facts, *, query: Query
) -> Steps[list[JobDescription]]:
    """The jobs that the view shows, in the order in which they came, in steps."""
    if view.ended and not view.mine and not view.problems and not query.conditions:
        return list(jobs)
    shown = []
    passes = passer(view, facts, query=query)
    for due, job in pieces(jobs):
        if due:
            yield
        if passes(job):
            shown.append(job)
    return shown


def passer(view: View, facts: Facts, *, query: Query) -> Callable[[JobDescription], bool]:
    """Tells whether the view shows a job. `query` is that of the view."""

    def passes(job: JobDescription) -> bool:
        if mine and job.owner != me:
            return False
        if active and job.status.is_finished:
            return False
        if problems and not is_problem(job, facts):
            return False
        return holds(job, facts)

    mine, me, active, problems = view.mine, facts.me, not view.ended, view.problems
    holds = query.holds
    return passes


def drift_of(view: View, query: Query) -> Drift:
    """Of which jobs the clock alone changes whether they are shown, or where among the others."""
    active = view.problems or view.sort.key in DRIFTING
    return max(query.drift, Drift.ACTIVE if active else Drift.NONE)


SAVED: Final[Mapping[str, View]] = MappingProxyType(
    {
        "1": View(name="Mine", mine=True),
        "2": View(name="Active", ended=False),
        "3": View(name="Failed 24h", base="status:failed ended:<1d"),
        "4": View(name="Expiring", base="status:active left:<1h", sort=Sort("left", False)),
        "5": View(name="All"),
    }
)
"""The views that come with the program, by their digit."""
