"""What is selected in a terminal: a range of cells, in lines that are counted from the first.

Lines are counted from the oldest that ever left the screen, so that a selection stays on its
text while more text comes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from apolo_tui.terminal.rows import Row

WORD_BREAKS = " \t'\"`()[]{}<>|;,│"


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A place in the text: a line, and a column between cells."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From where the mouse went down to where it is; neither need come first."""

    anchor: Cell
    head: Cell

    @property
    def start(self) -> Cell:
        return min(self.anchor, self.head)

    @property
    def end(self) -> Cell:
        return max(self.anchor, self.head)

    @property
    def empty(self) -> bool:
        return self.anchor == self.head

    def to(self, head: Cell) -> "Selection":
        return replace(self, head=head)

    def columns(self, line: int, width: int) -> tuple[int, int] | None:
        """The selected columns of a line, as start and end; None where nothing is."""
        start, end = self.start, self.end
        if not start.line <= line <= end.line or self.empty:
            return None
        first = start.column if line == start.line else 0
        last = end.column if line == end.line else width
        return (first, last) if first < last else None

    def text(self, row: Callable[[int], Row], width: int) -> str:
        """The selected text: soft-wrapped rows joined, blanks at the ends of lines dropped."""
        parts: list[str] = []
        for line in range(self.start.line, self.end.line + 1):
            found = self.columns(line, width)
            one = row(line)
            first, last = found or (0, 0)
            text = "".join(char for char, _ in one.cells(width)[first:last])
            goes_on = one.wrapped and last == width
            parts.append(text if goes_on else text.rstrip(" "))
            if line != self.end.line and not goes_on:
                parts.append("\n")
        return "".join(parts)


def word_at(row: Row, column: int, width: int) -> tuple[int, int]:
    """The columns of the word around a column: what a double click selects."""
    chars = [char for char, _ in row.cells(width)]
    if column >= len(chars) or (chars[column] in WORD_BREAKS and chars[column]):
        return column, min(column + 1, len(chars))
    start = end = column
    while start > 0 and (chars[start - 1] == "" or chars[start - 1] not in WORD_BREAKS):
        start -= 1
    while end < len(chars) and (chars[end] == "" or chars[end] not in WORD_BREAKS):
        end += 1
    return start, end
