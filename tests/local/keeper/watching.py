"""What the tests of the keeper look at: ends of runs, texts of logs, processes."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil

from apolo_tui.local.keeper import address, system
from apolo_tui.local.keeper.api import Channel, Keeper, LogPosition, RunSpec, RunState
from apolo_tui.local.keeper.lines import Lines, LogLine, LogText
from tests.until import until

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds for what takes a fraction of one on a machine at rest."""


def shell(job_id: str, script: str, *, run: int = 0, tty: bool = False) -> RunSpec:
    return RunSpec(job_id, run, ("sh", "-c", script), tty=tty)


async def end_of(keeper: Keeper, job_id: str, run: int = 0) -> RunState:
    """The end of a run, when it has ended."""
    async with asyncio.timeout(PATIENCE):
        async for state in keeper.ended():
            if (state.job_id, state.run) == (job_id, run):
                return state
    raise AssertionError("the ends of runs have an end themselves")


async def run_to_end(keeper: Keeper, spec: RunSpec) -> RunState:
    await keeper.start(spec)
    return await end_of(keeper, spec.job_id, spec.run)


async def log_text(
    keeper: Keeper, job_id: str, *, after: LogPosition | None = None, follow: bool = False
) -> bytes:
    text = LogText()
    parts = []
    async with asyncio.timeout(PATIENCE):
        async for chunks in keeper.log(job_id, after=after, follow=follow):
            parts += [text.render(chunk) for chunk in chunks]
    return b"".join(parts)


async def log_lines(
    keeper: Keeper, job_id: str, *, since: datetime | None = None, follow: bool = False
) -> list[LogLine]:
    lines = Lines()
    found = []
    async with asyncio.timeout(PATIENCE):
        async for chunks in keeper.log(job_id, since=since, follow=follow):
            found += lines.feed(chunks)
    return found + lines.finish()


async def read_until(channel: Channel, mark: bytes) -> bytes:
    """What the channel gives until `mark` was in it, both streams in one."""
    text = b""
    async with asyncio.timeout(PATIENCE):
        while mark not in text:
            item = await channel.read()
            assert item is not None, f"the end came before {mark!r}: {text!r}"
            text += item[1]
    return text


async def read_all(channel: Channel) -> dict[int, bytes]:
    """What the channel gives until its end, by stream."""
    texts = {1: b"", 2: b""}
    async with asyncio.timeout(PATIENCE):
        while (item := await channel.read()) is not None:
            texts[item[0]] += item[1]
    return texts


async def logged(keeper: Keeper, job_id: str, mark: bytes) -> bytes:
    """The text of the log once `mark` is in it."""

    async def there() -> bytes:
        text = await log_text(keeper, job_id)
        return text if mark in text else b""

    return await eventually(there, what=f"{mark!r} in the log of {job_id}")


async def eventually(check: Callable[[], Coroutine[Any, Any, T]], *, what: str = "") -> T:
    """Wait until `check` returns something true, and return that."""
    found: T = await until(check, within=PATIENCE, what=what)
    return found


def alive(pid: int) -> bool:
    """Whether there is such a process; one that is ended and not waited for is none."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def gone(*pids: int) -> None:
    await until(
        lambda: not any(alive(pid) for pid in pids), within=PATIENCE, what=f"the end of {pids}"
    )


def keeper_pid(folder: Path) -> int:
    """The keeper process of that folder. Raises OSError when there is none."""
    with address.reach(folder) as connection:
        return system.peer_process(connection)
