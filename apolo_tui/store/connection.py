"""The platform, opened when it is first needed, and anew when it could not be opened."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.platform import Opener, Platform
from apolo_tui.store.sessions.platform import Stream


class Connection:
    """Satisfies `Jobs` by opening the platform first.

    Every call raises what the opener raised when there is no platform; the next call tries again.
    """

    def __init__(self, opener: Opener, pool: FeedPool) -> None:
        self._opener = opener
        self._pool = pool
        self._opened: asyncio.Future[Platform] | None = None
        self._closing = asyncio.Event()
        self._holder: asyncio.Task[None] | None = None

    @property
    def now(self) -> Platform | None:
        """The platform, when it is open at this moment."""
        opened = self._opened
        if opened is None or not opened.done() or opened.cancelled() or opened.exception():
            return None
        return opened.result()

    async def platform(self) -> Platform:
        """The open platform. Raises ApoloError when it cannot be opened."""
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            self._closing = asyncio.Event()
            work = self._hold(self._opened, self._closing)
            self._holder = self._pool.start(work, name="connection")
        return await asyncio.shield(self._opened)

    def reset(self) -> None:
        """Close the platform; the next call opens it anew, with the login that is there then."""
        self._closing.set()
        self._opened = None

    async def close(self) -> None:
        """Close the platform and wait for it."""
        self.reset()
        if self._holder is not None:
            await asyncio.wait({self._holder})

    async def _hold(self, opened: asyncio.Future[Platform], closing: asyncio.Event) -> None:
        """Opening and closing happen in one task, as cancel scopes and task groups demand."""
        try:
            async with self._opener() as platform:
                opened.set_result(platform)
                await closing.wait()
        except ApoloError as error:
            if self._opened is opened:
                self._opened = None
            if not opened.done():
                opened.set_exception(error)
                opened.exception()  # nobody may be waiting any more
        finally:
            opened.cancel()

    # The calls of the Jobs API

    @asynccontextmanager
    async def list(
        self,
        *,
        statuses: Iterable[JobStatus] = (),
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        reverse: bool = False,
        limit: int | None = None,
        cluster_name: str | None = None,
        org_names: Sequence[str | None] = (),
        project_names: Iterable[str] = (),
    ) -> AsyncIterator[AsyncIterator[JobDescription]]:
        platform = await self.platform()
        async with platform.jobs.list(
            statuses=statuses,
            name=name,
            since=since,
            until=until,
            reverse=reverse,
            limit=limit,
            cluster_name=cluster_name,
            org_names=org_names,
            project_names=project_names,
        ) as jobs:
            yield jobs

    async def status(self, job_id: str, /) -> JobDescription:
        return await (await self.platform()).jobs.status(job_id)

    async def kill(self, job_id: str, /) -> None:
        await (await self.platform()).jobs.kill(job_id)

    async def send_signal(self, job_id: str, /, *, cluster_name: str | None = None) -> None:
        await (await self.platform()).jobs.send_signal(job_id, cluster_name=cluster_name)

    async def bump_life_span(self, job_id: str, /, additional_life_span: float) -> None:
        await (await self.platform()).jobs.bump_life_span(job_id, additional_life_span)

    @asynccontextmanager
    async def top(
        self, job_id: str, /, *, cluster_name: str | None = None
    ) -> AsyncIterator[AsyncIterator[JobTelemetry]]:
        platform = await self.platform()
        async with platform.jobs.top(job_id, cluster_name=cluster_name) as samples:
            yield samples

    @asynccontextmanager
    async def attach(
        self,
        job_id: str,
        /,
        *,
        tty: bool = False,
        stdin: bool = False,
        stdout: bool = False,
        stderr: bool = False,
        cluster_name: str | None = None,
    ) -> AsyncIterator[Stream]:
        platform = await self.platform()
        async with platform.jobs.attach(
            job_id, tty=tty, stdin=stdin, stdout=stdout, stderr=stderr, cluster_name=cluster_name
        ) as stream:
            yield stream

    @asynccontextmanager
    async def exec(
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
    ) -> AsyncIterator[Stream]:
        platform = await self.platform()
        async with platform.jobs.exec(
            job_id,
            cmd,
            tty=tty,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cluster_name=cluster_name,
        ) as stream:
            yield stream

    @asynccontextmanager
    async def monitor(
        self,
        job_id: str,
        /,
        *,
        cluster_name: str | None = None,
        since: datetime | None = None,
        timestamps: bool = False,
        separator: str | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        platform = await self.platform()
        async with platform.jobs.monitor(
            job_id,
            cluster_name=cluster_name,
            since=since,
            timestamps=timestamps,
            separator=separator,
        ) as chunks:
            yield chunks
