"""The logs that are being looked at: one feed a job, for as long as somebody looks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription
from apolo_tui.store.connection import Connection
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.log_download import Progress, download, new_file
from apolo_tui.store.logs import LogFeed, LogLimits, LogTimings, OpenLog, Status
from apolo_tui.store.platform import Clock, Sleep
from apolo_tui.store.topic import Topic


@dataclass(slots=True)
class _Lease:
    feed: LogFeed
    task: asyncio.Task[None]
    holders: int = 0


@dataclass(frozen=True, slots=True)
class Download:
    """The saving of a whole log: how far it is, or what stopped it."""

    progress: Progress | None = None
    error: str = ""

    @property
    def over(self) -> bool:
        return bool(self.error) or (self.progress is not None and self.progress.done)


class LogFeeds:
    """Opens logs over a connection."""

    def __init__(
        self,
        connection: Connection,
        pool: FeedPool,
        *,
        clock: Clock,
        limits: LogLimits | None = None,
        timings: LogTimings | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._clock = clock
        self._sleep = sleep
        self.limits = limits or LogLimits()
        self.timings = timings or LogTimings()
        self._leases: dict[str, _Lease] = {}
        self._downloads: dict[str, Topic[Download]] = {}

    def _platform_time(self) -> float:
        platform = self._connection.now
        return self._clock() + (platform.clock_offset if platform is not None else 0.0)

    def _opener(self, job: JobDescription) -> OpenLog:
        def open_log(
            since: datetime | None, separator: str
        ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            return self._connection.monitor(
                job.id,
                cluster_name=job.cluster_name,
                since=since,
                timestamps=True,
                separator=separator,
            )

        return open_log

    def _status(self, job: JobDescription) -> Status:
        async def status() -> JobDescription:
            return await self._connection.status(job.id)

        return status

    @asynccontextmanager
    async def lease(self, job: JobDescription) -> AsyncIterator[LogFeed]:
        """The feed of a job's log. The first lease opens it, the end of the last closes it."""
        lease = self._leases.get(job.id)
        if lease is None:
            feed = LogFeed(
                self._opener(job),
                self._status(job),
                job=job,
                limits=self.limits,
                timings=self.timings,
                clock=self._platform_time,
                sleep=self._sleep,
            )
            lease = _Lease(feed, self._pool.start(feed.run(), name=f"log {job.id}"))
            self._leases[job.id] = lease
        lease.holders += 1
        try:
            yield lease.feed
        finally:
            lease.holders -= 1
            if not lease.holders:
                del self._leases[job.id]
                lease.task.cancel()

    def reconnect(self) -> None:
        """Open all connections anew: after a wake-up, or because the user asked for it."""
        for lease in self._leases.values():
            lease.feed.reconnect()

    @property
    def open(self) -> tuple[str, ...]:
        """The jobs whose logs are followed."""
        return tuple(self._leases)

    # Downloads

    def download(
        self, job: JobDescription, folder: Path, *, over: Callable[[Download], None]
    ) -> Topic[Download]:
        """Save the whole log of a job in the folder, in the background.

        One that goes on already is not begun again. `over` is called with the outcome.
        """
        topic = self._downloads.get(job.id)
        if topic is None or topic.value.over:
            topic = self._downloads[job.id] = Topic(Download())
            self._pool.start(self._download(job, folder, topic, over), name=f"download {job.id}")
        return topic

    def download_of(self, job_id: str) -> Topic[Download] | None:
        """The download of a job, if there was one."""
        return self._downloads.get(job_id)

    async def _download(
        self,
        job: JobDescription,
        folder: Path,
        topic: Topic[Download],
        over: Callable[[Download], None],
    ) -> None:
        try:
            path = await asyncio.to_thread(new_file, folder, job.name or job.id)
            await download(
                self._opener(job),
                self._status(job),
                path,
                on_progress=lambda progress: topic.publish(Download(progress)),
                clock=self._platform_time,
                sleep=self._sleep,
            )
        except ApoloError as error:
            topic.publish(Download(topic.value.progress, f"{error.message}. {error.next_step}"))
        except OSError as error:
            topic.publish(Download(topic.value.progress, f"{error.strerror}: {error.filename}"))
        over(topic.value)
