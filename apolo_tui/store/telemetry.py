"""Live telemetry of the jobs on screen, with few sockets.

Each telemetry socket costs the platform a job lookup a second (docs/protocol.md section 11,
pitfall 46). So only what is on screen is followed, with a limited number of sockets; the selected
job keeps one, the others take turns.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Protocol

from apolo_tui.model.link import Ended, Failed, Link
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.usage import Telemetry
from apolo_tui.store.feed import Backoff, follow
from apolo_tui.store.platform import Clock, Jobs, Sleep
from apolo_tui.store.topic import Topic

SAMPLES_A_TURN = 2
"""A job that is sampled in turn gives up its socket after so many samples."""
TURN_REST = 20.0
"""Seconds from one turn of a job to its next one at least: opening sockets costs both sides."""
KEPT_JOBS = 500
"""Jobs whose past is kept; the one that was seen longest ago goes first."""
COOL_DOWN = 10.0
"""Seconds until a stream that ended is opened again, when the job is still said to run."""

PAST, RECENT = 7 * 86400.0, 3600.0
"""Seconds of the past that a series begins with, and the part of it that is in full."""


class History(Protocol):
    """Where samples are kept from one session to the next."""

    def record(self, job_id: str, sample: JobTelemetry, /) -> None: ...

    async def samples(
        self, job_id: str, /, *, start: float, end: float, most: int
    ) -> Sequence[JobTelemetry]: ...


class TelemetryFeed:
    """Follows the jobs on screen. Run `run()` as a task; call `show`; read `topic`."""

    def __init__(
        self,
        jobs: Jobs,
        *,
        cluster: str,
        sockets: int = 8,
        silence: float = 15.0,
        sampling: float = 12.0,
        turn_rest: float = TURN_REST,
        history: History | None = None,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.topic: Topic[Mapping[str, Telemetry]] = Topic(MappingProxyType({}))
        self._jobs = jobs
        self._cluster = cluster
        self._sockets = sockets
        self._silence = silence
        self._sampling = sampling
        self._turn_rest = turn_rest
        self._history = history
        self._clock = clock
        self._sleep = sleep
        self._wanted: tuple[str, ...] = ()
        self._selected: str | None = None
        self._known: dict[str, Telemetry] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn_at: dict[str, float] = {}
        self._closed_at: dict[str, float] = {}
        self._changed = asyncio.Event()

    def show(self, running: Sequence[str], *, selected: str | None = None) -> None:
        """Follow these jobs from now on and no others; `selected` first, with its own socket."""
        wanted = tuple(dict.fromkeys(running))
        if selected is not None and selected in wanted:
            wanted = (selected, *(job_id for job_id in wanted if job_id != selected))
        else:
            selected = None
        if (wanted, selected) != (self._wanted, self._selected):
            self._wanted, self._selected = wanted, selected
            self._changed.set()

    def reconnect(self) -> None:
        """Open all sockets anew."""
        for task in self._tasks.values():
            task.cancel()
        self._closed_at.clear()

    @property
    def open_sockets(self) -> tuple[str, ...]:
        """The jobs that have a socket at this moment."""
        return tuple(self._tasks)

    async def run(self) -> None:
        """Share out the sockets until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                self._release()
                for job_id in self._next():
                    task = group.create_task(self._follow(job_id), name=f"telemetry {job_id}")
                    self._tasks[job_id] = task
                    task.add_done_callback(partial(self._over, job_id))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._changed.wait()

    @property
    def _crowded(self) -> bool:
        return len(self._wanted) > self._sockets

    def _release(self) -> None:
        """Close what is not wanted any more, and make room for the selected job."""
        for job_id, task in list(self._tasks.items()):
            if job_id not in self._wanted:
                task.cancel()
        selected = self._selected
        if selected and selected not in self._tasks and len(self._tasks) >= self._sockets:
            others = [job_id for job_id in self._tasks if job_id != selected]
            oldest = min(others, key=lambda job_id: self._turn_at.get(job_id, 0.0))
            self._tasks[oldest].cancel()

    def _next(self) -> Iterator[str]:
        """The jobs that get the free sockets: the selected one, then who waited longest."""
        now = self._clock()
        free = self._sockets - len(self._tasks)
        waiting = [
            job_id
            for job_id in self._wanted
            if job_id not in self._tasks and self._may_open_at(job_id) <= now
        ]
        waiting.sort(key=lambda job_id: (job_id != self._selected, self._turn_at.get(job_id, 0.0)))
        for job_id in waiting[: max(0, free)]:
            self._turn_at[job_id] = now
            yield job_id

    def _pause(self) -> float | None:
        """Until a stream may be opened again; for ever when none waits, or a socket must be free.

        The end of a stream, which makes a socket free, wakes by itself.
        """
        if len(self._tasks) >= self._sockets:
            return None
        waiting = [
            self._may_open_at(job_id) for job_id in self._wanted if job_id not in self._tasks
        ]
        return max(0.05, min(waiting) - self._clock()) if waiting else None

    def _may_open_at(self, job_id: str) -> float:
        """From when on: some time after the end of its stream, and after its last turn."""
        closed = self._closed_at.get(job_id)
        earliest = 0.0 if closed is None else closed + COOL_DOWN
        if self._in_turn(job_id) and job_id in self._turn_at:
            earliest = max(earliest, self._turn_at[job_id] + self._turn_rest)
        return earliest

    def _over(self, job_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[job_id]
        self._changed.set()

    def _in_turn(self, job_id: str) -> bool:
        return self._crowded and job_id != self._selected

    async def _follow(self, job_id: str) -> None:
        """Hold one socket: to the end of the stream, or of the job's turn."""
        samples = 0
        enough = asyncio.Event()

        def on_item(sample: JobTelemetry) -> None:
            nonlocal samples
            samples += 1
            known = self._known[job_id]
            known.series.append(sample)
            if self._history is not None:
                self._history.record(job_id, sample)
            in_turn = self._in_turn(job_id)
            self._publish(job_id, replace(known, received_at=self._clock(), in_turn=in_turn))
            if in_turn and samples >= SAMPLES_A_TURN:
                enough.set()

        def on_link(link: Link) -> None:
            known = self._known.get(job_id) or Telemetry()
            self._publish(job_id, replace(known, link=link, in_turn=self._in_turn(job_id)))
            if isinstance(link, Ended | Failed):
                self._closed_at[job_id] = self._clock()

        if self._history is not None and job_id not in self._known:
            await self._recall(job_id, self._history)
        following = asyncio.ensure_future(
            follow(
                lambda: self._jobs.top(job_id, cluster_name=self._cluster),
                on_item=on_item,
                on_link=on_link,
                backoff=Backoff(),
                silence=self._silence,
                sleep=self._sleep,
            )
        )
        waiting = asyncio.ensure_future(enough.wait())
        try:
            while not following.done() and not waiting.done():
                await asyncio.wait(
                    {following, waiting},
                    timeout=self._sampling,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if self._in_turn(job_id):
                    break
            if following.done():
                following.result()
        finally:
            waiting.cancel()
            await _ended(following)

    async def _recall(self, job_id: str, history: History) -> None:
        """Begin with what earlier sessions saw: minutes of a week, seconds of an hour."""
        now = self._clock()
        week, hour = now - PAST, now - RECENT
        older = await history.samples(job_id, start=week, end=hour, most=20_000)
        recent = await history.samples(job_id, start=hour, end=now + 60, most=4000)
        if job_id not in self._known:
            known = Telemetry(in_turn=self._in_turn(job_id))
            known.series.put_before([*older, *recent])
            self._publish(job_id, known)

    def _publish(self, job_id: str, telemetry: Telemetry) -> None:
        self._known.pop(job_id, None)
        self._known[job_id] = telemetry
        while len(self._known) > KEPT_JOBS:
            del self._known[next(iter(self._known))]
        self.topic.publish(MappingProxyType(dict(self._known)))


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, also when the waiting is itself cancelled meanwhile.

    A socket that is still being closed counts as open: nobody gets its place before.
    """
    task.cancel()
    struck: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            struck = error
    if struck is not None:
        raise struck
