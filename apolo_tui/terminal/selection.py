"""Text taken out of a screen and its scrollback: selections, words, lines, search.

Lines are numbered from the first line that the session ever scrolled away, so that a number stays
with its line while output goes on: the oldest line there is has the number `first_line(screen)`,
the top row of the screen `top_line(screen)`. A resize that wraps lines anew changes the numbers.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.screen import Screen

WORD: Final = re.compile(r"[\w./~:@%+#?&=\-]")
"""What a double click takes for a part of a word: also paths and addresses."""

JOIN_LIMIT: Final = 1_000
"""Most rows that are taken for one wrapped line."""


class Position(NamedTuple):
    """A cell: the number of its line, and its column from 0."""

    line: int
    column: int


class Range(NamedTuple):
    """From `start` up to and with `end`, in reading order."""

    start: Position
    end: Position


def first_line(screen: Screen) -> int:
    """The number of the oldest line that is still there."""
    return screen.scrollback.dropped


def top_line(screen: Screen) -> int:
    """The number of the screen's top row."""
    return screen.scrollback.dropped + len(screen.scrollback)


def row_at(screen: Screen, line: int) -> Row | None:
    """The row of a line; None when it is not there (any more)."""
    y = line - top_line(screen)
    if y >= screen.rows or line < first_line(screen):
        return None
    return screen.row(y)


def text_of(screen: Screen, selection: Range, *, block: bool = False) -> str:
    """The text of a selection. Wrapped lines are joined; blanks at the ends of lines are dropped.

    `block`: the rectangle between both corners, a line for each row.
    """
    start, end = sorted(selection)
    first, last = sorted((start.column, end.column))
    parts = []
    for line in range(start.line, end.line + 1):
        row = row_at(screen, line)
        if row is None:
            continue
        chars = [char for char, _ in row.cells(screen.columns)]
        if block:
            parts.append(_between(chars, first, last).rstrip() + "\n")
            continue
        left = start.column if line == start.line else 0
        right = end.column if line == end.line else screen.columns - 1
        text = _between(chars, left, right)
        goes_on = row.wrapped and line < end.line
        parts.append(text if goes_on else text.rstrip() + "\n")
    return "".join(parts).removesuffix("\n")


def _between(chars: list[str], left: int, right: int) -> str:
    """The cells of two columns and between; a wide character counts from its first column."""
    if left < len(chars) and chars[left] == "" and left:
        left -= 1
    return "".join(chars[left : right + 1])


def logical_line(screen: Screen, line: int) -> tuple[int, int]:
    """The first and the last row of the wrapped line that `line` is part of."""
    first = last = line
    while last - first < JOIN_LIMIT:
        before = row_at(screen, first - 1)
        if before is None or not before.wrapped:
            break
        first -= 1
    while last - first < JOIN_LIMIT:
        row = row_at(screen, last)
        if row is None or not row.wrapped or row_at(screen, last + 1) is None:
            break
        last += 1
    return first, last


def line_range(screen: Screen, line: int) -> Range:
    """A whole wrapped line, as a triple click takes it."""
    first, last = logical_line(screen, line)
    return Range(Position(first, 0), Position(last, screen.columns - 1))


def word_range(screen: Screen, position: Position) -> Range:
    """The word at a cell, over the end of wrapped rows; a cell alone where there is no word."""
    first, last = logical_line(screen, position.line)
    columns = screen.columns
    chars: list[str] = []
    for line in range(first, last + 1):
        row = row_at(screen, line)
        if row is not None:
            chars += [char for char, _ in row.cells(columns)]
    at = (position.line - first) * columns + position.column
    if not 0 <= at < len(chars) or not _in_word(chars, at):
        return Range(position, position)
    start = end = at
    while start and _in_word(chars, start - 1):
        start -= 1
    while end + 1 < len(chars) and _in_word(chars, end + 1):
        end += 1
    return Range(
        Position(first + start // columns, start % columns),
        Position(first + end // columns, end % columns),
    )


def _in_word(chars: list[str], at: int) -> bool:
    char = chars[at] or (chars[at - 1] if at else "")
    return WORD.match(char) is not None


def find(screen: Screen, needle: str, *, ignore_case: bool = True) -> Iterator[Range]:
    """Where the text stands, the newest first. Matches within one row only."""
    if not needle:
        return
    pattern = re.compile(re.escape(needle), re.IGNORECASE if ignore_case else 0)
    for y in range(screen.rows - 1, -1, -1):
        yield from _matches(pattern, screen.row(y), top_line(screen) + y)
    texts = list(screen.scrollback.texts())
    oldest = first_line(screen)
    for index in range(len(texts) - 1, -1, -1):
        if pattern.search(texts[index]) is not None:
            yield from _matches(pattern, screen.scrollback[index], oldest + index)


def _matches(pattern: re.Pattern[str], row: Row, line: int) -> Iterator[Range]:
    chars = [char for char, _ in row.cells(row.length())]
    text = "".join(chars)
    matches = list(pattern.finditer(text))
    if not matches:
        return
    columns = [column for column, char in enumerate(chars) for _ in char]
    for match in reversed(matches):
        first, last = columns[match.start()], columns[match.end() - 1]
        yield Range(Position(line, first), Position(line, last))
