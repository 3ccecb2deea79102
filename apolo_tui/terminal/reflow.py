"""Resizing: soft-wrapped lines of the main screen and of the scrollback are wrapped anew.

The alternate screen is cropped or extended; the program that owns it draws it again.
"""

from collections.abc import Callable

from apolo_tui.terminal.page import TAB_WIDTH, Page, SavedCursor
from apolo_tui.terminal.rows import Row, packed
from apolo_tui.terminal.scrollback import Line
from apolo_tui.terminal.styles import DEFAULT, Style

Position = tuple[int, int]
"""A row of a list of rows, and a column."""


def resize(page: Page, columns: int, height: int) -> None:
    """Give the page another size, both at least 1. Margins are reset, the cursor keeps its text."""
    columns, height = max(columns, 1), max(height, 1)
    if (columns, height) == (page.columns, page.height):
        return
    saved = page.saved[0] or SavedCursor()
    if page.alternate:
        main, other = page.hidden, page.lines
        cursor, pending = (saved.y, saved.x), saved.wrap_next
    else:
        main, other = page.lines, page.hidden
        cursor, pending = (page.y, page.x), page.wrap_next
    main, (main_y, main_x) = _resized_main(page, main, cursor, pending, columns, height)
    dropped = max(page.y - height + 1, 0) if page.alternate else 0
    other = _resized_alternate(other, dropped, columns, height)
    if page.alternate:
        page.lines, page.hidden = other, main
        page.y -= dropped
        page.saved[0] = SavedCursor(
            min(main_x, columns - 1),
            main_y,
            False,
            saved.pen,
            saved.origin,
            saved.charsets,
            saved.gl,
        )
    else:
        page.lines, page.hidden = main, other
        page.y, page.x = main_y, main_x
    page.tabs |= set(range(page.columns // TAB_WIDTH * TAB_WIDTH, columns, TAB_WIDTH))
    page.tabs.discard(0)
    page.columns, page.height = columns, height
    page.reset_margins()
    page.x = min(page.x, columns - 1)
    page.y = min(page.y, height - 1)
    page.wrap_next = not page.alternate and main_x >= columns and page.autowrap


def _resized_alternate(rows: list[Row], dropped: int, columns: int, height: int) -> list[Row]:
    rows = rows[dropped : dropped + height]
    for row in rows:
        row.fit(columns)
        row.wrapped = False
    return rows + [Row() for _ in range(height - len(rows))]


def _resized_main(
    page: Page,
    rows: list[Row],
    cursor: Position,
    pending: bool,
    columns: int,
    height: int,
) -> tuple[list[Row], Position]:
    """The new rows of the main screen and where the cursor is; the scrollback takes the rest."""
    y, x = min(cursor[0], len(rows) - 1), cursor[1] + pending
    used = len(rows)
    while used > y + 1 and rows[used - 1].blank():
        used -= 1
    full = used == len(rows)
    kept = len(page.scrollback)
    lines: list[Line] = [*page.scrollback.take(), *rows[:used]]
    positions = [(kept + y, x), (kept, 0)]
    if columns != page.columns:
        lines, positions = rewrapped(
            lines, columns, page.columns, positions, page.scrollback.as_row
        )
    (y, x), (top, _) = positions
    start = top
    if full or len(lines) - top > height:
        start = max(len(lines) - height, 0)
    start = min(start, y)
    start = max(start, y - height + 1)
    page.scrollback.replace(lines[:start])
    shown = [page.scrollback.as_row(line) for line in lines[start : start + height]]
    for row in shown:
        if row.lengths is not None:
            row.unpack(columns)
        row.fit(columns)
    shown += [Row() for _ in range(height - len(shown))]
    return shown, (y - start, x)


def rewrapped(
    lines: list[Line],
    columns: int,
    before: int,
    tracked: list[Position],
    as_row: Callable[[Line], Row],
) -> tuple[list[Line], list[Position]]:
    """The lines, in rows of `before`, in rows of `columns`; and where the positions are now."""
    result: list[Line] = []
    positions = list(tracked)
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and _wrapped(lines[end - 1]):
            end += 1
        here = [i for i, (row, _) in enumerate(tracked) if at <= row < end]
        if end == at + 1 and _fits(lines[at], columns):
            for i in here:
                positions[i] = (len(result), tracked[i][1])
            result.append(lines[at])
        else:
            rows = [as_row(line).copy() for line in lines[at:end]]
            offsets = [(i, _offset(rows, tracked[i], at, before)) for i in here]
            chars, styles = _joined(
                rows, max((offset for _, offset in offsets), default=0), columns, before
            )
            pieces = _pieces(chars, columns)
            for i, offset in offsets:
                number = sum(1 for start, _ in pieces[1:] if start <= offset)
                positions[i] = (len(result) + number, offset - pieces[number][0])
            for start, stop in pieces:
                wrapped = stop < len(chars)
                row = packed(chars[start:stop], styles[start:stop], wrapped=wrapped)
                row.padded = wrapped and stop - start < columns
                result.append(row)
        at = end
    return result, positions


def _wrapped(line: Line) -> bool:
    return isinstance(line, Row) and line.wrapped


def _fits(line: Line, columns: int) -> bool:
    """The line stays as it is. A line of a flood with SGR in it is longer than its text."""
    if isinstance(line, Row):
        return not line.wrapped and line.used() <= columns
    return len(line if isinstance(line, str) else line[0]) <= columns


def _offset(rows: list[Row], position: Position, first: int, before: int) -> int:
    """How many cells into the joined rows a position is."""
    row, column = position
    return sum(_length(row, before) for row in rows[: row - first]) + column


def _length(row: Row, before: int) -> int:
    """How many cells of a row count: not the blank before a wide character that did not fit."""
    length = row.length()
    if length < before or not (row.wrapped and row.padded):
        return length
    last = row.text[-1:] if row.chars is None else row.chars[-1]
    return length - (last == " ")


def _joined(
    rows: list[Row], least: int, columns: int, before: int
) -> tuple[list[str], list[Style]]:
    """The cells of the rows, one after the other, at least `least` of them.

    One column has no room for a wide character: there it becomes blanks.
    """
    chars: list[str] = []
    styles: list[Style] = []
    for row in rows:
        length = _length(row, before)
        chars += row.unpack(row.length())[:length]
        styles += row.styles[:length]
    if columns < 2:
        chars = [" " if len(char) != 1 or "" in chars[i + 1 : i + 2] else char
                 for i, char in enumerate(chars)]  # fmt: skip
    while len(chars) > least and chars[-1] == " " and styles[-1] is DEFAULT:
        chars.pop()
        styles.pop()
    missing = least - len(chars)
    if missing > 0:
        chars += " " * missing
        styles += [DEFAULT] * missing
    return chars, styles


def _pieces(chars: list[str], columns: int) -> list[tuple[int, int]]:
    """Where to cut, so that no wide character is cut in two."""
    pieces = []
    start = 0
    while True:
        stop = min(start + columns, len(chars))
        if stop < len(chars) and chars[stop] == "" and stop - 1 > start:
            stop -= 1
        pieces.append((start, stop))
        start = stop
        if start >= len(chars):
            return pieces
