"""Telemetry kept on disk: by the second for an hour, by ten seconds for a day, by the minute for a
week. Several instances of the dashboard share it.

Seconds are written in batches. The longer steps are computed from the seconds that they hold, so
that it does not matter who writes when, or how often, or what was killed in between.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.database import Database
from apolo_tui.store.platform import Clock, Sleep

SCHEMA = """
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, job TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS sample (
    series INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL,
    cpu REAL NOT NULL, memory INTEGER NOT NULL, gpu INTEGER, gpu_memory INTEGER,
    cpu_peak REAL, memory_peak INTEGER, gpu_peak INTEGER, gpu_memory_peak INTEGER,
    PRIMARY KEY (series, step, at)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sample_age ON sample (step, at);
CREATE TABLE IF NOT EXISTS capacity (
    cluster TEXT NOT NULL, at INTEGER NOT NULL, preset TEXT NOT NULL, free INTEGER NOT NULL,
    PRIMARY KEY (cluster, at, preset)) WITHOUT ROWID;
"""

KEPT = {1: 3600, 10: 86400, 60: 7 * 86400}
"""Seconds for which samples of each step (in seconds) are kept."""
CAPACITY_KEPT = 2 * 3600
CAPACITY_STEP = 60

ROLL_UP = """
INSERT OR REPLACE INTO sample
SELECT series, :step, :at, avg(cpu), CAST(avg(memory) AS INTEGER), CAST(round(avg(gpu)) AS INTEGER),
       CAST(avg(gpu_memory) AS INTEGER), max(cpu), max(memory), max(gpu), max(gpu_memory)
FROM sample WHERE series = :series AND step = 1 AND at >= :at AND at < :at + :step
"""

READ = """
SELECT at, cpu, memory, gpu, gpu_memory FROM sample
WHERE series = (SELECT id FROM series WHERE job = ?) AND step = ? AND at >= ? AND at < ?
ORDER BY at
"""

PEAKS = """
SELECT max(max(cpu), coalesce(max(cpu_peak), 0)), max(max(memory), coalesce(max(memory_peak), 0)),
       max(gpu), max(gpu_peak), max(gpu_memory), max(gpu_memory_peak), min(at), max(at)
FROM sample WHERE series = (SELECT id FROM series WHERE job = ?)
"""


@dataclass(frozen=True, slots=True)
class Peaks:
    """The most that a job was seen to use."""

    cpu: float
    memory_bytes: int
    gpu_duty_cycle: int | None
    gpu_memory_bytes: int | None
    first_at: float
    last_at: float
    """Unix times of the first and the last sample that is kept."""


class TelemetryHistory:
    """Run `run()` as a task; `record` samples; ask for `samples`. Close it at the end."""

    def __init__(
        self,
        path: Path,
        *,
        most_bytes: int = 256 * 2**20,
        batch_every: float = 5.0,
        prune_every: float = 600.0,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = Database(path, SCHEMA)
        self._most_bytes = most_bytes
        self._batch_every = batch_every
        self._prune_every = prune_every
        self._clock = clock
        self._sleep = sleep
        self._batch: dict[tuple[str, int], JobTelemetry] = {}

    @property
    def trouble(self) -> str:
        """Why nothing is kept at present; empty when all is well."""
        return self._database.trouble

    def record(self, job_id: str, sample: JobTelemetry) -> None:
        """Take in a sample, to be written with the next batch."""
        self._batch[job_id, int(sample.timestamp)] = sample

    async def run(self) -> None:
        """Write batches, and drop what is too old, until cancelled."""
        pruned_at: float | None = None
        while True:
            await self._sleep(self._batch_every)
            await self.flush()
            now = self._clock()
            if pruned_at is None or not 0 <= now - pruned_at < self._prune_every:
                await self.prune()
                pruned_at = now

    async def flush(self) -> None:
        """Write what was recorded. What cannot be written is dropped, and `trouble` says why."""
        batch, self._batch = self._batch, {}
        if batch:
            await self._database.write(lambda connection: _write(connection, batch))

    async def close(self) -> None:
        await self.flush()
        await self._database.close()

    # Reading

    async def samples(
        self, job_id: str, *, start: float, end: float, most: int = 2000
    ) -> Sequence[JobTelemetry]:
        """What is kept of [start, end) in unix seconds, oldest first, about `most` at the most.

        Older parts of the window are in longer steps where the shorter ones are gone. A time
        without samples is a gap between two timestamps.
        """
        found = await self._database.read(
            lambda connection: _read(connection, job_id, start, end, most, self._clock())
        )
        return found or ()

    async def peaks(self, job_id: str) -> Peaks | None:
        """The most that the job was seen to use; None when it was not seen."""
        return await self._database.read(lambda connection: _peaks(connection, job_id))

    # Capacity

    async def record_capacity(self, cluster: str, free: dict[str, int]) -> None:
        """Keep the free slots of this minute, by preset."""
        at = int(self._clock()) // CAPACITY_STEP * CAPACITY_STEP
        rows = [(cluster, at, preset, slots) for preset, slots in free.items()]
        await self._database.write(
            lambda connection: connection.executemany(
                "INSERT OR REPLACE INTO capacity VALUES (?, ?, ?, ?)", rows
            )
        )

    async def capacity(
        self, cluster: str, *, minutes: int = 60
    ) -> dict[str, tuple[float | None, ...]]:
        """Free slots of each preset, minute by minute up to now; None where nobody looked."""
        last = int(self._clock()) // CAPACITY_STEP
        first = last - minutes + 1
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT preset, at, free FROM capacity WHERE cluster = ? AND at >= ?",
                (cluster, first * CAPACITY_STEP),
            ).fetchall()
        )
        trends: dict[str, list[float | None]] = {}
        for preset, at, free in rows or ():
            trend = trends.setdefault(preset, [None] * minutes)
            place = at // CAPACITY_STEP - first
            if 0 <= place < minutes:
                trend[place] = float(free)
        return {preset: tuple(trend) for preset, trend in trends.items()}

    # Room

    async def prune(self) -> None:
        """Drop what is too old, and the oldest of what is too much."""
        now = int(self._clock())
        await self._database.write(lambda connection: _drop_old(connection, now))
        while await self._database.write(lambda connection: _shrink(connection, self._most_bytes)):
            await asyncio.sleep(0)
        await self._database.write(_forget_empty)
        await self._database.tidy(_give_back)


def _write(connection: sqlite3.Connection, batch: dict[tuple[str, int], JobTelemetry]) -> None:
    ids = _series(connection, {job_id for job_id, _ in batch})
    connection.executemany(
        "INSERT OR REPLACE INTO sample (series, step, at, cpu, memory, gpu, gpu_memory) "
        "VALUES (?, 1, ?, ?, ?, ?, ?)",
        [
            (
                ids[job_id],
                at,
                sample.cpu,
                sample.memory_bytes,
                sample.gpu_duty_cycle,
                sample.gpu_memory_bytes,
            )
            for (job_id, at), sample in batch.items()
        ],
    )
    steps = [step for step in KEPT if step > 1]
    touched = {(ids[job_id], step, at // step * step) for job_id, at in batch for step in steps}
    connection.executemany(
        ROLL_UP, [{"series": series, "step": step, "at": at} for series, step, at in touched]
    )


def _series(connection: sqlite3.Connection, jobs: Iterable[str]) -> dict[str, int]:
    ids = {}
    for job in jobs:
        connection.execute("INSERT OR IGNORE INTO series (job) VALUES (?)", (job,))
        (ids[job],) = connection.execute("SELECT id FROM series WHERE job = ?", (job,)).fetchone()
    return ids


def _read(
    connection: sqlite3.Connection, job_id: str, start: float, end: float, most: int, now: float
) -> list[JobTelemetry]:
    """From the coarsest step to the finest, each for the time that no finer one covers."""
    shortest = next((step for step in KEPT if (end - start) / step <= most), max(KEPT))
    bounds = [(step, now - kept) for step, kept in KEPT.items() if step >= shortest]
    found: list[JobTelemetry] = []
    until = end
    for number, (step, oldest) in enumerate(bounds):
        last = number == len(bounds) - 1
        first = start if last else max(start, oldest // 60 * 60)
        if first < until:
            rows = connection.execute(READ, (job_id, step, int(first), int(until))).fetchall()
            found[:0] = [
                JobTelemetry(cpu, memory, at + step / 2 if step > 1 else float(at), gpu, gpu_memory)
                for at, cpu, memory, gpu, gpu_memory in rows
            ]
            until = first
    return found


def _peaks(connection: sqlite3.Connection, job_id: str) -> Peaks | None:
    row = connection.execute(PEAKS, (job_id,)).fetchone()
    cpu, memory, gpu, gpu_peak, gpu_memory, gpu_memory_peak, first, last = row
    if first is None:
        return None
    return Peaks(cpu, memory, _most(gpu, gpu_peak), _most(gpu_memory, gpu_memory_peak), first, last)


def _most(*values: int | None) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _drop_old(connection: sqlite3.Connection, now: int) -> None:
    for step, kept in KEPT.items():
        connection.execute("DELETE FROM sample WHERE step = ? AND at < ?", (step, now - kept))
    connection.execute("DELETE FROM capacity WHERE at < ?", (now - CAPACITY_KEPT,))


def _shrink(connection: sqlite3.Connection, most_bytes: int) -> bool:
    """Drop some of the oldest rows while the file is too large; whether any were dropped."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if (pages - free) * size <= most_bytes:
        return False
    dropped = connection.execute(
        "DELETE FROM sample WHERE (series, step, at) IN "
        "(SELECT series, step, at FROM sample ORDER BY at LIMIT 50000)"
    )
    return dropped.rowcount > 0


def _forget_empty(connection: sqlite3.Connection) -> None:
    connection.execute(
        "DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM sample WHERE series = series.id)"
    )


def _give_back(connection: sqlite3.Connection) -> None:
    """Return free pages to the disk, and empty the write-ahead log."""
    connection.execute("PRAGMA incremental_vacuum").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
