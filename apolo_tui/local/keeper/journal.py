"""Writing a job's log: append-only segments, bounded, the oldest dropped first."""

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from apolo_tui.local.keeper.segments import (
    HEADER,
    LINE_START,
    SEAL,
    Segment,
    frames,
    line_starts,
    open_segment,
    segments,
)

logger = logging.getLogger(__name__)

LOG_LIMIT = 1 << 30
"""Bytes of log kept for a job."""

SEGMENT_SIZE = 4 << 20
"""Bytes of a segment of a log with room; a small limit has smaller ones, an eighth of it."""

SMALLEST_SEGMENT = 4 << 10


class Journal:
    """The log of one job while one of its runs is alive. One writer a log.

    What `append` was given is in the kernel when it returns: a kill of this process loses none.
    `sealed` is called with each segment that will not grow any more.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit: int = LOG_LIMIT,
        now: Callable[[], float] = time.time,
        sealed: Callable[[Segment], None] = lambda segment: None,
    ) -> None:
        self._folder = folder
        self._limit = limit
        self._segment_size = max(SMALLEST_SEGMENT, min(SEGMENT_SIZE, limit // 8))
        self._now = now
        self._sealed = sealed
        self._fd = -1
        self._size = 0
        self._line_open = False
        self._last = (-1, 0)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._kept = deque((segment, segment.raw_size()) for segment in segments(folder))
        self._total = sum(size for _, size in self._kept)
        self._next_number = 0
        self._last_time = 0
        self._lines = 0
        if self._kept:
            self._take_over(self._kept[-1][0])

    def _take_over(self, last: Segment) -> None:
        """Go on after a log that another journal, of an earlier run, wrote."""
        self._next_number = last.number + 1
        self._last_time, self._lines = last.first_time, last.first_line
        with open_segment(last) as source:
            buffer = source.read()
        for frame in frames(buffer, torn=True):
            if not frame.flags & SEAL:
                self._last_time = frame.time
                self._lines += line_starts(
                    buffer[frame.start : frame.stop], line_start=bool(frame.flags & LINE_START)
                )

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset of what will be written next."""
        if self._fd < 0:
            return self._next_number, 0
        return self._kept[-1][0].number, self._size

    def append(self, run: int, stream: int, data: bytes) -> None:
        """Write what was read from one stream of a run just now."""
        goes_on = self._line_open and (run, stream) == self._last
        if self._size >= self._segment_size and goes_on:
            # The end of the open line goes to the full segment, the next one starts with a line.
            cut = data.find(b"\n") + 1
            if 0 < cut < len(data) and cut < self._segment_size:
                self._append(run, stream, data[:cut])
                data = data[cut:]
        for start in range(0, len(data), self._segment_size):
            self._append(run, stream, data[start : start + self._segment_size])

    def _append(self, run: int, stream: int, data: bytes) -> None:
        moment = max(int(self._now() * 1_000_000), self._last_time)
        # Whoever interrupts an open line, the other stream or the next run, starts a new one.
        line_start = not self._line_open or (run, stream) != self._last
        full = self._size >= self._segment_size
        # Where the lines are not longer than segments, a segment starts with one.
        if self._fd >= 0 and full and (line_start or self._size >= 2 * self._segment_size):
            self._seal()
        try:
            if self._fd < 0:
                self._begin(moment)
            header = HEADER.pack(len(data), run, moment, stream, LINE_START if line_start else 0)
            self._write(header, data)
        except OSError as error:
            # The disk is full or gone. The job goes on; what it prints now is lost.
            logger.error("cannot write the log in %s: %s", self._folder, error)
            return
        self._last_time = moment
        self._last = (run, stream)
        self._line_open = not data.endswith(b"\n")
        self._lines += line_starts(data, line_start=line_start)

    def _begin(self, moment: int) -> None:
        segment = Segment(self._next_number, moment, self._lines, self._folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(segment.path(), flags, 0o600)
        self._next_number += 1
        self._size = 0
        self._kept.append((segment, 0))

    def _write(self, header: bytes, data: bytes) -> None:
        size = len(header) + len(data)
        while len(self._kept) > 1 and self._total + size > self._limit:
            segment, dropped = self._kept.popleft()
            segment.drop()
            self._total -= dropped
        written = os.writev(self._fd, (header, data))
        if written < size:
            try:
                rest = memoryview(header + data)[written:]
                while rest:
                    rest = rest[os.write(self._fd, rest) :]
            except OSError:
                os.ftruncate(self._fd, self._size)
                os.lseek(self._fd, self._size, os.SEEK_SET)
                raise
        self._size += size
        self._total += size

    def _seal(self) -> None:
        try:
            self._write(HEADER.pack(0, self._last[0], self._last_time, 0, SEAL), b"")
        except OSError as error:
            logger.error("cannot seal the log in %s: %s", self._folder, error)
        os.close(self._fd)
        self._fd = -1
        segment, _ = self._kept.pop()
        self._kept.append((segment, self._size))
        self._size = 0
        self._sealed(segment)

    def close(self) -> None:
        if self._fd >= 0:
            self._seal()


def lines_dropped(folder: Path) -> int:
    """How many lines of a log went because it was full."""
    kept = segments(folder)
    return kept[0].first_line if kept else 0
