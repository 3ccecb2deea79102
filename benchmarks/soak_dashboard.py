"""The dashboard through eight scaled hours of cuts and restarts: it must neither end nor grow.

    python -m benchmarks soak_dashboard

At least ten minutes of wall time stand for eight hours, so a minute of wall time is about 48
scaled ones; refreshes are as quick as they get. By a seeded chance the platform is stopped for a
while (a cut, with every socket left half open). Looked at all the while: the
process lives, the clock of its header goes on, the selected job stays selected; at the end: by how
many bytes it grew for each scaled hour after the first tenth. Takes APOLO_TUI_SOAK_SECONDS and
APOLO_TUI_SOAK_SEED.
"""

import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.harness.platform import platform
from benchmarks.harness.terminal_pty import ProgramEndedError, TerminalProgram
from benchmarks.registry import Result

GOALS = ("R7", "soak-dashboard")
PEER = "nobody: the dashboard of a moment before"

JOBS = 20
WALL = 600.0
SCALED_HOURS = 8.0
MOST_GROWTH = 1 << 20
"""Bytes a scaled hour."""
MOST_MEMORY = 200 << 20
CLOCK_WITHIN = 15.0
"""Seconds in which something of the header must have been painted."""


def run(goals: tuple[str, ...]) -> list[Result]:
    wall = float(os.environ.get("APOLO_TUI_SOAK_SECONDS", WALL))
    seed = int(os.environ.get("APOLO_TUI_SOAK_SEED", "1"))
    chance = random.Random(seed)
    print(f"seed {seed}; {wall:g} s for {SCALED_HOURS:g} h: a scaled hour is {wall / 8:.0f} s")
    with platform(jobs=JOBS) as running, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "apolo_tui", "--refresh", "2"]
        environment = running.environment(Path(folder))
        with TerminalProgram(command, environment=environment) as program:
            program.wait_for(b"train-0")
            time.sleep(3)
            program.write(b"jjjjj")
            time.sleep(3)
            watch = Watch(program, running.pid, chance, wall)
            try:
                watch.go()
            except ProgramEndedError as ended:
                print(f"the dashboard ended: {ended}")
                return [Result("soak-dashboard", "ended", "never ends", False)]
            return watch.results()


class Watch:
    """Disturbs the platform, and looks at the dashboard."""

    def __init__(
        self, program: TerminalProgram, platform_pid: int, chance: random.Random, wall: float
    ) -> None:
        self._program = program
        self._platform = psutil.Process(platform_pid)
        self._process = psutil.Process(program.pid)
        self._chance = chance
        self._wall = wall
        self._memory: list[tuple[float, int]] = []
        self._cuts = 0
        self._frozen = 0.0
        self._selection = self._selected()

    def _selected(self) -> str:
        """The job of the last row that was painted with the cursor."""
        found = re.findall(r"▶.{0,60}?(train-\d+)", self._plain())
        return found[-1] if found else ""

    def _plain(self) -> str:
        text = self._program.output[-400_000:].decode(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)

    def go(self) -> None:
        begun = time.monotonic()
        next_cut = begun + self._chance.uniform(10, 30)
        painted, painted_at = self._program.bytes_written, begun
        while (now := time.monotonic()) - begun < self._wall:
            if now >= next_cut:
                self._cut(self._chance.uniform(2, 12))
                next_cut = time.monotonic() + self._chance.uniform(15, 45)
            if not self._process.is_running():
                raise ProgramEndedError("the process is gone")
            if self._program.bytes_written != painted:
                painted, painted_at = self._program.bytes_written, time.monotonic()
            self._frozen = max(self._frozen, time.monotonic() - painted_at)
            self._memory.append((time.monotonic() - begun, self._process.memory_info().rss))
            time.sleep(1.0)

    def _cut(self, seconds: float) -> None:
        """The platform is silent for a while; the clock of the header must go on meanwhile."""
        self._cuts += 1
        self._platform.send_signal(signal.SIGSTOP)
        try:
            before = self._program.bytes_written
            time.sleep(seconds)
            if self._program.bytes_written == before:
                self._frozen = max(self._frozen, seconds)
        finally:
            self._platform.send_signal(signal.SIGCONT)

    def results(self) -> list[Result]:
        after = [part for part in self._memory if part[0] >= self._wall / 10]
        half = len(after) // 2
        early = sum(size for _, size in after[:half]) / max(1, half)
        late = sum(size for _, size in after[half:]) / max(1, len(after) - half)
        hours = SCALED_HOURS * 0.9 / 2
        growth = (late - early) / hours
        peak = max(size for _, size in self._memory)
        kept = self._selected() == self._selection
        print(f"{self._cuts} cuts; longest without a paint {self._frozen:.1f} s")
        return [
            Result(
                "soak-dashboard",
                f"{growth / (1 << 20):.2f} MB a scaled hour",
                "<=1 MB",
                growth <= MOST_GROWTH,
            ),
            Result(
                "soak-dashboard",
                f"clock {self._frozen:.1f} s, selection {'kept' if kept else 'lost'}",
                f"clock <={CLOCK_WITHIN:g} s, kept",
                self._frozen <= CLOCK_WITHIN and kept,
            ),
            Result("R7", f"{peak / (1 << 20):.0f} MB", "<=200 MB", peak <= MOST_MEMORY),
        ]
