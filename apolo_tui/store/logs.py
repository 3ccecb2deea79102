"""Following the log of a job: opened at its end, resumed without loss, told when it is over.

A closed socket is not a finished job: the platform closes logs for many reasons, and says none of
them (docs/protocol.md section 6.2). So after each close the job is looked at.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Connecting, Ended, Failed, Link, Live, Retrying
from apolo_tui.model.logs import Gap, Intake, LogStore, Marks
from apolo_tui.store.feed import Backoff
from apolo_tui.store.log_reader import LogReader, Pace, Sleep
from apolo_tui.store.log_restarts import Restarts
from apolo_tui.store.log_spill import SpillFile
from apolo_tui.store.log_window import FAR, FLOODED, OPENING, Window, end_of_log
from apolo_tui.store.topic import Topic

OpenLog = Callable[[datetime | None, str], AbstractAsyncContextManager[AsyncIterator[bytes]]]
"""Opens a log: lines with their times, since a moment (None: all), with this separator."""
Status = Callable[[], Awaitable[JobDescription]]

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogLimits:
    """How much of a log is kept, in bytes."""

    memory: int = 20 * MIB
    total: int = 1024 * MIB
    folder: Path | None = None
    """Where what is not in memory goes; None for the system's temporary folder."""


@dataclass(frozen=True, slots=True)
class LogTimings:
    """All in seconds."""

    pace: Pace = field(default_factory=Pace)
    impatience: float = 0.8
    """A log whose end has not come after so long is read from nearer to its end."""
    waiting: float = 1.0
    """Between two looks at a job that does not run at present."""
    checking: float = 5.0
    """Between two looks at a job whose log is open."""
    fresh: float = 0.5
    """A job that was looked at so recently is not asked for again."""
    archive: float = 5.0
    """How long the last lines of a job may take to reach the archive."""


