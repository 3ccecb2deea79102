"""The local platform under load and at rest: a burst of jobs, bulk logs, ten sleeping jobs.

Everything runs as for a user: the server and the keeper are processes of their own, the client
is this one. Figures of one machine with its present load; two cores are what the bars are for.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from yarl import URL

from apolo_tui.local import background
from apolo_tui.local.background import Access
from apolo_tui.local.folder import LocalFolder
from benchmarks.registry import Result

GOALS = ("local-burst", "local-logs", "local-idle")
PEER = "nobody: there is no other platform to run on one machine"

BURST = 500
AT_ONCE = 200
FOLLOWERS = 200
TOPS = 50
EXECS = 20
LINES = 12
"""Lines that each job of the burst prints, one a second."""
ACCEPT_WITHIN = 10.0
LOG_BYTES = 256 << 20
IDLE_SECONDS = 60.0
IDLE_SHARE = 0.005
SLEEPERS = 10
FLAT = 1.3
"""How much the server's memory may grow from the first half of a burst to its end."""


@dataclass(slots=True)
class Load:
    """A background platform, its processes, and a session."""

    access: Access
    session: aiohttp.ClientSession
    server: psutil.Process
    keeper: psutil.Process

    @property
    def jobs(self) -> URL:
        return URL(self.access.url) / "jobs"

    def monitoring(self, job_id: str) -> URL:
        return URL(self.access.url).origin() / "clusters/local/api/v1/jobs" / job_id

    async def start(self, command: str, **body: Any) -> str:
        document = {"image": "x", "preset_name": "cpu-nano", "project_name": "default", **body}
        async with self.session.post(
            self.jobs.with_query("from_preset"), json={"command": command, **document}
        ) as response:
            answer = await response.json()
            if response.status != 202:
                raise RuntimeError(f"not accepted: {answer}")
            job_id: str = answer["id"]
            return job_id

    async def listed(self) -> list[dict[str, Any]]:
        async with self.session.get(self.jobs) as response:
            found: list[dict[str, Any]] = (await response.json())["jobs"]
            return found

    async def until(self, check: Callable[[], Awaitable[bool]], every: float = 0.25) -> None:
        while not await check():
            await asyncio.sleep(every)

    async def finished(self, ids: list[str]) -> None:
        wanted = set(ids)

        async def check() -> bool:
            over = {
                job["id"]
                for job in await self.listed()
                if job["status"] in ("succeeded", "failed", "cancelled")
            }
            return wanted <= over

        await self.until(check)


def run(goals: tuple[str, ...]) -> list[Result]:
    return asyncio.run(measure(goals))


async def measure(goals: tuple[str, ...]) -> list[Result]:
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="apolo-tui-bench-") as path:
        folder = LocalFolder(Path(path))
        access = await asyncio.to_thread(background.start, folder)
        headers = {"Authorization": f"Bearer {access.token}"}
        connector = aiohttp.TCPConnector(limit=0)
        try:
            async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
                server = psutil.Process(access.running.pid)
                load = Load(access, session, server, keeper_of(folder))
                if "local-idle" in goals:
                    results.append(await idle(load))
                if "local-logs" in goals:
                    results.append(await logs(load))
                if "local-burst" in goals:
                    results.extend(await burst(load))
        finally:
            await asyncio.to_thread(background.stop, access, kill=True)
    return results


def keeper_of(folder: LocalFolder) -> psutil.Process:
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "apolo_tui.local.keeper" in line and str(folder.keeper) in line:
            return process
    raise RuntimeError("the keeper does not run")


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def idle(load: Load) -> Result:
    """The share of a core that server and keeper take with ten sleeping jobs and no client."""
    ids = [await load.start("sleep 100000") for _ in range(SLEEPERS)]
    await asyncio.sleep(3)
    server, keeper, began = cpu(load.server), cpu(load.keeper), time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    passed = time.monotonic() - began
    shares = (cpu(load.server) - server) / passed, (cpu(load.keeper) - keeper) / passed
    for job_id in ids:
        await load.session.delete(load.jobs / job_id)
    return Result(
        goal="local-idle",
        value=f"server {shares[0]:.3%}, keeper {shares[1]:.3%} of a core",
        bar=f"server <= {IDLE_SHARE:.1%} with {SLEEPERS} sleeping jobs, no client",
        holds=shares[0] <= IDLE_SHARE,
    )


