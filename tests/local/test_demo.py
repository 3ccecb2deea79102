"""The demonstration: what it shows, and that nothing of it is left."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from apolo_tui.cli.local import demo_login
from apolo_tui.local.demo.history import DAYS, JOBS, past_jobs
from apolo_tui.local.demo.plan import LIFE_SPAN_MINUTES, bodies, configuration
from apolo_tui.local.demo.platform import demo
from apolo_tui.local.demo.simulated import COUNT, IDLE, MEMORY, MODEL, SimulatedGPUs
from apolo_tui.local.job_request import flat_request
from apolo_tui.local.record import FINAL
from tests.local.platforms import Api, api_of, eventually
from tests.until import until


def left_of(folder: Path, token: str) -> list[int]:
    """The processes that have to do with the folder or bear its keeper's mark."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        words = [*(process.info["cmdline"] or []), *(process.info["environ"] or {}).values()]
        if process.pid != os.getpid() and any(str(folder) in w or token in w for w in words):
            found.append(process.pid)
    return found


def token_of(folder: Path) -> str:
    return (folder / "keeper" / "token").read_text().strip()


async def by_name(api: Api) -> dict[str, dict[str, object]]:
    _, answer = await api.json("GET", api.jobs.with_query(reverse="0"))
    return {job["name"]: job for job in answer["jobs"] if job["status"] not in FINAL}


async def test_it_shows_everything_and_leaves_nothing() -> None:
    children = psutil.Process().children(recursive=True)
    async with demo() as platform, api_of(platform) as api:
        folder = platform.folder

        async def started() -> dict[str, dict[str, object]] | None:
            jobs = await by_name(api)
            running = [job for job in jobs.values() if job["status"] == "running"]
            return jobs if len(running) >= 10 else None

        jobs = await eventually(started)
        statuses = Counter(job["status"] for job in jobs.values())
        assert len(jobs) >= 12
        assert statuses["pending"] >= 3
        assert jobs["train-sweep-lr3e4"]["max_run_time_minutes"] == LIFE_SPAN_MINUTES
        assert str(jobs["model-server"]["http_url"]).startswith("http://127.0.0.1:")
        train = jobs["train-resnet"]
        assert isinstance(train["container"], dict)
        # In a folder of the demonstration, not in that of the installed program.
        assert Path(train["container"]["working_dir"]).is_relative_to(folder)
        assert train["container"]["resources"]["nvidia_gpu_model"] == MODEL
        _, answer = await api.json("GET", api.jobs.with_query(status=sorted(FINAL)))
        assert len(answer["jobs"]) == JOBS
        assert {job["status"] for job in answer["jobs"]} == FINAL

        async def printed() -> bool:
            keeper = await platform.services.engine.keeper()
            batches = [batch async for batch in keeper.log(str(train["id"]))]
            text = b"".join(chunk.data for batch in batches for chunk in batch)
            return b"\rEpoch 1/30:" in text and b"loss=" in text

        await eventually(printed, within=60)
        token = token_of(folder)
        assert len(left_of(folder, token)) >= 8
    assert not folder.exists()
    await until(lambda: set(psutil.Process().children(recursive=True)) <= set(children))
    assert not left_of(folder, token)


SCRIPT = """
import asyncio
from apolo_tui.cli.local import demo_login
async def main():
    async with demo_login() as login:
        print(login.parent, flush=True)
        await asyncio.sleep(1000)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_when_it_is_killed(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    folder = Path((await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip())
    try:
        token = token_of(folder)
        await until(lambda: len(left_of(folder, token)) >= 8, within=60, every=0.2, what="jobs")
    finally:
        process.send_signal(number)
        await process.wait()
    await until(lambda: not folder.exists(), within=60, what="the folder is removed")
    await until(lambda: not left_of(folder, token), within=60, every=0.2, what="the processes end")


async def test_the_login_is_of_the_first_project() -> None:
    async with demo_login() as login:
        assert (login / "db").stat().st_mode & 0o777 == 0o600
    assert not login.exists()


def test_the_past_is_the_same_for_the_same_seed_and_plausible() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    (cluster,) = configuration().clusters
    jobs, again = (list(past_jobs(cluster, now)) for _ in range(2))
    assert [job.transitions for job in jobs] == [job.transitions for job in again]
    for job in jobs:
        assert job.final
        assert now - timedelta(days=DAYS) <= job.created_at <= now
        times = [one.time for one in job.transitions]
        assert times == sorted(times)
        assert times[-1] <= now


def test_every_request_of_the_plan_is_valid() -> None:
    names = [flat_request(body)["name"] for body in bodies(Path("/code"))]
    assert len(names) == len(set(names)) >= 12
    assert any(name.startswith("train-") for name in names)


def test_simulated_figures_are_labelled_and_in_range() -> None:
    assert "simulated" in MODEL
    for second in range(200):
        gpus = SimulatedGPUs(now=partial(float, second))
        for index in range(COUNT):
            usage = gpus.usage((index,))
            assert usage is not None
            assert 0 <= usage.duty_cycle <= 100
            assert 0 < usage.memory_bytes <= MEMORY
            if index in IDLE:
                assert usage.duty_cycle == 0
