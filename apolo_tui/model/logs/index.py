"""Which lines of a log match a pattern, found block by block in short steps.

Only a count is kept for a block; the lines themselves are found again when they are looked at. So
an index of ten million matching lines is as small as one of none, and it is right while lines keep
coming at one end and are dropped at the other.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import accumulate

from apolo_tui.model.logs.blocks import Block, LogStore
from apolo_tui.model.logs.needles import Escapes, escapes_of
from apolo_tui.model.logs.patterns import Pattern

KEPT_BLOCKS = 256
"""More than a screen has rows: each may be from another block."""
EXACT_BLOCKS = 64
"""In a log of more blocks it is only known of a block whether and how often it matches."""


class LineIndex:
    """The matching lines of a store, in order, as far as it has been searched.

    The search begins at the newest lines, since these are on the screen.
    """

    def __init__(self, store: LogStore, pattern: Pattern) -> None:
        self.store = store
        self.pattern = pattern
        self._counts: dict[int, int] = {}
        self._low = self._high = store.tail_start
        self._hits: OrderedDict[int, array[int]] = OrderedDict()
        self._tail: tuple[int, array[int]] = (-1, array("I"))
        self._sums: tuple[tuple[int, int, int], list[int]] = ((-1, -1, -1), [])

    @property
    def complete(self) -> bool:
        """Whether all that the store has is searched, or the pattern is given up."""
        if self.pattern.gave_up:
            return True
        return self._low <= self.store.first and self._high >= self.store.tail_start

    @property
    def searched(self) -> float:
        """The share of the lines that is searched, from 0 to 1."""
        first, end = self.store.first, self.store.tail_start
        if end <= first:
            return 1.0
        return (min(self._high, end) - max(self._low, first)) / (end - first)

    def step(self, *, until: float, clock: Callable[[], float]) -> bool:
        """Search until that time, one block at least; true when nothing is left to search."""
        while not self.complete:
            blocks = self.store.blocks
            if self._high < self.store.tail_start:
                index = next(
                    (i for i in range(len(blocks) - 1, -1, -1) if blocks[i].start <= self._high), 0
                )
                block = blocks[index]
                if block.start > self._high:  # what lay between was dropped
                    self._low = block.start
                self._high = block.end
            else:
                index = bisect_left(blocks, self._low, key=lambda item: item.start) - 1
                block = blocks[index]
                self._low = block.start
            few = len(blocks) <= EXACT_BLOCKS
            count = len(self._offsets(block)) if few else self._count(block)
            self._counts[block.start] = count
            if clock() >= until:
                break
        self._forget()
        return self.complete

    def _forget(self) -> None:
        first = self.store.first
        if len(self._counts) > len(self.store.blocks):
            self._counts = {start: n for start, n in self._counts.items() if start >= first}

    def _escapes(self, block: Block, data: bytes) -> Escapes:
        if block.escapes is None:
            block.escapes = escapes_of(data)
        return block.escapes

    def _count(self, block: Block) -> int:
        data = self.store.data(block)
        return self.pattern.count(data, block.lines, self._escapes(block, data))

    def _offsets(self, block: Block) -> "array[int]":
        hits = self._hits.get(block.start)
        if hits is not None:
            self._hits.move_to_end(block.start)
            return hits
        data = self.store.data(block)
        known = block.start in self._counts
        escapes = self._escapes(block, data)
        hits = self.pattern.offsets(data, block.lines, escapes, known=known)
        self._hits[block.start] = hits
        if len(self._hits) > KEPT_BLOCKS:
            self._hits.popitem(last=False)
        return hits

    def _tail_hits(self) -> "array[int]":
        version, hits = self._tail
        if version != self.store.version:
            data = self.store.tail()
            lines = self.store.end - self.store.tail_start
            hits = self.pattern.offsets(data, lines, escapes_of(data))
            self._tail = (self.store.version, hits)
        return hits

    def _totals(self) -> list[int]:
        """The number of hits up to the end of each block; none of a pattern that is given up."""
        if self.pattern.gave_up:
            self._counts.clear()
            self._hits.clear()
        blocks = self.store.blocks
        key = (len(self._counts), len(blocks), self.store.first)
        if self._sums[0] != key:
            counts = self._counts
            self._sums = (key, list(accumulate(counts.get(block.start, 0) for block in blocks)))
        return self._sums[1]

    @property
    def count(self) -> int:
        """The number of matching lines found so far."""
        totals = self._totals()
        return (totals[-1] if totals else 0) + len(self._tail_hits())

    def __iter__(self) -> Iterator[int]:
        """The numbers of all matching lines found so far, in order."""
        for block in list(self.store.blocks):
            if self._counts.get(block.start):
                for offset in self._offsets(block):
                    yield block.start + offset
        for offset in self._tail_hits():
            yield self.store.tail_start + offset

    def at(self, rank: int) -> int:
        """The number of the line with `rank` matching lines before it.

        Raises IndexError.
        """
        totals = self._totals()
        sealed = totals[-1] if totals else 0
        if rank < 0:
            raise IndexError(rank)
        if rank >= sealed:
            return self.store.tail_start + self._tail_hits()[rank - sealed]
        index = bisect_right(totals, rank)
        block = self.store.blocks[index]
        before = totals[index - 1] if index else 0
        return block.start + self._offsets(block)[rank - before]

    def rank(self, number: int) -> int:
        """How many matching lines stand before a line."""
        totals = self._totals()
        blocks = self.store.blocks
        if number >= self.store.tail_start:
            sealed = totals[-1] if totals else 0
            return sealed + bisect_left(self._tail_hits(), number - self.store.tail_start)
        index = bisect_right(blocks, number, key=lambda item: item.start) - 1
        if index < 0:
            return 0
        before = totals[index - 1] if index else 0
        if blocks[index].start not in self._counts:
            return before
        return before + bisect_left(self._offsets(blocks[index]), number - blocks[index].start)

    def has(self, number: int) -> bool:
        """Whether a line matches."""
        return self.next(number) == number

    def next(self, number: int) -> int | None:
        """The first matching line at or after a line."""
        rank = self.rank(number)
        return self.at(rank) if rank < self.count else None

    def previous(self, number: int) -> int | None:
        """The last matching line before a line."""
        rank = self.rank(number)
        return self.at(rank - 1) if rank else None

    def spread(self, cells: int) -> list[bool]:
        """Which of so many equal parts of the log have a match, roughly for a long log."""
        marked = [False] * cells
        first, lines = self.store.first, len(self.store)
        if not lines:
            return marked
        blocks = [block for block in self.store.blocks if self._counts.get(block.start)]
        exact = len(self.store.blocks) <= EXACT_BLOCKS
        for block in blocks:
            for offset in self._offsets(block) if exact else (0, block.lines - 1):
                marked[(block.start + offset - first) * cells // lines] = True
        for offset in self._tail_hits():
            marked[(self.store.tail_start + offset - first) * cells // lines] = True
        return marked
