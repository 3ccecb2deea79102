"""The end of finished jobs: dropped when they are old or by order, the log first."""

from collections.abc import Callable, Coroutine
from datetime import timedelta

from apolo_tui.local.clock import Alarms, Clock
from apolo_tui.local.configuration import Policies
from apolo_tui.local.database import Database
from apolo_tui.local.deadlines import FARTHEST
from apolo_tui.local.keeper_line import KeeperLine
from apolo_tui.local.record import JobRecord


class Retention:
    """Drops jobs: `being_dropped` first, then after a while log and record go."""

    def __init__(
        self,
        *,
        database: Database,
        line: KeeperLine,
        policies: Policies,
        alarms: Alarms,
        now: Clock,
        spawn: Callable[[Coroutine[None, None, None]], object],
    ) -> None:
        self._database = database
        self._line = line
        self._policies = policies
        self._alarms = alarms
        self._now = now
        self._spawn = spawn

    def begin(self) -> None:
        """Go on with what was on its way out, and look for what is old."""
        for job_id in self._database.being_dropped():
            self._remove_later(job_id)
        self._drop_old()

    def watch(self) -> None:
        """Look again when the next job is old enough."""
        first = self._database.first_finished()
        if first is not None:
            left = first + self._policies.retention - self._now()
            self._alarms.set("retention", min(left, FARTHEST), self._drop_old)

    def drop(self, record: JobRecord) -> None:
        """Ask for a finished job's removal."""
        record.being_dropped = True
        self._database.save(record)
        self._remove_later(record.id)

    async def remove(self, job_id: str) -> None:
        """Remove a finished job's log and then the job."""
        self._alarms.clear(("drop", job_id))
        keeper = await self._line.keeper()
        await keeper.remove(job_id)
        self._database.delete(job_id)

    def _remove_later(self, job_id: str) -> None:
        self._alarms.set(
            ("drop", job_id), self._policies.drop_delay, lambda: self._remove_soon(job_id)
        )

    def _remove_soon(self, job_id: str) -> None:
        self._spawn(self.remove(job_id))

    def _drop_old(self) -> None:
        oldest = self._now() - min(self._policies.retention, timedelta(days=36500))
        for job_id in self._database.finished_before(oldest):
            record = self._database.load(job_id)
            if record is not None:
                self.drop(record)
        self.watch()
