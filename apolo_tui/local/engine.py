"""The jobs of a platform: accepted here, led by `lifecycle`, taken up again after a restart.

Everything is event driven: a queue pass follows a change, and alarms stand for what time alone
does. One event loop, no threads.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from apolo_tui.local.accounts import Accounts
from apolo_tui.local.capacity import Demand, milli
from apolo_tui.local.clock import Alarms, Clock
from apolo_tui.local.configuration import Configuration, Policies
from apolo_tui.local.database import Database
from apolo_tui.local.deadlines import Deadlines
from apolo_tui.local.dispatch import Dispatcher
from apolo_tui.local.keeper.api import Keeper, RunState
from apolo_tui.local.keeper_line import KeeperLine, KeeperOpener
from apolo_tui.local.ledger import Ledger
from apolo_tui.local.lifecycle import Lifecycle
from apolo_tui.local.live import Interruption, LiveJob
from apolo_tui.local.record import FINAL, JobRecord, Transition
from apolo_tui.local.retention import Retention
from apolo_tui.local.scheduling import Queue
from apolo_tui.local.secret_file import SecretFile
from apolo_tui.local.staging import Phases

log = logging.getLogger(__name__)


class Engine:
    """What can be asked of the jobs, and what the keeper tells of them."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        policies: Policies,
        database: Database,
        secrets: SecretFile,
        keepers: KeeperOpener,
        now: Clock,
        phases: Phases | None = None,
    ) -> None:
        self._configuration = configuration
        self._policies = policies
        self._database = database
        self._now = now
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarms = Alarms()
        self._line = KeeperLine(keepers, self)
        self._ledger = Ledger(database, now)
        self.live = self._ledger.live
        self.accounts = Accounts(configuration, database, self._ledger.active, now)
        self.queues = {
            cluster.name: Queue(cluster, self.accounts, policies.preemption_quantum, now)
            for cluster in configuration.clusters
        }
        self._dispatcher = Dispatcher(self.queues, self._ledger, self._alarms, self._line)
        self._deadlines = Deadlines(
            ledger=self._ledger,
            accounts=self.accounts,
            policies=policies,
            alarms=self._alarms,
            cancel=self.cancel,
        )
        self._ledger.moved = self._deadlines.moved
        self.retention = Retention(
            database=database,
            line=self._line,
            policies=policies,
            alarms=self._alarms,
            now=now,
            spawn=self._spawn,
        )
        self.lifecycle = Lifecycle(
            ledger=self._ledger,
            dispatcher=self._dispatcher,
            deadlines=self._deadlines,
            line=self._line,
            secrets=secrets,
            policies=policies,
        )
        self.lifecycle.phases = phases

    @asynccontextmanager
    async def run(self) -> AsyncIterator["Engine"]:
        """Take up the jobs of the database, and lead them until the block is left.

        Runs go on in the keeper afterwards, if it goes on. Raises KeeperError when there is none.
        """
        for record in self._database.load_active():
            if record.project.cluster in self.queues:
                self._adopt(record)
            else:
                record.add(Transition("failed", self._now(), "ClusterNotFound"))
                self._database.save(record, transition=True)
        follower = asyncio.create_task(self._line.follow())
        try:
            await self._line.first(follower)
            self.retention.begin()
            yield self
        finally:
            self.lifecycle.close()
            self._dispatcher.close()
            self._alarms.clear_all()
            tasks = [follower, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def keeper(self) -> Keeper:
        """The keeper, once it can be reached."""
        return await self._line.keeper()

    async def end_keeper(self) -> None:
        """End the keeper for good, and with it whatever it still runs."""
        self.lifecycle.close()
        await self._line.shutdown()

    # What is asked of jobs.

    def accept(self, record: JobRecord) -> None:
        """A new job. Raises QuotaError."""
        self.accounts.check(record)
        record.add(Transition("pending", record.created_at, "Creating"))
        self._database.insert(record)
        self._lead(self._adopt(record))

    def record_history(self, records: Iterable[JobRecord]) -> None:
        """Jobs that were over before this platform began, e.g. a demonstration's past."""
        self._database.insert_all(records)

    def cancel(self, job_id: str, reason: str = "UserRequested") -> None:
        """The job is over at once; its processes end within the grace."""
        self.set_status(job_id, Transition("cancelled", self._now(), reason))

    def set_status(self, job_id: str, transition: Transition) -> None:
        """An ordered transition; a final one ends the processes. Nothing for a job that is over."""
        job = self.live.get(job_id)
        if job is None or job.record.final:
            return
        self._ledger.move(job, transition)
        if transition.status in FINAL and job.task is not None:
            job.task.cancel()

    def set_life_span(self, record: JobRecord, minutes: int) -> None:
        """Set `max_run_time_minutes` of a job, active or not."""
        record.max_run_time_minutes = minutes
        self._database.save(record)
        job = self.live.get(record.id)
        if job is not None:
            self._ledger.notify(job)
            self._deadlines.watch_life_span(job)

    def set_materialized(self, record: JobRecord, materialized: bool) -> None:
        record.materialized = materialized
        self._database.save(record)

    def record(self, job_id: str) -> JobRecord | None:
        """A job, active or finished, by its id."""
        job = self.live.get(job_id)
        return job.record if job is not None else self._database.load(job_id)

    async def all_over(self) -> None:
        """Wait until no job is active and no process of one is left."""
        while self.live:
            await next(iter(self.live.values())).changed.wait()

    @property
    def last_end(self) -> datetime | None:
        """When the last job was over."""
        return self._ledger.last_end

    # What the keeper tells; see `keeper_line.Listener`.

    async def met(self, keeper: Keeper) -> None:
        """Compare what the keeper runs with what is recorded; adopt, end or forget each run."""
        current: dict[str, RunState] = {}
        for state in await keeper.runs():
            job = self.live.get(state.job_id)
            if job is not None and _is_present(job.record, state):
                current[state.job_id] = state
                continue
            if state.alive:
                await keeper.stop(state.job_id, grace=self._policies.stop_grace.total_seconds())
            await keeper.forget(state.job_id, state.run)
        for job in list(self.live.values()):
            if job.task is None:
                self._take_up(job, current.get(job.id))

    def opened(self) -> None:
        self._dispatcher.poke()

    async def ended(self, keeper: Keeper, state: RunState) -> None:
        job = self.live.get(state.job_id)
        if job is None or job.outcome is None or state.run != job.record.runs - 1:
            await keeper.forget(state.job_id, state.run)
        elif not job.outcome.done():
            # Forgotten by the job's own task, once its end is recorded.
            job.outcome.set_result(state)

    def lost(self) -> None:
        for job in self.live.values():
            if job.outcome is not None and not job.outcome.done():
                job.outcome.set_result(Interruption.LOST)

    def _take_up(self, job: LiveJob, state: RunState | None) -> None:
        """Go on with a job of the database; `state` is its present run, if there is one."""
        record = job.record
        restarting = record.last.reason == "Restarting"
        if state is not None:
            record.runs = state.run + 1
            job.run_began = state.started_at
            job.outcome = asyncio.get_running_loop().create_future()
            job.placement = self.queues[record.project.cluster].capacity.force(job.demand)
            if record.status != "running" or restarting:
                self._ledger.move(job, Transition("running", self._now()))
        elif record.status == "running":
            job.placement = self.queues[record.project.cluster].capacity.force(job.demand)
            if not restarting:
                job.outcome = asyncio.get_running_loop().create_future()
                job.outcome.set_result(Interruption.LOST)
        self._lead(job)

    def _adopt(self, record: JobRecord) -> LiveJob:
        job = LiveJob(record, self._demand(record), record.last.time)
        self.live[record.id] = job
        return job

    def _demand(self, record: JobRecord) -> Demand:
        cluster = self._configuration.cluster(record.project.cluster)
        preset = cluster.preset(record.preset_name or "") if cluster else None
        resources = record.container["resources"]
        gpu = preset.gpu if preset else None
        return Demand(
            cpu=milli(float(resources["cpu"])),
            memory=int(resources["memory"]),
            gpus=int(resources.get("nvidia_gpu", 0)),
            gpu_model=resources.get("nvidia_gpu_model") or (gpu.model if gpu else None),
            pools=preset.pools if preset else (),
        )

    def _lead(self, job: LiveJob) -> None:
        job.task = self._spawn(self._lead_to_the_end(job))

    async def _lead_to_the_end(self, job: LiveJob) -> None:
        await self.lifecycle.lead(job)
        self.retention.watch()

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a job's task failed", exc_info=error)


def _is_present(record: JobRecord, state: RunState) -> bool:
    """Whether the run is the job's present one, and its end is not recorded yet.

    Either it is the one that is recorded as running, or its start was not recorded any more.
    """
    if state.run == record.runs:
        return True
    running = record.status == "running" and record.last.reason != "Restarting"
    return running and state.run == record.runs - 1
