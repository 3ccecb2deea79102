"""What the dashboard changes on the platform. Each call is written to the audit log."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from apolo_tui.model.errors import ApoloError, IllegalArgumentError
from apolo_tui.model.job import JobDescription
from apolo_tui.model.units import format_duration, whole_minutes
from apolo_tui.store import apolo_command
from apolo_tui.store.audit import AuditLog
from apolo_tui.store.events import Events
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.platform import Clock, Context, Jobs, Sleep
from apolo_tui.store.topic import Topic

PARALLEL: Final = 4
"""Requests of one bulk action at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action on some jobs."""

    action: str
    """In the past tense: `Killed`."""
    done: tuple[JobDescription, ...]
    failed: Mapping[str, str]
    """The ids of jobs with which it did not work, and why."""
    number: int
    """Tells two outcomes apart that look the same."""


@dataclass(frozen=True, slots=True)
class PendingKill:
    """A kill that can still be taken back."""

    jobs: tuple[JobDescription, ...]
    due: float
    """Unix time at which it is sent."""
    number: int


class Commands:
    """Sends what writes. `pending` has the kills that wait, `outcomes` what was done last."""

    def __init__(
        self,
        jobs: Jobs,
        context: Context,
        *,
        pool: FeedPool,
        events: Events,
        audit: AuditLog,
        kill_delay: float = 5.0,
        done: Callable[[], None] = lambda: None,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.pending: Topic[tuple[PendingKill, ...]] = Topic(())
        self.outcomes: Topic[Outcome | None] = Topic(None)
        self.kill_delay = kill_delay
        self._jobs = jobs
        self._context = context
        self._pool = pool
        self._events = events
        self._audit = audit
        self._done = done
        self._clock = clock
        self._sleep = sleep
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Task[None]] = {}

    # Kill

    def kill(self, jobs: Sequence[JobDescription], *, at_once: bool = False) -> None:
        """Kill the jobs after the time to undo, or at once."""
        number = next(self._numbers)
        delay = 0.0 if at_once else self.kill_delay
        kill = PendingKill(tuple(jobs), self._clock() + delay, number)
        if delay:
            self.pending.publish((*self.pending.value, kill))
        self._waiting[number] = self._pool.start(self._kill(kill, delay), name=f"kill {number}")

    def undo(self) -> tuple[JobDescription, ...]:
        """Take back the kill that was asked for last; the jobs that live on, if any."""
        if not self.pending.value:
            return ()
        kill = self.pending.value[-1]
        self._settle(kill)
        self._waiting.pop(kill.number).cancel()
        self._events.add(f"Kill of {names(kill.jobs)} taken back")
        return kill.jobs

    async def _kill(self, kill: PendingKill, delay: float) -> None:
        if delay:
            await self._sleep(delay)
        self._settle(kill)
        await self._each("kill", "Killed", kill.jobs, lambda job: self._jobs.kill(job.id))
        self._waiting.pop(kill.number, None)

    def _settle(self, kill: PendingKill) -> None:
        self.pending.publish(tuple(item for item in self.pending.value if item != kill))

    # Life span

    def bump(self, jobs: Sequence[JobDescription], seconds: float) -> None:
        """Add to the life span of each job: whole minutes, rounded up.

        Raises ValueError for nothing or less. A job without a limit is left alone: the platform
        would count its limit from zero (docs/protocol.md section 5.6).
        """
        added = whole_minutes(seconds) * 60.0
        verb = f"Gave {format_duration(added)} to"

        async def one(job: JobDescription) -> None:
            if job.life_span is None:
                raise IllegalArgumentError("it has no limit, so there is nothing to extend")
            await self._jobs.bump_life_span(job.id, added)

        command = lambda job: apolo_command.bump_life_span(job.id, added)  # noqa: E731 - a value
        work = self._each(f"bump {format_duration(added)}", verb, tuple(jobs), one, command)
        self._pool.start(work, name="bump")

    # Container

    def restart_container(self, job: JobDescription) -> None:
        """Kill the container; the job's restart policy starts the next one."""
        work = self._each(
            "restart container",
            "Restarted the container of",
            (job,),
            lambda job: self._jobs.send_signal(job.id, cluster_name=job.cluster_name),
            lambda job: "",
        )
        self._pool.start(work, name="restart container")

    # All of them

    async def _each(
        self,
        action: str,
        verb: str,
        jobs: tuple[JobDescription, ...],
        call: Callable[[JobDescription], Awaitable[None]],
        command: Callable[[JobDescription], str] = lambda job: apolo_command.kill([job.id]),
    ) -> None:
        """Make the calls side by side, tell each result, and publish what came of all."""
        room = asyncio.Semaphore(PARALLEL)
        failed: dict[str, str] = {}

        async def one(job: JobDescription) -> None:
            async with room:
                try:
                    await call(job)
                except ApoloError as error:
                    failed[job.id] = error.message
                    self._audit.write(self._context, action, job.id, f"failed: {error.message}")
                    self._events.add(
                        f"{label(job)}: {action} failed: {error.message}",
                        severity="error",
                        command=command(job),
                        job_id=job.id,
                    )
                    return
            self._audit.write(self._context, action, job.id, "done")
            self._events.add(f"{verb} {label(job)}", command=command(job), job_id=job.id)

        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))
        done = tuple(job for job in jobs if job.id not in failed)
        self.outcomes.publish(Outcome(verb, done, failed, next(self._numbers)))
        self._done()


def label(job: JobDescription) -> str:
    """What people call a job: its name, or else its id."""
    return job.name or job.id


def names(jobs: Sequence[JobDescription]) -> str:
    """Up to three names and the number of the others."""
    shown = ", ".join(label(job) for job in jobs[:3])
    return f"{shown} and {len(jobs) - 3} more" if len(jobs) > 3 else shown
