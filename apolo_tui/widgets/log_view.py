"""The view of a log: what can be done with its lines by keys and by mouse."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Offset
from textual.message import Message

from apolo_tui.model.logs.records import record_of
from apolo_tui.widgets.log_motion import LogMotion
from apolo_tui.widgets.log_paint import BAR
from apolo_tui.widgets.log_selection import Point, Selection, point_of

WHEEL = 3
"""Rows that one turn of the wheel scrolls."""


class LogView(LogMotion):
    """Shows a `LogStore`. Tell it with `show` that there is more in it.

    It posts `Changed` after anything that a title may show has changed, and `Copied` with a text
    for the clipboard.
    """

    @dataclass
    class Copied(Message):
        """The user wants this text on the clipboard; `what` names it."""

        text: str
        what: str

    # Copying

    @property
    def block_lines(self) -> int:
        """The lines of the marked block; 0 for none."""
        return len(self._block)

    def toggle_mark(self) -> None:
        """Begin a block at the cursor, or forget the one that was begun."""
        self._marked = self._cursor if self._marked is None else None
        self._stop_following()
        self._repaint()

    def copy(self) -> None:
        """Copy the marked block; or else what the mouse selected; or else the message here."""
        if self._marked is not None:
            block = self._block
            lines = [text for text in map(self._lines.text, self._shown(block)) if text is not None]
            self._marked = None
            self.post_message(self.Copied("\n".join(lines), f"{len(lines)} lines"))
            self._repaint()
        elif not self.copy_selection() and len(self._store):
            record = record_of(self._lines.text, self._cursor)
            lines = [text for text in map(self._lines.text, record) if text is not None]
            what = "Line" if len(lines) == 1 else f"Message of {len(lines)} lines"
            self.post_message(self.Copied("\n".join(lines), what))

    def copy_selection(self) -> bool:
        """Copy what the mouse selected; false when nothing is."""
        selection = self._selection
        if selection is None or selection.empty:
            return False
        first, last = selection.ends
        lines = self._shown(range(first.line, last.line + 1))
        self.post_message(self.Copied(selection.text(lines, self._rows_of), "Selection"))
        self._selection = None
        self._repaint()
        return True

    @property
    def has_selection(self) -> bool:
        return self._selection is not None and not self._selection.empty

    def clear_selection(self) -> None:
        """Forget what is selected and the block that was begun."""
        if self._selection is not None or self._marked is not None:
            self._selection = self._marked = None
            self._repaint()

    def _shown(self, numbers: range) -> list[int]:
        """Those of the lines that are shown."""
        shown: list[int] = []
        number = self._viewport.lines.next(numbers.start)
        while number is not None and number < numbers.stop:
            shown.append(number)
            number = self._viewport.lines.next(number + 1)
        return shown

    def shown_lines(self) -> Sequence[int] | range:
        """The numbers of all lines that are shown, filtered or not."""
        shown = self._search.shown
        if shown is None:
            return range(self._store.first, self._store.end)
        return list(shown)

    # The mouse

    def _point(self, at: Offset) -> Point | None:
        frame = self._laid_out()
        if not frame:
            return None
        line = frame[max(0, min(at.y, len(frame) - 1))]
        pan = 0 if self._lines.options.wrap else self._pan
        return point_of(line.row, line.place[0], at.x + pan)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button != 1:
            return
        self.focus()
        if event.x >= self.size.width - BAR:
            self._stop_following()
            share = event.y / max(1, self.size.height - 1)
            self._jump(share)
            return
        point = self._point(event.offset)
        if point is not None:
            self.capture_mouse()
            self._selecting = True
            self._selection = Selection(point, point)

    def _jump(self, share: float) -> None:
        index = self._search.filtering
        if index is not None and index.count:
            number = index.at(min(index.count - 1, int(share * index.count)))
        else:
            number = self._store.first + int(share * max(0, len(self._store) - 1))
        self._cursor = number
        self._viewport.top = (number, 0)
        self._viewport.scroll(0)
        self._repaint()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if not self._selecting or self._selection is None:
            return
        if event.y < 0:
            self._scroll(-1)
        elif event.y >= self.size.height:
            self._scroll(1)
        point = self._point(event.offset)
        if point is not None:
            self._stop_following()
            self._selection = Selection(self._selection.anchor, point)
            self._repaint()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if not self._selecting:
            return
        self._selecting = False
        self.release_mouse()
        if self._selection is not None and self._selection.empty:
            self._stop_following()
            self._cursor = self._selection.anchor.line
            self._selection = None
        self._repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-WHEEL)
