"""The lines that a filter shows: those that match, and with one line of a traceback all of it."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator

from apolo_tui.model.logs.blocks import Block, LogStore
from apolo_tui.model.logs.index import LineIndex
from apolo_tui.model.logs.patterns import text_of
from apolo_tui.model.logs.records import REACH, record_of

HEADER = b"Traceback (most"
KEPT_BLOCKS = 64


class MatchingMessages:
    """The lines of an index, with the whole of each traceback that has one of them.

    Where the index is of the lines that do not match, a traceback is shown when none of its lines
    matches.
    """

    def __init__(self, index: LineIndex) -> None:
        self.index = index
        self._headers: OrderedDict[tuple[int, int], list[int]] = OrderedDict()

    @property
    def _store(self) -> LogStore:
        return self.index.store

    def _text(self, number: int) -> str | None:
        store = self._store
        if not store.first <= number < store.end:
            return None
        return text_of(store.line(number)).decode("utf-8", "replace")

    def _headers_of(self, block: Block | None) -> list[int]:
        """The lines of a block, or of what is in none yet, at which tracebacks begin, roughly."""
        store = self._store
        key = (store.tail_start, store.version) if block is None else (block.start, -1)
        found = self._headers.get(key)
        if found is None:
            data = store.tail() if block is None else store.data(block)
            found = self._headers[key] = _lines_with_header(data, key[0])
            if len(self._headers) > KEPT_BLOCKS:
                self._headers.popitem(last=False)
        return found

    def _near_traceback(self, number: int) -> bool:
        """Whether a traceback begins so near that the line may be a part of it."""
        store = self._store
        place, last = max(store.first, number - REACH), number + 1
        while True:
            block = store.block_of(place)
            headers = self._headers_of(block)
            index = bisect_left(headers, place)
            if index < len(headers):
                return headers[index] <= last
            if block is None or block.end > last:
                return False
            place = block.end

    def message_of(self, number: int) -> range:
        """The lines of the message that a line is part of; only itself for most lines."""
        if not self._near_traceback(number):
            return range(number, number + 1)
        return record_of(self._text, number)

    def _is_shown(self, message: range) -> bool:
        hits = self.index.rank(message.stop) - self.index.rank(message.start)
        return hits == len(message) if self.index.pattern.inverse else hits > 0

    def next(self, number: int) -> int | None:
        """The first line at or after a number."""
        number = max(number, self._store.first)
        message = self.message_of(number)
        if len(message) > 1:
            if self._is_shown(message):
                return number
            number = message.stop
        while True:
            hit = self.index.next(number)
            if hit is None:
                return None
            message = self.message_of(hit)
            if self._is_shown(message):
                return max(message.start, number)
            number = message.stop

    def previous(self, number: int) -> int | None:
        """The last line before a number."""
        number = min(number, self._store.end)
        if number > self._store.first:
            message = self.message_of(number - 1)
            if len(message) > 1:
                if self._is_shown(message):
                    return number - 1
                number = message.start
        while True:
            hit = self.index.previous(number)
            if hit is None:
                return None
            message = self.message_of(hit)
            if self._is_shown(message):
                return min(message.stop, number) - 1
            number = message.start

    def __iter__(self) -> Iterator[int]:
        """All of them, in order, as of now."""
        headers: list[int] = []
        for block in [*self._store.blocks, None]:
            headers += self._headers_of(block)
        done = self._store.first
        for hit in self.index:
            if hit < done:
                continue
            nearest = bisect_right(headers, hit + 1) - 1
            if nearest < 0 or headers[nearest] < hit - REACH:
                yield hit
                continue
            message = self.message_of(hit)
            if self._is_shown(message):
                yield from range(max(message.start, done), message.stop)
            done = message.stop


def _lines_with_header(data: bytes, first: int) -> list[int]:
    found: list[int] = []
    line, counted, at = first, 0, data.find(HEADER)
    while at >= 0:
        line += data.count(b"\n", counted, at)
        counted = at
        found.append(line)
        at = data.find(HEADER, at + len(HEADER))
    return found
