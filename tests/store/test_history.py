"""Telemetry on disk: steps, windows, sharing, bounds, and what a kill leaves."""

import asyncio
import itertools
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.history import KEPT, TelemetryHistory
from tests.until import until, wait_until

NOW = 1_795_333_800.0
"""A whole hour, in unix seconds."""


def sample(at: float, cpu: float = 1.0, gpu: int | None = 50) -> JobTelemetry:
    return JobTelemetry(cpu, 2**30, at, gpu, None if gpu is None else 2**31)


@asynccontextmanager
async def opened(
    path: Path, *, now: Callable[[], float] = lambda: NOW, most_bytes: int = 2**28
) -> AsyncIterator[TelemetryHistory]:
    history = TelemetryHistory(path, clock=now, most_bytes=most_bytes)
    try:
        yield history
    finally:
        await history.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "telemetry.db"


async def fill(history: TelemetryHistory, start: float, seconds: int, job: str = "job-1") -> None:
    for second in range(seconds):
        history.record(job, sample(start + second, cpu=second % 10))
    await history.flush()


async def test_the_past_hour_is_there_in_the_next_session(path: Path) -> None:
    async with opened(path) as history:
        await fill(history, NOW - 3600, 3600)
    async with opened(path) as history:
        found = await history.samples("job-1", start=NOW - 3600, end=NOW, most=4000)
        assert len(found) == 3600
        assert found[0] == sample(NOW - 3600, cpu=0)
        assert not await history.samples("job-2", start=0, end=NOW)


async def test_longer_windows_come_in_longer_steps(path: Path) -> None:
    async with opened(path) as history:
        await fill(history, NOW - 3600, 3600)
        ten = await history.samples("job-1", start=NOW - 3600, end=NOW, most=400)
        minute = await history.samples("job-1", start=NOW - 3600, end=NOW, most=60)
    assert len(ten) == 360
    assert {item.cpu for item in ten} == {4.5}
    assert ten[0].timestamp == NOW - 3600 + 5
    assert len(minute) == 60
    assert minute[0].gpu_duty_cycle == 50


async def test_what_is_older_is_kept_in_longer_steps(path: Path) -> None:
    clock = NOW
    async with opened(path, now=lambda: clock) as history:
        await fill(history, NOW - 600, 600)
        clock = NOW + 2 * 3600
        await fill(history, clock - 60, 60)
        await history.prune()
        found = await history.samples("job-1", start=NOW - 600, end=clock, most=100_000)
        assert [item.timestamp for item in found[:2]] == [NOW - 595, NOW - 585]
        assert len(found) == 60 + 60
        clock = NOW + 2 * 86400
        await history.prune()
        found = await history.samples("job-1", start=NOW - 600, end=clock, most=100_000)
        assert len(found) == 10 + 1
        clock = NOW + 8 * 86400
        await history.prune()
        assert not await history.samples("job-1", start=0, end=clock)


async def test_a_gap_stays_a_gap(path: Path) -> None:
    async with opened(path) as history:
        await fill(history, NOW - 600, 60)
        await fill(history, NOW - 60, 60)
        found = await history.samples("job-1", start=NOW - 600, end=NOW, most=60)
    times = [item.timestamp for item in found]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) > 450


async def test_two_instances_write_the_same_job(path: Path) -> None:
    async with opened(path) as one, opened(path) as two:
        for second in range(120):
            (one if second % 2 else two).record("job-1", sample(NOW - 120 + second))
            if second % 30 == 0:
                await asyncio.gather(one.flush(), two.flush())
        await asyncio.gather(one.flush(), two.flush())
        for history in (one, two):
            found = await history.samples("job-1", start=NOW - 120, end=NOW)
            assert [item.timestamp for item in found] == [NOW - 120 + n for n in range(120)]
            ten = await history.samples("job-1", start=NOW - 120, end=NOW, most=12)
            assert len(ten) == 12


async def test_the_peaks_outlive_the_seconds(path: Path) -> None:
    clock = NOW
    async with opened(path, now=lambda: clock) as history:
        assert await history.peaks("job-1") is None
        await fill(history, NOW - 600, 600)
        history.record("job-1", sample(NOW - 300, cpu=99, gpu=100))
        await history.flush()
        clock = NOW + 3 * 86400
        await history.prune()
        peaks = await history.peaks("job-1")
    assert peaks is not None
    assert (peaks.cpu, peaks.gpu_duty_cycle) == (99, 100)
    assert (peaks.memory_bytes, peaks.gpu_memory_bytes) == (2**30, 2**31)


