"""The search of a log view: what is looked for, where it is, and what was looked for before."""

from collections.abc import Callable

from apolo_tui.model.logs import (
    Limit,
    LineIndex,
    LogStore,
    MatchingMessages,
    Pattern,
    Query,
    compile_query,
    error_pattern,
    no_limit,
)

STEP = 0.004
"""Seconds of searching at a time: keys come in between."""
ERROR_STEP = 0.002
KEPT_QUERIES = 100


class LogSearch:
    """The matches of a query and the errors in one store, found step by step."""

    def __init__(
        self, store: LogStore, *, clock: Callable[[], float], limit: Limit = no_limit
    ) -> None:
        self._clock = clock
        self._limit = limit
        self.store = store
        self.query: Query | None = None
        self.pattern: Pattern | None = None
        self.matches: LineIndex | None = None
        self._messages: MatchingMessages | None = None
        self.errors = LineIndex(store, error_pattern())
        self.only = False
        """Only the matching lines are shown."""

    def use(self, store: LogStore) -> None:
        """Search this store from now on."""
        if store is not self.store:
            self.store = store
            self.errors = LineIndex(store, error_pattern())
            self._begin()

    def look_for(self, query: Query | None) -> None:
        """Search for this; None for nothing."""
        self.query = query if query is not None and query.text else None
        self.pattern = None if self.query is None else compile_query(self.query, limit=self._limit)
        self._begin()
        if self.query is None:
            self.only = False

    def _begin(self) -> None:
        self.matches = self._messages = None
        if self.pattern is not None:
            self.matches = LineIndex(self.store, self.pattern)
            self._messages = MatchingMessages(self.matches)

    @property
    def filtering(self) -> LineIndex | None:
        """The matching lines, when not all lines are shown."""
        return self.matches if self.only else None

    @property
    def shown(self) -> MatchingMessages | None:
        """The lines that are shown, when these are not all."""
        return self._messages if self.only else None

    @property
    def given_up(self) -> bool:
        """Whether the expression is too slow for this log."""
        return self.pattern is not None and self.pattern.gave_up

    def work(self) -> bool:
        """Search for a few milliseconds; false when nothing is left to do."""
        left = False
        if self.matches is not None and not self.matches.complete:
            left = not self.matches.step(until=self._clock() + STEP, clock=self._clock)
        if not left and not self.errors.complete:
            left = not self.errors.step(until=self._clock() + ERROR_STEP, clock=self._clock)
        return left

    @property
    def pending(self) -> bool:
        """Whether there is something to search."""
        return not self.errors.complete or (self.matches is not None and not self.matches.complete)

    def count_text(self, line: int) -> str:
        """Where a line is among the matches: `2/17`, with `…` while the search goes on."""
        if self.matches is None:
            return ""
        if self.given_up:
            return "given up"
        more = "" if self.matches.complete else "…"
        if not self.matches.count:
            return f"0{more}" if more else "no match"
        return f"{max(1, self.matches.rank(line + 1))}/{self.matches.count}{more}"


class SearchHistory:
    """What was searched for, the newest last."""

    def __init__(self, texts: tuple[str, ...] = ()) -> None:
        self.texts = list(texts)
        self._at: int | None = None
        self._typed = ""

    def add(self, text: str) -> None:
        if text:
            self.texts = [*(old for old in self.texts if old != text), text][-KEPT_QUERIES:]
        self._at = None

    def earlier(self, typed: str) -> str:
        """The query before the one that is shown."""
        if not self.texts:
            return typed
        if self._at is None:
            self._typed, self._at = typed, len(self.texts)
        self._at = max(0, self._at - 1)
        return self.texts[self._at]

    def later(self, typed: str) -> str:
        """The query after it, in the end what had been typed."""
        if self._at is None:
            return typed
        self._at += 1
        if self._at >= len(self.texts):
            self._at = None
            return self._typed
        return self.texts[self._at]
