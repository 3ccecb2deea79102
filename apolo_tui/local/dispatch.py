"""Passes over the clusters' queues, when something has changed, and does what they decide."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from apolo_tui.local.capacity import Placement
from apolo_tui.local.clock import Alarms
from apolo_tui.local.keeper_line import KeeperLine
from apolo_tui.local.ledger import Ledger
from apolo_tui.local.live import Interruption, LiveJob
from apolo_tui.local.scheduling import Queue


class Dispatcher:
    """The moves of the queues; see `scheduling.Moves`."""

    def __init__(
        self, queues: Mapping[str, Queue], ledger: Ledger, alarms: Alarms, line: KeeperLine
    ) -> None:
        self.queues = queues
        self._ledger = ledger
        self._alarms = alarms
        self._line = line
        self._due = False
        self._closed = False
        self._next_look: datetime | None = None

    def queue(self, job: LiveJob) -> Queue:
        return self.queues[job.record.project.cluster]

    def poke(self) -> None:
        """Pass over the queues once, soon, however often this is called."""
        if not self._due and not self._closed:
            self._due = True
            asyncio.get_running_loop().call_soon(self._pass)

    def release(self, job: LiveJob) -> None:
        """The job's place is free."""
        if job.placement is not None:
            self.queue(job).capacity.release(job.placement)
            job.placement = None
        self.poke()

    def close(self) -> None:
        self._closed = True

    def _pass(self) -> None:
        self._due = False
        if self._closed or not self._line.open:
            return
        waiting: dict[str, list[LiveJob]] = {}
        running: dict[str, list[LiveJob]] = {}
        for job in self._ledger.live.values():
            cluster = job.record.project.cluster
            if job.placed is not None and not job.placed.done():
                waiting.setdefault(cluster, []).append(job)
            elif job.outcome is not None and job.record.scheduler_enabled:
                running.setdefault(cluster, []).append(job)
        for name in waiting.keys() | running.keys():
            self.queues[name].pass_over(waiting.get(name, ()), running.get(name, []), self)

    def place(self, job: LiveJob, placement: Placement) -> None:
        assert job.placed is not None
        job.placed.set_result(placement)
        job.placement = placement

    def hold(self, job: LiveJob, reason: str, description: str) -> None:
        self._ledger.hold(job, reason, description)

    def suspend(self, job: LiveJob) -> None:
        if job.outcome is not None and not job.outcome.done():
            job.suspending = True
            job.outcome.set_result(Interruption.SUSPENDED)

    def look_again(self, delay: timedelta) -> None:
        due = self._ledger.now() + delay
        if self._next_look is None or due < self._next_look:
            self._next_look = due
            self._alarms.set("queue", delay, self._look)

    def _look(self) -> None:
        self._next_look = None
        self.poke()