async def logs(load: Load) -> Result:
    """How fast a long log is read, and what it costs the server."""
    line = "0123456789" * 9 + "012345678"
    job_id = await load.start(f"sh -c 'yes {line} | head -c {LOG_BYTES}'", preset_name="cpu-small")
    await load.finished([job_id])
    before, began, size = cpu(load.server), time.monotonic(), 0
    url = (load.monitoring(job_id) / "log_ws").with_query(separator="")
    async with load.session.ws_connect(url, max_msg_size=1 << 26) as ws:
        async for message in ws:
            size += len(message.data)
    seconds, used = time.monotonic() - began, cpu(load.server) - before
    megabytes = size / 1e6
    return Result(
        goal="local-logs",
        value=f"{megabytes / used:.0f} MB/s per core ({megabytes / seconds:.0f} MB/s here)",
        bar=f"all {LOG_BYTES / 1e6:.0f} MB arrive",
        holds=size in (LOG_BYTES, LOG_BYTES + 1),
    )


async def burst(load: Load) -> list[Result]:
    """500 starts, followers, telemetry and execs, all at once."""
    script = f"for i in $(seq {LINES}); do echo line $i; sleep 1; done"
    memory = [load.server.memory_info().rss]
    began = time.monotonic()
    gate = asyncio.Semaphore(32)

    async def accepted() -> str:
        async with gate:
            return await load.start(f"sh -c '{script}'")

    ids = await asyncio.gather(*(accepted() for _ in range(BURST)))
    accepted_in = time.monotonic() - began
    most = 0
    reasons: set[str] = set()
    failures: list[str] = []

    async def watch() -> bool:
        nonlocal most
        statuses: Counter[str] = Counter()
        for job in await load.listed():
            statuses[job["status"]] += 1
            if job["status"] == "pending":
                reasons.add(job["history"]["reason"])
        most = max(most, statuses["running"])
        memory.append(load.server.memory_info().rss)
        return statuses["running"] + statuses["pending"] == 0

    async def running_ids(count: int) -> list[str]:
        found: list[str] = []

        async def enough() -> bool:
            found[:] = [job["id"] for job in await load.listed() if job["status"] == "running"]
            return len(found) >= count

        await load.until(enough)
        return found[-count:]  # those that have just started

    async def follow(job_id: str) -> None:
        url = (load.monitoring(job_id) / "log_ws").with_query(separator="")
        seen = b""
        async with load.session.ws_connect(url) as ws:
            async for message in ws:
                seen += message.data
        if seen.splitlines() != [f"line {n}".encode() for n in range(1, LINES + 1)]:
            failures.append(f"log of {job_id}: {seen!r}")

    async def top(job_id: str) -> None:
        async with load.session.ws_connect(load.monitoring(job_id) / "top") as ws:
            if not [message async for message in ws]:
                failures.append(f"top of {job_id}: nothing")

    async def execute(job_id: str) -> None:
        url = (load.monitoring(job_id) / "exec").with_query(cmd="echo hello", stderr="1")
        async with load.session.ws_connect(url) as ws:
            frames = [message.data async for message in ws]
        if b"\x01hello\n" not in frames:
            failures.append(f"exec in {job_id}: {frames}")

    live = await running_ids(AT_ONCE // 2)
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for job_id in ids[:FOLLOWERS]:
            group.create_task(follow(job_id))
        for job_id in live[:TOPS]:
            group.create_task(top(job_id))
        for job_id in live[-EXECS:]:
            group.create_task(execute(job_id))
        await load.until(watch, every=0.5)
    total = time.monotonic() - began
    wrong = [
        job["id"]
        for job in await load.listed()
        if job["id"] in set(ids) and job["status"] != "succeeded"
    ]
    early, late = max(memory[: len(memory) // 2]), memory[-1]
    return [
        Result(
            goal="local-burst",
            value=f"{BURST} accepted in {accepted_in:.1f} s ({BURST / accepted_in:.0f} a second)",
            bar=f"<= {ACCEPT_WITHIN:.0f} s",
            holds=accepted_in <= ACCEPT_WITHIN,
        ),
        Result(
            goal="local-burst",
            value=f"{most} ran at once, the others waited: {', '.join(sorted(reasons))}",
            bar=f">= {AT_ONCE} at once",
            holds=most >= AT_ONCE,
        ),
        Result(
            goal="local-burst",
            value=(
                f"all over after {total:.0f} s, {len(wrong)} jobs wrong, {len(failures)} of "
                f"{FOLLOWERS} followers, {TOPS} tops, {EXECS} execs failed {failures[:2] or ''}"
            ),
            bar="none",
            holds=not wrong and not failures,
        ),
        Result(
            goal="local-burst",
            value=f"server memory {early >> 20} -> {late >> 20} MiB",
            bar=f"<= {FLAT} times",
            holds=late <= FLAT * early,
        ),
    ]
