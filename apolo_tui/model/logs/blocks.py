"""The log store: bytes in, lines out, bounded by size.

Lines are kept as they came, in blocks of 64 to 128 KiB that are sealed on arrival. A block knows
how many lines it has; no object is kept for a line. Blocks past the memory limit go to a sink that
is handed in (a file, for the dashboard); past the total limit the oldest block is dropped, and its
lines are counted.

Lines are numbered from 0 in order of arrival. The number of a line never changes.
"""

import math
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from apolo_tui.model.logs.needles import Escapes
from apolo_tui.model.logs.stamps import Stamp, split_stamp

BLOCK_BYTES = 64 * 1024
"""A block is sealed when it has this many bytes; it has twice as many at most, or one long line."""
LONGEST_LINE = 1024 * 1024
"""Bytes. A line without an end is broken here, so that it cannot fill the memory."""
SPLIT_BLOCKS = 16
"""How many blocks are kept split into lines."""


class BlockSink(Protocol):
    """Where blocks go that are not kept in memory."""

    def write(self, data: bytes) -> Any:
        """Keep a block; the answer is a ticket for it, or None when there is no room."""

    def read(self, ticket: Any) -> bytes:
        """The block of a ticket."""

    def drop(self, ticket: Any) -> None:
        """The block of this ticket is not needed any more."""


@dataclass(slots=True, eq=False)
class Block:
    """Some lines in a row. `data` is None when the sink has them."""

    start: int
    """The number of its first line."""
    lines: int
    size: int
    data: bytes | None
    whole: bool = True
    """Whether it ends with a line end; not so where a line without an end was broken."""
    ticket: Any = None
    escapes: Escapes | None = None
    """Kept for the search."""

    @property
    def end(self) -> int:
        return self.start + self.lines


