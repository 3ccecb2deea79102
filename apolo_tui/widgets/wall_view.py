"""The monitor wall: all its cards and panels in one widget, of which only what changed is sent."""

from collections.abc import Callable, Sequence
from itertools import takewhile

from textual.geometry import Region

from apolo_tui.model.cells import width
from apolo_tui.widgets.lines import Line, Lines, Run

Draw = Callable[[int, int], Sequence[Line]]
"""The lines for a width and a height."""


class WallView(Lines):
    """Lines, of each of which only the part that differs is painted."""

    def __init__(self, draw: Draw, *, id: str | None = None) -> None:
        super().__init__(lambda room: draw(room, self.size.height), id=id)

    def redraw(self) -> None:
        """Build anew and paint what differs."""
        room, height = self.size
        if not room or not height:
            return
        old, self._lines = self._lines, [list(line) for line in self._build(room)]
        for y in range(height):
            before = old[y] if y < len(old) else None
            after = self._lines[y] if y < len(self._lines) else None
            if before == after:
                continue
            first, last = (
                (0, room) if before is None or after is None else difference(before, after)
            )
            self.refresh(Region(first, y, max(1, last - first), 1))


def difference(before: Sequence[Run], after: Sequence[Run]) -> tuple[int, int]:
    """The cells [first, last) in which two lines of the same width differ."""
    first = start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        first += width(after[start][0])
        start += 1
    total = sum(width(text) for text, _ in after)
    last, end = total, 1
    while end <= min(len(before), len(after)) - start and before[-end] == after[-end]:
        last -= width(after[-end][0])
        end += 1
    if start < min(len(before), len(after)):
        first += _common(before[start], after[start])
        last -= _common(_backwards(before[-end]), _backwards(after[-end])) if last > first else 0
    return first, max(first, last)


def _common(before: Run, after: Run) -> int:
    """The cells in which two runs begin alike."""
    if before[1] != after[1]:
        return 0
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(before[0], after[0], strict=False))
    return width("".join(mark for mark, _ in alike))


def _backwards(run: Run) -> Run:
    return run[0][::-1], run[1]
