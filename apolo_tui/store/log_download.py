"""Saving logs: all of one in the background, or the lines that are shown."""

import asyncio
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.logs import Intake, LogStore, split_stamp
from apolo_tui.store.feed import Backoff
from apolo_tui.store.log_reader import LogReader, Pace, Sleep
from apolo_tui.store.logs import OpenLog, Status

KEPT = 8 * 1024 * 1024
"""Bytes that wait for the next connection, so that what it repeats can be told."""
SLICE = 0.002
"""Seconds of work between two looks at the event loop."""
MOST_FAILURES = 12
"""Connections in a row without a new byte, before a download is given up."""
MOST_PASSES = 10_000
"""Connections of one download: a log that is never read to its end is not read for ever."""
DOWNLOAD_PACE = Pace(quiet=3.0)
"""Longer than the platform needs to begin to send an archive."""

STAMPS = re.compile(
    rb"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?(?: |$)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is."""

    path: Path
    lines: int
    size: int
    """Bytes that were written."""
    reached: datetime | None
    """The time of the newest line."""
    done: bool = False


class _TextFile:
    """A block sink that writes blocks to a file, without their times, and keeps none."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._mid_line = False
        self.size = 0
        self.lines = 0

    def write(self, data: bytes) -> None:
        start = 0
        if self._mid_line:
            start = data.find(b"\n") + 1 or len(data)
        text = data[:start] + STAMPS.sub(b"", data[start:])
        self._file.write(text)
        self.size += len(text)
        self.lines += text.count(b"\n")
        self._mid_line = not data.endswith(b"\n")

    def read(self, ticket: object) -> bytes:
        raise LookupError("what was written is not kept")

    def drop(self, ticket: object) -> None:
        """Nothing is kept."""


def new_file(folder: Path, name: str) -> Path:
    """A path in the folder that no file has: NAME.log, NAME-2.log, ... The folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "job"
    for number in range(1, 10_000):
        path = folder / (f"{safe}.log" if number == 1 else f"{safe}-{number}.log")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{folder} is full of logs of {name}")


async def download(
    open_log: OpenLog,
    status: Status,
    path: Path,
    *,
    on_progress: Callable[[Progress], None],
    pace: Pace = DOWNLOAD_PACE,
    backoff: Backoff | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Sleep = asyncio.sleep,
) -> Progress:
    """Write all of a log, up to now, to a file: each line once, without the time.

    Connections that break are resumed. The log of a job that goes on is written up to its present
    end. Raises ApoloError when the platform refuses or stays away, OSError when the file cannot be
    written.
    """
    with await asyncio.to_thread(path.open, "wb") as file:
        work = _Download(open_log, path, _TextFile(file), on_progress)
        backoff = backoff or Backoff()
        until = datetime.fromtimestamp(clock(), UTC)
        failures = 0

        async def over() -> bool:
            """A log that will not grow ends with a close: silence is a busy machine's."""
            return (await status()).status.is_finished

        for _ in range(MOST_PASSES):
            try:
                closed = await work.read(pace=pace, until=until, sleep=sleep)
                if not closed and not (work.intake.new_bytes and await over()):
                    break
                # A normal close says nothing: it is read again, until that adds nothing more.
                if not work.intake.new_bytes:
                    job = await status()
                    failures += 1
                    if job.status.is_finished or job.status.is_pending or failures >= MOST_FAILURES:
                        break
                    await sleep(backoff.next())
            except ApoloError as error:
                failures += 1
                if not error.transient or failures >= MOST_FAILURES:
                    raise
                await sleep(backoff.after(error))
            if work.intake.new_bytes:
                failures = 0
                backoff.reset()
        await work.finish(sleep=sleep)
        await asyncio.to_thread(file.flush)
        return work.progress(done=True)


class _Download:
    """The state of a download from one connection to the next."""

    def __init__(
        self,
        open_log: OpenLog,
        path: Path,
        sink: _TextFile,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._open = open_log
        self._path = path
        self._sink = sink
        self._on_progress = on_progress
        self._store = LogStore(memory_limit=KEPT, sink=sink)
        self.intake = Intake(self._store)

    @property
    def _reached(self) -> datetime | None:
        stamp = self._store.stamp(self._store.end - 1) if len(self._store) else None
        return None if stamp is None else stamp.time

    def progress(self, *, done: bool = False) -> Progress:
        lines, size = self._store.end, self._sink.size + self._store.size
        if done:
            lines, size = self._sink.lines, self._sink.size
        progress = Progress(self._path, lines, size, self._reached, done)
        self._on_progress(progress)
        return progress

    def _changed(self) -> None:
        self.progress()

    async def read(self, *, pace: Pace, until: datetime, sleep: Sleep) -> bool:
        """Read one connection; true if the platform closed it, false at the present end."""
        separator = f"apolo-tui-{secrets.token_hex(16)}"
        since = self.intake.connect(separator).since
        async with (
            self._open(since, separator) as chunks,
            LogReader(chunks, self.intake, changed=self._changed, pace=pace, sleep=sleep) as reader,
        ):
            while reader.open:
                reached = self._reached
                at_end = reached is not None and reached >= until
                if at_end or reader.silent_for >= pace.quiet:
                    return False
                await sleep(pace.quiet / 20)
            await reader.finished()
            return True

    async def finish(self, *, sleep: Sleep) -> None:
        """Write what still waits."""
        self.intake.finish()
        for data in self._store.chunks():
            self._sink.write(data)
            await sleep(0)


async def save_lines(path: Path, lines: Iterable[str], *, sleep: Sleep = asyncio.sleep) -> int:
    """Write lines to a file; the answer is how many. Raises OSError."""
    loop = asyncio.get_running_loop()
    count = 0
    with await asyncio.to_thread(path.open, "w", encoding="utf-8") as file:
        until = loop.time() + SLICE
        for line in lines:
            file.write(line + "\n")
            count += 1
            if loop.time() >= until:
                await sleep(SLICE)
                until = loop.time() + SLICE
    return count


def text_of_line(raw: bytes) -> str:
    """The text of a raw line for a file: as it came, without the time."""
    _, start = split_stamp(raw)
    return raw[start:].decode("utf-8", "replace")
