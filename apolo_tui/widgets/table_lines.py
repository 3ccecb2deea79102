"""The lines of a table as runs of text in named styles. Pure: no app, no colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TypeVar

from apolo_tui.model.cells import cut, fit, printable, width
from apolo_tui.widgets.table_columns import Cell, Column, Layout

R = TypeVar("R")

Run = tuple[str, str]
"""A text and the name of its style; "" is the style of the line."""

GUTTER = 1
"""Cells left of the first column: the cursor and the mark."""

LOOSE = 2
"""Empty cells kept at each side of a placeholder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGlyphs:
    """The characters that a table draws besides the texts of its cells."""

    cursor: str = "▶"
    mark: str = "*"
    marked_cursor: str = "✱"
    ascending: str = "↑"
    descending: str = "↓"
    more_left: str = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
    more_right: str = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    thumb: str = "▐"
    ellipsis: str = "…"
    ascii_only: bool = False


UNICODE_GLYPHS = TableGlyphs()
ASCII_GLYPHS = TableGlyphs(
    cursor=">",
    marked_cursor="#",
    ascending="^",
    descending="v",
    more_left="<",
    more_right=">",
    thumb="|",
    ellipsis="~",
    ascii_only=True,
)


def in_ascii(text: str) -> str:
    """The text with `?` for each cell that ASCII cannot show."""
    if text.isascii():
        return text
    shown = printable(text)
    return "".join(
        character if character.isascii() else "?" * width(character) for character in shown
    )


def place(text: str, cells: int, align: str, glyphs: TableGlyphs) -> str:
    """The text in exactly `cells` cells, in the characters that `glyphs` allows."""
    if glyphs.ascii_only:
        text = in_ascii(text)
    if align == "right":
        return fit(text, cells, align="right", ellipsis=glyphs.ellipsis)
    if align == "center":
        return fit(text, cells, align="center", ellipsis=glyphs.ellipsis)
    return fit(text, cells, ellipsis=glyphs.ellipsis)


def join(runs: Sequence[Run]) -> list[Run]:
    """As few runs as show the same: neighbours of one style, and blanks with what precedes."""
    joined: list[Run] = []
    for text, style in runs:
        if joined and (style == joined[-1][1] or text.isspace()):
            joined[-1] = (joined[-1][0] + text, joined[-1][1])
        elif text:
            joined.append((text, style))
    return joined


def row_cells(
    row: R, columns: Sequence[Column[R]], layout: Layout, *, style: str
) -> tuple[Run, ...]:
    """What the cells of a row on screen say. `style` is that of cells without their own."""
    cells: list[Run] = []
    for span in layout.spans:
        cell = columns[span.column].render(row)
        if isinstance(cell, Cell):
            cells.append((cell.text, cell.style or style))
        else:
            cells.append((cell, style))
    return tuple(cells)


def row_runs(
    cells: Sequence[Run],
    columns: Sequence[Column[R]],
    layout: Layout,
    *,
    room: int,
    gutter: str,
    style: str,
    glyphs: TableGlyphs,
) -> list[Run]:
    """One row of these cells in exactly `room` cells; `style` is that of the rest of the line."""
    runs: list[Run] = [(gutter, "")]
    x = GUTTER
    for span, (text, name) in zip(layout.spans, cells, strict=True):
        column = columns[span.column]
        gap = " " * (span.x - x)
        runs.append((gap + place(text, span.width, column.align, glyphs), name))
        x = span.x + span.width
    runs.append((" " * (room - x), style))
    return join(runs)


def header_runs(
    columns: Sequence[Column[R]],
    layout: Layout,
    *,
    room: int,
    sort: str | None,
    descending: bool,
    glyphs: TableGlyphs,
) -> list[Run]:
    """The titles, an arrow at the column `sort`, and marks where panning shows more columns."""
    runs: list[Run] = [(glyphs.more_left if layout.pan else " ", "")]
    x = GUTTER
    for span in layout.spans:
        column = columns[span.column]
        gap, title, name = " " * (span.x - x), column.title, ""
        if column.key == sort:
            arrow = glyphs.descending if descending else glyphs.ascending
            title = cut(title, span.width - 1, ellipsis="") + arrow
            name = "sorted"
        runs += [
            (gap, ""),
            (place(cut(title, span.width, ellipsis=""), span.width, column.align, glyphs), name),
        ]
        x = span.x + span.width
    runs.append((" " * (room - x), ""))
    joined = join(runs)
    if layout.more and joined:
        text, name = joined[-1]
        if text.endswith(" "):
            joined[-1] = (text[:-1] + glyphs.more_right, name)
    return joined


def placeholder_lines(text: str, *, room: int, height: int, glyphs: TableGlyphs) -> list[str]:
    """A text for a table without rows: wrapped, and centred in `height` lines of `room` cells."""
    lines = [
        line
        for paragraph in text.splitlines()
        for line in wrap(paragraph, max(1, room - 2 * LOOSE)) or [""]
    ][:height]
    above = (height - len(lines)) // 3
    centred = [place(line, room, "center", glyphs) for line in lines]
    blank = " " * room
    return [blank] * above + centred + [blank] * (height - above - len(lines))


def thumb_lines(*, top: int, visible: int, total: int) -> range:
    """The lines, counted from the first row on screen, that a scroll bar's thumb covers."""
    if total <= visible or visible <= 0:
        return range(0)
    length = max(1, visible * visible // total)
    start = (visible - length) * top // max(1, total - visible)
    return range(start, start + length)
