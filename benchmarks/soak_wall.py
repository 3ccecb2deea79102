"""The monitor wall through 72 scaled hours: it must not end, freeze, grow or miss an alert.

    python -m benchmarks soak_wall

At least fifteen minutes of wall time stand for 72 hours. The wall and the platform have clocks that
run faster by the same factor; jobs with life spans of a few scaled hours come and go. By a seeded
chance telemetry sockets break, tokens expire, the platform stops for a while or is started anew,
and the wall itself is stopped for ten scaled minutes. At the end the alerts that it remembers are
compared with the life spans that the platform enforced: each mark of each job once, and in time.
Takes APOLO_TUI_SOAK_SECONDS and APOLO_TUI_SOAK_SEED.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from apolo_tui.model.alerts import LIFE_SPAN_MARKS
from benchmarks.harness.terminal_pty import SOURCE, ProgramEndedError, TerminalProgram
from benchmarks.registry import Result

GOALS = ("soak-wall", "M3")
PEER = "nobody: the wall of a moment before"

WALL = 900.0
SCALED_HOURS = 72.0
MINUTES = (150, 400)
"""Scaled minutes of the jobs' life spans."""
JOBS = 12
"""Jobs that run at any time."""
REFRESH = 1.0
LOOK = 0.05
"""Seconds of the wall between two polls, and between two looks of the alerts at the clock."""
MOST_GROWTH = 1 << 20
"""Bytes a scaled hour."""
CLOCK_WITHIN = 15.0
LATE = 5.0
"""Seconds of the wall by which an alert may be late: a poll, a look and a busy machine."""
STOPPED_MINUTES = 10.0


@dataclass(slots=True)
class Job:
    name: str
    minutes: int
    started: float
    """Scaled unix time at which it was asked for."""


@dataclass(slots=True)
class Soak:
    """What was done, and what was seen."""

    chance: random.Random
    wall: float
    start: float = field(default_factory=time.time)
    jobs: list[Job] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    disturbed: list[tuple[float, float]] = field(default_factory=list)
    """Scaled times between which the wall or the platform could not answer."""
    done: dict[str, int] = field(default_factory=dict)
    frozen: float = 0.0

    @property
    def factor(self) -> float:
        return SCALED_HOURS * 3600 / self.wall

    def now(self) -> float:
        return self.start + (time.time() - self.start) * self.factor


def run(goals: tuple[str, ...]) -> list[Result]:
    wall = float(os.environ.get("APOLO_TUI_SOAK_SECONDS", WALL))
    seed = int(os.environ.get("APOLO_TUI_SOAK_SEED", "1"))
    soak = Soak(random.Random(seed), wall)
    print(f"seed {seed}; {wall:g} s for {SCALED_HOURS:g} h: a second is {soak.factor:.0f} s")
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as folder:
        place = Path(folder)
        command = [sys.executable, "-m", "benchmarks.harness.wall_soak_platform", folder]
        command += [repr(soak.start), repr(soak.factor)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=SOURCE
        ) as platform:
            try:
                go(soak, place, platform)
            except ProgramEndedError as ended:
                print(f"the wall ended: {ended}")
                return [Result("soak-wall", "ended", "never ends", False)]
            finally:
                say(platform, "end")
        return [*results(soak), alerts(soak, place / "state" / "alerts.db")]


def say(platform: "subprocess.Popen[bytes]", words: str) -> None:
    assert platform.stdin is not None
    platform.stdin.write(f"{words}\n".encode())
    platform.stdin.flush()


def go(soak: Soak, place: Path, platform: "subprocess.Popen[bytes]") -> None:
    """Run the wall, and disturb it."""
    assert platform.stdout is not None
    login = platform.stdout.readline().decode().strip()
    (place / "state").mkdir()
    module = [sys.executable, "-m", "benchmarks.harness.wall_soak_app", login]
    scale = [repr(soak.start), repr(soak.factor), repr(REFRESH * soak.factor), repr(LOOK)]
    command = [*module, str(place / "state"), *scale]
    with TerminalProgram(
        command, columns=120, rows=40, environment={"HOME": str(place)}
    ) as program:
        program.wait_for(b"read-only monitor")
        process, server = psutil.Process(program.pid), psutil.Process(platform.pid)
        begun = time.monotonic()
        disturb_at = begun + soak.chance.uniform(10, 20)
        painted, painted_at = program.bytes_written, begun
        while (now := time.monotonic()) - begun < soak.wall:
            keep_jobs(soak, platform, over=now - begun > soak.wall - 60)
            if now >= disturb_at:
                disturb(soak, platform, server, process)
                disturb_at = time.monotonic() + soak.chance.uniform(12, 25)
                painted_at = time.monotonic()
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                raise ProgramEndedError(program.output[-4000:].decode(errors="replace"))
            if program.bytes_written != painted:
                painted, painted_at = program.bytes_written, time.monotonic()
            soak.frozen = max(soak.frozen, time.monotonic() - painted_at)
            soak.memory.append((now - begun, process.memory_info().rss))
            time.sleep(0.2)


