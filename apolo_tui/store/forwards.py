"""Local ports that lead into jobs: several at once, watched, and remembered for the next session.

The local port stays open while the platform cannot be reached, so that a program which uses it
only has to try again. The job is looked at every few seconds: a forward whose job does not run,
or whose platform does not answer, says so.
"""

import asyncio
import errno
import itertools
import socket
import time
from collections.abc import Iterable
from dataclasses import replace

from apolo_tui.model.errors import ApoloError, ConnectionFailed, JobNotRunning
from apolo_tui.model.forwards import HOST, Forward, Remembered
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.link import Ended, Failed, Link, Live, Retrying
from apolo_tui.store.feed import Backoff, FeedPool
from apolo_tui.store.platform import Clock, Sleep
from apolo_tui.store.services import Forwarder, OpenForward
from apolo_tui.store.state import Json, State
from apolo_tui.store.topic import Topic

HEALTH = 5.0
"""Seconds between two looks at a forward's job."""
PATIENCE = 5.0
"""Seconds that an answer about the job may take."""
NEXT_PORTS = 100
"""Local ports that are tried after the one that was asked for."""
REMEMBERED = 20
STATE = "forwards"


class Forwards:
    """Opens and watches forwards; `topic` has all of them, those that are over as well."""

    def __init__(
        self,
        forwarder: Forwarder,
        pool: FeedPool,
        state: State,
        *,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
        health: float = HEALTH,
        patience: float = PATIENCE,
    ) -> None:
        self.topic: Topic[tuple[Forward, ...]] = Topic(())
        self._forwarder = forwarder
        self._pool = pool
        self._state = state
        self._clock = clock
        self._sleep = sleep
        self._health = health
        self._patience = patience
        self._numbers = itertools.count(1)
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def open(self) -> tuple[Forward, ...]:
        """Those whose local port listens."""
        return tuple(forward for forward in self.topic.value if not forward.over)

    def start(self, job: JobDescription, job_port: int, local_port: int) -> int:
        """Lead a local port to a port of the job; a port that is taken gives way to the next."""
        number = next(self._numbers)
        forward = Forward(
            number,
            job.id,
            job.name or job.id,
            job.cluster_name,
            job_port,
            local_port,
            self._clock(),
        )
        self.topic.publish((*self.topic.value, forward))
        self._tasks[number] = self._pool.start(self._run(forward), name=f"forward {number}")
        self._remember(forward, job)
        return number

    def close(self, number: int) -> None:
        """Close the local port, end its connections, and forget it."""
        task = self._tasks.pop(number, None)
        if task is not None:
            task.cancel()
        gone = self._get(number)
        self.topic.publish(
            tuple(forward for forward in self.topic.value if forward.number != number)
        )
        if gone is not None:
            self.forget(Remembered(gone.cluster, gone.job_name, gone.job_id, gone.job_port, 0))

    # One forward

    async def _run(self, forward: Forward) -> None:
        number = forward.number
        local_port = free_port(forward.local_port)

        def on_error(error: ApoloError) -> None:
            self._publish(number, trouble=error.message)

        try:
            async with self._forwarder.port_forward(
                forward.job_id,
                local_port,
                forward.job_port,
                cluster_name=forward.cluster,
                on_error=on_error,
            ) as listening:
                self._publish(number, local_port=listening.port)
                await self._watch(number, forward.job_id, listening)
        except ApoloError as error:
            self._publish(number, link=Failed(error.message, error.next_step))
        self._tasks.pop(number, None)

    async def _watch(self, number: int, job_id: str, listening: OpenForward) -> None:
        """Look at the job until it has ended."""
        backoff = Backoff(first=min(1.0, self._health), most=self._health)
        received = 0
        while True:
            link, pause = await self._look(job_id, backoff)
            changes: dict[str, object] = {"link": link}
            if listening.bytes_received != received:
                received = listening.bytes_received
                changes["trouble"] = ""
            self._publish(number, **changes)
            if isinstance(link, Ended):
                return
            await self._count(number, listening, pause)

    async def _look(self, job_id: str, backoff: Backoff) -> tuple[Link, float]:
        """How it stands with the job, and in how many seconds to look again."""
        try:
            async with asyncio.timeout(self._patience):
                job = await self._forwarder.status(job_id)
        except TimeoutError:
            error: ApoloError = ConnectionFailed("the platform does not answer")
        except ApoloError as failed:
            error = failed
        else:
            if job.status.is_finished:
                return Ended(), 0.0
            if job.status is JobStatus.RUNNING:
                backoff.reset()
                return Live(), self._health
            error = JobNotRunning(f"the job is {job.status_text or job.status}")
        if not error.transient and not isinstance(error, JobNotRunning):
            delay = self._health
        else:
            delay = backoff.after(error)
        return Retrying(error.message, delay, error.next_step), delay

    async def _count(self, number: int, listening: OpenForward, seconds: float) -> None:
        """Keep the counters up to date while waiting."""
        until = seconds
        while until > 0:
            step = min(1.0, until)
            await self._sleep(step)
            until -= step
            self._publish(
                number,
                connections=listening.connections,
                bytes_sent=listening.bytes_sent,
                bytes_received=listening.bytes_received,
            )

    def _get(self, number: int) -> Forward | None:
        return next((item for item in self.topic.value if item.number == number), None)

    def _publish(self, number: int, **changes: object) -> None:
        before = self.topic.value
        after = tuple(
            replace(item, **changes) if item.number == number else item  # type: ignore[arg-type]  # fields of Forward
            for item in before
        )
        if after != before:
            self.topic.publish(after)

    # From one session to the next

    def remembered(self) -> tuple[Remembered, ...]:
        """The forwards of earlier sessions, the latest first."""
        found = []
        for item in self._state.table(STATE).values():
            match item:
                case {
                    "cluster": str(cluster),
                    "name": str(name),
                    "id": str(job_id),
                    "job_port": int(job_port),
                    "local_port": int(local_port),
                }:
                    found.append(Remembered(cluster, name, job_id, job_port, local_port))
        return tuple(reversed(found))

    def offered(
        self, jobs: Iterable[JobDescription]
    ) -> tuple[tuple[Remembered, JobDescription], ...]:
        """Remembered forwards whose job runs, by its id or by its name, and that are not open."""
        running = [job for job in jobs if job.status is JobStatus.RUNNING]
        by_id = {job.id: job for job in running}
        by_name = {(job.cluster_name, job.name or job.id): job for job in running}
        opened = {(forward.job_id, forward.job_port) for forward in self.open}
        found = []
        for item in self.remembered():
            job = by_id.get(item.job_id) or by_name.get((item.cluster, item.job_name))
            if job is not None and (job.id, item.job_port) not in opened:
                found.append((item, job))
        return tuple(found)

    def last_port(self, job: JobDescription) -> Remembered | None:
        """The forward that was last used with this job, or one of its name."""
        name = job.name or job.id
        return next(
            (
                item
                for item in self.remembered()
                if item.job_id == job.id
                or (item.cluster, item.job_name) == (job.cluster_name, name)
            ),
            None,
        )

    def forget(self, item: Remembered) -> None:
        """Do not offer it any more."""
        table = self._state.table(STATE)
        if table.pop(_key(item), None) is not None:
            self._state.put(STATE, table)

    def _remember(self, forward: Forward, job: JobDescription) -> None:
        item = Remembered(
            forward.cluster, forward.job_name, job.id, forward.job_port, forward.local_port
        )
        table: dict[str, Json] = self._state.table(STATE)
        table.pop(_key(item), None)
        table[_key(item)] = {
            "cluster": item.cluster,
            "name": item.job_name,
            "id": item.job_id,
            "job_port": item.job_port,
            "local_port": item.local_port,
        }
        while len(table) > REMEMBERED:
            table.pop(next(iter(table)))
        self._state.put(STATE, table)


def _key(item: Remembered) -> str:
    return f"{item.cluster}/{item.job_name}/{item.job_port}"


def free_port(wanted: int) -> int:
    """The port that was asked for, or the next one that is free here; 0 when none is."""
    if wanted == 0:
        return 0
    for port in range(wanted, min(wanted + NEXT_PORTS, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                return 0
        return port
    return 0
