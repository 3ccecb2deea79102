"""Which rows of a log are on the screen. Pure.

The place is kept as a line and a row of it, never as a number of rows from the top: what stands
above need not be laid out, so wrapping, resizing and scrolling cost a screen, not a log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Sequence(Protocol):
    """The lines that are shown, by their numbers."""

    def next(self, number: int) -> int | None:
        """The first line at or after a number."""

    def previous(self, number: int) -> int | None:
        """The last line before a number."""


class Bounds(Protocol):
    """What the numbers of a store's lines are."""

    @property
    def first(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class AllLines:
    """Every line of a store."""

    store: Bounds

    def next(self, number: int) -> int | None:
        number = max(number, self.store.first)
        return number if number < self.store.end else None

    def previous(self, number: int) -> int | None:
        number = min(number, self.store.end) - 1
        return number if number >= self.store.first else None


Place = tuple[int, int]
"""A line, and a row of it."""


class Viewport:
    """A screen of `height` rows. `height_of` tells how many rows a line takes."""

    def __init__(self, lines: Sequence, height_of: Callable[[int], int]) -> None:
        self.lines = lines
        self.height_of = height_of
        self.height = 1
        self.top: Place = (0, 0)

    def _settled(self) -> Place | None:
        """The top, moved to where there is a row; None without any lines."""
        number, row = self.top
        here = self.lines.next(number)
        if here is None:
            here = self.lines.previous(number)
            row = 0
        if here is None:
            return None
        if here != number:
            row = 0
        return here, min(row, self.height_of(here) - 1)

    def rows(self) -> list[Place]:
        """The places of the rows on the screen, from the top; fewer where the lines end."""
        place = self._settled()
        places: list[Place] = []
        while place is not None and len(places) < self.height:
            number, row = place
            for index in range(row, self.height_of(number)):
                places.append((number, index))
                if len(places) == self.height:
                    break
            following = self.lines.next(number + 1)
            place = None if following is None else (following, 0)
        return places

    def _up(self, place: Place, rows: int) -> Place:
        """The place so many rows higher, or the first there is."""
        number, row = place
        while rows > row:
            rows -= row + 1
            before = self.lines.previous(number)
            if before is None:
                return number, 0
            number = before
            row = self.height_of(number) - 1
        return number, row - rows

    def _down(self, place: Place, rows: int) -> Place:
        number, row = place
        while True:
            left = self.height_of(number) - 1 - row
            if rows <= left:
                return number, row + rows
            following = self.lines.next(number + 1)
            if following is None:
                return number, row + left
            rows -= left + 1
            number, row = following, 0

    def bottom(self) -> Place | None:
        """The top with which the last row is the last of the screen."""
        last = self.lines.previous(1 << 62)
        if last is None:
            return None
        return self._up((last, self.height_of(last) - 1), self.height - 1)

    def to_bottom(self) -> None:
        place = self.bottom()
        if place is not None:
            self.top = place

    def scroll(self, rows: int) -> None:
        """Move by so many rows, down for a positive number, not past the ends."""
        place = self._settled()
        if place is None:
            return
        if rows < 0:
            self.top = self._up(place, -rows)
            return
        self.top = min(self._down(place, rows), max(self.bottom() or place, place))

    @property
    def at_bottom(self) -> bool:
        place, bottom = self._settled(), self.bottom()
        return place is None or bottom is None or place >= bottom

    def reveal(self, number: int, *, centre: bool = False) -> None:
        """Scroll as little as is needed to show a line, or put it in the middle."""
        places = self.rows()
        if not places:
            return
        shown = [place for place in places if place[0] == number]
        if len(shown) == min(self.height_of(number), self.height):
            return
        if centre:
            top = self._up((number, 0), self.height // 2)
        elif (number, 0) < places[0]:
            top = (number, 0)
        else:
            top = self._up((number, self.height_of(number) - 1), self.height - 1)
            top = min(top, (number, 0))
        self.top = top
        bottom = self.bottom()
        if bottom is not None:
            self.top = min(self.top, bottom)
