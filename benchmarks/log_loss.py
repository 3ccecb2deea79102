"""Two million numbered lines through cuts and reconnects: each is saved exactly once.

    python -m benchmarks log_loss

A job of the local platform prints the numbers as fast as it can, in lines of their own. The log is
followed and downloaded meanwhile, and the platform breaks the connections again and again. Takes
APOLO_TUI_LOSS_LINES.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client, get
from apolo_tui.local.faults import Cut
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Ended
from apolo_tui.store.log_download import Progress, download
from apolo_tui.store.log_window import ALL
from apolo_tui.store.logs import LogFeed
from benchmarks.registry import Result

GOALS = ("log-loss",)
PEER = "nobody: the numbers themselves"

LINES = 2_000_000
SEED = 5


def run(goals: tuple[str, ...]) -> list[Result]:
    lines = int(os.environ.get("APOLO_TUI_LOSS_LINES", LINES))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        saved, shown, dropped, cuts = asyncio.run(_lose(Path(folder), lines))
    print(f"{lines} lines, {cuts} cuts, {time.monotonic() - begun:.0f} s")
    return [
        Result("log-loss", f"saved: {saved}", "each number once", saved == "each number once"),
        Result("log-loss", f"view: {shown} lines, {dropped} dropped", str(lines), shown == lines),
    ]


async def _lose(folder: Path, lines: int) -> tuple[str, int, int, int]:
    async with (
        local.serve(port=0) as platform,
        get(platform.login_folder(folder / "login"), environ={}) as client,
    ):
        job = await client.jobs.start(
            image=RemoteImage("ubuntu"), preset_name="cpu-micro", command=f"seq 1 {lines}"
        )
        return await _follow(platform, client, job, folder / "saved.log", lines)


async def _follow(
    platform: local.Platform, client: Client, job: JobDescription, path: Path, lines: int
) -> tuple[str, int, int, int]:
    def open_log(
        since: datetime | None, separator: str
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return client.jobs.monitor(job.id, since=since, timestamps=True, separator=separator)

    async def status() -> JobDescription:
        return await client.jobs.status(job.id)

    cuts = 0

    async def cut() -> None:
        nonlocal cuts
        chance = random.Random(SEED)
        for _ in range(40):
            platform.faults.add("log_ws", Cut(chance.randrange(1, 12)), job_id=job.id, times=1)
            cuts += 1
            await asyncio.sleep(chance.random() * 0.4)

    feed = LogFeed(open_log, status, job=job)
    feed.look_back(ALL)
    following = asyncio.create_task(feed.run())
    cutting = asyncio.create_task(cut())
    try:
        while not (await status()).status.is_finished:
            await asyncio.sleep(0.2)
        await download(open_log, status, path, on_progress=_ignore)
        async for state in feed.topic.watch():
            if isinstance(state.link, Ended) and len(state.store) + state.store.dropped >= lines:
                break
        store = feed.topic.value.store
        return await asyncio.to_thread(_checked, path, lines), len(store), store.dropped, cuts
    finally:
        for task in (following, cutting):
            task.cancel()
        await asyncio.wait({following, cutting})


def _ignore(progress: Progress) -> None:
    """How far it is does not matter here."""


def _checked(path: Path, lines: int) -> str:
    """Whether the file has every number once, in order; else the first that is wrong."""
    expected = 1
    with path.open("rb") as file:
        for line in file:
            if int(line) != expected:
                return f"{line!r} in place of {expected}"
            expected += 1
    return "each number once" if expected == lines + 1 else f"only {expected - 1} lines"
