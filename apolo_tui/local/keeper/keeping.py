"""The keeper itself: starts runs, keeps them, and tells how they ended."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.api import (
    KeeperError,
    KeeperLost,
    LogPosition,
    NotRunning,
    RunSpec,
    RunState,
)
from apolo_tui.local.keeper.backend import Executed, Joined
from apolo_tui.local.keeper.children import OwnChildren, SomeChildren
from apolo_tui.local.keeper.compressing import OLD, Compressing
from apolo_tui.local.keeper.endings import Endings
from apolo_tui.local.keeper.ends import Ends
from apolo_tui.local.keeper.executions import Executions
from apolo_tui.local.keeper.folder import KeeperFolder, checked
from apolo_tui.local.keeper.growth import Growth
from apolo_tui.local.keeper.journal import LOG_LIMIT, Journal
from apolo_tui.local.keeper.launch import LaunchError, launch, working_folder
from apolo_tui.local.keeper.memory import MemoryWatch
from apolo_tui.local.keeper.orphans import end_orphans
from apolo_tui.local.keeper.records import Record, Records
from apolo_tui.local.keeper.runs import LiveRun
from apolo_tui.local.keeper.segments import sweep_folder
from apolo_tui.local.keeper.trees import MARK, RunKey, Trees, mark

logger = logging.getLogger(__name__)

GLANCE = 0.25
"""Seconds for which a look at the trees serves all who ask for one."""


TERMINAL = "xterm-256color"
"""What a job on a terminal is told of it, unless its own environment says otherwise."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a keeper keeps."""

    log_limit: int = LOG_LIMIT
    """Bytes of log kept for a job whose spec says nothing."""
    compress_after: float = OLD
    """Seconds after which a finished segment of a log is compressed."""
    sole: bool = False
    """Whether all children of this process are the keeper's, so that it may adopt orphans."""