def keep_jobs(soak: Soak, platform: "subprocess.Popen[bytes]", *, over: bool) -> None:
    """So many jobs run until shortly before the end."""
    now = soak.now()
    running = [job for job in soak.jobs if now < job.started + job.minutes * 60]
    while len(running) < JOBS and not over:
        job = Job(f"soak-{len(soak.jobs):04}", soak.chance.randint(*MINUTES), soak.now())
        say(platform, f"start {job.name} {job.minutes}")
        soak.jobs.append(job)
        running.append(job)


def disturb(
    soak: Soak,
    platform: "subprocess.Popen[bytes]",
    server: psutil.Process,
    wall: psutil.Process,
) -> None:
    """One misfortune, chosen by chance."""
    what = soak.chance.choice(("cut", "expire", "restart", "stopped platform", "stopped wall"))
    soak.done[what] = soak.done.get(what, 0) + 1
    begun = soak.now()
    if what in ("cut", "expire", "restart"):
        say(platform, what)
    else:
        seconds = STOPPED_MINUTES * 60 / soak.factor
        process = server if what == "stopped platform" else wall
        if process is server:
            seconds = soak.chance.uniform(2, 6)
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
    soak.disturbed.append((begun, soak.now()))


def results(soak: Soak) -> list[Result]:
    after = [part for part in soak.memory if part[0] >= soak.wall / 5]
    half = len(after) // 2
    early = sum(size for _, size in after[:half]) / max(1, half)
    late = sum(size for _, size in after[half:]) / max(1, len(after) - half)
    growth = (late - early) / (SCALED_HOURS * 0.4)
    peak = max(size for _, size in soak.memory)
    print(f"{len(soak.jobs)} jobs; {soak.done}; peak {peak / (1 << 20):.0f} MB")
    return [
        Result(
            "soak-wall",
            f"clock {soak.frozen:.1f} s without a paint, never ended",
            f"<={CLOCK_WITHIN:g} s",
            soak.frozen <= CLOCK_WITHIN,
        ),
        Result(
            "M3",
            f"{growth / (1 << 20):.2f} MB a scaled hour",
            f"<={MOST_GROWTH >> 20} MB",
            growth <= MOST_GROWTH,
        ),
    ]


def alerts(soak: Soak, path: Path) -> Result:
    """Each mark of each job whose life span passed it: told once, in time."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT key, told_at, at, text FROM alert WHERE rule = 'expiring'"
        ).fetchall()
    told: dict[tuple[int, str], list[tuple[float, float, str]]] = {}
    for key, told_at, at, text in rows:
        job_id, _, mark, minutes = key.split("/")
        told.setdefault((int(minutes), f"{job_id}/{mark}"), []).append((told_at, at, text))
    last = soak.start + (soak.wall - 10) * soak.factor
    ends = [job.started + job.minutes * 60 for job in soak.jobs]
    due = sum(end - mark < last for end in ends for mark in LIFE_SPAN_MARKS)
    lateness = [
        (told_at - at) / soak.factor
        for found in told.values()
        for told_at, at, text in found
        if text and not disturbed(soak, at)
    ]
    twice = sum(len(found) > 1 for found in told.values())
    late = max(lateness, default=0.0)
    print(f"{len(told)} marks told or covered of {due} due; {len(lateness)} undisturbed")
    holds = not twice and due <= len(told) <= 3 * len(soak.jobs) and late <= LATE
    return Result(
        "soak-wall",
        f"{len(told)} of {due} life-span alerts, {twice} twice, at most {late:.1f} s late",
        f"all, none twice, <={LATE:g} s",
        holds,
    )


def disturbed(soak: Soak, at: float) -> bool:
    """Whether something was wrong at that time, or shortly before."""
    around = 10 * soak.factor
    return any(begun - 1 <= at + 1 and at <= ended + around for begun, ended in soak.disturbed)
