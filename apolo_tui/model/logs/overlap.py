"""Joining a log's streams: what a new connection repeats is left out, what it adds is kept.

The platform resumes a log at a time, not at a byte, and its sources give one line different times
(docs/protocol.md section 6.2). A line is a repeat when the lines shown last have its text at its
time, within the tolerance of the sources.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from apolo_tui.model.logs.blocks import LogStore
from apolo_tui.model.logs.stamps import MILLISECOND, SECOND, Stamp, split_stamp

REACH = 2 * SECOND
"""Nanoseconds: lines may be this much out of order."""
MOST_LINES = 4096
"""Lines that are remembered, and those of the same time."""
MARGIN = 2 * MILLISECOND
"""Nanoseconds: lines so far before the oldest remembered one are remembered as well, since they may
come again with it."""

HEAD = 64 * 1024
"""Bytes. Of a longer text this much and its length are remembered."""


def _known_by(text: bytes, more: int = 0) -> bytes:
    """What a text is known by; `more` bytes of it are in the lines after it."""
    size = len(text) + more
    return text if size <= HEAD else b"%b %d" % (text[:HEAD], size)


class Overlap:
    """The end of what was shown, against which the start of a new stream is held.

    A line that has no end yet is not part of it.
    """

    def __init__(self, store: LogStore) -> None:
        self._shown: defaultdict[bytes, list[Stamp]] = defaultdict(list)
        self._waiting = 0
        self._last: Stamp | None = None
        self._floor: Stamp | None = None
        self._last_was_repeat = False
        self.repeats = 0
        """Lines that were left out."""
        self._remember(store)

    def _remember(self, store: LogStore) -> None:
        unstamped: list[bytes] = []
        more = 0
        edge: int | None = None
        end = store.end - 1 if store.has_partial else store.end
        for number in range(end - 1, store.first - 1, -1):
            raw = store.line(number)
            if store.continues(number):
                more += len(raw)
                continue
            stamp, start = split_stamp(raw)
            text, more = _known_by(raw[start:], more), 0
            if stamp is None:
                unstamped.append(text)
                if len(unstamped) > MOST_LINES:
                    break
                continue
            if self._last is None:
                self._last = stamp
            far = self._last.ns - stamp.ns > REACH or self._waiting >= MOST_LINES
            if far and edge is None and self._floor is not None:
                edge = self._floor.ns - MARGIN
            if edge is not None and stamp.ns < edge:
                break
            for known in (text, *unstamped):
                self._shown[known].append(stamp)
                self._waiting += 1
            unstamped.clear()
            if edge is None and (self._floor is None or stamp.ns < self._floor.ns):
                self._floor = stamp

    @property
    def since(self) -> datetime | None:
        """From when to ask for lines again; None when nothing tells."""
        if self._floor is None:
            return None
        return self._floor.time - timedelta(milliseconds=1)

    @property
    def done(self) -> bool:
        """Whether no line to come can be a repeat."""
        return self._last is None

    @property
    def last(self) -> Stamp | None:
        """The time of the newest line that was shown."""
        return self._last

    def is_repeat(self, stamp: Stamp | None, text: bytes) -> bool:
        """Whether a line of the new stream was shown already; each shown line answers once."""
        if self._last is None or self._floor is None:
            return False
        text = _known_by(text)
        if stamp is None:  # the rest of the line before
            repeat = self._last_was_repeat and bool(self._shown.get(text))
            if repeat:
                self._shown[text].pop()
                self._waiting -= 1
            return self._count(repeat)
        known = self._shown.get(text)
        if known:
            for index, other in enumerate(known):
                if stamp.same_time(other):
                    del known[index]
                    self._waiting -= 1
                    return self._count(True)
        tolerance = max(stamp.tolerance, self._floor.tolerance)
        if stamp.ns < self._floor.ns - tolerance:
            return self._count(True)
        if stamp.ns > self._last.ns + REACH or (
            self._waiting <= 0 and stamp.ns > self._last.ns + tolerance
        ):
            self._last = None
        return self._count(False)

    def _count(self, repeat: bool) -> bool:
        self._last_was_repeat = repeat
        self.repeats += repeat
        return repeat