class LogStore:
    """The lines of one log.

    `memory_limit` and `total_limit` are in bytes of log text; without a sink, `memory_limit` alone
    counts.
    """

    def __init__(
        self,
        *,
        memory_limit: float = math.inf,
        total_limit: float = math.inf,
        sink: BlockSink | None = None,
    ) -> None:
        self._memory_limit = memory_limit
        self._total_limit = total_limit
        self._sink = sink
        self._blocks: list[Block] = []
        self._starts: list[int] = []
        self._tail = bytearray()
        self._tail_newlines = 0
        self._sealed_end = 0
        self._in_memory = 0
        self._in_sink = 0
        self._oldest_in_memory = 0
        self._split: OrderedDict[int, list[bytes]] = OrderedDict()
        self._tail_split: tuple[int, list[bytes]] = (-1, [])
        self.version = 0
        """Grows with every change."""
        self.dropped = 0
        """Lines that were dropped because the store was full."""

    # what there is

    @property
    def first(self) -> int:
        """The number of the oldest line that is kept."""
        return self._starts[0] if self._starts else self._sealed_end

    @property
    def end(self) -> int:
        """One more than the number of the newest line; a line without its end yet counts."""
        return self._sealed_end + self._tail_newlines + (0 if self._tail_is_whole else 1)

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._in_memory + self._in_sink + len(self._tail)

    @property
    def in_memory(self) -> int:
        """Bytes that are kept in memory."""
        return self._in_memory + len(self._tail)

    @property
    def _tail_is_whole(self) -> bool:
        return not self._tail or self._tail[-1] == 10

    @property
    def has_partial(self) -> bool:
        """Whether the newest line has no end yet."""
        return not self._tail_is_whole

    # bytes in

    def append(self, data: bytes) -> None:
        """Take the next bytes of the log; they may begin and end anywhere."""
        self._tail += data
        self._tail_newlines += data.count(b"\n")
        self.version += 1
        if len(self._tail) >= BLOCK_BYTES:
            self._seal()

    def take_partial(self) -> bytes:
        """Remove the newest line if it has no end yet, and return what there was of it."""
        cut = self._tail.rfind(b"\n") + 1
        partial = bytes(self._tail[cut:])
        if partial:
            del self._tail[cut:]
            self.version += 1
        return partial

    def clear(self) -> None:
        """Forget everything, and count nothing as dropped."""
        for block in self._blocks:
            self._release(block)
        self.__init__(  # type: ignore[misc]  # the same object, as new
            memory_limit=self._memory_limit, total_limit=self._total_limit, sink=self._sink
        )

    def _seal(self) -> None:
        tail = self._tail
        while len(tail) >= BLOCK_BYTES:
            cut = tail.rfind(b"\n", 0, 2 * BLOCK_BYTES) + 1
            if cut == 0:
                cut = tail.find(b"\n", 2 * BLOCK_BYTES, LONGEST_LINE) + 1
            if cut == 0:
                if len(tail) < LONGEST_LINE:
                    return
                cut = LONGEST_LINE
            with memoryview(tail) as view:
                data = bytes(view[:cut])
            del tail[:cut]
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        whole = data.endswith(b"\n")
        # What is left is mostly a piece of a line: it is counted, not the block.
        if len(self._tail) < len(data):
            left = self._tail.count(b"\n")
        else:
            left = self._tail_newlines - data.count(b"\n")
        newlines, self._tail_newlines = self._tail_newlines - left, left
        lines = newlines if whole else newlines + 1
        self._blocks.append(Block(self._sealed_end, lines, len(data), data, whole))
        self._starts.append(self._sealed_end)
        self._sealed_end += lines
        self._in_memory += len(data)
        while self._in_memory > self._memory_limit and self._oldest_in_memory < len(self._blocks):
            self._spill()
        while self._in_memory + self._in_sink > self._total_limit and self._blocks:
            self._drop_oldest()

    def _spill(self) -> None:
        block = self._blocks[self._oldest_in_memory]
        assert block.data is not None
        ticket = None if self._sink is None else self._sink.write(block.data)
        if ticket is None:
            self._drop_oldest()
            return
        block.data, block.ticket = None, ticket
        self._in_memory -= block.size
        self._in_sink += block.size
        self._oldest_in_memory += 1

    def _release(self, block: Block) -> None:
        if block.data is None:
            self._in_sink -= block.size
            if self._sink is not None:
                self._sink.drop(block.ticket)
        else:
            self._in_memory -= block.size

    def _drop_oldest(self) -> None:
        block = self._blocks.pop(0)
        del self._starts[0]
        self._oldest_in_memory = max(0, self._oldest_in_memory - 1)
        self._split.pop(block.start, None)
        self.dropped += block.lines
        self._release(block)

    # lines out

    @property
    def blocks(self) -> list[Block]:
        """The sealed blocks, oldest first; not to be changed."""
        return self._blocks

    @property
    def tail_start(self) -> int:
        """The number of the first line that is in no sealed block."""
        return self._sealed_end

    def data(self, block: Block) -> bytes:
        """The bytes of a block."""
        if block.data is not None:
            return block.data
        assert self._sink is not None
        return self._sink.read(block.ticket)

    def tail(self) -> bytes:
        """The bytes after the sealed blocks."""
        return bytes(self._tail)

    def block_of(self, number: int) -> Block | None:
        """The block of a line; None for a line that is in none."""
        index = bisect_right(self._starts, number) - 1
        if index < 0 or number >= self._blocks[index].end:
            return None
        return self._blocks[index]

    def _lines_of(self, block: Block) -> list[bytes]:
        lines = self._split.get(block.start)
        if lines is None:
            lines = self.data(block).split(b"\n")
            self._split[block.start] = lines
            if len(self._split) > SPLIT_BLOCKS:
                self._split.popitem(last=False)
        else:
            self._split.move_to_end(block.start)
        return lines

    def _tail_lines(self) -> list[bytes]:
        version, lines = self._tail_split
        if version != self.version:
            lines = bytes(self._tail).split(b"\n")
            self._tail_split = (self.version, lines)
        return lines

    def line(self, number: int) -> bytes:
        """The line as it came, with the time in front and without the line end.

        Raises IndexError for a line that is not kept.
        """
        if not self.first <= number < self.end:
            raise IndexError(f"line {number} is not one of {self.first} to {self.end - 1}")
        if number >= self._sealed_end:
            return self._tail_lines()[number - self._sealed_end]
        block = self.block_of(number)
        assert block is not None
        return self._lines_of(block)[number - block.start]

    def continues(self, number: int) -> bool:
        """Whether a line is the rest of the line before it, which was too long for one."""
        block = self.block_of(number - 1)
        return block is not None and not block.whole and block.end == number

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """The lines from `start` up to `stop`, as `line` gives them."""
        for number in range(max(start, self.first), min(stop, self.end)):
            yield self.line(number)

    def chunks(self) -> Iterator[bytes]:
        """All that is kept, as it came, in order."""
        for block in list(self._blocks):
            yield self.data(block)
        if self._tail:
            yield bytes(self._tail)

    def stamp(self, number: int) -> Stamp | None:
        """The time of a line; of the nearest one before it where the line itself has none."""
        for candidate in range(number, max(self.first, number - 1000) - 1, -1):
            stamp, _ = split_stamp(self.line(candidate))
            if stamp is not None:
                return stamp
        return None

    def line_at(self, ns: int) -> int:
        """The number of the first line that is not older than a time in nanoseconds.

        `end` if there is none. Lines that are slightly out of order are taken as in order.
        """
        low, high = self.first, self.end
        while low < high:
            middle = (low + high) // 2
            stamp = self.stamp(middle)
            if stamp is not None and stamp.ns < ns:
                low = middle + 1
            else:
                high = middle
        return low