async def test_jobs_without_gpus_have_none(path: Path) -> None:
    async with opened(path) as history:
        for second in range(20):
            history.record("job-1", sample(NOW - 20 + second, gpu=None))
        await history.flush()
        found = await history.samples("job-1", start=NOW - 20, end=NOW, most=2)
        assert {item.gpu_duty_cycle for item in found} == {None}
        peaks = await history.peaks("job-1")
    assert peaks is not None
    assert peaks.gpu_duty_cycle is None


async def test_the_file_is_bounded(path: Path) -> None:
    most = 400_000
    async with opened(path, most_bytes=most) as history:
        for number in range(8):
            await fill(history, NOW - 3600, 900, job=f"job-{number}")
        await history.prune()
        size = sum(item.stat().st_size for item in path.parent.iterdir())
    assert size < 2 * most


async def test_the_loop_writes_batches_and_prunes(path: Path) -> None:
    rounds = 0

    async def sleep(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        assert seconds == 5.0
        await asyncio.sleep(0.001)

    history = TelemetryHistory(path, clock=lambda: NOW, sleep=sleep)
    history.record("job-1", sample(NOW - 1))
    history.record("job-1", sample(NOW - max(KEPT.values()) - 10))
    task = asyncio.ensure_future(history.run())
    await until(lambda: rounds >= 3)
    task.cancel()
    assert len(await history.samples("job-1", start=0, end=NOW)) == 1
    await history.close()


def listed(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_folder_and_the_file_are_private(path: Path) -> None:
    async with opened(path) as history:
        await fill(history, NOW, 1)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


@pytest.fixture
def damaged(path: Path) -> Path:
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 1000)
    return path


async def test_a_damaged_file_is_put_aside(damaged: Path) -> None:
    async with opened(damaged) as history:
        await fill(history, NOW - 10, 1)
        assert history.trouble
        await fill(history, NOW - 10, 10)
        assert not history.trouble
        assert len(await history.samples("job-1", start=NOW - 20, end=NOW)) == 10
    assert (damaged.parent / "telemetry.db.damaged") in set(listed(damaged.parent))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_to(path: Path) -> None:
    path.parent.mkdir(mode=0o500)
    async with opened(path) as history:
        await fill(history, NOW, 1)
        assert history.trouble
        assert not await history.samples("job-1", start=0, end=NOW)


async def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    async with opened(tmp_path / "state" / "telemetry.db") as history:
        await fill(history, NOW, 1)
        assert history.trouble
        assert not await history.samples("job-1", start=0, end=NOW)


async def test_after_the_end_nothing_is_asked(path: Path) -> None:
    async with opened(path) as history:
        pass
    assert not await history.samples("job-1", start=0, end=NOW)
    await history.flush()


async def test_free_slots_of_the_last_hour(path: Path) -> None:
    clock = NOW - 120
    async with opened(path, now=lambda: clock) as history:
        await history.record_capacity("harbor", {"a100-1": 2, "cpu-8": 55})
        clock = NOW
        await history.record_capacity("harbor", {"a100-1": 0})
        await history.record_capacity("elsewhere", {"a100-1": 9})
        trends = await history.capacity("harbor", minutes=4)
        assert trends == {"a100-1": (None, 2.0, None, 0.0), "cpu-8": (None, 55.0, None, None)}
        clock = NOW + 3 * 3600
        await history.prune()
        clock = NOW
        assert await history.capacity("harbor") == {}


WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.history import TelemetryHistory

async def main():
    history = TelemetryHistory(Path(sys.argv[1]), batch_every=0.0)
    for second in itertools.count():
        history.record("job-1", JobTelemetry(1.0, 2**30, 1_795_333_800.0 + second))
        await history.flush()
        print(second, flush=True)

asyncio.run(main())
"""


def test_a_kill_loses_nothing_that_was_written(path: Path) -> None:
    """Killed while it writes, again and again, as two instances at once."""
    known = 0
    for _ in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for writer in writers:
            assert writer.stdout is not None
            for _ in range(30):
                known = max(known, int(writer.stdout.readline()))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counts = dict(connection.execute("SELECT step, count(*) FROM sample GROUP BY step"))
    finally:
        connection.close()
    assert counts[1] > known
    assert counts[60] >= known // 60
    wait_until(lambda: all(writer.poll() is not None for writer in writers))
