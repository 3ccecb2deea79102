"""Faults to order: what can go wrong between a platform and its client, for tests.

    platform.faults.add("jobs.list", Delay(5.0))
    with platform.faults.active("top", Silence()):
        ...

An operation is a route's name (`http/routes.py`): ping, config, token, jobs.list, jobs.create,
jobs.get, jobs.delete, jobs.life_span, jobs.drop, jobs.drop_progress, jobs.status,
jobs.materialized, account.user, account.org, capacity, log, log_ws, top, attach, exec, kill,
port_forward, save; `*` is any of them. Faults of streams also reach those that are open already.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Answer:
    """Another answer than the true one, e.g. `Answer(502, "<html>...", "text/html")`."""

    status: int
    body: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Nothing comes back, ever: not to requests, not on open streams, not even a PONG."""


@dataclass(frozen=True, slots=True)
class Close:
    """The server closes the stream with this code after so many messages."""

    code: int = 1000
    message: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks without a close after so many messages, or bytes of a body."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer comes so many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed instead of an answer."""


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """A listing ends with an error line in spite of its status 200 (section 4.5)."""

    text: str = "Unexpected exception TimeoutError: . Path with query: /api/v1/jobs."


@dataclass(frozen=True, slots=True)
class NoPong:
    """PINGs stay without an answer; everything else works. Of streams opened meanwhile."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Each message of a stream is sent this many times more."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Job documents are changed on the way out: unknown statuses, huge jobs, missing keys."""

    change: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Silence:
    """The stream stays open and nothing comes."""


@dataclass(frozen=True, slots=True)
class TextFrame:
    """A TEXT message where only BINARY ones belong, before the next message."""

    text: str = "hello"


Fault = (
    Answer
    | BlackHole
    | Close
    | Cut
    | Delay
    | Drop
    | ErrorLine
    | NoPong
    | Repeat
    | Rewrite
    | Silence
    | TextFrame
)
F = TypeVar("F", bound=Fault)


@dataclass(slots=True, eq=False)
class Rule:
    """A fault in force. `times` counts down with each request that it strikes; None: always."""

    operation: str
    fault: Fault
    job_id: str | None = None
    times: int | None = None
    removed: asyncio.Event = field(default_factory=asyncio.Event)

    def strikes(self, operation: str, job_id: str | None) -> bool:
        return self.operation in ("*", operation) and self.job_id in (None, job_id)


class Faults:
    """The faults that are in force."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(
        self,
        operation: str,
        fault: Fault,
        *,
        job_id: str | None = None,
        times: int | None = None,
    ) -> Rule:
        """Put a fault in force, for a job alone, for so many requests alone."""
        rule = Rule(operation, fault, job_id, times)
        self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        if rule in self._rules:
            self._rules.remove(rule)
        rule.removed.set()

    def clear(self) -> None:
        for rule in list(self._rules):
            self.remove(rule)

    @contextmanager
    def active(self, operation: str, fault: Fault, *, job_id: str | None = None) -> Iterator[Rule]:
        rule = self.add(operation, fault, job_id=job_id)
        try:
            yield rule
        finally:
            self.remove(rule)

    def find(self, kind: type[F], operation: str, job_id: str | None = None) -> F | None:
        """The fault of this kind that strikes here, without counting it."""
        for rule in self._rules:
            if isinstance(rule.fault, kind) and rule.strikes(operation, job_id):
                return rule.fault
        return None

    def in_force(self, kind: type[Fault], operation: str) -> bool:
        """Whether a fault of this kind is in force there, for any job."""
        return any(
            isinstance(rule.fault, kind) and rule.operation in ("*", operation)
            for rule in self._rules
        )

    def take(self, kind: type[F], operation: str, job_id: str | None = None) -> F | None:
        """The same, counted: a rule that was for so many times goes with the last one."""
        rule = self.rule(kind, operation, job_id)
        if rule is None:
            return None
        fault = rule.fault
        assert isinstance(fault, kind)
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self.remove(rule)
        return fault

    def rule(self, kind: type[F], operation: str, job_id: str | None = None) -> Rule | None:
        for rule in self._rules:
            if isinstance(rule.fault, kind) and rule.strikes(operation, job_id):
                return rule
        return None
