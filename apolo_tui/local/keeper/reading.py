"""Reading a job's log from its files, while it grows or afterwards, with or without a keeper."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from apolo_tui.local.keeper.api import LogChunk, LogPosition
from apolo_tui.local.keeper.segments import (
    LINE_START,
    SEAL,
    Frame,
    Segment,
    frames,
    open_segment,
    segments,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 1 << 18
"""Bytes that are read at once."""


class LogReader:
    """A reader's place in the log below `folder`. Closed by hand or as a context manager.

    `since` and `after` are those of `Keeper.log`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        since: datetime | None = None,
        after: LogPosition | None = None,
    ) -> None:
        self._folder = folder
        self._since = 0 if since is None else (since - EPOCH) // timedelta(microseconds=1)
        self._source: IO[bytes] | None = None
        self._segment: Segment | None = None
        self._pending = b""
        self._offset = 0
        self._sealed = False
        # Whether what comes next goes on with a line that is not to be told.
        self._within_untold_line = after is None
        self._after = after
        # The number of the last segment that is done with.
        self._done = -1 if after is None else after.segment - 1
        self._queue = self._list()
        if self._since:
            earlier = [s for s in self._queue if s.first_time < self._since]
            self._queue = earlier[-1:] + self._queue[len(earlier) :]

    def _list(self) -> list[Segment]:
        return [segment for segment in segments(self._folder) if segment.number > self._done]

    def read(self) -> list[LogChunk]:
        """The next chunks, not much more than BATCH bytes of them; none at the present end."""
        while True:
            if self._source is None and not self._open_next():
                return []
            last = not self._queue and not self._sealed
            piece = self._source.read(BATCH) if self._source else b""
            if piece:
                self._pending += piece
            chunks = self._parse(torn=not piece and not last)
            if chunks:
                return chunks
            if piece:
                continue
            if last:
                return []
            self._leave()

    def _open_next(self) -> bool:
        if not self._queue:
            self._queue = self._list()
            if not self._queue:
                return False
        segment = self._queue.pop(0)
        if segment.number > self._done + 1 and self._done >= 0:
            # The limit overtook this reader: the next whole line is the first one told.
            self._within_untold_line = True
        self._done = segment.number
        self._segment = segment
        self._source = open_segment(segment)
        self._offset = 0
        if self._after is not None:
            if segment.number == self._after.segment:
                self._skip(self._after.offset)
            self._after = None
        return True

    def _skip(self, size: int) -> None:
        assert self._source is not None
        self._source.seek(size)
        self._offset = size

    def _parse(self, *, torn: bool) -> list[LogChunk]:
        assert self._segment is not None
        chunks: list[LogChunk] = []
        buffer, stop = self._pending, 0
        base, number = self._offset, self._segment.number
        for frame in frames(buffer, torn=torn):
            stop = frame.stop
            if frame.flags & SEAL:
                self._sealed = True
            elif frame.time >= self._since:
                chunk = self._chunk(buffer, frame, LogPosition(number, base + stop))
                if chunk is not None:
                    chunks.append(chunk)
        if stop:
            self._pending = buffer[stop:]
            self._offset = base + stop
        return chunks

    def _chunk(self, buffer: bytes, frame: Frame, end: LogPosition) -> LogChunk | None:
        start, line_start = frame.start, bool(frame.flags & LINE_START)
        if line_start:
            self._within_untold_line = False
        elif self._within_untold_line:
            newline = buffer.find(b"\n", start, frame.stop)
            if newline < 0:
                return None
            self._within_untold_line = False
            line_start = True
            start = newline + 1
            if start == frame.stop:
                return None
        return LogChunk(
            time=EPOCH + timedelta(microseconds=frame.time),
            run=frame.run,
            stream=frame.stream,
            data=buffer[start : frame.stop],
            line_start=line_start,
            end=end,
        )

    def _leave(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = None
        self._pending = b""
        self._sealed = False

    def close(self) -> None:
        self._leave()
        self._queue = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
