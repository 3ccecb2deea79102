"""One job's way from its first place to its end: runs, restarts, suspensions."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from apolo_tui.local.configuration import Policies
from apolo_tui.local.deadlines import Deadlines
from apolo_tui.local.dispatch import Dispatcher
from apolo_tui.local.keeper.api import KeeperError, KeeperLost, NotRunning, RunSpec, RunState
from apolo_tui.local.keeper_line import KeeperLine
from apolo_tui.local.launch import run_spec
from apolo_tui.local.ledger import Ledger
from apolo_tui.local.live import Interruption, LiveJob
from apolo_tui.local.record import Transition
from apolo_tui.local.secret_file import MissingSecretsError, SecretFile, SecretFileError
from apolo_tui.local.staging import Phases, Staging, StartError

NOT_STARTED = "The job could not be started."
KEEPER_LOST = "The process that kept the local jobs was lost, and this job with it."
SERVER_FAILED = "The local platform failed; server.txt in its folder says why."
CANNOT_START = 126


class Lifecycle:
    """Leads jobs; one task each calls `lead`."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        dispatcher: Dispatcher,
        deadlines: Deadlines,
        line: KeeperLine,
        secrets: SecretFile,
        policies: Policies,
    ) -> None:
        self.phases: Phases | None = None
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._deadlines = deadlines
        self._line = line
        self._secrets = secrets
        self._policies = policies
        self._closing = False

    def close(self) -> None:
        """From now on a cancelled task leaves its job as it is: it goes on elsewhere."""
        self._closing = True

    async def lead(self, job: LiveJob) -> None:
        """Lead a job to its end, and beyond it until its processes are gone."""
        try:
            await self._runs(job)
        except asyncio.CancelledError:
            if not job.record.final:
                raise
        finally:
            if not self._closing:
                if not job.record.final:
                    self._ledger.fail(job, "Error", SERVER_FAILED)
                await self._end(job)

    async def _runs(self, job: LiveJob) -> None:
        while not job.record.final:
            if job.outcome is None and not (await self._placed(job) and await self._started(job)):
                return
            assert job.outcome is not None
            self._deadlines.watch_life_span(job)
            outcome = await job.outcome
            job.suspending = False
            if isinstance(outcome, RunState):
                await self._after_run(job, outcome)
            elif outcome is Interruption.LOST:
                job.outcome = None
                self._ledger.fail(job, "NotFound", KEEPER_LOST)
            else:
                # Told first: a server that dies now must not take the stop for a failure.
                self._ledger.move(job, Transition("suspended", self._ledger.now()))
                await self._stop_run(job)
                job.waiting_since = self._ledger.now()
                self._dispatcher.release(job)

    async def _placed(self, job: LiveJob) -> bool:
        """Wait for a place. False when there can never be one, and the job has failed."""
        if job.placement is not None:
            return True
        queue = self._dispatcher.queue(job)
        if not queue.capacity.possible(job.demand):
            self._ledger.fail(job, "Job cannot be scheduled", NOT_STARTED)
            return False
        job.placed = asyncio.get_running_loop().create_future()
        self._deadlines.watch_schedule(job, queue.cluster.schedule_timeout)
        self._dispatcher.poke()
        try:
            job.placement = await job.placed
        finally:
            job.placed = None
            self._deadlines.placed(job)
        return True

    async def _started(self, job: LiveJob) -> bool:
        """Start a run. False when that is not possible, and the job has failed."""
        record = job.record
        try:
            spec = await self._prepared(job)
        except (MissingSecretsError, SecretFileError) as error:
            self._ledger.fail(job, str(error), NOT_STARTED)
            return False
        except StartError as error:
            self._ledger.fail(job, error.reason, error.description)
            return False
        keeper = await self._line.keeper()
        job.outcome = asyncio.get_running_loop().create_future()
        record.runs += 1
        record.materialized = True
        try:
            # Not to be torn in half: the tree must be known before it can be stopped.
            state = await _finish(keeper.start(spec))
        except KeeperLost:
            job.outcome = None
            self._ledger.fail(job, "NotFound", KEEPER_LOST)
            return False
        except KeeperError as error:
            now = self._ledger.now()
            state = RunState(record.id, spec.run, None, now, now, CANNOT_START, error=str(error))
        job.run_began = self._ledger.now()
        if state.pid is None:
            job.outcome = None
            code = CANNOT_START if state.exit_code is None else state.exit_code
            self._ledger.fail(job, "ContainerCannotRun", state.error or None, code)
            await self._forget(state)
            return False
        self._ledger.move(job, Transition("running", self._ledger.now()))
        if record.scheduler_enabled:
            self._dispatcher.poke()  # from now on its turn passes
        return True

    async def _prepared(self, job: LiveJob) -> RunSpec:
        """What to run, after the phases. Raises StartError and the errors of secrets."""
        container = job.record.container
        secrets = self._secrets.resolve(container.get("secret_env", {}))
        # Files cannot be mounted here, but a missing secret is the platform's error all the same.
        volumes = container.get("secret_volumes", ())
        self._secrets.resolve({one["dst_path"]: one["src_secret_uri"] for one in volumes})
        if self.phases is not None:
            await self.phases(Staging(job.record, lambda *why: self._ledger.hold(job, *why)))
        assert job.placement is not None
        return run_spec(
            job.record,
            run=job.record.runs,
            secrets=secrets,
            gpus=job.placement.gpus,
            log_limit=self._policies.log_limit,
        )

    async def _after_run(self, job: LiveJob, state: RunState) -> None:
        """Record the end of a run, and wait for the next one if there is to be one."""
        job.outcome = None
        policy, code = job.record.restart_policy, state.exit_code
        if state.error:  # the keeper was killed, and its successor says so
            self._ledger.fail(job, "NotFound", state.error, code)
        elif policy == "always" or (policy == "on-failure" and code != 0):
            await self._pause(job, state)
            return
        elif code == 0 and not state.out_of_memory:
            self._ledger.move(job, Transition("succeeded", self._ledger.now(), exit_code=0))
        else:
            self._ledger.fail(job, "OOMKilled" if state.out_of_memory else "Error", None, code)
        await self._forget(state)

    async def _pause(self, job: LiveJob, state: RunState) -> None:
        """The wait before a restart; it counts as running (docs/protocol.md section 5.8)."""
        now = self._ledger.now()
        if (state.ended_at or now) - state.started_at >= self._policies.restart_reset:
            job.short_runs = 0
        delays = self._policies.restart_delays
        delay = delays[min(job.short_runs, len(delays) - 1)].total_seconds()
        job.short_runs += 1
        why = f"Exit code {state.exit_code}" + (" (OOMKilled)" if state.out_of_memory else "")
        description = f"{why}; the next start is in {delay:g} s."
        self._ledger.move(job, Transition("running", now, "Restarting", description))
        await self._forget(state)
        self._deadlines.watch_life_span(job)
        await asyncio.sleep(delay)

    async def _stop_run(self, job: LiveJob) -> None:
        job.outcome = None
        # It may have ended by itself meanwhile, or all of them have.
        with suppress(NotRunning, KeeperLost):
            keeper = await self._line.keeper()
            await keeper.stop(job.id, grace=self._policies.stop_grace.total_seconds())
            await keeper.forget(job.id, job.record.runs - 1)

    async def _end(self, job: LiveJob) -> None:
        """The job is over: its tree is stopped, its place is free."""
        if job.outcome is not None:
            await self._stop_run(job)
        self._deadlines.over(job)
        self._ledger.remove(job)
        self._dispatcher.release(job)

    async def _forget(self, state: RunState) -> None:
        with suppress(KeeperLost):  # one that is gone has nothing left to tell
            await (await self._line.keeper()).forget(state.job_id, state.run)


async def _finish(work: Awaitable[RunState]) -> RunState:
    """Wait for work to the end even when cancelled, and be cancelled after it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
