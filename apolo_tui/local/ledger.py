"""The active jobs and their transitions: written down first, told afterwards."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from apolo_tui.local.clock import Clock
from apolo_tui.local.database import Database
from apolo_tui.local.live import LiveJob
from apolo_tui.local.record import JobRecord, Transition


class Ledger:
    """All jobs that are not over, or whose processes are not gone yet."""

    def __init__(self, database: Database, now: Clock) -> None:
        self.live: dict[str, LiveJob] = {}
        self.last_end: datetime | None = None
        """When the last job was over."""
        self.moved: Callable[[JobRecord], None] = lambda record: None
        """Called after each transition."""
        self.now = now
        self._database = database

    def active(self) -> list[JobRecord]:
        return [job.record for job in self.live.values() if not job.record.final]

    def move(self, job: LiveJob, transition: Transition) -> None:
        """Record a transition, then tell it. A final status stays."""
        record = job.record
        if record.final:
            return
        if transition.time < record.last.time:
            transition = replace(transition, time=record.last.time)
        record.add(transition)
        self._database.save(record, transition=True)
        self.notify(job)
        self.moved(record)

    def fail(
        self, job: LiveJob, reason: str, description: str | None, exit_code: int | None = None
    ) -> None:
        self.move(job, Transition("failed", self.now(), reason, description, exit_code))

    def hold(self, job: LiveJob, reason: str, description: str | None) -> None:
        """A pending job goes on waiting, for this reason."""
        last = job.record.last
        if last.status == "pending" and (last.reason, last.description) != (reason, description):
            self.move(job, Transition("pending", self.now(), reason, description))

    def save(self, job: LiveJob) -> None:
        self._database.save(job.record)

    def remove(self, job: LiveJob) -> None:
        """The job is over, and so are its processes."""
        if job.record.materialized:
            job.record.materialized = False
            self._database.save(job.record)
        self.live.pop(job.id, None)
        self.last_end = self.now()
        self.notify(job)

    def notify(self, job: LiveJob) -> None:
        job.changed.set()
        job.changed = asyncio.Event()
