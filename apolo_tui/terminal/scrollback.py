"""The lines that left the screen at the top.

A line of a flood is kept as the text that came, with the style that it began in, and becomes a
row when somebody looks at it. Two bounds hold memory: a number of lines, and a number of changes
of style in all of them.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.styles import DEFAULT, Style, StyleTable

SGR: Final = re.compile(r"\x1b\[[0-9;]*m")
_PARTS: Final = re.compile(f"({SGR.pattern})").split
"""Texts and the sequences between them, by turns; a text is first and last."""

CHANGES_A_LINE: Final = 24
"""Changes of style kept for each line of the limit, on average; beyond, old lines are dropped."""

_SLACK: Final = 64
"""Rows over the limit before they are dropped, all at once."""

Line = Row | str | tuple[str, Style]
"""A row; printable ASCII in the default style; or ASCII with SGR in it, and the style before."""


def parse_line(line: str, pen: Style, styles: StyleTable) -> tuple[Row, Style]:
    """The row of printable ASCII with SGR sequences in it, and the style behind it."""
    parts = _PARTS(line)
    row = Row(DEFAULT, "".join(parts[::2]), pen)
    known = styles.transitions.get
    runs = []
    at = 0
    for text, sequence in zip(parts[::2], parts[1::2], strict=False):
        if text:
            runs.append((at, pen))
            at += len(text)
        pen = known((pen, sequence)) or styles.render(pen, sequence)
    if parts[-1]:
        runs.append((at, pen))
    if runs:
        row.pen = runs[-1][1]
        row.runs = runs if len(runs) > 1 else None
    return row, pen


class Scrollback:
    """About `limit` lines, the oldest first. `dropped` counts those that fell out."""

    __slots__ = ("_changes", "_lines", "_most_changes", "_styles", "dropped", "limit")

    def __init__(self, limit: int, styles: StyleTable) -> None:
        self.limit = limit
        self.dropped = 0
        self._lines: deque[Line] = deque()
        self._styles = styles
        self._changes = 0
        self._most_changes = max(limit, 1_000) * CHANGES_A_LINE

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Row:
        """The row at `index`, 0 is the oldest. Raises IndexError."""
        line = self._lines[index]
        if not isinstance(line, Row):
            line = self._lines[index] = self.as_row(line)
        return line

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The rows from `start` up to `stop`, faster than one index after the other."""
        for line in islice(self._lines, start, stop):
            yield self.as_row(line)

    def texts(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """The plain texts of these rows."""
        for line in islice(self._lines, start, stop):
            if isinstance(line, Row):
                yield line.plain()
            elif isinstance(line, str):
                yield line.rstrip(" ")
            else:
                yield SGR.sub("", line[0]).rstrip(" ")

    def as_row(self, line: Line) -> Row:
        """The row that a line stands for."""
        if isinstance(line, Row):
            return line
        if isinstance(line, str):
            return Row(DEFAULT, line)
        return parse_line(line[0], line[1], self._styles)[0]

    def push(self, row: Row) -> None:
        """Add a row that left the screen."""
        if row.chars is not None:
            row.pack()
        if row.runs is not None:
            self._changes += len(row.runs)
        lines = self._lines
        lines.append(row)
        if len(lines) > self.limit + _SLACK or self._changes > self._most_changes:
            self.trim()

    def extend(self, lines: Iterable[Line], changes: int) -> None:
        """Add lines of a flood, which hold `changes` changes of style in all."""
        self._lines.extend(lines)
        self._changes += changes
        self.trim()

    def trim(self) -> None:
        """Hold both bounds. The sum of changes is exact only after it went over its bound."""
        lines = self._lines
        surplus = len(lines) - self.limit
        if surplus > 0:
            if self._changes:
                self._changes -= sum(_changes(lines[i]) for i in range(surplus))
            self._drop(surplus)
        if self._changes > self._most_changes:
            self._changes = sum(map(_changes, lines))
            # A quarter at a time: the sum is not made again for every line.
            surplus, bound = 0, self._most_changes * 3 // 4
            if self._changes > self._most_changes:
                for line in lines:
                    if self._changes <= bound:
                        break
                    self._changes -= _changes(line)
                    surplus += 1
            self._drop(surplus)

    def _drop(self, count: int) -> None:
        self.dropped += count
        drop = self._lines.popleft
        for _ in range(count):
            drop()

    def take(self) -> list[Line]:
        """All lines, which are the caller's now."""
        lines = list(self._lines)
        self._lines.clear()
        self._changes = 0
        return lines

    def clear(self) -> None:
        self.dropped += len(self._lines)
        self._lines.clear()
        self._changes = 0

    def replace(self, rows: Iterable[Line]) -> None:
        """Hold these lines instead of those that were taken."""
        self._lines = deque(rows)
        self._changes = sum(map(_changes, self._lines))
        self.trim()


def _changes(line: Line) -> int:
    """How many changes of style a line holds, at most."""
    if isinstance(line, str):
        return 0
    if isinstance(line, Row):
        return len(line.runs) if line.runs is not None else 0
    return line[0].count("\x1b")
