"""Many plain lines at a time.

A stretch of complete lines of printable ASCII and SGR sequences, on a screen that scrolls as a
whole, needs no cells: lines that leave the screen within the stretch go to the scrollback as they
came.
"""

from typing import Final

from apolo_tui.terminal.page import Page
from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.scrollback import SGR, Line, parse_line
from apolo_tui.terminal.styles import DEFAULT, Style

WORTH: Final = 200
"""Shorter stretches, in characters, are taken token by token."""

_RESETS: Final = frozenset({"\x1b[m", "\x1b[0m"})


def take_lines(page: Page, token: str) -> bool:
    """Do what `CR LF (line CR LF)*` does; False, and nothing is done, where that is not simple."""
    if (
        len(token) < WORTH
        or not page.fast
        or page.lr_margins
        or not page.autowrap
        or page.top
        or page.bottom != page.height - 1
        or page.pen.erased is not DEFAULT
    ):
        return False
    start = page.y + (page.y < page.height - 1)
    for row in page.lines[start:]:
        if not row.blank() or row.fill is not DEFAULT:
            # At the bottom the row that scrolls in is blank whatever the last one holds.
            if page.y == page.height - 1:
                break
            return False
    texts = token[2:-2].split("\r\n")
    coloured = "\x1b" in token
    lines: list[Line]
    if not coloured and page.pen is DEFAULT:
        lines, pen = list(texts), DEFAULT
    else:
        found = _styled(page, texts)
        if found is None:
            return False
        lines, pen = found
    if max(map(len, texts)) > page.columns:
        lines = _wrapped(page, lines, texts)
    page.carriage_return()
    page.index()
    page.pen = pen
    _place(page, lines, token.count("\x1b") if coloured else 0)
    last = SGR.sub("", texts[-1]) if coloured else texts[-1]
    if last:
        page.last = last
    return True


def _styled(page: Page, texts: list[str]) -> tuple[list[Line], Style] | None:
    """The lines with the style that each begins in, and the style behind the last one.

    None where a line ends in a background colour: the row that scrolls in would have it.
    """
    pen = page.pen
    after = page.styles.after
    lines: list[Line] = []
    for text in texts:
        if "\x1b" not in text:
            lines.append(text if pen is DEFAULT else (text, pen))
            continue
        lines.append((text, pen))
        start = text.rfind("\x1b")
        last = text[start : text.index("m", start) + 1]
        if last in _RESETS:
            pen = after(pen, last)
        else:
            for sequence in SGR.findall(text):
                pen = after(pen, sequence)
            if pen.erased is not DEFAULT:
                return None
    return lines, pen


def _wrapped(page: Page, lines: list[Line], texts: list[str]) -> list[Line]:
    """The lines, those that are too long in rows that wrap."""
    columns = page.columns
    result: list[Line] = []
    for line, text in zip(lines, texts, strict=True):
        if len(text) <= columns:
            result.append(line)
            continue
        row = page.scrollback.as_row(line)
        if len(row.text) <= columns:
            result.append(line)
            continue
        for start in range(0, len(row.text), columns):
            piece = _piece(row, start, start + columns)
            piece.wrapped = start + columns < len(row.text)
            result.append(piece)
    return result


def _piece(row: Row, start: int, end: int) -> Row:
    """The columns `start` up to `end` of a packed row, as a row of its own."""
    piece = Row(DEFAULT, row.text[start:end], row.pen)
    if row.runs is not None:
        before = [run for run in row.runs if run[0] <= start]
        inside = [(at - start, style) for at, style in row.runs if start < at < end]
        piece.runs = [(0, before[-1][1]), *inside]
        piece.pen = piece.runs[-1][1]
        if not inside:
            piece.runs = None
    return piece


def _place(page: Page, lines: list[Line], changes: int) -> None:
    """Put the lines from the cursor's row on; the cursor ends in the blank row behind them."""
    rows, y, height = page.lines, page.y, page.height
    surplus = max(y + len(lines) + 1 - height, 0)
    above = min(surplus, y)
    passing = surplus - above
    if not page.alternate:
        for row in rows[:above]:
            page.scrollback.push(row)
        if passing:
            page.scrollback.extend(lines[:passing], changes)
    shown = [_row(page, line) for line in lines[passing:]]
    rest = rows[y + len(lines) + 1 :] if not surplus else []
    rows[:] = [*rows[above:y], *shown, Row(), *rest]
    page.y = min(y + len(lines), height - 1)


def _row(page: Page, line: Line) -> Row:
    if isinstance(line, tuple):
        return parse_line(line[0], line[1], page.styles)[0]
    return page.scrollback.as_row(line)
