"""The parts of a filter: patterns, and terms such as `status:failed`, `left:<1h`, `preset:a100*`.

A term of words matches a whole value, `*` and `?` standing for any characters; `name` and `image`
match anywhere in the value and `id` from its start. Commas separate alternatives.
A term of numbers compares: `<`, `<=`, `>`, `>=`, `=`. A job without a value matches no comparison.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import translate
from typing import Protocol

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query_facts import DRIFTS, NUMBERS, TEXTS, Drift, Facts
from apolo_tui.model.units import parse_duration


class QueryError(ValueError):
    """A filter that cannot be understood; the text says why and how to write it."""


class Condition(Protocol):
    """One part of a filter."""

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        """Whether the job passes."""
        ...


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    "": operator.eq,
}
COMPARISON = re.compile(r"(<=|>=|<|>|=|)(.*)", re.DOTALL)

ALIASES = {"user": "owner", "tags": "tag", "memory": "mem", "state": "status", "credits": "cost"}

STATUS_GROUPS = {
    "active": frozenset(JobStatus.active_items()),
    "ended": frozenset(JobStatus.finished_items()),
    "done": frozenset({JobStatus.SUCCEEDED}),
}

SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([kmgtp])i?b?", re.IGNORECASE | re.ASCII)
NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)%?", re.ASCII)
POWERS = {letter: 1024**power for power, letter in enumerate("kmgtp", start=1)}

LITERAL = re.compile(r"[\w \-/:,@%&=~<>!;'\"]+")
"""A regular expression that stands for itself."""

DURATIONS = frozenset({"run", "left", "age", "ended"})
SIZES = frozenset({"mem", "gmem"})
ANYWHERE = frozenset({"name", "image"})
FROM_START = frozenset({"id"})


def case_flag(pattern: str) -> int:
    """Smart case: a capital letter makes it matter. Escapes such as `\\S` are no capitals."""
    bare = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    return 0 if any(letter.isupper() for letter in bare) else re.IGNORECASE


@dataclass(frozen=True, slots=True)
class Not:
    """The inverse of a condition."""

    condition: Condition

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        return not self.condition.holds(job, facts)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, looked for in what names a job."""

    regex: re.Pattern[str]

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        search = self.regex.search
        # What a listed job has at hand goes first; its tags are decoded when they are needed.
        return bool(
            search(job.name or "")
            or search(job.id)
            or search(job.owner)
            or search(job.preset_name or "")
            or search(job.status.value)
            or any(map(search, job.tags))
        )


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """The letters in this order, with anything between, in the name or the id."""

    letters: str

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        text = job.name or job.id
        if not case_flag(self.letters):
            return _in_order(self.letters, text)
        return _in_order(self.letters.casefold(), text.casefold())


@dataclass(frozen=True, slots=True)
class Words:
    """A field of words and the patterns of which one must match a value."""

    field: str
    patterns: tuple[re.Pattern[str], ...]

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        values = TEXTS[self.field](job)
        return any(pattern.match(value) for pattern in self.patterns for value in values)


@dataclass(frozen=True, slots=True)
class Statuses:
    """One of these statuses."""

    statuses: frozenset[JobStatus]

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        return job.status in self.statuses


@dataclass(frozen=True, slots=True)
class Mine:
    """Jobs of the user who looks."""

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        return job.owner == facts.me


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the conditions."""

    conditions: tuple[Condition, ...]

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        return any(condition.holds(job, facts) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of numbers against a number."""

    field: str
    comparison: str
    number: float

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        value = NUMBERS[self.field](job, facts)
        return value is not None and COMPARISONS[self.comparison](value, self.number)


def drift(condition: Condition) -> Drift:
    """Of which jobs the clock alone changes what the condition says."""
    match condition:
        case Not(inner):
            return drift(inner)
        case Either(several):
            return max(map(drift, several), default=Drift.NONE)
        case Compared(field):
            return DRIFTS[field]
        case _:
            return Drift.NONE


