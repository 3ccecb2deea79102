"""The columns of a table: what they show, and where each stands in a given width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from apolo_tui.model.cells import Align, width

R = TypeVar("R")

GAP = 1
"""Empty cells between two columns."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of one cell and the name of its style; no name is the style of the row."""

    text: str
    style: str = ""


@dataclass(frozen=True, kw_only=True)  # no slots: they do not go with `Column[Row](...)`
class Column(Generic[R]):
    """One column.

    `render` gives the cell of a row. The column is at least `min_width` cells wide, and gets a
    share of the spare room by its `weight` up to `max_width` (None: no limit). Columns that are
    `frozen` stay on screen when the table is panned; they come first.
    """

    key: str
    title: str
    render: Callable[[R], Cell | str]
    min_width: int
    max_width: int | None = None
    weight: int = 0
    align: Align = "left"
    frozen: bool = False
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """A column on screen: `x` and `width` in cells from the left edge of the table."""

    column: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns on screen from left to right.

    `pan` is the number of scrolling columns hidden at the left; `more` tells whether there are
    more at the right.
    """

    spans: tuple[Span, ...]
    pan: int
    more: bool


def lay_out(columns: Sequence[Column[R]], *, room: int, left: int = 0, pan: int = 0) -> Layout:
    """Place the columns in `room` cells, from the cell `left` on.

    Only whole columns are shown: half a number would be a wrong number. The first one is cut
    when there is no room even for it. A pan beyond the last column stops there.
    """
    frozen = [index for index, column in enumerate(columns) if column.frozen]
    scrolling = [index for index, column in enumerate(columns) if not column.frozen]
    pan = max(0, min(pan, _last_pan(columns, frozen, scrolling, room)))
    wanted = frozen + scrolling[pan:]
    shown: list[int] = []
    used = 0
    for index in wanted:
        needed = columns[index].min_width + (GAP if shown else 0)
        if shown and used + needed > room:
            break
        shown.append(index)
        used += needed
    widths = _grow(columns, shown, room - used)
    spans = []
    x = left
    for index in shown:
        spans.append(Span(index, x, max(0, min(widths[index], left + room - x))))
        x += widths[index] + GAP
    return Layout(tuple(spans), pan, len(shown) < len(wanted))


def _last_pan(
    columns: Sequence[Column[R]], frozen: list[int], scrolling: list[int], room: int
) -> int:
    """The smallest pan that shows the last column."""
    used = sum(columns[index].min_width + GAP for index in frozen) - GAP
    for position in range(len(scrolling) - 1, -1, -1):
        used += columns[scrolling[position]].min_width + GAP
        if used > room:
            return min(position + 1, len(scrolling) - 1)
    return 0


def _grow(columns: Sequence[Column[R]], shown: list[int], spare: int) -> dict[int, int]:
    """The widths with the spare cells shared by weight, none above its maximum."""
    widths = {index: columns[index].min_width for index in shown}
    growing = [index for index in shown if columns[index].weight > 0]
    while spare > 0 and growing:
        total = sum(columns[index].weight for index in growing)
        share = spare
        full = []
        for index in growing:
            most = columns[index].max_width
            gain = max(1, share * columns[index].weight // total)
            gain = min(gain, spare, gain if most is None else max(0, most - widths[index]))
            widths[index] += gain
            spare -= gain
            if most is not None and widths[index] >= most:
                full.append(index)
        growing = [index for index in growing if index not in full]
    return widths


def column_at(layout: Layout, x: int) -> int | None:
    """The index of the column at the cell `x`, the gap after a column included."""
    for span in layout.spans:
        if span.x <= x < span.x + span.width + GAP:
            return span.column
    return None


def least_width(columns: Sequence[Column[R]]) -> int:
    """The room that all columns need at least."""
    return sum(max(column.min_width, width(column.title)) + GAP for column in columns) - GAP
