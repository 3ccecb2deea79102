"""The lines of a table as strips, kept for as long as what they show stays the same."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from apolo_tui.widgets.table_columns import Column, Layout, lay_out
from apolo_tui.widgets.table_lines import (
    GUTTER,
    Run,
    TableGlyphs,
    header_runs,
    place,
    placeholder_lines,
    row_cells,
    row_runs,
)
from apolo_tui.widgets.table_rows import Heading

R = TypeVar("R")

BAR = 1
"""Cells at the right edge for the scroll bar."""
KEPT_STRIPS = 4096
"""Rendered rows kept for when they come into view again."""


@dataclass(frozen=True, slots=True)
class RowState:
    """What a row's line shows besides the row."""

    cursor: bool = False
    focused: bool = False
    marked: bool = False
    thumb: bool = False
    """Whether the scroll bar's thumb is on this line."""


@lru_cache(maxsize=32)
def row_state(*, cursor: bool, focused: bool, marked: bool, thumb: bool) -> RowState:
    """The one object for this state: every line asks for one at every look at it."""
    return RowState(cursor, focused, marked, thumb)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A strip and what it was made of. The row itself is compared: it is never changed."""

    item: object
    state: RowState
    cells: tuple[Run, ...]
    strip: Strip


def _same(one: RowState, other: RowState) -> bool:
    return one is other or one == other


class Painter(Generic[R]):
    """Rows, header and texts of one table to strips of its width.

    `style` gives the style of a line ("" for a plain one) and a run on it ("" for the line's own).
    """

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        glyphs: TableGlyphs,
        row_style: Callable[[R], str] | None,
        style: Callable[[str, str], Style],
    ) -> None:
        self.columns = tuple(columns)
        self.glyphs = glyphs
        self.layout = Layout((), 0, False)
        self.width = 0
        self._row_style = row_style
        self._style_of = style
        self._styles: dict[tuple[str, str], Style] = {}
        self._kept: dict[Hashable, _Kept] = {}
        self._doubted: dict[Hashable, _Kept] = {}

    def arrange(self, width: int, *, pan: int) -> None:
        """Place the columns in a table `width` cells wide; what was kept is forgotten."""
        self.width = width
        room = max(0, width - GUTTER - BAR)
        self.layout = lay_out(self.columns, room=room, left=GUTTER, pan=pan)
        self._drop()

    def forget(self, keys: Iterable[Hashable] | None = None) -> None:
        """The cells of the same rows may differ now: of those with these keys, or of all.

        A row whose cells turn out to say the same keeps its strip.
        """
        if keys is None:
            self._doubted, self._kept = self._kept, {}
            return
        for key in keys:
            kept = self._kept.pop(key, None)
            if kept is not None:
                self._doubted[key] = kept

    def _drop(self) -> None:
        self._kept.clear()
        self._doubted.clear()

    def restyle(self) -> None:
        """The colours are different now."""
        self._styles.clear()
        self._drop()

    def row(self, key: Hashable, item: R | Heading, state: RowState) -> Strip:
        """The line of a row or heading."""
        kept = self._kept.get(key)
        if kept is not None and kept.item is item and _same(kept.state, state):
            return kept.strip
        cells = self._cells(item)
        kept = self._doubted.pop(key, None)
        if kept is None or not _same(kept.state, state) or kept.cells != cells:
            kept = _Kept(item, state, cells, self._render(item, cells, state))
        elif kept.item is not item:
            kept = _Kept(item, state, cells, kept.strip)
        if len(self._kept) >= KEPT_STRIPS:
            self._drop()
        self._kept[key] = kept
        return kept.strip

    def _cells(self, item: R | Heading) -> tuple[Run, ...]:
        if isinstance(item, Heading):
            return ((item.text, item.style),)
        return row_cells(item, self.columns, self.layout, style=self._style_of_row(item))

    def _style_of_row(self, row: R) -> str:
        return "" if self._row_style is None else self._row_style(row)

    def header(self, sort: str | None, descending: bool) -> Strip:
        """The line of the titles, with an arrow at the column `sort`."""
        runs = header_runs(
            self.columns,
            self.layout,
            room=self.width,
            sort=sort,
            descending=descending,
            glyphs=self.glyphs,
        )
        return self._strip(runs, "header")

    def placeholder(self, text: str, height: int) -> list[Strip]:
        """The lines of a text in place of rows."""
        lines = placeholder_lines(text, room=self.width, height=height, glyphs=self.glyphs)
        return [self._strip([(line, "")], "placeholder") for line in lines]

    def tail(self, text: str) -> Strip:
        """The line after the last row."""
        line = place(" " * GUTTER + text, self.width, "left", self.glyphs)
        return self._strip([(line, "")], "tail")

    def blank(self) -> Strip:
        return self._strip([(" " * self.width, "")], "")

    def _render(self, item: R | Heading, cells: Sequence[Run], state: RowState) -> Strip:
        gutter, line_style = " ", ""
        if state.cursor:
            gutter = self.glyphs.marked_cursor if state.marked else self.glyphs.cursor
            line_style = "cursor" if state.focused else "cursor-blurred"
        elif state.marked:
            gutter, line_style = self.glyphs.mark, "marked"
        room = max(0, self.width - BAR)
        if isinstance(item, Heading):
            runs = [(place(" " * GUTTER + item.text, room, "left", self.glyphs), item.style)]
        else:
            runs = row_runs(
                cells,
                self.columns,
                self.layout,
                room=room,
                gutter=gutter,
                style=self._style_of_row(item),
                glyphs=self.glyphs,
            )
        if state.cursor:
            # One colour throughout: readable on any background, and the fewest bytes.
            runs = [("".join(text for text, _ in runs), "")]
        bar = (self.glyphs.thumb, "bar") if state.thumb else (" ", "")
        return self._strip([*runs, bar], line_style)

    def _strip(self, runs: Sequence[Run], line_style: str) -> Strip:
        segments: list[Segment] = []
        for text, name in runs:
            style = self._style(line_style, name)
            if segments and (segments[-1].style == style or (not name and text.isspace())):
                segments[-1] = Segment(segments[-1].text + text, segments[-1].style)
            else:
                segments.append(Segment(text, style))
        return Strip(segments, self.width)

    def _style(self, line_style: str, name: str) -> Style:
        style = self._styles.get((line_style, name))
        if style is None:
            style = self._styles[line_style, name] = self._style_of(line_style, name)
        return style
