"""The jobs of one context, kept fresh without ever asking for the full list.

The platform has no way to watch jobs, and its time filters are about the creation only
(docs/protocol.md section 5.4). So each round asks for the active jobs, and for those created
since the newest one known, which may have ended already. A job that is no longer among the active
ones is asked for by its id. History comes in windows, from the newest back, as far as somebody
looks.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from apolo_tui.model.errors import (
    ApoloError,
    AuthenticationError,
    AuthorizationError,
    ConnectionTimeout,
    ResourceNotFound,
)
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.model.link import Connecting, Failed, Link, Live, Retrying
from apolo_tui.store.feed import Backoff
from apolo_tui.store.platform import Clock, Context, Jobs, Sleep
from apolo_tui.store.topic import Topic

WINDOW = 500
"""Jobs in one window of the history."""
SLACK = timedelta(seconds=60)
"""How far before the newest job the question for new ones starts: clocks and commits lag."""
SILENCE = 10.0
"""Seconds without a line of an answer after which the request is given up."""
LOOKUPS = 4
"""Requests for single jobs at once."""
BATCH = 200
"""Jobs taken from an answer before the event loop gets its turn."""


@dataclass(frozen=True, slots=True)
class JobList:
    """What is known of the jobs, and how old that is."""

    jobs: KnownJobs = field(default_factory=KnownJobs)
    link: Link = field(default_factory=Connecting)
    as_of: float | None = None
    """Unix time of the last complete answer; None before the first one."""
    cached: bool = False
    """Still what the last session left, not an answer of the platform."""
    gone: Mapping[str, str] = field(default_factory=dict)
    """Jobs that were listed and cannot be read any more, with the reason in words."""
    loading_history: bool = False
    history_complete: bool = False
    login_needed: bool = False
    paused: bool = False
    revision: int = 0
    """Grows when `jobs` or `gone` changes."""


class JobsFeed:
    """Keeps a JobList up to date. Run `run()` as a task; read `topic`."""

    def __init__(
        self,
        jobs: Jobs,
        context: Context,
        *,
        refresh: float,
        initial: JobList | None = None,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
        backoff: Backoff | None = None,
        window: int = WINDOW,
        silence: float = SILENCE,
        login_refused: Callable[[], None] = lambda: None,
    ) -> None:
        self.context = context
        self.topic: Topic[JobList] = Topic(initial or JobList())
        self.slowdown = 1.0
        """Factor on the time between two rounds, for an unfocused terminal."""
        self._jobs = jobs
        self._refresh = refresh
        self._clock = clock
        self._sleep = sleep
        self._backoff = backoff or Backoff(first=1.0)
        self._window = window
        self._silence = silence
        self._login_refused = login_refused
        self._wake = asyncio.Event()
        self._older = asyncio.Event()
        self._history_wanted = 1
        self._history_oldest: datetime | None = None
        self._first = True

    # What the screens ask for

    def refresh_now(self) -> None:
        """Ask the platform at once, also while paused or waiting to try again."""
        self._wake.set()

    def load_more(self) -> None:
        """Fetch one more window of the history. The first one comes by itself."""
        value = self.topic.value
        if self._history_oldest is None:
            return
        if not value.history_complete and not value.loading_history:
            self._history_wanted += 1
            self._publish(loading_history=True)
            self._older.set()

    def set_paused(self, paused: bool) -> None:
        self._publish(paused=paused)
        if not paused:
            self._wake.set()

    def put(self, job: JobDescription) -> None:
        """Take in a job that somebody else has just fetched."""
        self._take({job.id: job})

    # The rounds

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self._round()
            except ApoloError as error:
                await self._rest(self._trouble(error))
            else:
                self._backoff.reset()
                await self._rest(self._refresh * self.slowdown)

    def _trouble(self, error: ApoloError) -> float:
        """Publish what is wrong; returns the seconds until the next try."""
        delay = self._backoff.after(error)
        link: Link = Retrying(error.message, delay, error.next_step)
        if not error.transient:
            link = Failed(error.message, error.next_step)
            delay = max(delay, self._refresh)
        if isinstance(error, AuthenticationError):
            self._login_refused()
        self._publish(
            link=link,
            login_needed=isinstance(error, AuthenticationError),
            loading_history=False,
        )
        return delay

    async def _rest(self, seconds: float) -> None:
        """Wait, or less when somebody asks for a refresh; while paused for as long as it takes.

        History that is asked for meanwhile is fetched without asking for all the rest again.
        """
        waiting = asyncio.ensure_future(self._wake.wait())
        resting = asyncio.ensure_future(self._pause_or(seconds))
        try:
            while not (waiting.done() or resting.done()):
                older = asyncio.ensure_future(self._older.wait())
                try:
                    await asyncio.wait(
                        {waiting, resting, older}, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    older.cancel()
                if self._older.is_set():
                    await self._fetch_older()
        finally:
            waiting.cancel()
            resting.cancel()

    async def _fetch_older(self) -> None:
        """A failure is found again, and told, by the next round."""
        self._older.clear()
        try:
            await self._history()
        except ApoloError:
            self._wake.set()

    async def _pause_or(self, seconds: float) -> None:
        await self._sleep(seconds)
        if self.topic.value.paused:
            await asyncio.Event().wait()

    async def _round(self) -> None:
        known = self.topic.value.jobs
        active, newest = known.active.keys(), known.newest
        fetched = await self._fetch(statuses=JobStatus.active_items())
        if newest is not None and not self._first:
            fetched |= await self._fetch(since=newest - SLACK)
        elif not self._first:
            fetched |= await self._first_jobs()
        looked_up, gone = await self._look_up(active - fetched.keys())
        self._take(fetched | looked_up, gone, link=Live(), as_of=self._clock(), cached=False)
        self._first = False
        await self._history()

    async def _first_jobs(self) -> dict[str, JobDescription]:
        """The newest jobs, while none is known: the first one may be over when it is asked for."""
        found = await self._fetch(reverse=True, limit=self._window)
        if len(found) == self._window:
            self._history_oldest = _oldest(found)
            self._publish(history_complete=False)
        return found

    async def _fetch(
        self,
        *,
        statuses: Iterable[JobStatus] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        reverse: bool = False,
        limit: int | None = None,
    ) -> dict[str, JobDescription]:
        found: dict[str, JobDescription] = {}
        context = self.context
        listing = self._jobs.list(
            statuses=statuses,
            since=since,
            until=until,
            reverse=reverse,
            limit=limit,
            cluster_name=context.cluster,
            org_names=(context.org,) if context.org else (None,),
            project_names=(context.project,) if context.project else (),
        )
        try:
            async with self._patience() as patience, listing as jobs:
                async for job in jobs:
                    found[job.id] = job
                    if len(found) % BATCH == 0:
                        patience()
                        await asyncio.sleep(0)
        except TimeoutError:
            raise ConnectionTimeout(f"no answer for {self._silence:g} s") from None
        return found

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator["_Extend"]:
        async with asyncio.timeout(self._silence) as limit:
            yield _Extend(limit, self._silence)

    async def _look_up(
        self, ids: Iterable[str]
    ) -> tuple[dict[str, JobDescription], dict[str, str]]:
        """The jobs by their ids, and why some of them cannot be read."""
        found: dict[str, JobDescription] = {}
        gone: dict[str, str] = {}
        room = asyncio.Semaphore(LOOKUPS)

        async def one(job_id: str) -> None:
            async with room:
                try:
                    async with asyncio.timeout(self._silence):
                        found[job_id] = await self._jobs.status(job_id)
                except ResourceNotFound:
                    gone[job_id] = "dropped by the platform"
                except AuthorizationError:
                    gone[job_id] = "no access"
                except TimeoutError:
                    raise ConnectionTimeout(f"no answer for {self._silence:g} s") from None

        try:
            async with asyncio.TaskGroup() as group:
                for job_id in ids:
                    group.create_task(one(job_id))
        except* ApoloError as several:
            raise _first_of(several) from None
        return found, gone

    async def _history(self) -> None:
        """Fetch the windows that are wanted and not there yet."""
        while self._history_wanted > 0 and not self.topic.value.history_complete:
            self._publish(loading_history=True)
            found = await self._fetch(until=self._history_oldest, reverse=True, limit=self._window)
            oldest = _oldest(found)
            # The bounds are inclusive: a window of one instant must not repeat for ever.
            complete = len(found) < self._window or oldest in (None, self._history_oldest)
            self._history_oldest = oldest or self._history_oldest
            self._history_wanted -= 1
            self._take(found, loading_history=False, history_complete=complete)

    # What is published

    def _take(
        self,
        fetched: Mapping[str, JobDescription],
        gone: Mapping[str, str] | None = None,
        **changes: object,
    ) -> None:
        """Publish with these jobs taken in. A job that is the same stays the same object."""
        value = self.topic.value
        news = {
            job_id: job
            for job_id, job in fetched.items()
            if job_id not in value.jobs or not _same(value.jobs[job_id], job)
        }
        if news:
            changes["jobs"] = value.jobs.with_news(news)
        lost = {**value.gone, **(gone or {})}
        lost = {job_id: why for job_id, why in lost.items() if job_id not in fetched}
        if lost != dict(value.gone):
            changes["gone"] = MappingProxyType(lost)
        if "jobs" in changes or "gone" in changes:
            changes["revision"] = value.revision + 1
        self._publish(**changes)

    def _publish(self, **changes: object) -> None:
        if "link" in changes and isinstance(changes["link"], Live):
            changes.setdefault("login_needed", False)
        self.topic.publish(replace(self.topic.value, **changes))  # type: ignore[arg-type]  # fields of JobList


class _Extend:
    """Call it when something came: the time limit starts again."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds

    def __call__(self) -> None:
        self._limit.reschedule(asyncio.get_running_loop().time() + self._seconds)


def _oldest(jobs: Mapping[str, JobDescription]) -> datetime | None:
    return min((job.created_at for job in jobs.values() if job.created_at), default=None)


def _same(old: JobDescription, new: JobDescription) -> bool:
    """Whether the platform says the same as before; compares bytes where there are any."""
    return old.raw == new.raw if old.raw and new.raw else old == new


def _first_of(group: BaseExceptionGroup[ApoloError]) -> ApoloError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ApoloError)
    return error
