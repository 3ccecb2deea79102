"""A log that tests write, cut and finish: what `LogFeed` is given in place of a platform."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apolo_tui.model.errors import ApoloError, ConnectionFailed
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    JobDescription,
    JobStatus,
    JobStatusHistory,
    JobStatusItem,
    Resources,
)

BEGIN = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def item(status: JobStatus, at: datetime, reason: str = "") -> JobStatusItem:
    return JobStatusItem(status, at, reason)


def job_of(*items: JobStatusItem) -> JobDescription:
    last = items[-1]
    return JobDescription(
        id="job-1",
        owner="mira",
        cluster_name="harbor",
        status=last.status,
        history=JobStatusHistory(
            status=last.status,
            reason=last.reason,
            created_at=items[0].transition_time,
            finished_at=last.transition_time if last.status.is_finished else None,
            transitions=items,
        ),
        container=Container(image=RemoteImage("ubuntu"), resources=Resources(memory=1, cpu=1)),
    )


def stamp(at: datetime, digits: int = 9) -> bytes:
    fraction = f"{at.microsecond:06d}000"[:digits]
    return f"{at:%Y-%m-%dT%H:%M:%S}.{fraction}Z".encode()


@dataclass(slots=True)
class FakeLog:
    """One job's log. `opened` keeps what was asked for."""

    created: datetime = BEGIN
    now: datetime = BEGIN + timedelta(hours=2)
    lines: list[tuple[datetime, bytes]] = field(default_factory=list)
    archived: int = 0
    """So many lines are in the archive; the rest is live."""
    archive_digits: int = 9
    overlap: int = 0
    """So many archived lines come again as live."""
    chunk: int = 4096
    job: JobDescription = field(
        default_factory=lambda: job_of(
            item(JobStatus.PENDING, BEGIN), item(JobStatus.RUNNING, BEGIN)
        )
    )
    opened: list[datetime | None] = field(default_factory=list)
    asked: int = 0
    cuts: list[int] = field(default_factory=list)
    """The next connections break after so many bytes."""
    closes: list[int] = field(default_factory=list)
    """The next connections are closed normally after so many bytes."""
    stalls: list[int] = field(default_factory=list)
    """The next connections say nothing more after so many bytes."""
    refusals: list[ApoloError] = field(default_factory=list)
    connections: int = 0
    received: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _kick: list[Exception | None] = field(default_factory=list)

    def write(self, *texts: bytes, at: datetime | None = None) -> None:
        """Print lines now."""
        for text in texts:
            self.now += timedelta(milliseconds=10)
            self.lines.append((at or self.now, text))
        self._changed.set()

    def drop(self, *, normally: bool = False) -> None:
        """Break the open connection, if there is one: it breaks only once."""
        if self._kick or not self.connections:
            return
        self._kick.append(None if normally else ConnectionFailed("the cable was pulled"))
        self._changed.set()

    def become(self, status: JobStatus, reason: str = "") -> None:
        """The job changes its status now."""
        items = (*self.job.history.transitions, item(status, self.now, reason))
        self.job = job_of(*items)

    def finish(self, status: JobStatus = JobStatus.SUCCEEDED) -> None:
        self.become(status)
        self._changed.set()

    def clock(self) -> float:
        return self.now.timestamp()

    async def status(self) -> JobDescription:
        self.asked += 1
        return self.job

    def _raw(self, number: int, digits: int = 9) -> bytes:
        at, text = self.lines[number]
        return stamp(at, digits) + b" " + text + b"\n"

    @asynccontextmanager
    async def open(
        self, since: datetime | None, separator: str
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.opened.append(since)
        if self.refusals:
            raise self.refusals.pop(0)
        self.connections += 1
        self._kick.clear()
        try:
            yield self._chunks(since, separator)
        finally:
            self.connections -= 1

    async def _chunks(self, since: datetime | None, separator: str) -> AsyncIterator[bytes]:
        if self.stalls:
            async for data in self._stream(since, separator):
                yield data[: self.stalls.pop(0)]
                await asyncio.Event().wait()
        broken = not self.closes
        left = (self.closes or self.cuts).pop(0) if self.closes or self.cuts else None
        async for data in self._stream(since, separator):
            for position in range(0, len(data), self.chunk):
                piece = data[position : position + self.chunk]
                if left is not None:
                    piece = piece[:left]
                    left -= len(piece)
                if piece:
                    self.received += len(piece)
                    yield piece
                if left == 0 and broken:
                    raise ConnectionFailed("cut", close_code=1006)
                if left == 0:
                    return
                await asyncio.sleep(0)

    async def _stream(self, since: datetime | None, separator: str) -> AsyncIterator[bytes]:
        floor = None if since is None else since.replace(microsecond=0)

        def wanted(number: int) -> bool:
            return floor is None or self.lines[number][0] >= floor

        # Where the live part begins is settled now: the archive may grow while it is read.
        position = max(0, self.archived - self.overlap)
        archive = [n for n in range(min(self.archived, len(self.lines))) if wanted(n)]
        if archive:
            yield b"".join(self._raw(n, self.archive_digits) for n in archive)
        due = bool(archive)
        while True:
            live = [n for n in range(position, len(self.lines)) if wanted(n)]
            position = len(self.lines)
            if live:
                if due:
                    yield separator.encode() + b"\n"
                due = False
                yield b"".join(self._raw(n) for n in live)
            if self._kick:
                kicked = self._kick.pop(0)
                if kicked is None:
                    return
                raise kicked
            if not self.job.status.is_running:
                return
            self._changed.clear()
            await self._changed.wait()
