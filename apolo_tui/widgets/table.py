"""A table for very many rows, drawn line by line.

It costs what is on screen: rows are rendered when they come into view, a changed row repaints
one line, and a line that would look the same is not sent again.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from apolo_tui.actions import Scope, in_scope
from apolo_tui.widgets import table_messages as messages
from apolo_tui.widgets.strips import StripView
from apolo_tui.widgets.table_columns import Column, column_at
from apolo_tui.widgets.table_lines import UNICODE_GLYPHS, TableGlyphs, thumb_lines
from apolo_tui.widgets.table_paint import BAR, Painter, row_state
from apolo_tui.widgets.table_rows import Heading, Rows

R = TypeVar("R")

HEADER = 1
"""Lines above the rows."""
WHEEL = 3
"""Rows that one turn of the wheel scrolls."""

STYLES = (
    *("header", "sorted", "cursor", "cursor-blurred", "marked", "heading"),
    *("placeholder", "tail", "bar", "muted", "accent", "good", "notice", "warning", "danger"),
    *("stale", "running", "pending", "suspended", "succeeded", "failed", "cancelled", "unknown"),
)
"""The names of styles: of the table's own parts, and of what cells, rows and headings may use."""


class _View(NamedTuple):
    """What a line depends on besides what is on it."""

    room: int
    thumb: range
    focused: bool


