"""The rows of a table by key: their order, the cursor that follows a key, and the marks."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import countOf, is_
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line between the rows that names a group. The cursor passes over it."""

    key: Hashable
    text: str
    style: str = "heading"


NEAR = 600
"""Places around the old one at which a row is looked for before all rows are indexed."""


class Rows(Generic[R]):
    """Rows and headings in order. `key` names a row; no two rows have the same.

    The cursor is on a row, never on a heading, and is None only when there is no row.
    Marks are kept by key, also while their row is not among the rows.
    """

    def __init__(self, key: Callable[[R], Hashable]) -> None:
        self._key = key
        self._items: list[R | Heading] = []
        self._places: dict[Hashable, int] | None = {}
        self._headings = 0
        self._cursor: int | None = None
        self._anchor: Hashable | None = None
        self.marked: set[Hashable] = set()

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> R | Heading:
        return self._items[index]

    @property
    def count(self) -> int:
        """The number of rows, headings not counted."""
        return len(self._items) - self._headings

    def key_of(self, item: R | Heading) -> Hashable:
        return item.key if isinstance(item, Heading) else self._key(item)

    def keys(self) -> list[Hashable]:
        """The keys of the rows in order, headings left out."""
        return [self._key(item) for item in self._items if not isinstance(item, Heading)]

    def index_of(self, key: Hashable) -> int | None:
        """The place of a row, or None."""
        if self._places is None:
            self._places = {
                self._key(item): at
                for at, item in enumerate(self._items)
                if not isinstance(item, Heading)
            }
        return self._places.get(key)

    # The cursor

    @property
    def cursor(self) -> int | None:
        """The place of the cursor."""
        return self._cursor

    @property
    def cursor_row(self) -> R | None:
        """The row under the cursor."""
        if self._cursor is None:
            return None
        item = self._items[self._cursor]
        return None if isinstance(item, Heading) else item

    @property
    def cursor_key(self) -> Hashable | None:
        row = self.cursor_row
        return None if row is None else self._key(row)

    def place_cursor(self, index: int, *, toward: int = 1) -> None:
        """Put the cursor on the row at `index`, stopped at the ends.

        From a heading it goes on in the direction `toward` (1 or -1), and turns at the end.
        """
        if self.count == 0:
            self._cursor = None
            return
        index = max(0, min(index, len(self._items) - 1))
        for step in (toward, -toward):
            at = index
            while 0 <= at < len(self._items):
                if not isinstance(self._items[at], Heading):
                    self._cursor = at
                    return
                at += step

    # Changes

    def replace(self, items: Iterable[R | Heading], *, headings: int | None = None) -> bool:
        """All rows anew. The cursor stays with its key, or else at its place.

        False when there are some, the same objects in the same order as before.
        """
        rows = list(items)
        if rows and len(rows) == len(self._items) and all(map(is_, rows, self._items)):
            return False
        key, place, row = self.cursor_key, self._cursor, self.cursor_row
        self._items = rows
        self._headings = countOf(map(type, rows), Heading) if headings is None else headings
        self._places = None
        self._settle(key, place, row)
        return True

    def update(self, row: R) -> int | None:
        """One row in place of that with its key; its place, or None when there is none."""
        index = self.index_of(self._key(row))
        if index is not None:
            self._items[index] = row
        return index

    def insert(self, index: int, items: Sequence[R | Heading]) -> None:
        """Rows before the one at `index`. The cursor stays with its key."""
        index = max(0, min(index, len(self._items)))
        at_end = index == len(self._items)
        headings = sum(isinstance(item, Heading) for item in items)
        self._items[index:index] = items
        self._headings += headings
        if at_end and self._places is not None:
            for place, item in enumerate(items, start=index):
                if not isinstance(item, Heading):
                    self._places[self._key(item)] = place
        elif items:
            self._places = None
        if self._cursor is None:
            self.place_cursor(0)
        elif index <= self._cursor:
            self._cursor += len(items)

    def remove(self, keys: Iterable[Hashable]) -> None:
        """The rows with these keys. A cursor on one of them stays at its place."""
        gone = set(keys)
        key, place = self.cursor_key, self._cursor
        if place is not None:
            place -= sum(self.key_of(item) in gone for item in self._items[:place])
        self._items = [item for item in self._items if self.key_of(item) not in gone]
        self._headings = sum(isinstance(item, Heading) for item in self._items)
        self._places = None
        self._settle(key, place)

    def _settle(self, key: Hashable | None, place: int | None, row: R | None = None) -> None:
        """Put the cursor on the row `key`, or else at its place.

        Mostly the row is where it was or near it, or else `row` is the same object as before: no
        index of all rows is needed to find it.
        """
        if key is None or place is None:
            self.place_cursor(0)
            return
        there = self._items[place] if place < len(self._items) else None
        if there is None or isinstance(there, Heading) or self._key(there) != key:
            found = self._near(key, place)
            if found is None and row is not None:
                found = self._same(row)
            if found is None:
                found = self.index_of(key)
            place = place if found is None else found
        self.place_cursor(place)

    def _near(self, key: Hashable, place: int) -> int | None:
        """The place of a row that has moved a little, as by new rows above it."""
        first = max(0, place - NEAR)
        for at, item in enumerate(self._items[first : place + NEAR], start=first):
            if not isinstance(item, Heading) and self._key(item) == key:
                return at
        return None

    def _same(self, row: R) -> int | None:
        """The place of this very object."""
        try:
            return list(map(id, self._items)).index(id(row))
        except ValueError:
            return None

    # Marks

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away. A range starts here."""
        key = self.cursor_key
        if key is not None:
            self.marked.symmetric_difference_update({key})
            self._anchor = key

    def mark_range(self) -> None:
        """Mark from the row marked last, if it is still there, to the cursor."""
        if self._cursor is None:
            return
        start = None if self._anchor is None else self.index_of(self._anchor)
        first, last = sorted((self._cursor if start is None else start, self._cursor))
        for item in self._items[first : last + 1]:
            if not isinstance(item, Heading):
                self.marked.add(self._key(item))
        self._anchor = self.cursor_key

    def mark_all(self) -> None:
        """Mark all rows."""
        self.marked.update(self.keys())

    def clear_marks(self) -> None:
        self.set_marks(())

    def set_marks(self, keys: Iterable[Hashable]) -> None:
        """Exactly these marks. A range starts anew."""
        self.marked = set(keys)
        self._anchor = None

    def is_marked(self, item: R | Heading) -> bool:
        return bool(self.marked) and self.key_of(item) in self.marked