def narrows(narrow: Condition, wide: Condition) -> bool:
    """Whether it is certain that what passes `narrow` passes `wide`: a longer text has a shorter.

    A capital in the shorter one stands in the longer one too, so both heed it.
    """
    if narrow == wide:
        return True
    if not isinstance(narrow, Pattern) or not isinstance(wide, Pattern):
        return False
    texts = narrow.regex.pattern, wide.regex.pattern
    return all(map(LITERAL.fullmatch, texts)) and texts[1] in texts[0]


def _in_order(letters: str, text: str) -> bool:
    remaining = iter(text)
    return all(letter in remaining for letter in letters)


def pattern(text: str) -> Condition:
    """A bare word of a filter. Raises QueryError for a regular expression that is not one."""
    try:
        return Pattern(re.compile(text, case_flag(text)))
    except (re.error, OverflowError, RecursionError) as error:
        raise QueryError(f"{text!r} is not a regular expression: {error}") from None


def field_name(text: str) -> str | None:
    """The field that a word before a colon names, None for one that is no field.

    Raises QueryError for a misspelt one.
    """
    name = ALIASES.get(text, text)
    if name in NUMBERS or name in TEXTS:
        return name
    if close := get_close_matches(text, (*NUMBERS, *TEXTS), n=1, cutoff=0.75):
        raise QueryError(f"there is no field {text!r}; did you mean {close[0]}:?")
    return None


def term(field: str, value: str) -> Condition | None:
    """The condition `field:value`; None while there is no value yet.

    Raises QueryError for a value that the field cannot have.
    """
    if field in NUMBERS:
        return _comparison(field, value)
    alternatives = tuple(part for part in value.split(",") if part)
    if not alternatives:
        return None
    if field == "status":
        return Either(tuple(_status(part) for part in alternatives))
    if field == "owner" and "me" in alternatives:
        others = tuple(part for part in alternatives if part != "me")
        return Either((Mine(), _words(field, others))) if others else Mine()
    return _words(field, alternatives)


def _words(field: str, alternatives: tuple[str, ...]) -> Condition:
    return Words(field, tuple(_wildcard(field, part) for part in alternatives))


def _wildcard(field: str, value: str) -> re.Pattern[str]:
    flags = case_flag(value)
    if "*" in value or "?" in value:
        return re.compile(translate(value), flags)
    text = re.escape(value)
    if field in ANYWHERE:
        return re.compile(f".*{text}", flags | re.DOTALL)
    return re.compile(text if field in FROM_START else rf"{text}\Z", flags)


def _status(text: str) -> Condition:
    """A status by the start of its name, a group of them, or a word that we do not know."""
    wanted = text.lower()
    if wanted in STATUS_GROUPS:
        return Statuses(STATUS_GROUPS[wanted])
    found = frozenset(status for status in JobStatus if status.value.startswith(wanted))
    return Statuses(found) if found else _words("status", (text,))


def _comparison(field: str, value: str) -> Condition | None:
    match = COMPARISON.fullmatch(value)
    comparison, text = match.groups() if match else ("", value)
    return Compared(field, comparison, _number(field, text)) if text else None


def _number(field: str, text: str) -> float:
    """Seconds for a duration, bytes for a size (1G is 1024M, as on screen), or the number."""
    if field in DURATIONS:
        try:
            return parse_duration(text).total_seconds()
        except ValueError as error:
            raise QueryError(f"{field}: {error}") from None
    if field in SIZES:
        if size := SIZE.fullmatch(text):
            return float(size[1]) * float(POWERS[size[2].lower()])
        raise QueryError(f"{field}: {text!r} is not a size; write it like 512M or 16G")
    if number := NUMBER.fullmatch(text):
        return float(number[1])
    raise QueryError(f"{field}: {text!r} is not a number; write it like {field}:<5 or {field}:>10")