class Keeping:
    """A keeper at work in the running event loop; a Backend. Its owner holds the folder's lock."""

    def __init__(self, folder: KeeperFolder, options: Options) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._folder = folder
        self._options = options
        self._token = folder.token()
        self._boot = system.boot()
        self._records = Records(folder.runs)
        self._live: dict[str, LiveRun] = {}
        self._ends = Ends(self._records, end_orphans(folder))
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._glanced: tuple[float, dict[RunKey, list[system.Process]]] = (-1.0, {})
        system.raise_descriptor_limit()
        if options.sole:
            system.adopt_orphans()
        self._children = OwnChildren(loop) if options.sole else SomeChildren(loop)
        self._trees = Trees(self._token)
        self._endings = Endings(self._trees, strays=self._strays, gone=self._gone, loop=loop)
        self._memory = MemoryWatch(
            self._trees, runs=self._live.values, above=self._out_of_memory, loop=loop
        )
        self._executions = Executions(trees=self._trees, children=self._children, loop=loop)
        self._compressing = Compressing(loop=loop, after=options.compress_after)
        for segment in sweep_folder(folder.logs):
            self._compressing.add(segment)

    @property
    def idle(self) -> bool:
        """Whether no run is alive."""
        return not self._live

    async def start(self, spec: RunSpec) -> RunState:
        self._check_open()
        key = (checked(spec.job_id), spec.run)
        if spec.job_id in self._live:
            raise KeeperError(f"{spec.job_id} is running already.")
        if key in self._ends:
            raise KeeperError(f"Run {spec.run} of {spec.job_id} has ended already.")
        folder = working_folder(spec.working_dir)
        journal = self._journal(spec)
        now = datetime.now(UTC)
        try:
            launched = launch(
                spec.argv,
                environment=self._environment(spec, tty=spec.tty),
                working_dir=folder,
                tty=spec.tty,
            )
        except LaunchError as error:
            journal.append(spec.run, 2, f"{error}\n".encode())
            journal.close()
            state = RunState(
                spec.job_id,
                spec.run,
                None,
                started_at=now,
                ended_at=now,
                exit_code=error.exit_code,
                error=str(error),
            )
            self._record(state, started=0)
            self._ends.tell(state)
            return state
        self._live[spec.job_id] = run = LiveRun(
            spec,
            launched=launched,
            root=self._trees.plant(key, launched.pid),
            working_dir=folder,
            journal=journal,
            started_at=now,
            loop=self._loop,
        )
        self._record(run.state, started=run.root.started if run.root else 0)
        self._children.watch(launched.pid, lambda code: self._root_ended(run, code))
        if spec.memory_limit is not None:
            self._memory.wake()
        # Starts block for some milliseconds each: the others get their turn in between.
        await asyncio.sleep(0)
        return run.state

    def _journal(self, spec: RunSpec) -> Journal:
        try:
            return Journal(
                self._folder.log(spec.job_id),
                limit=spec.log_limit or self._options.log_limit,
                sealed=self._compressing.add,
            )
        except OSError as error:
            raise KeeperError(f"The log of {spec.job_id} cannot be written: {error}") from error

    def _environment(self, spec: RunSpec, *, tty: bool) -> dict[str, str]:
        environment = {**os.environ, "NEURO_JOB_ID": spec.job_id}
        if tty:
            # The terminal is the job's own, not the one that this process was started from.
            environment["TERM"] = TERMINAL
        return {**environment, **spec.env, MARK: mark(self._token, (spec.job_id, spec.run))}

    def _record(self, state: RunState, *, started: int) -> None:
        try:
            self._records.write(Record(state, started, self._boot))
        except OSError as error:
            logger.error("cannot record run %s of %s: %s", state.run, state.job_id, error)

    def _root_ended(self, run: LiveRun, code: int) -> None:
        run.exit_code = code
        run.drain()
        if run.state.pid is not None:
            self._trees.uproot(run.state.pid)
        self._endings.add(run)

    def _gone(self, run: LiveRun) -> None:
        task = self._loop.create_task(self._finish(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, run: LiveRun) -> None:
        await run.finish(datetime.now(UTC))
        del self._live[run.spec.job_id]
        self._record(run.state, started=run.root.started if run.root else 0)
        run.growth.end()
        run.over.set()
        self._ends.tell(run.state)

    def _strays(self) -> Sequence[system.Process]:
        if not self._options.sole:
            return ()
        roots = [run.root for run in self._live.values() if run.exit_code is None]
        starts = [root.started for root in roots if root is not None]
        return self._trees.strays(min(starts, default=None))

    def _out_of_memory(self, run: LiveRun) -> None:
        if run.exit_code is None:
            run.out_of_memory = True
            run.signal_root(signal.SIGKILL)

    def _run(self, job_id: str) -> LiveRun:
        self._check_open()
        run = self._live.get(job_id)
        if run is None or run.exit_code is not None:
            raise NotRunning(f"Job '{job_id}' is not running.")
        return run

    def _check_open(self) -> None:
        if self._closed:
            raise KeeperLost("The keeper was closed.")

    async def signal(self, job_id: str, number: int) -> None:
        self._run(job_id).signal_root(number)

    async def stop(self, job_id: str, grace: float) -> None:
        self._check_open()
        run = self._live.get(job_id)
        if run is None:
            return
        run.kill_at = self._loop.time() + grace
        if grace > 0:
            for process in self._trees.scan().get(run.key, ()):
                system.kill_exactly(process, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(run.over.wait(), grace)
        run.signal_root(signal.SIGKILL)
        await run.over.wait()

    async def runs(self) -> Sequence[RunState]:
        self._check_open()
        return [*self._ends.all(), *(run.state for run in self._live.values())]

    async def forget(self, job_id: str, run: int) -> None:
        self._check_open()
        self._ends.forget(job_id, run)

    async def remove(self, job_id: str) -> None:
        self._check_open()
        if job_id in self._live:
            raise KeeperError(f"{job_id} is running.")
        self._ends.forget_job(job_id)
        shutil.rmtree(self._folder.log(job_id), ignore_errors=True)

    async def tree(self, job_id: str) -> Sequence[int]:
        run = self._run(job_id)
        now = self._loop.time()
        if now - self._glanced[0] > GLANCE or run.key not in self._glanced[1]:
            self._glanced = (now, self._trees.glance())
        return [process.pid for process in self._glanced[1].get(run.key, ())]

    async def join(self, job_id: str, stdin: bool) -> Joined:
        run = self._run(job_id)
        # The terminal's size is the caller's to set even when nothing is to be typed.
        wanted = run.stdin is not None and (stdin or run.spec.tty)
        return Joined(
            run=run.spec.run,
            position=LogPosition(*run.journal.position),
            tty=run.spec.tty,
            stdin=os.dup(run.stdin) if wanted and run.stdin is not None else None,
        )

    async def execute(
        self, job_id: str, argv: Sequence[str], tty: bool, stdin: bool, stdout: bool, stderr: bool
    ) -> Executed:
        run = self._run(job_id)
        return self._executions.start(
            run.key,
            argv,
            environment=self._environment(run.spec, tty=tty),
            working_dir=run.working_dir,
            tty=tty,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    async def exit_code(self, ident: int) -> int:
        self._check_open()
        return await self._executions.exit_code(ident)

    async def watch(self, job_id: str) -> Growth | None:
        return self.growth(job_id)

    def growth(self, job_id: str) -> Growth | None:
        """What `watch` gives, at once."""
        self._check_open()
        run = self._live.get(job_id)
        return None if run is None else run.growth

    def unwatch(self, job_id: str, growth: Growth) -> None:
        """Nothing is kept of who watches."""

    def on_ended(self, listener: Callable[[RunState | Exception], None]) -> Callable[[], None]:
        return self._ends.listen(listener)

    async def close(self) -> None:
        """End every run, then all that this keeper has open."""
        if self._closed:
            return
        for run in self._live.values():
            run.kill_at = 0.0
            run.signal_root(signal.SIGKILL)
        await asyncio.gather(*(run.over.wait() for run in tuple(self._live.values())))
        self._closed = True
        self._ends.close(KeeperLost("The keeper was closed."))
        self._executions.close()
        self._memory.close()
        await self._compressing.close()
        self._children.close()

    async def shutdown(self) -> None:
        await self.close()
