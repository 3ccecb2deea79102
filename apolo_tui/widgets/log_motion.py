"""Moving about in a log: follow, cursor, pages, matches, errors, containers."""

from typing import ClassVar

from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.logs import Query
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.log_canvas import LogCanvas
from apolo_tui.widgets.log_viewport import AllLines

PAN = 16
"""Cells."""


class LogMotion(LogCanvas):
    """A log that keys move about in."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE)

    def follow(self, *, on: bool) -> None:
        """Stay at the end from now on, or stay here."""
        self._following = on
        self._seen_end = self._store.end
        if on:
            self._cursor = max(self._store.first, self._store.end - 1)
            self._viewport.to_bottom()
        self._repaint()

    def go_to(self, number: int) -> None:
        """Put the cursor on a line and show it."""
        self._stop_following()
        self._cursor = number
        self._viewport.reveal(number, centre=True)
        self._repaint()

    def _stop_following(self) -> None:
        if self._following:
            self._following = False
            self._seen_end = self._store.end

    def _move(self, lines: int) -> None:
        """The cursor by one line. In a line that is taller than the screen, by a row of it."""
        self._stop_following()
        shown = self._viewport.lines
        for _ in range(abs(lines)):
            below = lines > 0
            following = shown.next(self._cursor + 1) if below else shown.previous(self._cursor)
            there = self._store.first <= self._cursor < self._store.end
            if there and self._height_of(self._cursor) > self._viewport.height:
                before = self._viewport.top
                self._viewport.scroll(1 if lines > 0 else -1)
                if self._viewport.top != before and self._viewport.top[0] == self._cursor:
                    continue
            if following is None:
                break
            self._cursor = following
            self._viewport.reveal(following)
        self._repaint()

    def _scroll(self, rows: int) -> None:
        """The screen by so many rows; the cursor stays on it."""
        if rows < 0:
            self._stop_following()
        self._viewport.scroll(rows)
        shown = [place[0] for place in self._viewport.rows()]
        if shown and not self._following:
            self._cursor = max(shown[0], min(self._cursor, shown[-1]))
        self._repaint()

    def action_cursor_down(self) -> None:
        self._move(1)

    def action_cursor_up(self) -> None:
        self._move(-1)

    def action_page_down(self) -> None:
        self._scroll(self._viewport.height - 1)

    def action_page_up(self) -> None:
        self._scroll(1 - self._viewport.height)

    def action_half_page_down(self) -> None:
        self._scroll(max(1, self._viewport.height // 2))

    def action_half_page_up(self) -> None:
        self._scroll(-max(1, self._viewport.height // 2))

    def action_first(self) -> None:
        self._stop_following()
        self._cursor = self._viewport.lines.next(self._store.first) or self._store.first
        self._viewport.top = (self._cursor, 0)
        self._repaint()

    def action_last(self) -> None:
        self.follow(on=True)

    def action_pan_left(self) -> None:
        self._pan = max(0, self._pan - PAN)
        self._repaint()

    def action_pan_right(self) -> None:
        widest = max(
            (sum(len(text) for text, _, _ in line.row.runs) for line in self._laid_out()), default=0
        )
        if self._pan + PAN < widest:
            self._pan += PAN
            self._repaint()

    def zoom_line(self) -> None:
        """Show the line under the cursor in full, or as the others again."""
        if self._viewport.lines.next(self._cursor) == self._cursor:
            self._stop_following()
            self._lines.zoom(self._cursor)
            self._viewport.reveal(self._cursor)
            self._repaint()

    # Searching

    def look_for(self, query: Query | None) -> None:
        """Search for this and go to the nearest match; None ends the search."""
        self._search.look_for(query)
        self._viewport.lines = self._search.shown or AllLines(self._store)
        if self._search.matches is not None:
            self._search.work()
            self._go_to_match(forward=False, here=True)
            self._begin_work()
        self._repaint()

    def next_match(self, *, forward: bool) -> bool:
        """To the next match, from the end on to the first; false when there is none."""
        return self._go_to_match(forward=forward, here=False)

    def _go_to_match(self, *, forward: bool, here: bool) -> bool:
        matches = self._search.matches
        if matches is None or not matches.count:
            return False
        if forward:
            number = matches.next(self._cursor + (0 if here else 1))
            number = matches.at(0) if number is None else number
        else:
            number = matches.previous(self._cursor + (1 if here else 0))
            number = matches.at(matches.count - 1) if number is None else number
        if not (here and self._following and number >= self._store.end - 1):
            self.go_to(number)
        return True

    def show_only_matches(self, *, on: bool) -> None:
        """Show only the lines that match, or all again; the place stays."""
        if self._search.matches is None:
            return
        self._search.only = on
        self._viewport.lines = self._search.shown or AllLines(self._store)
        if self._following:
            self._viewport.to_bottom()
        else:
            shown = self._viewport.lines
            near = shown.previous(self._cursor + 1)
            near = shown.next(self._cursor) if near is None else near
            if near is not None:
                self._cursor = near
                self._viewport.top = (near, 0)
                self._viewport.reveal(near, centre=True)
                self._viewport.scroll(-(self._viewport.height // 2))
        self._repaint()

    def next_error(self, *, forward: bool) -> bool:
        """To where the next error begins, or the one before; false when there is none."""
        errors = self._search.errors
        if not errors.complete:
            self._search.work()
        here = self._cursor
        number = errors.next(here + 1) if forward else errors.previous(here)
        if number is None:
            return False
        self.go_to(number)
        return True

    def next_part(self, *, forward: bool) -> bool:
        """To where the next container's output begins, or this one's, or the one before."""
        parts = [self._store.first, *self._marks.restarts()]
        if forward:
            found = [line for line in parts if line > self._cursor]
        else:
            found = [line for line in reversed(parts) if line < self._cursor]
        if not found:
            return False
        self._stop_following()
        self._cursor = found[0]
        self._viewport.top = (found[0], 0)
        self._repaint()
        return True
