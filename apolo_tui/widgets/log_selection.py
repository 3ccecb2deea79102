"""What is selected with the mouse in a log. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apolo_tui.model.cells import width
from apolo_tui.widgets.log_lines import Row, slice_cells

WHOLE = 1 << 30


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A cell of a line's text: the line, its part, and the cell of that part."""

    line: int
    part: int
    cell: int


def point_of(row: Row, line: int, cell: int) -> Point:
    """The point at a cell of a row, counted from the row's left edge."""
    return Point(line, row.part, row.start + max(0, cell - row.prefix))


@dataclass(frozen=True, slots=True)
class Selection:
    """From where the button went down to where the mouse is."""

    anchor: Point
    head: Point

    @property
    def ends(self) -> tuple[Point, Point]:
        return min(self.anchor, self.head), max(self.anchor, self.head)

    @property
    def empty(self) -> bool:
        return self.anchor == self.head

    def cells(self, row: Row, line: int) -> tuple[int, int] | None:
        """The cells of a row's text that are selected, counted from the start of its text."""
        first, last = self.ends
        here = (line, row.part)
        if row.rule or not (first.line, first.part) <= here <= (last.line, last.part):
            return None
        start = first.cell if here == (first.line, first.part) else 0
        stop = last.cell if here == (last.line, last.part) else WHOLE
        start, stop = start - row.start, stop - row.start
        room = width(row.text)
        start, stop = max(0, start), min(room, stop)
        return (start, stop) if stop > start else None

    def text(self, lines: Sequence[int], rows_of: Callable[[int], Sequence[Row]]) -> str:
        """The selected text of these lines; a wrapped line stays one line."""
        texts: list[str] = []
        for line in lines:
            seen = -1
            for row in rows_of(line):
                cells = self.cells(row, line)
                if cells is None:
                    if row.part != seen and not row.rule and self._inside(line, row.part):
                        texts.append("")
                        seen = row.part
                    continue
                piece = slice_cells(row.text, *cells)
                if row.part == seen:
                    texts[-1] += piece
                else:
                    texts.append(piece)
                seen = row.part
        return "\n".join(texts)

    def _inside(self, line: int, part: int) -> bool:
        first, last = self.ends
        return (first.line, first.part) <= (line, part) < (last.line, last.part)
