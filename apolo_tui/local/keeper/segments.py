"""The files of a log: what they are called, and how a chunk stands in one.

A job's log is a folder of segments, written one after the other and never changed. The name of a
segment is its index entry: its number, the time of its first chunk and the count of the lines
that started before it. So a time is found, and the dropped lines are counted, from the names.

A segment is a sequence of frames: a header, and the bytes as they were read. The last frame of a
finished segment is a seal without bytes; one that a killed keeper left has none.
"""

import gzip
import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

HEADER = struct.Struct("<IIQBB")
"""Length of the data, run, time in microseconds since 1970, stream, flags."""

LINE_START = 1
SEAL = 2

RAW = ".log"
COMPRESSED = ".log.gz"
HALF_COMPRESSED = ".log.gz-part"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of a log."""

    number: int
    first_time: int
    first_line: int
    folder: Path

    def path(self, suffix: str = RAW) -> Path:
        return self.folder / (
            f"{self.number:08d}-{self.first_time:016d}-{self.first_line:012d}{suffix}"
        )

    def raw_size(self) -> int:
        """Bytes before compression; 0 when the segment is gone."""
        try:
            return self.path().stat().st_size
        except FileNotFoundError:
            pass
        try:
            with self.path(COMPRESSED).open("rb") as file:
                file.seek(-4, os.SEEK_END)
                return int.from_bytes(file.read(4), "little")
        except FileNotFoundError:
            return 0

    def drop(self) -> None:
        for suffix in (RAW, COMPRESSED, HALF_COMPRESSED):
            self.path(suffix).unlink(missing_ok=True)


def segments(folder: Path) -> list[Segment]:
    """The segments of a log in order; none when there is no such folder."""
    found = set()
    try:
        names = os.listdir(folder)  # noqa: PTH208 - plain names, of a folder read very often
    except FileNotFoundError:
        return []
    for name in names:
        stem, _, suffix = name.partition(".")
        if suffix not in ("log", "log.gz"):
            continue
        number, first_time, first_line = map(int, stem.split("-"))
        found.add(Segment(number, first_time, first_line, folder))
    return sorted(found)


def open_segment(segment: Segment) -> IO[bytes]:
    """The bytes of a segment, compressed or not. Empty when it is gone."""
    # Compressed while we look, it is found the second time.
    for suffix in (RAW, COMPRESSED):
        try:
            if suffix == RAW:
                return segment.path(suffix).open("rb", buffering=0)
            return cast(IO[bytes], gzip.open(segment.path(suffix), "rb"))
        except FileNotFoundError:
            continue
    return io.BytesIO()


def compress(segment: Segment) -> None:
    """Write the compressed copy of a segment beside it, under a name that is not read yet."""
    part = segment.path(HALF_COMPRESSED)
    opener = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with (
        segment.path().open("rb") as source,
        os.fdopen(opener, "wb") as target,
        gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=6) as packed,
    ):
        while piece := source.read(1 << 18):
            packed.write(piece)


def take_compressed(segment: Segment) -> None:
    """Put the compressed copy in the place of the segment, if that was not dropped meanwhile."""
    part = segment.path(HALF_COMPRESSED)
    if segment.path().exists():
        part.rename(segment.path(COMPRESSED))
        segment.path().unlink(missing_ok=True)
    else:
        part.unlink(missing_ok=True)


def line_starts(data: bytes, *, line_start: bool) -> int:
    """How many lines start in the bytes of a chunk."""
    return line_start + data.count(b"\n") - data.endswith(b"\n")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame within a buffer: its header, and where its bytes are."""

    run: int
    time: int
    stream: int
    flags: int
    start: int
    stop: int


def frames(buffer: bytes, *, torn: bool = False) -> Iterator[Frame]:
    """The whole frames at the start of a buffer; with `torn` also what is there of the last."""
    at, size = 0, len(buffer)
    while at + HEADER.size <= size:
        length, run, time, stream, flags = HEADER.unpack_from(buffer, at)
        start = at + HEADER.size
        at = start + length
        if at > size:
            if not torn or start == size:
                return
            at = size
        yield Frame(run, time, stream, flags, start, at)


def sweep_folder(logs: Path) -> list[Segment]:
    """What a keeper that starts finds in the folder of all logs: the segments not yet compressed.

    Half a compressed copy, of a keeper that was killed, is deleted.
    """
    found = []
    for folder in logs.iterdir():
        for part in folder.glob(f"*{HALF_COMPRESSED}"):
            part.unlink(missing_ok=True)
        found += [segment for segment in segments(folder) if segment.path().exists()]
    return found
