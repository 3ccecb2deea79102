"""Printing: text onto the page.

Characters of two fixed sets have a known width, so that stretches of them are placed at once; any
other is asked of the width function. A character of width 0 joins the cell before it, but for
joiners and variation selectors, which are dropped: a drawn row must be exactly as wide as its
cells, and those change the width of their neighbours.
"""

import re
from typing import Final

from apolo_tui.terminal.page import Page

NARROW: Final = (
    r" -~\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0530\u2010-\u2027\u2030-\u205e"
    r"\u2190-\u2319\u2500-\u25fc\u2801-\u28ff\ufffd"
)
WIDE: Final = r"\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60"

is_narrow: Final = re.compile(f"[{NARROW}]+").fullmatch
_PATTERN: Final = re.compile(f"([{NARROW}]+)|([{WIDE}]+)|([^{NARROW}{WIDE}])")
_STRETCHES: Final = _PATTERN.finditer
_stretches: Final = _PATTERN.findall

DROPPED: Final = frozenset("\u200d\ufe0e\ufe0f")
MARKS_LIMIT: Final = 8
"""Combining characters kept in one cell."""


def print_text(page: Page, text: str) -> None:
    """Print characters as they come from the stream."""
    if page.single_shift:
        charset = page.charsets[page.single_shift]
        page.single_shift = 0
        page.update_fast()
        _print(page, text[0].translate(charset) if charset is not None else text[0])
        text = text[1:]
        if not text:
            return
    if page.mapping is not None:
        text = text.translate(page.mapping)
    _print(page, text)


def _print(page: Page, text: str) -> None:
    if text.isascii() or is_narrow(text):
        _print_narrow(page, text)
        return
    if _print_within(page, text):
        return
    for match in _STRETCHES(text):
        if match.lastindex == 1:
            _print_narrow(page, match[0])
        elif match.lastindex == 2:
            _print_wide(page, match[0])
        else:
            _print_other(page, match[0])


def _print_within(page: Page, text: str) -> bool:
    """Print text that ends before the last column, all at once; False where it does not."""
    x = page.x
    room = _right_end(page) - 1 - x
    if page.wrap_next or page.insert or len(text) > 2 * room:
        return False
    cells = _cells(page, text)
    if not cells or len(cells) > room:
        return False
    end = x + len(cells)
    page.writable(page.y, x, end)[x:end] = cells
    page.lines[page.y].styles[x:end] = [page.pen] * len(cells)
    page.x = end
    page.last = text[-1] if page.widths[text[-1]] else (cells[-1] or cells[-2])[0]
    return True


def _cells(page: Page, text: str) -> list[str] | None:
    """The cells of a text; None where it begins with a mark that belongs to a cell before it."""
    cells: list[str] = []
    for narrow, wide, other in _stretches(text):
        if narrow:
            cells += narrow
        elif wide:
            pairs = [""] * (2 * len(wide))
            pairs[::2] = wide
            cells += pairs
        elif width := page.widths[other]:
            cells.append(other)
            if width == 2:
                cells.append("")
        elif other not in DROPPED:
            if not cells:
                return None
            at = -1 if cells[-1] else -2
            if len(cells[at]) <= MARKS_LIMIT:
                cells[at] += other
    return cells


def _right_end(page: Page) -> int:
    """The column behind the last one that the cursor may print in."""
    return page.right + 1 if page.x <= page.right else page.columns


def _print_narrow(page: Page, text: str) -> None:
    at, length = 0, len(text)
    while at < length:
        if page.wrap_next:
            page.wrap()
        x = page.x
        end = page.right + 1 if x <= page.right else page.columns
        part = text[at : at + end - x] if at or length > end - x else text
        at += len(part)
        _place(page, part)
        x += len(part)
        if x < end:
            page.x = x
            continue
        page.x = end - 1
        if page.autowrap:
            page.wrap_next = True
            page.lines[page.y].wrapped = False
        elif at < length:
            _place(page, text[-1])
            break
    page.last = text


def _place(page: Page, part: str) -> None:
    """Put narrow characters at the cursor, which stays; they fit."""
    x, y = page.x, page.y
    if page.insert:
        page.insert_cells(y, x, len(part))
    row = page.lines[y]
    pen = page.pen
    if row.chars is None and row.lengths is None and x >= len(row.text):
        if x > len(row.text):
            row.pad(x)
        if row.pen is not pen:
            row.append_run(x, pen)
        row.text += part
        row.mark = None
        return
    end = x + len(part)
    page.writable(y, x, end)[x:end] = part
    row.styles[x:end] = [pen] * len(part)


def _print_wide(page: Page, text: str) -> None:
    """Print characters of two columns each."""
    at, length = 0, len(text)
    while at < length:
        if page.wrap_next:
            page.wrap()
        end = _right_end(page)
        room = (end - page.x) // 2
        if not room:
            if not _make_room(page, end):
                return
            continue
        part = text[at : at + room]
        count = 2 * len(part)
        at += len(part)
        x, y = page.x, page.y
        if page.insert:
            page.insert_cells(y, x, count)
        cells = [""] * count
        cells[::2] = part
        page.writable(y, x, x + count)[x : x + count] = cells
        page.lines[y].styles[x : x + count] = [page.pen] * count
        x += count
        if x < end:
            page.x = x
            continue
        page.x = end - 1
        if page.autowrap:
            page.wrap_next = True
            page.lines[y].wrapped = False
        elif at < length:
            page.x = end - 2
    page.last = text


def _make_room(page: Page, end: int) -> bool:
    """Only one column is left for a wide character: wrap, or step back without autowrap."""
    if end - page.left < 2:
        return False
    if page.autowrap:
        row = page.lines[page.y]
        page.wrap()
        row.padded = True
    else:
        page.x = end - 2
    return True


def _print_other(page: Page, char: str) -> None:
    width = page.widths[char]
    if width == 2:
        _print_wide(page, char)
    elif width == 1:
        _print_narrow(page, char)
    elif char not in DROPPED:
        _join(page, char)


def _join(page: Page, mark: str) -> None:
    """Add a character of width 0 to the cell before the cursor."""
    x = page.x if page.wrap_next else page.x - 1
    if x < 0:
        return
    row = page.lines[page.y]
    chars = row.unpack(page.columns)
    if chars[x] == "" and x:
        x -= 1
    if len(chars[x]) <= MARKS_LIMIT:
        chars[x] += mark