class LineTable(StripView, Generic[R], can_focus=True):
    """Rows of values of the type R in columns, with a cursor, marks and frozen columns.

    `key` names a row: the cursor and the marks follow it through every change. A row that changed
    is another value: one that is the same object is not rendered again (see `refresh_cells`).
    `row_style` names the style of a whole row ("" for none). The style NAME, one of STYLES, is
    the class `table--NAME` of the sheet.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(action.keys), action.invocation, action.label, show=False, id=action.id)
        for action in in_scope(Scope.TABLE)
    ]
    STYLE_PREFIX = "table"
    STYLE_NAMES = STYLES

    RowHighlighted = messages.RowHighlighted
    RowSelected = messages.RowSelected
    HeaderSelected = messages.HeaderSelected
    MarksChanged = messages.MarksChanged
    ReachedEnd = messages.ReachedEnd

    placeholder: reactive[str] = reactive("", repaint=False)
    """Shown while there are no rows: why, and what to press, or that they are being loaded."""
    tail: reactive[str] = reactive("", repaint=False)
    """One line after the last row, such as that more rows are being loaded; "" for none."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], Hashable],
        row_style: Callable[[R], str] | None = None,
        glyphs: TableGlyphs = UNICODE_GLYPHS,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: Rows[R] = Rows(key)
        self._painter = Painter(columns, glyphs=glyphs, row_style=row_style, style=self._run_style)
        self._sort: tuple[str | None, bool] = (None, False)
        self._pan = 0
        self._top = 0
        self._shown: dict[int, Strip] = {}
        self._placeholder_strips: list[Strip] = []
        self._announced: tuple[Hashable | None, bool] = (None, False)
        self._end_announced: int | None = None

    # The rows

    @property
    def row_count(self) -> int:
        """The number of rows, headings not counted."""
        return self._rows.count

    @property
    def keys(self) -> list[Hashable]:
        """The keys of the rows in order."""
        return self._rows.keys()

    @property
    def visible_keys(self) -> list[Hashable]:
        """The keys of the rows on screen, from the top."""
        shown = range(self._top, min(self._top + self._room, len(self._rows)))
        items = (self._rows[index] for index in shown)
        return [self._rows.key_of(item) for item in items if not isinstance(item, Heading)]

    def set_rows(
        self, rows: Iterable[R | Heading], *, headings: int | None = None, refresh: bool = False
    ) -> None:
        """All rows anew, in this order. The cursor stays with its key, or else at its place.

        Only the lines that look different are painted. `headings` is how many of the rows are
        headings, where that is known already. `refresh`: as `refresh_cells` besides.
        """
        following = self._cursor_in_view
        if refresh:
            self._painter.forget()
        if self._rows.replace(rows, headings=headings):
            self._rows_changed(following)
        elif refresh:
            self._repaint_changed()

    def update_row(self, row: R) -> bool:
        """One row in place of the one with its key; False when there is none."""
        index = self._rows.update(row)
        if index is not None:
            self._repaint_line(HEADER + index - self._top)
        return index is not None

    def insert_rows(self, index: int, rows: Sequence[R | Heading]) -> None:
        """More rows before the one at `index` (headings counted)."""
        following = self._cursor_in_view
        self._rows.insert(index, rows)
        self._rows_changed(following)

    def append_rows(self, rows: Sequence[R | Heading]) -> None:
        """More rows after the last one."""
        self.insert_rows(len(self._rows), rows)

    def remove_rows(self, keys: Iterable[Hashable]) -> None:
        """Take the rows with these keys away."""
        following = self._cursor_in_view
        self._rows.remove(keys)
        self._rows_changed(following)

    def refresh_cells(self, keys: Iterable[Hashable] | None = None) -> None:
        """Render the rows on screen again, for columns that show the time or live figures.

        With `keys`, only those rows: what the others show has not changed.
        """
        if keys is None:
            self._painter.forget()
            self._repaint_changed()
            return
        wanted = set(keys)
        self._painter.forget(wanted)
        shown = range(self._top, min(self._top + self._room, len(self._rows)))
        for index in shown:
            if self._rows.key_of(self._rows[index]) in wanted:
                self._repaint_line(HEADER + index - self._top)

    def _rows_changed(self, follow: bool) -> None:
        if follow:
            self._reveal()
        self._scroll(self._top)
        self._repaint_changed()
        self._announce()

    # The columns

    @property
    def columns(self) -> Sequence[Column[R]]:
        return self._painter.columns

    @property
    def shown_columns(self) -> list[str]:
        """The keys of the columns on screen, from the left."""
        return [self.columns[span.column].key for span in self._painter.layout.spans]

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        """Other columns, for the same rows."""
        self._painter.columns = tuple(columns)
        self._rearrange()

    def set_glyphs(self, glyphs: TableGlyphs) -> None:
        """Draw with other characters, such as ASCII_GLYPHS."""
        self._painter.glyphs = glyphs
        self._rearrange()

    def show_sort(self, column: str | None, *, descending: bool = False) -> None:
        """Put the arrow at a column's title. The rows stay as they are."""
        self._sort = (column, descending)
        self._repaint_line(0)

    def action_pan_left(self) -> None:
        self._pan_to(self._painter.layout.pan - 1)

    def action_pan_right(self) -> None:
        self._pan_to(self._painter.layout.pan + 1)

    def _pan_to(self, pan: int) -> None:
        self._pan = max(0, pan)
        self._rearrange()
        self._pan = self._painter.layout.pan

    def _rearrange(self) -> None:
        self._painter.arrange(self.size.width, pan=self._pan)
        self._placeholder_strips = []
        self._repaint_changed()

    # The cursor

    @property
    def cursor_key(self) -> Hashable | None:
        """The key of the row under the cursor; None when there are no rows."""
        return self._rows.cursor_key

    @property
    def cursor_row(self) -> R | None:
        """The row under the cursor."""
        return self._rows.cursor_row

    def move_cursor(self, key: Hashable) -> bool:
        """Put the cursor on a row and scroll it into view; False when there is no such row."""
        index = self._rows.index_of(key)
        if index is not None:
            self._go(index)
        return index is not None

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self._page(max(1, self._room - 1))

    def action_page_up(self) -> None:
        self._page(-max(1, self._room - 1))

    def action_half_page_down(self) -> None:
        self._page(max(1, self._room // 2))

    def action_half_page_up(self) -> None:
        self._page(-max(1, self._room // 2))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._end_announced = None
        self._go(len(self._rows) - 1, toward=-1)

    def action_select(self) -> None:
        """Choose the row under the cursor."""
        row = self._rows.cursor_row
        if row is not None:
            self.post_message(messages.RowSelected(self, self._rows.key_of(row), row))

    def _step(self, by: int) -> None:
        if self._rows.cursor is not None:
            self._go(self._rows.cursor + by, toward=by)

    def _page(self, by: int) -> None:
        if self._rows.cursor is not None:
            self._scroll(self._top + by)
            self._go(self._rows.cursor + by, toward=1 if by > 0 else -1)

    def _go(self, index: int, *, toward: int = 1) -> None:
        self._rows.place_cursor(index, toward=toward)
        self._reveal()
        self._repaint_changed()
        self._announce()

    def _announce(self) -> None:
        """Tell of another row under the cursor, and of the end."""
        now = (self._rows.cursor_key, self._rows.count > 0)
        if now != self._announced:
            self._announced = now
            self.post_message(messages.RowHighlighted(self, now[0], self._rows.cursor_row))
        self._announce_end()

    def _announce_end(self) -> None:
        count = len(self._rows)
        if self._room and self._top + self._room >= count and self._end_announced != count:
            self._end_announced = count
            self.post_message(messages.ReachedEnd(self, self._rows.count))

    # Marks

    @property
    def marked(self) -> frozenset[Hashable]:
        """The keys that are marked, also of rows that are filtered out at present."""
        return frozenset(self._rows.marked)

    def toggle_mark(self) -> None:
        """Mark or unmark the row under the cursor."""
        self._rows.toggle_mark()
        self._marks_changed()

    def mark_range(self) -> None:
        """Mark from the last mark to the cursor."""
        self._rows.mark_range()
        self._marks_changed()

    def mark_all(self) -> None:
        """Mark all rows that the table has; what is filtered out keeps the mark that it has."""
        self._rows.mark_all()
        self._marks_changed()

    def clear_marks(self) -> None:
        """Take all marks away."""
        self._rows.clear_marks()
        self._marks_changed()

    def set_marks(self, keys: Iterable[Hashable]) -> None:
        """Exactly these marks."""
        self._rows.set_marks(keys)
        self._marks_changed()

    def _marks_changed(self) -> None:
        self._repaint_changed()
        self.post_message(messages.MarksChanged(self, self.marked))

    # Scrolling

    @property
    def _room(self) -> int:
        """The lines for rows."""
        return max(0, self.size.height - HEADER)

    @property
    def _lines(self) -> int:
        """The lines that all rows take, with the tail."""
        return len(self._rows) + bool(self.tail)

    @property
    def _cursor_in_view(self) -> bool:
        cursor = self._rows.cursor
        return cursor is None or self._top <= cursor < self._top + self._room

    def _scroll(self, top: int) -> None:
        self._top = max(0, min(top, self._lines - self._room))

    def _reveal(self) -> None:
        """Scroll so that the cursor is in view.

        At an edge by half a page at once: that repaints the screen once in many keys.
        """
        cursor, half = self._rows.cursor, self._room // 2
        if cursor is None or self._cursor_in_view:
            return
        self._scroll(cursor - half if cursor > self._top else cursor - self._room + 1 + half)

    # The mouse

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.y < HEADER:
            self._click_header(offset.x)
        elif offset.x >= self.size.width - BAR and self._lines > self._room:
            self._scroll(self._lines * (offset.y - HEADER) // self._room - self._room // 2)
            self._repaint_changed()
            self._announce_end()
        elif self._top + offset.y - HEADER < len(self._rows):
            self._go(self._top + offset.y - HEADER)
            if event.chain == 2:
                self.action_select()

    def _click_header(self, x: int) -> None:
        index = column_at(self._painter.layout, x)
        if index is not None and self.columns[index].sortable:
            self.post_message(messages.HeaderSelected(self, self.columns[index].key))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        if event.shift or event.ctrl:
            self._pan_to(self._painter.layout.pan + direction)
            return
        self._scroll(self._top + direction * WHEEL)
        self._repaint_changed()
        self._announce_end()

    # Painting

    def on_resize(self) -> None:
        self._shown.clear()
        self._painter.arrange(self.size.width, pan=self._pan)
        self._placeholder_strips = []
        self._scroll(self._top)
        self._reveal()
        self.refresh()
        if len(self._rows):
            self._announce_end()

    def on_focus(self) -> None:
        self._repaint_changed()

    def on_blur(self) -> None:
        self._repaint_changed()

    def watch_placeholder(self) -> None:
        self._placeholder_strips = []
        self._repaint_changed()

    def watch_tail(self) -> None:
        self._scroll(self._top)
        self._repaint_changed()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.restyle()
        self._placeholder_strips = []
        self._shown.clear()
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All lines, for a table whose height is `auto`."""
        return HEADER + self._lines

    def _repaint_changed(self) -> None:
        """Ask for the lines on screen that no longer look as they did."""
        height = self.size.height
        view = self._view(height)
        changed = []
        for y in range(height):
            before, after = self._shown.get(y), self._strip(y, view)
            if before is not after and before != after:
                changed.append(y)
        self.refresh_lines(changed)

    def _repaint_line(self, y: int) -> None:
        height = self.size.height
        if 0 <= y < height and self._shown.get(y) != self._strip(y, self._view(height)):
            self.refresh_lines((y,))

    def render_line(self, y: int) -> Strip:
        strip = self._shown[y] = self._strip(y, self._view(self.size.height))
        return strip

    def _view(self, height: int) -> _View:
        """What the lines share, asked for once for all of them."""
        room = max(0, height - HEADER)
        thumb = thumb_lines(top=self._top, visible=room, total=self._lines)
        return _View(room, thumb, self.has_focus)

    def _strip(self, y: int, view: _View) -> Strip:
        if y < HEADER:
            return self._painter.header(*self._sort)
        line = y - HEADER
        index = self._top + line
        if index < len(self._rows):
            return self._row_strip(index, line, view)
        if not len(self._rows) and self.placeholder:
            if len(self._placeholder_strips) != view.room:
                self._placeholder_strips = self._painter.placeholder(self.placeholder, view.room)
            return self._placeholder_strips[line]
        if self.tail and index == len(self._rows):
            return self._painter.tail(self.tail)
        return self._painter.blank()

    def _row_strip(self, index: int, line: int, view: _View) -> Strip:
        item = self._rows[index]
        here = index == self._rows.cursor
        state = row_state(
            cursor=here,
            focused=here and view.focused,
            marked=self._rows.is_marked(item),
            thumb=line in view.thumb,
        )
        return self._painter.row(self._rows.key_of(item), item, state)

    def _run_style(self, line_style: str, name: str) -> Style:
        """The style of a run: that of the widget, of the line and of the run, one over another."""
        style = self.rich_style
        for part in (line_style, name):
            if part:
                style += self.named_style(part)
        return style
