"""The page: rows, cursor, margins, modes, and the operations that control functions are made of.

Columns and rows count from 0 here; margins are inclusive. `wrap_next` is the state after a
character in the last column: the next one wraps first (DEC's "last column flag").
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from apolo_tui.terminal.charsets import Charset
from apolo_tui.terminal.colors import Colors
from apolo_tui.terminal.events import Bell, Event, TitleChanged
from apolo_tui.terminal.modes import Modes
from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.scrollback import Scrollback
from apolo_tui.terminal.styles import DEFAULT, PROTECTED, Style, StyleTable

REPLY_LIMIT: Final = 65_536
"""Bytes of replies that nobody has taken yet; further replies are dropped and counted."""

EVENT_LIMIT: Final = 256
"""Events that nobody has taken yet; further events are dropped."""

TITLE_LIMIT: Final = 16
TAB_WIDTH: Final = 8

Params = tuple[int, ...]
"""Numeric parameters of a control sequence, an omitted one is 0."""


@dataclass(frozen=True, slots=True)
class SavedCursor:
    """What DECSC saves."""

    x: int = 0
    y: int = 0
    wrap_next: bool = False
    pen: Style = DEFAULT
    origin: bool = False
    charsets: tuple[Charset | None, ...] = (None, None, None, None)
    gl: int = 0


class Page:
    """The state of the emulated terminal."""

    __slots__ = (
        "_hidden", "alternate", "autowrap", "bottom", "charsets", "colors", "column_mode",
        "column_mode_allowed", "columns", "events", "fast", "gl", "height", "icon", "insert",
        "last", "left", "lines", "lr_margins", "mapping", "modes", "origin", "pen",
        "rectangular_extent", "replies", "replies_dropped", "replies_length", "reverse_wrap",
        "right", "saved", "saved_modes", "scrollback", "single_shift", "styles", "tabs", "title",
        "titles", "top", "unknown", "widths", "wrap_next", "x", "y",
    )  # fmt: skip

    def __init__(
        self,
        columns: int,
        rows: int,
        *,
        width: Callable[[str], int],
        scrollback: int,
        column_mode_allowed: bool,
    ) -> None:
        self.columns = max(columns, 1)
        self.height = max(rows, 1)
        self.widths = Widths(width)
        self.styles = StyleTable()
        self.scrollback = Scrollback(scrollback, self.styles)
        self.colors = Colors()
        self.column_mode_allowed = column_mode_allowed
        self.replies: list[bytes] = []
        self.replies_length = 0
        self.replies_dropped = 0
        self.events: list[Event] = []
        self.unknown = 0
        self.title = ""
        self.icon = ""
        self.titles: list[tuple[str, str]] = []
        self.lines = [Row() for _ in range(self.height)]
        self._hidden = [Row() for _ in range(self.height)]
        self.reset()

    def reset(self) -> None:
        """RIS, but for the scrollback: the state after power-on."""
        self.modes = Modes()
        self.alternate = False
        self.lines = blank_rows(self.lines)
        self._hidden = blank_rows(self._hidden)
        self.saved: list[SavedCursor | None] = [None, None]
        self.saved_modes: dict[int, bool] = {}
        self.column_mode = False
        self.lr_margins = False
        self.tabs = set(range(TAB_WIDTH, self.columns, TAB_WIDTH))
        self.titles.clear()
        self.colors.reset()
        self.x = self.y = 0
        self.soft_reset()
        self.autowrap = True

    def soft_reset(self) -> None:
        """DECSTR: modes, margins, charsets and pen; the cells and the cursor stay."""
        self.lr_margins = False
        self.reset_margins()
        self.wrap_next = False
        self.autowrap = True
        self.origin = False
        self.insert = False
        self.reverse_wrap = False
        self.pen = DEFAULT
        self.charsets: list[Charset | None] = [None, None, None, None]
        self.gl = 0
        self.mapping: Charset | None = None
        self.single_shift = 0
        self.last = ""
        self.rectangular_extent = False
        self.saved[self.alternate] = None
        self.modes.cursor_visible = True
        self.modes.application_cursor = False
        self.modes.application_keypad = False
        self.update_fast()

    def update_fast(self) -> None:
        """Whether printing may take the short way: no insertion, plain ASCII."""
        self.fast = not (self.insert or self.single_shift or self.mapping is not None)

    # Replies and events

    def reply(self, text: str) -> None:
        data = text.encode()
        if self.replies_length + len(data) > REPLY_LIMIT:
            self.replies_dropped += 1
            return
        self.replies_length += len(data)
        self.replies.append(data)

    def emit(self, event: Event) -> None:
        if isinstance(event, Bell) and event in self.events:
            return
        if len(self.events) < EVENT_LIMIT:
            self.events.append(event)

    def set_title(self, title: str) -> None:
        if title != self.title:
            self.title = title
            self.emit(TitleChanged(title))

    def push_title(self) -> None:
        """Keep title and icon name; only the newest sixteen are kept."""
        self.titles.append((self.title, self.icon))
        del self.titles[:-TITLE_LIMIT]

    def pop_title(self, *, title: bool, icon: bool) -> None:
        if not self.titles:
            return
        old_title, old_icon = self.titles.pop()
        if icon:
            self.icon = old_icon
        if title:
            self.set_title(old_title)

    # Margins and cursor

    def reset_margins(self) -> None:
        self.top, self.bottom = 0, self.height - 1
        self.left, self.right = 0, self.columns - 1

    def home(self) -> None:
        self.move_to(0, 0)

    def move_to(self, column: int, row: int) -> None:
        """Put the cursor there, relative to the margins in origin mode."""
        self.wrap_next = False
        if self.origin:
            self.x = min(self.left + column, self.right)
            self.y = min(self.top + row, self.bottom)
        else:
            self.x = min(column, self.columns - 1)
            self.y = min(row, self.height - 1)

    def inside_margins(self) -> bool:
        return self.top <= self.y <= self.bottom and self.left <= self.x <= self.right

    def carriage_return(self) -> None:
        self.wrap_next = False
        self.x = self.left if self.x >= self.left or self.origin else 0

    def index(self) -> None:
        """One line down; at the bottom margin the region scrolls."""
        self.wrap_next = False
        if self.y == self.bottom:
            if self.left <= self.x <= self.right:
                self.scroll_up(1)
        elif self.y < self.height - 1:
            self.y += 1

    def reverse_index(self) -> None:
        self.wrap_next = False
        if self.y == self.top:
            if self.left <= self.x <= self.right:
                self.scroll_down(1)
        elif self.y > 0:
            self.y -= 1

    def wrap(self) -> None:
        """Go on in the next line, because the last column is full."""
        row = self.lines[self.y]
        row.wrapped, row.padded = True, False
        self.x = self.left
        self.index()

    def save_cursor(self) -> None:
        self.saved[self.alternate] = SavedCursor(
            self.x, self.y, self.wrap_next, self.pen, self.origin, tuple(self.charsets), self.gl
        )

    def restore_cursor(self) -> None:
        saved = self.saved[self.alternate] or SavedCursor()
        self.x = min(saved.x, self.columns - 1)
        self.y = min(saved.y, self.height - 1)
        self.wrap_next = saved.wrap_next and self.x == saved.x
        self.pen = saved.pen
        self.origin = saved.origin
        self.charsets = list(saved.charsets)
        self.gl = saved.gl
        self.mapping = self.charsets[self.gl]
        self.single_shift = 0
        self.update_fast()

    # Scrolling

    def scroll_up(self, count: int, top: int | None = None, *, keep: bool = True) -> None:
        """Move the region (from `top`) up; rows leaving the page are kept in the scrollback."""
        if top is None:
            top = self.top
        bottom = self.bottom
        count = min(count, bottom - top + 1)
        if self.lr_margins and (self.left or self.right < self.columns - 1):
            self._shift_block(top, bottom, count)
            return
        lines = self.lines
        if count == 1:  # by far the most frequent
            row = lines.pop(top)
            if keep and not top and not self.alternate:
                self.scrollback.push(row)
            lines.insert(bottom, Row(self.pen.erased))
            return
        if keep and not top and not self.alternate:
            push = self.scrollback.push
            for row in lines[:count]:
                push(row)
        fill = self.pen.erased
        del lines[top : top + count]
        at = bottom + 1 - count
        lines[at:at] = [Row(fill) for _ in range(count)]

    def scroll_down(self, count: int, top: int | None = None) -> None:
        if top is None:
            top = self.top
        bottom = self.bottom
        count = min(count, bottom - top + 1)
        if self.lr_margins and (self.left or self.right < self.columns - 1):
            self._shift_block(top, bottom, -count)
            return
        lines = self.lines
        fill = self.pen.erased
        del lines[bottom + 1 - count : bottom + 1]
        lines[top:top] = [Row(fill) for _ in range(count)]

    def _shift_block(self, top: int, bottom: int, count: int) -> None:
        """Move the cells between the left and right margins up by `count` (down, if negative)."""
        left, right = self.left, self.right + 1
        rows = self.lines[top : bottom + 1]
        for y, row in enumerate(rows, top):
            chars = row.chars
            if chars is None or chars[left] == "" or (right < len(chars) and chars[right] == ""):
                self.writable(y, left, right)
            row.mark = None
        if count < 0:
            rows.reverse()
            count = -count
        for row, source in zip(rows, rows[count:], strict=False):
            assert row.chars is not None
            assert source.chars is not None
            row.chars[left:right] = source.chars[left:right]
            row.styles[left:right] = source.styles[left:right]
        blanks, fill = [" "] * (right - left), [self.pen.erased] * (right - left)
        for row in rows[-count:]:
            assert row.chars is not None
            row.chars[left:right], row.styles[left:right] = blanks, fill

    def shift_columns(self, count: int, start: int) -> None:
        """Insert `count` blank columns at `start` in the whole region (delete, if negative)."""
        for y in range(self.top, self.bottom + 1):
            if count > 0:
                self.insert_cells(y, start, count)
            else:
                self.delete_cells(y, start, -count)

    # Cells

    def writable(self, y: int, start: int, end: int) -> list[str]:
        """The unpacked row `y`; wide characters that reach over an edge are replaced by blanks."""
        row = self.lines[y]
        chars = row.chars
        if chars is None:
            chars = row.unpack(self.columns)
        else:
            row.mark = None
        if chars[start] == "" and start:
            self.split_wide(row, start)
        if end < len(chars) and chars[end] == "":
            self.split_wide(row, end)
        return chars

    def split_wide(self, row: Row, second: int) -> None:
        """Blank both halves of the wide character whose second column is `second`."""
        assert row.chars is not None
        row.chars[second - 1 : second + 1] = "  "
        row.styles[second - 1 : second + 1] = [self.pen.erased] * 2

    def insert_cells(self, y: int, x: int, count: int) -> None:
        """Shift the cells from `x` to the right margin right by `count`."""
        right = self.right + 1
        if count >= right - x:
            self.erase(y, x, right)
            return
        if self.lines[y].blank_from(x, self.pen.erased):
            return
        chars = self.writable(y, x, right)
        keep = right - count
        if chars[keep] == "":
            self.split_wide(self.lines[y], keep)
        styles = self.lines[y].styles
        del chars[keep:right], styles[keep:right]
        chars[x:x] = [" "] * count
        styles[x:x] = [self.pen.erased] * count

    def delete_cells(self, y: int, x: int, count: int) -> None:
        """Shift the cells behind `x + count`, up to the right margin, left by `count`."""
        right = self.right + 1
        row = self.lines[y]
        row.wrapped = False
        if count >= right - x:
            self.erase(y, x, right)
            return
        if row.blank_from(x, self.pen.erased):
            return
        chars = self.writable(y, x, right)
        if chars[x + count] == "":
            self.split_wide(row, x + count)
        styles = row.styles
        del chars[x : x + count], styles[x : x + count]
        end = right - count
        chars[end:end] = [" "] * count
        styles[end:end] = [self.pen.erased] * count

    def erase(self, y: int, start: int, end: int, *, selective: bool = False) -> None:
        """Blank the columns `start` up to `end` of row `y`."""
        row = self.lines[y]
        fill = self.pen.erased
        columns = self.columns
        if end >= columns and not selective:
            row.wrapped = False
            if start == 0:
                row.text, row.runs, row.lengths, row.fill = "", None, None, fill
                row.chars = row.mark = None
                return
            if row.chars is None and row.lengths is None and start >= len(row.text):
                if row.fill is fill:
                    return
                if start == len(row.text):
                    row.fill, row.mark = fill, None
                    return
        if selective:
            # Protected cells stay as they are, so both halves of a wide character agree.
            chars = row.unpack(columns)
            part = set(row.styles[start:end])
            if not any(style.attributes & PROTECTED for style in part):
                self.erase(y, start, end)
                return
            for x in range(start, end):
                if not row.styles[x].attributes & PROTECTED:
                    chars[x], row.styles[x] = " ", fill
            return
        chars = self.writable(y, start, end)
        count = end - start
        chars[start:end] = [" "] * count
        row.styles[start:end] = [fill] * count

    def erase_rows(self, start: int, end: int, *, selective: bool = False) -> None:
        for y in range(start, end):
            self.erase(y, 0, self.columns, selective=selective)

    def change_columns(self, columns: int) -> None:
        """Another width, asked for by the program (DECCOLM); the rows are cropped or extended."""
        self.columns = columns
        for row in (*self.lines, *self._hidden):
            row.fit(columns)
        self.reset_margins()
        self.x = min(self.x, columns - 1)
        self.wrap_next = False
        self.tabs = set(range(TAB_WIDTH, columns, TAB_WIDTH))

    # The two screens

    def clear(self) -> None:
        """Blank rows without any colour, as a switch of screens leaves them."""
        self.lines[:] = blank_rows(self.lines)

    def show_alternate(self, on: bool) -> None:
        """Swap the main and the alternate screen. The cursor stays where it is."""
        if on == self.alternate:
            return
        self.lines, self._hidden = self._hidden, self.lines
        self.alternate = self.modes.alternate_screen = on
        for row in self.lines:
            row.mark = None

    @property
    def hidden(self) -> list[Row]:
        """The rows of the screen that is not shown."""
        return self._hidden

    @hidden.setter
    def hidden(self, rows: list[Row]) -> None:
        self._hidden = rows


def blank_rows(rows: list[Row]) -> list[Row]:
    """As many rows that nobody has written to; those that are so already stay."""
    return [row if row.blank_from(0, DEFAULT) and not row.wrapped else Row() for row in rows]


class Widths(dict[str, int]):
    """The widths of single characters, asked of the caller's function once each."""

    LIMIT: Final = 8_192

    def __init__(self, width: Callable[[str], int]) -> None:
        super().__init__()
        self._width = width

    def __missing__(self, char: str) -> int:
        width = min(max(self._width(char), 0), 2)
        if len(self) < self.LIMIT:
            self[char] = width
        return width
