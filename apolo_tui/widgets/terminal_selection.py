"""What is being selected in a terminal: from one place between cells to another.

Lines are numbered as in `apolo_tui.terminal.selection`, so that a selection stays on its text
while more text comes.
"""

from dataclasses import dataclass, replace

from apolo_tui.terminal.screen import Screen
from apolo_tui.terminal.selection import Position, Range, text_of


@dataclass(frozen=True, slots=True)
class Selection:
    """From where the mouse went down to where it is; neither need come first.

    A column is the place before the cell of that number.
    """

    anchor: Position
    head: Position

    @classmethod
    def of_range(cls, cells: Range) -> "Selection":
        """The selection of whole cells, the last one included."""
        return cls(cells.start, cells.end._replace(column=cells.end.column + 1))

    @property
    def start(self) -> Position:
        return min(self.anchor, self.head)

    @property
    def end(self) -> Position:
        return max(self.anchor, self.head)

    @property
    def empty(self) -> bool:
        return self.anchor == self.head

    def to(self, head: Position) -> "Selection":
        return replace(self, head=head)

    def columns(self, line: int, width: int) -> tuple[int, int] | None:
        """The selected columns of a line, as start and end; None where nothing is."""
        start, end = self.start, self.end
        if not start.line <= line <= end.line or self.empty:
            return None
        first = start.column if line == start.line else 0
        last = end.column if line == end.line else width
        return (first, last) if first < last else None

    def text(self, screen: Screen) -> str:
        """The selected text."""
        if self.empty:
            return ""
        start, end = self.start, self.end
        if end.column == 0:
            # Up to the beginning of a line: the line before it is the last one.
            end = Position(end.line - 1, screen.columns)
        return text_of(screen, Range(start, end._replace(column=end.column - 1)))
