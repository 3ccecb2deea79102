"""What a session asks of the platform. The client's streams satisfy it; so do fakes in tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from apolo_tui.model.job import JobDescription, Message


class Stream(Protocol):
    """An open exec or attach stream (the client's `StdStream`)."""

    @property
    def exit_code(self) -> int | None: ...

    async def read_out(self) -> Message | None: ...

    async def write_in(self, data: bytes) -> None: ...

    async def resize(self, h: int, w: int) -> None: ...

    async def close(self) -> None: ...


class Emulator(Protocol):
    """The terminal that shows the stream (`apolo_tui.terminal.Screen`)."""

    def feed(self, data: bytes) -> None: ...

    def take_replies(self) -> bytes: ...

    def resize(self, columns: int, rows: int) -> None: ...


class Jobs(Protocol):
    """The calls of the Jobs API that sessions make (the client's `Client.jobs`)."""

    async def status(self, job_id: str, /) -> JobDescription: ...

    def attach(
        self,
        job_id: str,
        /,
        *,
        tty: bool = False,
        stdin: bool = False,
        stdout: bool = False,
        stderr: bool = False,
        cluster_name: str | None = None,
    ) -> AbstractAsyncContextManager[Stream]: ...

    def exec(
        self,
        job_id: str,
        cmd: str,
        /,
        *,
        tty: bool = False,
        stdin: bool = False,
        stdout: bool = False,
        stderr: bool = False,
        cluster_name: str | None = None,
    ) -> AbstractAsyncContextManager[Stream]: ...


class Logs(Protocol):
    """The call that reads a job's log."""

    def monitor(
        self,
        job_id: str,
        /,
        *,
        cluster_name: str | None = None,
        since: datetime | None = None,
        timestamps: bool = False,
        separator: str | None = None,
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...


OpenStream = Callable[[], AbstractAsyncContextManager[Stream]]
Tail = Callable[[int], Awaitable[bytes]]
"""The last so many lines of the job's log, as bytes with their newlines."""
