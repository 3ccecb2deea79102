"""Chunks of a log as text: rendered for a reader, or cut into lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apolo_tui.local.keeper.api import LogChunk


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a job's output, stdout and stderr merged, without its newline."""

    time: datetime
    text: bytes
    run: int
    complete: bool = True
    """False for the end of an output that has no newline (so far)."""


class LogText:
    """Chunks to bytes, each line after its time if asked (docs/protocol.md section 6.2).

    A line that was interrupted, by the other stream or the end of its run, gets the newline that
    it lacks when the next one starts. One object a reader.
    """

    def __init__(self, *, timestamps: bool = False) -> None:
        self._timestamps = timestamps
        self._open = False

    def render(self, chunk: LogChunk) -> bytes:
        """The bytes of the chunk that follows those rendered before."""
        text = chunk.data
        ends_line = text.endswith(b"\n")
        if self._timestamps:
            mark = stamp(chunk.time)
            body = text[:-1] if ends_line else text
            text = body.replace(b"\n", b"\n" + mark) + (b"\n" if ends_line else b"")
            if chunk.line_start:
                text = mark + text
        if chunk.line_start and self._open:
            text = b"\n" + text
        self._open = not ends_line
        return text

    def finish(self) -> bytes:
        """The newline that the last line lacks, if it does: an archive's lines all end in one."""
        missing = b"\n" if self._open else b""
        self._open = False
        return missing


class Lines:
    """Chunks to whole lines; what has no newline yet waits for the rest of it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._first: LogChunk | None = None

    def feed(self, chunks: Iterable[LogChunk]) -> list[LogLine]:
        """The lines that are complete now."""
        lines: list[LogLine] = []
        for chunk in chunks:
            if chunk.line_start:
                lines.extend(self.finish())
            *whole, rest = chunk.data.split(b"\n")
            if whole and self._first is not None:
                self._parts.append(whole.pop(0))
                lines.append(self._joined(complete=True))
            lines.extend(LogLine(chunk.time, text, chunk.run) for text in whole)
            if rest:
                self._first = self._first or chunk
                self._parts.append(rest)
        return lines

    def finish(self) -> list[LogLine]:
        """The line that was left without a newline, if there is one."""
        return [] if self._first is None else [self._joined(complete=False)]

    def _joined(self, *, complete: bool) -> LogLine:
        assert self._first is not None
        line = LogLine(self._first.time, b"".join(self._parts), self._first.run, complete)
        self._parts.clear()
        self._first = None
        return line


def stamp(time: datetime) -> bytes:
    """A UTC time as the start of a line, e.g. `2026-11-22T07:41:00.123456Z `."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ ").encode()
