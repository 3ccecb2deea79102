"""Jobs outlive the server, and none outlives the keeper: kill -9 of both, with ten jobs running."""

import asyncio
from collections import Counter as Tally
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.local_jobs import Background, Counter, background_platform, start_counter
from tests.until import until

JOBS = 10


async def ten_counters(platform: Background, folder: Path, stop: Path) -> list[Counter]:
    """Ten jobs that write, every third one on a terminal."""
    return list(
        await asyncio.gather(
            *(
                start_counter(platform, folder / f"job{n}", stop, name=f"count-{n}", tty=n % 3 == 0)
                for n in range(JOBS)
            )
        )
    )


async def final(platform: Background, counters: list[Counter]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def check() -> bool:
        found[:] = [await platform.job(counter.job_id) for counter in counters]
        return all(job["status"] in ("succeeded", "failed", "cancelled") for job in found)

    loose: Any = check
    await until(loose, within=60, every=0.1)
    return found


async def all_running(platform: Background) -> dict[str, dict[str, Any]]:
    """All jobs by their ids, once each of them is told to run."""

    async def look() -> dict[str, dict[str, Any]] | None:
        jobs = (await platform.json("GET", platform.jobs))["jobs"]
        running = all(job["status"] == "running" for job in jobs)
        return {job["id"]: job for job in jobs} if running else None

    loose: Any = look
    found: dict[str, dict[str, Any]] = await until(loose, within=30, what="all jobs run")
    return found


async def test_jobs_outlive_a_killed_server(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    async with background_platform(tmp_path / "data") as platform:
        counters = await ten_counters(platform, tmp_path, stop)
        pids = [counter.pid for counter in counters]
        # They write before the platform says that they run.
        before = await all_running(platform)
        url = platform.access.url
        platform.kill_server()
        await until(lambda: not platform.access.running.alive)
        reached = [counter.count for counter in counters]
        await until(
            lambda: all(
                counter.count > was + 5 for counter, was in zip(counters, reached, strict=True)
            ),
            within=30,
            what="the jobs go on while there is no server",
        )
        await platform.restart()
        assert platform.access.url == url
        listed = (await platform.json("GET", platform.jobs))["jobs"]
        assert Tally(job["id"] for job in listed) == dict.fromkeys(before, 1)
        for job in listed:
            assert job["status"] == "running"
            assert job["statuses"] == before[job["id"]]["statuses"]
        assert [counter.pid for counter in counters] == pids
        assert all(psutil.pid_exists(pid) for pid in pids)
        stop.touch()
        for job in await final(platform, counters):
            assert job["status"] == "succeeded"
            assert [one["status"] for one in job["statuses"]] == ["pending", "running", "succeeded"]
        for counter in counters:
            lines = (await platform.log(counter.job_id)).splitlines()
            assert lines == [f"line {n}" for n in range(1, counter.count + 1)] + ["done"]


async def test_a_job_that_ended_meanwhile_is_recorded(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    async with background_platform(tmp_path / "data") as platform:
        counter = await start_counter(platform, tmp_path / "job", stop)
        platform.kill_server()
        stop.touch()
        await until(lambda: not psutil.pid_exists(counter.pid), within=30)
        await platform.restart()
        (job,) = await final(platform, [counter])
        assert (job["status"], job["history"]["exit_code"]) == ("succeeded", 0)
        assert (await platform.log(counter.job_id)).endswith("done\n")


async def test_jobs_end_with_a_killed_keeper(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    async with background_platform(tmp_path / "data") as platform:
        counters = await ten_counters(platform, tmp_path, stop)
        pids = [counter.pid for counter in counters]
        for counter in counters:
            assert await platform.first_line(counter.job_id) == "line 1"
        platform.keeper().kill()
        for job in await final(platform, counters):
            assert (job["status"], job["history"]["reason"]) == ("failed", "NotFound")
            assert "lost" in job["history"]["description"]
        await until(
            lambda: not any(psutil.pid_exists(pid) for pid in pids), within=30, what="orphans"
        )
        # The next keeper is there, and so is what was logged.
        again = await start_counter(platform, tmp_path / "again", stop)
        stop.touch()
        assert (await final(platform, [again]))[0]["status"] == "succeeded"
        for counter in counters:
            lines = (await platform.log(counter.job_id)).splitlines()
            assert lines[:1] == ["line 1"]
            assert len(lines) == len(set(lines))


async def test_both_killed_at_once(tmp_path: Path) -> None:
    async with background_platform(tmp_path / "data") as platform:
        counter = await start_counter(
            platform, tmp_path / "job", tmp_path / "stop", restart_policy="always"
        )
        platform.kill_server()
        platform.keeper().kill()
        await platform.restart()
        (job,) = await final(platform, [counter])
        assert (job["status"], job["history"]["reason"]) == ("failed", "NotFound")
        assert "killed" in job["history"]["description"] or "lost" in job["history"]["description"]
        await until(lambda: not psutil.pid_exists(counter.pid), within=30)
