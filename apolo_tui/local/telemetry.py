"""What running jobs use, sampled from their process trees (docs/protocol.md section 6.3)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from apolo_tui.local.gpus import GPUs
from apolo_tui.local.keeper.api import KeeperError, NotRunning
from apolo_tui.model.telemetry import JobTelemetry

FIRST_INTERVAL = 0.25
"""Seconds between the two looks that the first figure needs."""


class TelemetryError(Exception):
    """No figures can be had at present; the text says why."""


@dataclass(slots=True)
class Usage:
    """CPU seconds of each process of a tree at one moment, and the tree's memory in bytes."""

    at: float
    cpu: Mapping[int, float]
    memory: int

    def cores_since(self, before: "Usage") -> float:
        """Cores in use between two moments; a process that is new counts from its start."""
        if self.at <= before.at:
            return 0.0
        used = sum(
            max(0.0, seconds - before.cpu.get(pid, 0.0)) for pid, seconds in self.cpu.items()
        )
        return used / (self.at - before.at)


def measure(pids: Sequence[int], clock: Callable[[], float] = time.monotonic) -> Usage:
    """Look at every process that is still there."""
    cpu, memory = {}, 0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                times = process.cpu_times()
                memory += process.memory_info().rss
            cpu[pid] = times.user + times.system
        except psutil.Error:
            continue  # it ended meanwhile
    return Usage(clock(), cpu, memory)


@dataclass(slots=True, eq=False)
class Sampler:
    """One job's samples, shared by all who look."""

    viewers: int = 0
    task: "asyncio.Task[None] | None" = None
    sample: JobTelemetry | None = None
    error: str | None = None
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, sample: JobTelemetry | None, error: str | None = None) -> None:
        self.sample, self.error = sample, error
        self.fresh.set()
        self.fresh = asyncio.Event()


class Telemetry:
    """Samples a job once a second as long as somebody looks, and not at all otherwise."""

    def __init__(
        self,
        *,
        tree: Callable[[str], Awaitable[Sequence[int]]],
        gpus: GPUs,
        job_gpus: Callable[[str], Sequence[int]],
        interval: float,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._tree = tree
        self._gpus = gpus
        self._job_gpus = job_gpus
        self._interval = interval
        self._wall = wall
        self._samplers: dict[str, Sampler] = {}

    @property
    def watched(self) -> frozenset[str]:
        """The jobs that somebody looks at."""
        return frozenset(self._samplers)

    async def samples(self, job_id: str) -> AsyncIterator[JobTelemetry]:
        """Samples while the job runs; nothing comes while it does not.

        Raises TelemetryError.
        """
        sampler = self._samplers.get(job_id)
        if sampler is None:
            sampler = self._samplers[job_id] = Sampler()
            sampler.task = asyncio.create_task(self._sample(job_id, sampler))
        sampler.viewers += 1
        try:
            while True:
                await sampler.fresh.wait()
                if sampler.error is not None:
                    raise TelemetryError(sampler.error)
                if sampler.sample is not None:
                    yield sampler.sample
        finally:
            sampler.viewers -= 1
            if not sampler.viewers and sampler.task is not None:
                self._leave(job_id, sampler)
                sampler.task.cancel()

    def _leave(self, job_id: str, sampler: Sampler) -> None:
        if self._samplers.get(job_id) is sampler:
            del self._samplers[job_id]

    async def _sample(self, job_id: str, sampler: Sampler) -> None:
        before: Usage | None = None
        while True:
            try:
                pids = await self._tree(job_id)
            except NotRunning:
                before = None
            except KeeperError as error:
                self._leave(job_id, sampler)
                sampler.publish(None, str(error))
                return
            else:
                usage = await asyncio.to_thread(measure, pids)
                if usage.cpu and before is not None:
                    sampler.publish(await self._telemetry(job_id, usage, before))
                # The first figure needs two looks; the second one is soon.
                first = before is None and bool(usage.cpu)
                before = usage if usage.cpu else None
                if first:
                    await asyncio.sleep(min(FIRST_INTERVAL, self._interval))
                    continue
            await asyncio.sleep(self._interval)

    async def _telemetry(self, job_id: str, usage: Usage, before: Usage) -> JobTelemetry:
        indices = self._job_gpus(job_id)
        gpu = await asyncio.to_thread(self._gpus.usage, indices) if indices else None
        return JobTelemetry(
            cpu=round(usage.cores_since(before), 4),
            memory_bytes=usage.memory,
            timestamp=self._wall(),
            gpu_duty_cycle=gpu.duty_cycle if gpu else None,
            gpu_memory_bytes=gpu.memory_bytes if gpu else None,
        )

    async def close(self) -> None:
        tasks = [one.task for one in self._samplers.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
