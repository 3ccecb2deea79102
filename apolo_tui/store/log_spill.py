"""Where the older blocks of a log go: unlinked temporary files, gone with the process."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SEGMENT = 32 * 1024 * 1024
"""Bytes of one file. Its room is given back when its last block is dropped."""


@dataclass(slots=True, eq=False)
class _Segment:
    handle: int
    size: int = 0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a block is."""

    segment: _Segment
    offset: int
    size: int


@dataclass(slots=True, eq=False)
class SpillFile:
    """A block sink on disk. Satisfies `BlockSink`; `close` it when the log is closed.

    `folder` is where the files are made, the system's own folder if None. What cannot be written
    (a full disk) is not taken; `trouble` says why.
    """

    folder: Path | None = None
    segment_bytes: int = SEGMENT
    trouble: str = ""
    _segments: list[_Segment] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self._segments)

    def write(self, data: bytes) -> Ticket | None:
        try:
            segment = self._current()
            written = os.pwrite(segment.handle, data, segment.size)
            while written < len(data):
                written += os.pwrite(segment.handle, data[written:], segment.size + written)
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return None
        self.trouble = ""
        ticket = Ticket(segment, segment.size, len(data))
        segment.size += len(data)
        segment.blocks += 1
        return ticket

    def _current(self) -> _Segment:
        if self._segments and self._segments[-1].size < self.segment_bytes:
            return self._segments[-1]
        handle, name = tempfile.mkstemp(prefix="apolo-tui-log-", dir=self.folder)
        # Nameless from now on: nobody else reads it, and no crash leaves it behind.
        with suppress(OSError):
            Path(name).unlink()
        self._segments.append(_Segment(handle))
        return self._segments[-1]

    def read(self, ticket: Ticket) -> bytes:
        return os.pread(ticket.segment.handle, ticket.size, ticket.offset)

    def drop(self, ticket: Ticket) -> None:
        segment = ticket.segment
        segment.blocks -= 1
        if not segment.blocks and segment in self._segments:
            self._segments.remove(segment)
            os.close(segment.handle)

    def close(self) -> None:
        """Give back all room; the tickets are void."""
        for segment in self._segments:
            os.close(segment.handle)
        self._segments.clear()