@dataclass(frozen=True, slots=True)
class LogState:
    """What a view shows. The store and the marks grow; `version` tells when they did."""

    store: LogStore
    marks: Marks
    window: Window
    link: Link = field(default_factory=Connecting)
    job: JobDescription | None = None
    whole: bool = False
    """Whether the window reaches back to the beginning of the log."""
    caught_up: bool = False
    """Whether the end of the log was reached."""
    paused: bool = False
    widening: str = ""
    """The window that is being read while another is shown."""
    trouble: str = ""
    """Why less is kept than wanted."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class _Lost:
    """When the connection went away, and whether the platform closed it."""

    at: float
    normally: bool


RECENT = timedelta(minutes=1)
"""Lines of a job that finished longer ago are all in the archive."""
MOST_PASSES = 20

ENOUGH = 200
"""Lines with which a log opens; with fewer the window is widened."""


class LogFeed:
    """Follows one log. Run `run()` as a task and read `topic`."""

    def __init__(
        self,
        open_log: OpenLog,
        status: Status,
        *,
        job: JobDescription | None = None,
        limits: LogLimits = LogLimits(),
        timings: LogTimings = LogTimings(),
        enough: int = ENOUGH,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
        backoff: Backoff | None = None,
    ) -> None:
        self._open = open_log
        self._status = status
        self._limits = limits
        self._timings = timings
        self._enough = enough
        self._clock = clock
        self._sleep = sleep
        self._backoff = backoff or Backoff()
        self._chosen: Window | None = None
        self._again = asyncio.Event()
        self._fresh = True
        self._lost: _Lost | None = None
        self._checked_at = 0.0
        self._spill = SpillFile(limits.folder)
        self._intake = Intake(self._new_store())
        self._restarts = Restarts()
        self.topic: Topic[LogState] = Topic(
            LogState(self._intake.store, self._restarts.marks, OPENING[0], job=job)
        )

    # what the user asks for

    def look_back(self, window: Window) -> None:
        """Show this window from now on."""
        self._chosen = window
        self._fresh = True
        self._again.set()

    def pause(self, *, paused: bool) -> None:
        """Close the connection, or open it again where it was; no line is lost by it."""
        if paused != self.topic.value.paused:
            self._publish(paused=paused)
            self._again.set()

    def reconnect(self) -> None:
        """Open the connection anew, at once."""
        self._backoff.reset()
        self._again.set()

    def update_job(self, job: JobDescription) -> None:
        """Take what is known of the job from elsewhere, so that it need not be asked for.

        What is older than what is known (a finished job that runs) is not taken.
        """
        known = self.topic.value.job
        if known is not None and known.status.is_finished and not job.status.is_finished:
            return
        self._checked_at = self._clock()
        self._restarts.learn(job, self._intake.store)
        self._publish(job=job)

    # following

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _publish(self, **changes: object) -> None:
        state = self.topic.value
        self.topic.publish(
            replace(state, version=state.version + 1, trouble=self._spill.trouble, **changes)  # type: ignore[arg-type]  # the fields of LogState, by name
        )

    def _new_store(self) -> LogStore:
        limits = self._limits
        return LogStore(memory_limit=limits.memory, total_limit=limits.total, sink=self._spill)

    async def run(self) -> None:
        """Follow until cancelled. What goes wrong is in the state's `link`."""
        try:
            while True:
                self._again.clear()
                if not self.topic.value.paused:
                    await self._until_asked_again()
                await self._again.wait()
        finally:
            self._spill.close()

    async def _until_asked_again(self) -> None:
        """Follow until the log is over, it is given up, or the user wants something else."""
        work = asyncio.create_task(self._follow())
        asked = asyncio.create_task(self._again.wait())
        try:
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, asked):
                task.cancel()
            await asyncio.wait({work, asked})
            if not work.cancelled():
                work.result()

    async def _follow(self) -> None:
        while True:
            try:
                await self._refresh_job()
                if self._nothing_yet:
                    self._publish(link=Connecting())
                    await self._sleep(self._timings.waiting)
                    continue
                await (self._open_at_end() if self._fresh else self._resume())
                # Closed normally, whatever that means.
                self._lost = self._lost or _Lost(self._clock(), normally=True)
                await self._refresh_job()
                if self._is_finished:
                    await self._last_passes()
                    self._intake.finish()
                    self._lost = None
                    self._publish(link=Ended(), caught_up=True)
                    return
                await self._sleep(self._pause_after_close())
            except ApoloError as error:
                self._lost = self._lost or _Lost(self._clock(), normally=False)
                if not error.transient:
                    self._publish(link=Failed(error.message, error.next_step))
                    return
                delay = self._backoff.after(error)
                self._publish(link=Retrying(error.message, delay, error.next_step))
                await self._sleep(delay)

    async def _refresh_job(self) -> None:
        if self.topic.value.job is None or self._clock() - self._checked_at > self._timings.fresh:
            self.update_job(await self._status())

    @property
    def _is_finished(self) -> bool:
        job = self.topic.value.job
        return job is not None and job.status.is_finished

    @property
    def _nothing_yet(self) -> bool:
        """Whether the job has never run, so that it has no log."""
        job = self.topic.value.job
        if job is None or not job.status.is_pending:
            return False
        return not any(item.status.is_running for item in job.history.transitions)

    def _pause_after_close(self) -> float:
        if self._intake.new_bytes:
            self._backoff.reset()
        job = self.topic.value.job
        waits = job is not None and job.status.is_pending
        return self._timings.waiting if waits else self._backoff.next()

    # the windows

    def _windows(self) -> tuple[Window, ...]:
        return OPENING if self._chosen is None else (self._chosen,)

    async def _open_at_end(self) -> None:
        """Read a window, or wider and wider ones, and go on with the connection."""
        windows = list(self._windows())
        self._lost = None
        try:
            while True:
                window = windows.pop(0)
                windows = await self._open_window(window, windows)
                if not windows:
                    return
        except ApoloError:
            # What is shown is gone on with.
            self._fresh = not len(self._intake.store)
            raise

    async def _open_window(self, window: Window, wider: list[Window]) -> list[Window]:
        """Read a window to the end of its connection; the answer is what to try instead."""
        job, now, chosen = self.topic.value.job, self._now(), self._chosen is not None
        since = window.since(job, now)
        intake = Intake(self._new_store())
        separator = self._separator()
        intake.connect(separator)
        if chosen or not len(self._intake.store):
            self._adopt(intake, window, whole=since is None)
        else:
            self._publish(widening=window.label)
        async with (
            self._open(since, separator) as chunks,
            self._reader(chunks, intake) as reader,
        ):
            self._publish(link=Live())
            if not chosen and window is OPENING[0]:
                in_time = await reader.settled(at_most=self._timings.impatience)
                if not in_time and self._far_from(end_of_log(job, now), intake):
                    intake.store.clear()
                    return [FLOODED]
            if not chosen and since is not None and wider:
                await reader.settled()
                if len(intake.store) < self._enough:
                    self._adopt(intake, window, whole=False)
                    # With nothing at all, the next window is not tried either.
                    return wider if len(intake.store) or len(wider) == 1 else wider[1:]
            self._adopt(intake, window, whole=since is None)
            await self._go_on(reader)
            return []

    def _far_from(self, end: datetime, intake: Intake) -> bool:
        store = intake.store
        last = store.stamp(store.end - 1) if len(store) > self._enough else None
        return last is not None and end - last.time > FAR

    def _adopt(self, intake: Intake, window: Window, *, whole: bool) -> None:
        """Show this log from now on."""
        if intake is not self._intake:
            self._intake.store.clear()
            self._intake = intake
            self._restarts = Restarts()
        job = self.topic.value.job
        if job is not None:
            self._restarts.learn(job, intake.store)
        marks = self._restarts.marks
        self._publish(store=intake.store, marks=marks, window=window, whole=whole, widening="")

    # the connections

    def _separator(self) -> str:
        return f"apolo-tui-{secrets.token_hex(16)}"

    def _reader(self, chunks: AsyncIterator[bytes], intake: Intake) -> LogReader:
        def changed() -> None:
            if intake is self._intake:
                self._took_in()

        return LogReader(
            chunks, intake, changed=changed, pace=self._timings.pace, sleep=self._sleep
        )

    async def _resume(self) -> None:
        """Open the log where it was left."""
        separator = self._separator()
        overlap = self._intake.connect(separator)
        since = overlap.since
        self._lost = self._lost or _Lost(self._clock(), normally=True)
        if since is None:
            since = self.topic.value.window.since(self.topic.value.job, self._now())
            if len(self._intake.store):  # lines without times: nothing tells where to go on
                self._intake.store.clear()
                overlap = self._intake.connect(separator)
        self._publish(link=Connecting())
        async with (
            self._open(since, separator) as chunks,
            self._reader(chunks, self._intake) as reader,
        ):
            self._publish(link=Live())
            await self._go_on(reader)

    async def _go_on(self, reader: LogReader) -> None:
        """Read to the end of the connection, and look at the job now and then."""
        self._fresh = False
        watch = asyncio.create_task(self._watch_job())
        try:
            await reader.settled()
            self._publish(caught_up=True)
            await reader.finished()
        finally:
            watch.cancel()
            await asyncio.wait({watch})

    async def _watch_job(self) -> None:
        while True:
            await self._sleep(self._timings.checking)
            if self._clock() - self._checked_at >= self._timings.checking:
                with suppress(ApoloError):
                    self.update_job(await self._status())

    def _took_in(self) -> None:
        """New bytes are in the store."""
        intake, lost = self._intake, self._lost
        if lost is not None and intake.new_bytes:
            self._lost = None
            self._backoff.reset()
            if not (lost.normally and intake.joined):
                gap = Gap(self._clock() - lost.at, proven=intake.joined)
                self._restarts.marks.add(intake.new_from, gap)
        self._restarts.place(intake.store)
        self._restarts.marks.forget_before(intake.store.first)
        self._publish()

    async def _last_passes(self) -> None:
        """Read the end again until that adds nothing.

        A close with code 1000 may also be an error, and the last lines may come late into the
        archive.
        """
        job = self.topic.value.job
        finished = None if job is None else job.history.finished_at
        if self._fresh or not len(self._intake.store):
            return
        if finished is not None and self._now() - finished < RECENT:
            self._publish(link=Ended())
            await self._sleep(self._timings.archive)
        for _ in range(MOST_PASSES):
            await self._resume()
            if not self._intake.new_bytes:
                return
