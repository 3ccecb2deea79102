"""A platform with one job, whose streams a test scripts from the job's side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from apolo_tui.model.errors import ApoloError, StdStreamError
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    JobDescription,
    JobStatus,
    JobStatusHistory,
    Message,
    Resources,
)
from apolo_tui.store.sessions.state import Target

TARGET = Target("job-1", "train-7", "harbor", "ubuntu:22.04", tty=True)


def job(status: JobStatus = JobStatus.RUNNING, exit_code: int | None = None) -> JobDescription:
    return JobDescription(
        id="job-1",
        owner="mira",
        cluster_name="harbor",
        status=status,
        history=JobStatusHistory(status=status, exit_code=exit_code),
        container=Container(RemoteImage("ubuntu"), Resources(1, 1), tty=True),
    )


class FakeStream:
    """The job's end of a stream: `say` and `end` are the test's, the rest is a `Stream`."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[bytes | int | ApoloError | None] = asyncio.Queue()
        self.exit_code: int | None = None
        self.typed = b""
        self.sizes: list[tuple[int, int]] = []
        self.closed = False
        self.never_closes = False
        self.refuses: ApoloError | None = None

    def say(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self._events.put_nowait(chunk)

    def end(self, how: int | ApoloError | None = None) -> None:
        """An exit code, an error, or a close without either."""
        self._events.put_nowait(how)

    @property
    def unread(self) -> int:
        return self._events.qsize()

    async def read_out(self) -> Message | None:
        event = await self._events.get()
        if isinstance(event, bytes):
            return Message(1, event)
        if isinstance(event, int):
            self.exit_code = event
            raise StdStreamError(event)
        if isinstance(event, ApoloError):
            raise event
        return None

    async def write_in(self, data: bytes) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.typed += data

    async def resize(self, h: int, w: int) -> None:
        self.sizes.append((w, h))

    async def close(self) -> None:
        self.closed = True
        if self.never_closes:
            await asyncio.Event().wait()
        self.end()


class FakeJobs:
    """Hands out the scripted streams, one a call; a script entry may be an error instead."""

    def __init__(self, *script: FakeStream | ApoloError) -> None:
        self.script = list(script)
        self.calls: list[tuple[str, dict[str, object]]] = []
        self.state = job()
        self.open = 0

    def set_state(self, status: JobStatus, exit_code: int | None = None) -> None:
        self.state = replace(self.state, status=status, history=job(status, exit_code).history)

    async def status(self, job_id: str, /) -> JobDescription:
        return self.state

    @asynccontextmanager
    async def exec(self, job_id: str, cmd: str, /, **flags: object) -> AsyncIterator[FakeStream]:
        async with self._next("exec", {"cmd": cmd, **flags}) as stream:
            yield stream

    @asynccontextmanager
    async def attach(self, job_id: str, /, **flags: object) -> AsyncIterator[FakeStream]:
        async with self._next("attach", flags) as stream:
            yield stream

    @asynccontextmanager
    async def _next(self, call: str, flags: dict[str, object]) -> AsyncIterator[FakeStream]:
        self.calls.append((call, flags))
        entry = self.script.pop(0)
        if isinstance(entry, ApoloError):
            raise entry
        self.open += 1
        try:
            yield entry
        finally:
            self.open -= 1


class FakeEmulator:
    """Keeps what it is fed; answers with what the test put into `replies`."""

    def __init__(self) -> None:
        self.seen = b""
        self.replies = b""
        self.size: tuple[int, int] | None = None
        self.feeds: list[int] = []

    def feed(self, data: bytes) -> None:
        self.seen += data
        self.feeds.append(len(data))

    def take_replies(self) -> bytes:
        replies, self.replies = self.replies, b""
        return replies

    def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)
