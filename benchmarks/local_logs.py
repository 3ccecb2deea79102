"""MB/s of logs per core: what a job prints into the keeper's log, and out of it with times.

In: a job floods its stdout with lines of 100 bytes, the keeper writes its log. Out: the log is read
and rendered with the time of each line, as `log_ws` sends it. Each is measured in the CPU time of
this process alone, which the job is no part of, and against the usual way: asyncio's lines, each
written to a file after its time, and that file read line by line.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from apolo_tui.local.keeper.api import RunSpec
from apolo_tui.local.keeper.inprocess import open_keeper
from apolo_tui.local.keeper.lines import LogText
from benchmarks.registry import Result

GOALS = ("local-logs-in", "local-logs-out")
PEER = "asyncio's StreamReader, a time and a write a line"

MB = 1 << 20
SIZE = 96 * MB
ROUNDS = 3
LINE = "x" * 99
COMMAND = ("sh", "-c", f"yes {LINE} | head -c {SIZE}")

BARS = {"local-logs-in": (300, 5.0), "local-logs-out": (300, 0.8)}
"""MB/s per core, and times the peer's, that must be reached."""


async def cost(work: Callable[[], Awaitable[None]]) -> float:
    """MB a second of this process's CPU time."""
    before = time.process_time()
    await work()
    return SIZE / MB / (time.process_time() - before)


async def ours(folder: Path) -> tuple[float, float]:
    async with open_keeper(folder) as keeper:

        async def take() -> None:
            await keeper.start(RunSpec("job-flood", 0, COMMAND))
            async for _ in keeper.ended():
                break

        async def tell() -> None:
            text, told = LogText(timestamps=True), 0
            async for chunks in keeper.log("job-flood"):
                told += sum(len(text.render(chunk)) for chunk in chunks)
            assert told > SIZE

        return await cost(take), await cost(tell)


async def peers(folder: Path) -> tuple[float, float]:
    path = folder / "log"

    async def take() -> None:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdout=asyncio.subprocess.PIPE, limit=1 << 20
        )
        assert process.stdout is not None
        with path.open("wb") as file:
            async for line in process.stdout:
                file.write(datetime.now(UTC).isoformat().encode() + b" " + line)
        await process.wait()

    async def tell() -> None:
        told = 0
        with path.open("rb") as file:
            for line in file:
                told += len(line)
        assert told > SIZE

    return await cost(take), await cost(tell)


def run(goals: tuple[str, ...]) -> list[Result]:
    rates: dict[str, list[tuple[float, float]]] = {"ours": [], "peer": []}
    for _ in range(ROUNDS):
        for name, measure in (("ours", ours), ("peer", peers)):
            with tempfile.TemporaryDirectory() as folder:
                rates[name].append(asyncio.run(measure(Path(folder))))
    results = []
    for index, goal in enumerate(GOALS):
        if goal not in goals:
            continue
        rate = statistics.median(pair[index] for pair in rates["ours"])
        ratio = rate / statistics.median(pair[index] for pair in rates["peer"])
        least_rate, least_ratio = BARS[goal]
        results.append(
            Result(
                goal,
                f"{rate:.0f} MB/s per core, {ratio:.1f} times the peer's",
                f">= {least_rate} MB/s and {least_ratio:g} times",
                rate >= least_rate and ratio >= least_ratio,
            )
        )
    return results
