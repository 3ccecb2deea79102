"""The life of jobs: from accepted to over, through restarts, suspensions and lost keepers.

Each active job is led by one task (`_live`). Everything is event driven: a queue pass follows
a change, and alarms stand for what time alone does.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from apolo_tui.local.accounts import Accounts, Payer, payers
from apolo_tui.local.capacity import Demand, Placement, milli
from apolo_tui.local.clock import Alarms, Clock
from apolo_tui.local.configuration import Configuration, Policies
from apolo_tui.local.database import Database
from apolo_tui.local.keeper.api import Keeper, KeeperError, KeeperLost, NotRunning, RunState
from apolo_tui.local.launch import run_spec
from apolo_tui.local.live import Interruption, LiveJob
from apolo_tui.local.names import ProjectKey
from apolo_tui.local.record import JobRecord, Transition
from apolo_tui.local.scheduling import Queue
from apolo_tui.local.secret_file import MissingSecretsError, SecretFile, SecretFileError

log = logging.getLogger(__name__)

KeeperOpener = Callable[[], AbstractAsyncContextManager[Keeper]]
NOT_STARTED = "The job could not be started."
KEEPER_LOST = "The process that kept the local jobs was lost, and this job with it."
RECONNECT_DELAYS = (0.1, 1.0, 5.0, 30.0)


class StartError(Exception):
    """Raised by a phases hook: the job ends `failed` with this reason."""

    def __init__(self, reason: str, description: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.description = description


class Staging:
    """A job on its way to its first process, as a phases hook sees it."""

    def __init__(self, record: JobRecord, hold: Callable[[str, str | None], None]) -> None:
        self.record = record
        self._hold = hold

    def pending(self, reason: str, description: str | None = None) -> None:
        """The job is `pending` for this reason, e.g. Pulling, ErrImagePull, ClusterScalingUp."""
        self._hold(reason, description)


Phases = Callable[[Staging], Awaitable[None]]
"""Runs between the place and the process of each run; may wait, and may raise StartError."""


class Engine:
    """Takes accepted jobs and runs them on the keeper. One event loop, no threads."""

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
        self.configuration = configuration
        self.policies = policies
        self.phases = phases
        self.now = now
        self.live: dict[str, LiveJob] = {}
        self.last_end: datetime | None = None
        """When the last job was over."""
        self._database = database
        self._secrets = secrets
        self._keepers = keepers
        self._keeper: Keeper | None = None
        self._keeper_ready = asyncio.Event()
        self._alarms = Alarms()
        self._closing = False
        self._pass_due = False
        self._next_look: datetime | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.accounts = Accounts(configuration, database, self._active, now)
        self.queues = {
            cluster.name: Queue(cluster, self.accounts, policies.preemption_quantum, now)
            for cluster in configuration.clusters
        }

    # -- running ---------------------------------------------------------------------------

    @asynccontextmanager
    async def run(self) -> AsyncIterator["Engine"]:
        """Take up the jobs of the database, and lead them until the block is left.

        Runs go on in the keeper afterwards, if it goes on.
        """
        for record in self._database.load_active():
            self._adopt(record)
        follower = asyncio.create_task(self._follow_keeper())
        try:
            await self._first_keeper(follower)
            for job_id in self._database.being_dropped():
                self._drop_later(job_id)
            self._drop_old()
            yield self
        finally:
            self._closing = True
            self._alarms.clear_all()
            tasks = [follower, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _first_keeper(self, follower: "asyncio.Task[None]") -> None:
        ready = asyncio.create_task(self._keeper_ready.wait())
        try:
            await asyncio.wait({ready, follower}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if follower.done():
            follower.result()

    async def keeper(self) -> Keeper:
        """The keeper, once it can be reached."""
        await self._keeper_ready.wait()
        if self._keeper is None:
            raise KeeperLost("the keeper went away")
        return self._keeper

    async def end_keeper(self) -> None:
        """End the keeper for good, and with it whatever it still runs."""
        keeper = await self.keeper()
        self._closing = True
        await keeper.shutdown()

    async def _follow_keeper(self) -> None:
        opened = False
        failures = 0
        while True:
            try:
                async with self._keepers() as keeper:
                    await self._meet(keeper)
                    opened, failures = True, 0
                    try:
                        async for state in keeper.ended():
                            await self._ended(keeper, state)
                    finally:
                        self._keeper_ready.clear()
                        self._keeper = None
            except KeeperError as error:
                if not opened:
                    raise
                if self._closing:
                    return
                log.warning("the keeper is gone: %s", error)
            self._lose_runs()
            await asyncio.sleep(RECONNECT_DELAYS[min(failures, len(RECONNECT_DELAYS) - 1)])
            failures += 1

    async def _meet(self, keeper: Keeper) -> None:
        """Compare what the keeper runs with what is recorded; adopt, end or forget each run."""
        states = {(state.job_id, state.run): state for state in await keeper.runs()}
        for state in states.values():
            job = self.live.get(state.job_id)
            if job is None or state.run not in (job.record.runs - 1, job.record.runs):
                if state.alive:
                    await keeper.stop(state.job_id, grace=self._grace)
                await keeper.forget(state.job_id, state.run)
        self._keeper = keeper
        self._keeper_ready.set()
        for known in list(self.live.values()):
            if known.task is None:
                runs = known.record.runs
                latest = states.get((known.id, runs)) or states.get((known.id, runs - 1))
                self._resume(known, latest)
        self._poke()

    def _resume(self, job: LiveJob, state: RunState | None) -> None:
        """Take up a job of the database: `state` is its run in the keeper, if there is one."""
        record = job.record
        if state is not None and (record.status == "running" or state.run == record.runs):
            record.runs = state.run + 1
            job.run_began = state.started_at
            job.outcome = asyncio.get_running_loop().create_future()
            job.placement = self._queue(job).capacity.force(job.demand)
            if record.status != "running" or record.last.reason == "Restarting":
                self._move(job, Transition("running", self.now()))
        elif record.status == "running":
            job.placement = self._queue(job).capacity.force(job.demand)
            if record.last.reason != "Restarting":
                job.outcome = asyncio.get_running_loop().create_future()
                job.outcome.set_result(Interruption.LOST)
        self._lead(job)

    def _lose_runs(self) -> None:
        for job in self.live.values():
            if job.outcome is not None and not job.outcome.done():
                job.outcome.set_result(Interruption.LOST)

    async def _ended(self, keeper: Keeper, state: RunState) -> None:
        job = self.live.get(state.job_id)
        if job is None or job.outcome is None or state.run != job.record.runs - 1:
            await keeper.forget(state.job_id, state.run)
        elif not job.outcome.done():
            # Forgotten by the job's own task, once its end is recorded.
            job.outcome.set_result(state)

    # -- what is asked of the engine ---------------------------------------------------------

    def accept(self, record: JobRecord) -> LiveJob:
        """A new job. Raises QuotaError."""
        self.accounts.check(record)
        record.add(Transition("pending", record.created_at, "Creating"))
        self._database.insert(record)
        job = self._adopt(record)
        self._lead(job)
        self._poke()
        return job

    def cancel(self, job_id: str, reason: str = "UserRequested") -> None:
        """The job is over at once; its processes end within the grace."""
        job = self.live.get(job_id)
        if job is None or job.record.final:
            return
        self._move(job, Transition("cancelled", self.now(), reason))
        if job.task is not None:
            job.task.cancel()

    def set_status(self, job_id: str, transition: Transition) -> None:
        """A transition that a service orders; a final one ends the processes."""
        job = self.live[job_id]
        self._move(job, transition)
        if job.record.final and job.task is not None:
            job.task.cancel()

    def set_life_span(self, record: JobRecord, minutes: int) -> None:
        job = self.live.get(record.id)
        if job is not None:
            record = job.record
        record.max_run_time_minutes = minutes
        self._database.save(record)
        if job is not None:
            self._notify(job)
            self._watch_life_span(job)

    def set_materialized(self, record: JobRecord, materialized: bool) -> None:
        record.materialized = materialized
        self._database.save(record)

    def drop(self, record: JobRecord) -> None:
        """Ask for a finished job's removal; the log goes first."""
        record.being_dropped = True
        self._database.save(record)
        self._drop_later(record.id)

    def _drop_later(self, job_id: str) -> None:
        self._alarms.set(
            ("drop", job_id), self.policies.drop_delay, lambda: self._remove_soon(job_id)
        )

    def _remove_soon(self, job_id: str) -> None:
        self._spawn(self.remove(job_id))

    async def remove(self, job_id: str) -> None:
        """Remove a finished job's log and then the job."""
        self._alarms.clear(("drop", job_id))
        keeper = await self.keeper()
        await keeper.remove(job_id)
        self._database.delete(job_id)

    def record(self, job_id: str) -> JobRecord | None:
        """A job, active or finished, by its id."""
        job = self.live.get(job_id)
        return job.record if job is not None else self._database.load(job_id)

    async def changed(self, job_id: str) -> None:
        """Wait for the next transition of an active job; returns at once for others."""
        job = self.live.get(job_id)
        if job is not None and not job.record.final:
            await job.changed.wait()

    async def all_over(self) -> None:
        """Wait until no job is active and no process of one is left."""
        while self.live:
            await next(iter(self.live.values())).changed.wait()

    def _active(self) -> list[JobRecord]:
        return [job.record for job in self.live.values() if not job.record.final]

    # -- one job's life ----------------------------------------------------------------------

    def _adopt(self, record: JobRecord) -> LiveJob:
        job = LiveJob(record, self._demand(record), record.last.time)
        self.live[record.id] = job
        return job

    def _demand(self, record: JobRecord) -> Demand:
        cluster = self.configuration.cluster(record.project.cluster)
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
        job.task = self._spawn(self._live(job))

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a job's task failed", exc_info=error)

    async def _live(self, job: LiveJob) -> None:
        try:
            await self._life(job)
        except asyncio.CancelledError:
            if not job.record.final:
                raise
        finally:
            if not self._closing:
                await self._end(job)

    async def _life(self, job: LiveJob) -> None:
        while True:
            if job.outcome is None and not await self._begin(job):
                return
            assert job.outcome is not None
            self._watch_life_span(job)
            outcome = await job.outcome
            job.suspending = False
            if outcome is Interruption.LOST:
                job.outcome = None
                self._fail(job, "NotFound", KEEPER_LOST)
                return
            if outcome is Interruption.SUSPENDED:
                await self._stop_run(job)
                self._move(job, Transition("suspended", self.now()))
                job.waiting_since = self.now()
                self._release(job)
                continue
            assert isinstance(outcome, RunState)
            if not await self._after_run(job, outcome):
                return

    async def _begin(self, job: LiveJob) -> bool:
        """Wait for a place and start a run; False when the job is over instead."""
        return await self._wait_for_place(job) and await self._start(job)

    async def _wait_for_place(self, job: LiveJob) -> bool:
        """False when there can never be one, and the job has failed."""
        if job.placement is not None:
            return True
        if not self._queue(job).capacity.possible(job.demand):
            self._fail(job, "Job cannot be scheduled", NOT_STARTED)
            return False
        job.placed = asyncio.get_running_loop().create_future()
        self._watch_schedule_timeout(job)
        self._poke()
        try:
            job.placement = await job.placed
        finally:
            job.placed = None
            self._alarms.clear(("schedule", job.id))
        return True

    async def _start(self, job: LiveJob) -> bool:
        record = job.record
        try:
            secrets = self._secrets.resolve(record.container.get("secret_env", {}))
            self._secrets.resolve(
                {
                    volume["dst_path"]: volume["src_secret_uri"]
                    for volume in record.container.get("secret_volumes", ())
                }
            )
            if self.phases is not None:
                await self.phases(Staging(record, lambda *why: self._hold(job, *why)))
        except (MissingSecretsError, SecretFileError) as error:
            self._fail(job, str(error), NOT_STARTED)
            return False
        except StartError as failed:
            self._fail(job, failed.reason, failed.description)
            return False
        assert job.placement is not None
        spec = run_spec(
            record,
            run=record.runs,
            secrets=secrets,
            gpus=job.placement.gpus,
            log_limit=self.policies.log_limit,
        )
        keeper = await self.keeper()
        job.outcome = asyncio.get_running_loop().create_future()
        record.runs += 1
        record.materialized = True
        try:
            # Not to be torn in half: the tree must be known before it can be stopped.
            state = await _finish(keeper.start(spec))
        except KeeperLost:
            job.outcome = None
            self._fail(job, "NotFound", KEEPER_LOST)
            return False
        except KeeperError as error:
            state = RunState(
                record.id, spec.run, None, self.now(), self.now(), 126, error=str(error)
            )
        job.run_began = self.now()
        if state.pid is None:
            job.outcome = None
            code = 126 if state.exit_code is None else state.exit_code
            self._fail(job, "ContainerCannotRun", state.error or None, code)
            await self._forget(state)
            return False
        self._move(job, Transition("running", self.now()))
        if record.scheduler_enabled:
            self._poke()  # from now on its turn passes
        return True

    async def _after_run(self, job: LiveJob, state: RunState) -> bool:
        """Record the end of a run; True when the job is to run again."""
        record = job.record
        code = state.exit_code
        if state.error:  # the keeper was killed, and says so after its return
            job.outcome = None
            self._fail(job, "NotFound", state.error, code)
            await self._forget(state)
            return False
        again = record.restart_policy == "always" or (
            record.restart_policy == "on-failure" and code != 0
        )
        reason = "OOMKilled" if state.out_of_memory else "Error"
        job.outcome = None
        if not again:
            end = Transition("failed", self.now(), reason, None, code)
            if code == 0 and not state.out_of_memory:
                end = replace(end, status="succeeded", reason=None)
            self._move(job, end)
            await self._forget(state)
            return False
        lasted = (state.ended_at or self.now()) - state.started_at
        job.short_runs = 0 if lasted >= self.policies.restart_reset else job.short_runs
        delays = self.policies.restart_delays
        delay = delays[min(job.short_runs, len(delays) - 1)]
        job.short_runs += 1
        why = f"Exit code {code}" + (" (OOMKilled)" if state.out_of_memory else "")
        self._move(
            job,
            Transition(
                "running",
                self.now(),
                "Restarting",
                f"{why}; the next start is in {delay.total_seconds():g} s.",
            ),
        )
        await self._forget(state)
        self._watch_life_span(job)
        await asyncio.sleep(delay.total_seconds())
        return True

    async def _stop_run(self, job: LiveJob) -> None:
        job.outcome = None
        try:
            keeper = await self.keeper()
            await keeper.stop(job.id, grace=self._grace)
            await keeper.forget(job.id, job.record.runs - 1)
        except (NotRunning, KeeperLost):
            pass  # it ended by itself meanwhile, or all of them have

    async def _end(self, job: LiveJob) -> None:
        """The job is over: its tree is stopped, its place is free."""
        if job.outcome is not None:
            await self._stop_run(job)
        for kind in ("life", "schedule"):
            self._alarms.clear((kind, job.id))
        if job.record.materialized:
            job.record.materialized = False
            self._database.save(job.record)
        self.live.pop(job.id, None)
        self.last_end = self.now()
        self._notify(job)
        self._release(job)
        self._watch_retention()

    async def _forget(self, state: RunState) -> None:
        with suppress(KeeperLost):  # one that is gone has nothing left to tell
            await (await self.keeper()).forget(state.job_id, state.run)

    def _release(self, job: LiveJob) -> None:
        if job.placement is not None:
            self._queue(job).capacity.release(job.placement)
            job.placement = None
        self._poke()

    # -- transitions -------------------------------------------------------------------------

    def _move(self, job: LiveJob, transition: Transition) -> None:
        """Record a transition, then tell it."""
        record = job.record
        if record.final:
            return
        if transition.time < record.last.time:
            transition = replace(transition, time=record.last.time)
        record.add(transition)
        self._database.save(record, transition=True)
        self._notify(job)
        for payer in payers(record):
            self._watch_credits(payer)

    def _fail(
        self, job: LiveJob, reason: str, description: str | None, exit_code: int | None = None
    ) -> None:
        self._move(job, Transition("failed", self.now(), reason, description, exit_code))

    def _hold(self, job: LiveJob, reason: str, description: str | None) -> None:
        last = job.record.last
        if last.status == "pending" and (last.reason, last.description) != (reason, description):
            self._move(job, Transition("pending", self.now(), reason, description))

    def _notify(self, job: LiveJob) -> None:
        job.changed.set()
        job.changed = asyncio.Event()

    # -- the queue's moves -------------------------------------------------------------------

    def _poke(self) -> None:
        """Pass over the queues once, soon, however often this is called."""
        if not self._pass_due and not self._closing:
            self._pass_due = True
            asyncio.get_running_loop().call_soon(self._pass)

    def _pass(self) -> None:
        self._pass_due = False
        if self._closing or not self._keeper_ready.is_set():
            return
        waiting: dict[str, list[LiveJob]] = {}
        running: dict[str, list[LiveJob]] = {}
        for job in self.live.values():
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
        self._hold(job, reason, description)

    def suspend(self, job: LiveJob) -> None:
        if job.outcome is not None and not job.outcome.done():
            job.suspending = True
            job.outcome.set_result(Interruption.SUSPENDED)

    def look_again(self, delay: timedelta) -> None:
        due = self.now() + delay
        if self._next_look is None or due < self._next_look:
            self._next_look = due
            self._alarms.set("queue", delay, self._look)

    def _look(self) -> None:
        self._next_look = None
        self._poke()

    def _queue(self, job: LiveJob) -> Queue:
        return self.queues[job.record.project.cluster]

    # -- what time does ----------------------------------------------------------------------

    @property
    def _grace(self) -> float:
        return self.policies.stop_grace.total_seconds()

    def _watch_life_span(self, job: LiveJob) -> None:
        minutes = job.record.max_run_time_minutes
        if minutes is None or job.record.status != "running":
            self._alarms.clear(("life", job.id))
            return
        # Minutes beyond a year make no difference to an alarm, and would overflow a timedelta.
        limit = min(minutes, 366 * 24 * 60) * self.policies.life_span_minute
        left = limit - job.record.run_time(self.now())
        if left <= timedelta():
            self.cancel(job.id, "LifeSpanEnded")
        else:
            self._alarms.set(("life", job.id), left, lambda: self._watch_life_span(job))

    def _watch_schedule_timeout(self, job: LiveJob) -> None:
        record = job.record
        if record.status != "pending" or record.scheduler_enabled:
            return
        timeout = (
            self._queue(job).cluster.schedule_timeout
            if record.schedule_timeout is None
            else timedelta(seconds=record.schedule_timeout)
        )
        if timeout is None:
            return
        left = record.created_at + timeout - self.now()
        if left > timedelta():
            self._alarms.set(("schedule", job.id), left, lambda: self._watch_schedule_timeout(job))
        elif job.placed is not None and not job.placed.done() and job.task is not None:
            description = f"No place became free within {timeout.total_seconds():g} s."
            self._fail(job, "ClusterScaleUpFailed", description)
            job.task.cancel()

    def _watch_credits(self, payer: Payer) -> None:
        if self.accounts.quota(payer).credits is None:
            return
        lasts = self.accounts.lasts(payer)
        if lasts is None:
            self._alarms.clear(("credits", payer))
        elif lasts > timedelta():
            self._alarms.set(("credits", payer), lasts, lambda: self._watch_credits(payer))
        else:
            for job in list(self.live.values()):
                if payer.pays_for(job.record):
                    self.cancel(job.id, "QuotaExhausted")

    def _watch_retention(self) -> None:
        first = self._database.first_finished()
        if first is not None:
            left = first + self.policies.retention - self.now()
            # A day is as far as an event loop looks ahead.
            self._alarms.set("retention", min(left, timedelta(days=1)), self._drop_old)

    def _drop_old(self) -> None:
        for job_id in self._database.finished_before(self.now() - self.policies.retention):
            record = self._database.load(job_id)
            if record is not None and job_id not in self.live:
                self.drop(record)
        self._watch_retention()

    def record_history(self, record: JobRecord) -> None:
        """A job that was over before this platform began, e.g. a demonstration's past."""
        self._database.insert(record)

    def projects(self) -> set[ProjectKey]:
        return {project for user in self.configuration.users for project in user.roles}


async def _finish(work: Awaitable[RunState]) -> RunState:
    """Wait for work to the end even when cancelled, and be cancelled after it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
