"""A log with its title and its search line, and what keys do that ask nothing of the platform."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from apolo_tui.model.logs import LogStore, Marks, Query
from apolo_tui.widgets.glyphs import UNICODE, Glyphs
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.log_canvas import RETRY, LogCanvas
from apolo_tui.widgets.log_search import SearchHistory
from apolo_tui.widgets.log_title import LogCounts, LogFacts, title_line
from apolo_tui.widgets.log_view import LogView
from apolo_tui.widgets.terminal_backlog import terminal_is_behind

TYPING = 0.15
"""Seconds after the last key before what is typed is searched for."""


class SearchInput(Input):
    """What is searched for. Up and down go through what was searched for before."""

    def __init__(self, history: SearchHistory, **options: Any) -> None:
        super().__init__(**options)
        self._history = history

    def on_key(self, event: events.Key) -> None:
        if event.key not in ("up", "down"):
            return
        step = self._history.earlier if event.key == "up" else self._history.later
        self.value = step(self.value)
        self.cursor_position = len(self.value)
        event.prevent_default()
        event.stop()


class LogPane(Vertical):
    """Shows a log. `Said` is posted with a sentence for the user, `Searched` with a query."""

    @dataclass
    class Said(Message):
        """Something to tell the user."""

        text: str

    @dataclass
    class Searched(Message):
        """A query was confirmed; for the history."""

        texts: tuple[str, ...]

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        history: tuple[str, ...] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._history = SearchHistory(history)
        self._facts = LogFacts()
        self._regex = True
        self._before: Query | None = None
        self._told = ""
        self._late: Timer | None = None
        self._typing: Timer | None = None
        self.view = LogView(now=now, zone=zone, ascii_only=glyphs.ascii_only)
        self._title = Lines(self._title_lines, classes="log-title")
        self._input = SearchInput(
            self._history, placeholder="text or expression, !text for the others"
        )
        self._info = Lines(self._info_lines, classes="log-search-info")
        self._bar = Horizontal(self._input, self._info, classes="log-search")

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.view
        yield self._bar

    def on_mount(self) -> None:
        self._bar.display = False

    # What is shown

    def show(self, store: LogStore, marks: Marks, facts: LogFacts) -> None:
        """Show this log as it is now."""
        self._facts = facts
        self.view.show(store, marks, empty=facts.empty)
        self._redraw_title()

    def _redraw_title(self) -> None:
        """Now, or once the terminal has taken what was written to it before."""
        if not terminal_is_behind(self.app):
            self._title.redraw()
        elif self._late is None:
            self._late = self.set_timer(RETRY, self._redraw_late)

    def _redraw_late(self) -> None:
        self._late = None
        self._redraw_title()

    @property
    def facts(self) -> LogFacts:
        return self._facts

    @property
    def counts(self) -> LogCounts:
        view = self.view
        options, search = view.options, view.search
        modes = (
            *(("wrap",) if options.wrap else ()),
            *(("raw",) if options.raw else ()),
            *(("pretty",) if options.pretty else ()),
        )
        query = search.query
        return LogCounts(
            lines=len(view.store),
            dropped=view.store.dropped,
            following=view.following,
            new=view.new_lines,
            matches=search.count_text(view.cursor),
            only=search.only,
            inverse=query is not None and query.inverse,
            block=view.block_lines,
            modes=modes,
        )

    def _title_lines(self, room: int) -> list[Line]:
        glyphs = self._glyphs
        line = title_line(self._facts, self.counts, room, live=glyphs.live, broken=glyphs.broken)
        return [line]

    def _info_lines(self, room: int) -> list[Line]:
        search = self.view.search
        kind = "regex" if self._regex else "plain"
        note = search.pattern.note if search.pattern is not None else ""
        if search.given_up:
            kind = "too slow"
        elif note:
            kind = "plain: not an expression" if note.startswith("read as") else "in part"
        count = search.count_text(self.view.cursor)
        return [[(f" {kind}  {count}  ", "accent" if count else "muted"), ("esc clear", "muted")]]

    @on(LogCanvas.Changed)
    def _view_changed(self, event: LogCanvas.Changed) -> None:
        event.stop()
        self._title.redraw()
        if self._bar.display:
            self._info.redraw()
        pattern = self.view.search.pattern
        note = pattern.note if pattern is not None and pattern.strikes else ""
        if note and note != self._told:
            self.post_message(self.Said(f"The expression: {note}"))
        self._told = note

    # Searching

    @property
    def searching(self) -> bool:
        """Whether the search line is open."""
        return bool(self._bar.display)

    def open_search(self, text: str = "") -> None:
        """Open the search line, or search for a text at once."""
        if text:
            self._confirm(text)
            return
        query = self.view.search.query
        self._before = query
        self._bar.display = True
        self._input.value = "" if query is None else _typed(query)
        self._input.focus()
        self._input.select_all()
        self._info.redraw()

    def close_search(self, *, clear: bool) -> bool:
        """Close the search line, or end the search; false when there was neither."""
        if self._bar.display:
            self._bar.display = False
            if clear:
                self.view.look_for(self._before)
            self.view.focus()
            return True
        if clear and self.view.search.query is not None:
            self.view.look_for(None)
            return True
        if clear and (self.view.has_selection or self.view.block_lines):
            self.view.clear_selection()
            return True
        return False

    def toggle_regex(self) -> None:
        """Expressions or plain text from now on."""
        self._regex = not self._regex
        self._look_for(self._input.value)

    def _query(self, text: str) -> Query | None:
        inverse = text.startswith("!") and len(text) > 1
        return Query(text[1:] if inverse else text, self._regex, inverse) if text else None

    def _look_for(self, text: str) -> None:
        self.view.look_for(self._query(text))
        self._info.redraw()

    @on(Input.Changed)
    def _typed_more(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        if self.searching:
            self._typing = self.set_timer(TYPING, self._search_typed)

    def _search_typed(self) -> None:
        self._typing = None
        if self.searching:
            self._look_for(self._input.value)

    @on(Input.Submitted)
    def _confirmed(self, event: Input.Submitted) -> None:
        event.stop()
        self._confirm(event.value)

    def _confirm(self, text: str) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        self._history.add(text)
        self.post_message(self.Searched(tuple(self._history.texts)))
        if self.view.search.query != self._query(text):
            self._look_for(text)
        self._bar.display = False
        self.view.focus()
        matches = self.view.search.matches
        if matches is not None and matches.complete and not matches.count:
            self.post_message(self.Said(f"Nothing matches {text}"))

    def go_to_match(self, *, forward: bool) -> None:
        """To the next match or the one before."""
        if self.view.search.query is None:
            self.post_message(self.Said("Nothing is searched for; / begins"))
        elif not self.view.next_match(forward=forward):
            self.post_message(self.Said("Nothing matches"))

    def toggle_only(self) -> None:
        """Only the lines that match, or all."""
        if self.view.search.query is None:
            self.post_message(self.Said("Search first: / and then x shows only what matches"))
        else:
            self.view.show_only_matches(on=not self.view.search.only)

    def invert(self) -> None:
        """The lines that do not match in place of those that do."""
        query = self.view.search.query
        if query is None:
            self.post_message(self.Said("Search first: / and then ! turns it round"))
            return
        only = self.view.search.only
        self.view.look_for(Query(query.text, query.regex, not query.inverse))
        if only:
            self.view.show_only_matches(on=True)

    def go_to_error(self, *, forward: bool) -> None:
        """To where the next error begins, or the one before."""
        if not self.view.next_error(forward=forward):
            where = "after" if forward else "before"
            self.post_message(self.Said(f"No error {where} this line"))

    def go_to_part(self, *, forward: bool) -> None:
        """To the next container's part, or the one before."""
        if not self.view.next_part(forward=forward):
            where = "after" if forward else "before"
            self.post_message(self.Said(f"No restart {where} this line"))

    # How lines are shown

    def toggle_wrap(self) -> None:
        self.view.set_options(wrap=not self.view.options.wrap)

    def toggle_raw(self) -> None:
        self.view.set_options(raw=not self.view.options.raw)

    def toggle_pretty(self) -> None:
        self.view.set_options(pretty=not self.view.options.pretty)

    def next_times(self) -> None:
        """The next way of showing the times."""
        self.view.set_options(times=self.view.options.times.next)


def _typed(query: Query) -> str:
    return f"!{query.text}" if query.inverse else query.text
