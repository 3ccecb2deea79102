"""The filter of a job list: `/` and what is typed after it.

    train              a regular expression in the name, id, owner, preset, status or a tag;
                       capitals matter only when there are some
    !train             all jobs but those
    -f trnrs           the letters in this order in the name
    status:failed owner:me tag:x preset:a100* gpu:<5 left:<1h cost:>10
                       fields (see query_terms), any of them with ! before it
    "two words"        a blank within a word

All words must hold.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from apolo_tui.model.job import JobDescription
from apolo_tui.model.query_facts import Drift, Facts
from apolo_tui.model.query_terms import (
    Condition,
    Fuzzy,
    Not,
    QueryError,
    drift,
    field_name,
    narrows,
    pattern,
    term,
)

__all__ = ["ALL", "Query", "QueryError", "parse", "select"]

WORD = re.compile(r'(?:"[^"]*(?:"|$)|[^\s"])+')
FIELD = re.compile(r"([a-z]+):(.*)", re.DOTALL)
FUZZY_FLAG = "-f"


@dataclass(frozen=True, slots=True)
class Query:
    """A filter as it was typed, and its conditions."""

    text: str = ""
    conditions: tuple[Condition, ...] = ()

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        """Whether the job passes all conditions."""
        return all(condition.holds(job, facts) for condition in self.conditions)

    @property
    def drift(self) -> Drift:
        """Of which jobs the clock alone changes whether they pass."""
        return max(map(drift, self.conditions), default=Drift.NONE)

    def narrows(self, other: "Query") -> bool:
        """Whether it is certain that all jobs that pass this one pass the other."""
        return all(
            any(narrows(mine, theirs) for mine in self.conditions) for theirs in other.conditions
        )


ALL = Query()
"""Lets every job pass."""


def parse(text: str) -> Query:
    """A filter as the user types it. What is not finished yet, such as `gpu:<`, lets all pass.

    Raises QueryError, with a text for the user.
    """
    conditions = []
    fuzzy = False
    for match in WORD.finditer(text):
        word = match[0]
        if word == FUZZY_FLAG:
            fuzzy = True
            continue
        inverse = word.startswith("!")
        condition = _condition(word.removeprefix("!"), fuzzy=fuzzy)
        if condition is not None:
            conditions.append(Not(condition) if inverse else condition)
    return Query(text, tuple(conditions))


def _condition(word: str, *, fuzzy: bool) -> Condition | None:
    if match := FIELD.fullmatch(word):
        name = field_name(match[1])
        if name is not None:
            return term(name, match[2].replace('"', ""))
    text = word.replace('"', "")
    if not text:
        return None
    return Fuzzy(text) if fuzzy else pattern(text)


def select(jobs: Iterable[JobDescription], query: Query, facts: Facts) -> list[JobDescription]:
    """The jobs that pass, in the order in which they came."""
    if not query.conditions:
        return list(jobs)
    holds = query.holds
    return [job for job in jobs if holds(job, facts)]
