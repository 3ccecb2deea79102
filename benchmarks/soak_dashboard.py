"""The dashboard through eight scaled hours of cuts and restarts: it must neither end nor grow.

    python -m benchmarks soak_dashboard

Ten minutes of wall time stand for eight hours: the jobs are asked for 48 times as often as in real
use, the screen is drawn 8 and the telemetry sampled 24 times as often. By a seeded chance the
platform says nothing for a while, or is killed and started again; short jobs come and go. Looked
at all the while: the dashboard runs and answers, its screen goes on, the selected job stays
selected; at the end: by how many bytes a scaled hour it grew after the first tenth.

Takes APOLO_TUI_SOAK_SECONDS and APOLO_TUI_SOAK_SEED.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.background import Background
from benchmarks.harness.terminal_pty import ProgramEndedError, TerminalProgram
from benchmarks.registry import Result

GOALS = ("R7", "soak-dashboard")
PEER = "nobody: the dashboard of a moment before"

JOBS = 6
WALL = 600.0
SCALED_HOURS = 8.0
REDRAWS, SAMPLES = 8.0, 24.0
"""A second, instead of one."""
SETTLED = 0.1
"""The part of the time after which growth counts."""
MIB = 1 << 20
MOST_GROWTH, MOST_MEMORY = 1.0, 200.0
"""MiB a scaled hour, and at any time."""
CLOCK_WITHIN = 5.0
"""Seconds in which the dashboard must have painted, and answered."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the dashboard."""

    at: float
    """Seconds since the start."""
    memory: float
    """MiB."""
    answer: float
    """Seconds that it took to answer."""
    selected: str | None
    polls: int


def run(goals: tuple[str, ...]) -> list[Result]:
    wall = float(os.environ.get("APOLO_TUI_SOAK_SECONDS", WALL))
    seed = int(os.environ.get("APOLO_TUI_SOAK_SEED", "1"))
    pace = SCALED_HOURS * 3600 / wall
    print(f"seed {seed}; {wall:g} s for {SCALED_HOURS:g} h, scale {pace:g}", flush=True)
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as name:
        folder = Path(name)
        platform = Background(folder / "local", interval=1 / SAMPLES)
        try:
            jobs = [platform.run_job(f"train-{n}", "sleep 100000") for n in range(JOBS)]
            login = platform.login(folder / "login")
            with TerminalProgram(command(pace), environment=environment(folder, login)) as program:
                program.wait_for(b"train-0")
                soak = Soak(program, platform, chosen=jobs[2], chance=random.Random(seed))
                soak.go(wall)
                return [result for result in soak.results() if result.goal in goals]
        except ProgramEndedError as ended:
            print(f"the dashboard ended: {ended}")
            return [Result("soak-dashboard", "ended", "never ends", False)]
        finally:
            platform.close()


def command(pace: float) -> list[str]:
    return [sys.executable, "-m", "benchmarks.harness.soak_app", str(pace), str(REDRAWS)]


def environment(folder: Path, login: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    state = str(home / "state")
    return {"APOLO_CONFIG": str(login), "HOME": str(home), "XDG_STATE_HOME": state}


class Soak:
    """Disturbs the platform, and looks at the dashboard."""

    def __init__(
        self, program: TerminalProgram, platform: Background, *, chosen: str, chance: random.Random
    ) -> None:
        self._program = program
        self._platform = platform
        self._chosen = chosen
        self._chance = chance
        self._looks: list[Look] = []
        self._unpainted = 0.0
        self._freezes = self._restarts = self._short_jobs = 0

    def go(self, wall: float) -> None:
        """For so many seconds. Raises ProgramEndedError."""
        self._program.call("select", key=self._chosen)
        begun = time.monotonic()
        trouble = begun + self._chance.uniform(5, 15)
        short_job = begun + 10
        while (now := time.monotonic()) - begun < wall:
            if now >= trouble:
                self._disturb()
                trouble = time.monotonic() + self._chance.uniform(10, 30)
            if now >= short_job:
                self._short_jobs += 1
                self._platform.run_job(f"short-{self._short_jobs}", "sleep 3")
                short_job = time.monotonic() + self._chance.uniform(5, 15)
            self._look(begun)

    def _disturb(self) -> None:
        before = self._program.bytes_written
        seconds = self._chance.uniform(1, 8)
        if self._chance.random() < 0.5:
            self._freezes += 1
            self._platform.freeze(seconds)
        else:
            self._restarts += 1
            self._platform.restart(seconds)
        if self._program.bytes_written == before:
            self._unpainted = max(self._unpainted, seconds)

    def _look(self, begun: float) -> None:
        before = self._program.bytes_written
        asked = time.monotonic()
        seen: dict[str, Any] = self._program.call("look")
        answer = time.monotonic() - asked
        selected = seen["selected"] if seen["selected"] == seen["cursor"] else None
        memory = seen["memory"] / MIB
        self._looks.append(Look(asked - begun, memory, answer, selected, seen["polls"]))
        while self._program.bytes_written == before:
            time.sleep(0.2)
            if time.monotonic() - asked > CLOCK_WITHIN:
                break
        self._unpainted = max(self._unpainted, time.monotonic() - asked)
        time.sleep(max(0.0, 1.0 - (time.monotonic() - asked)))
        if len(self._looks) % 60 == 0:
            print(
                f"{asked - begun:5.0f} s  {memory:6.1f} MiB  {seen['jobs']} jobs  "
                f"{seen['polls']} publications",
                flush=True,
            )

    def results(self) -> list[Result]:
        """What was seen, beside the bars."""
        wall = self._looks[-1].at
        growth = slope([one for one in self._looks if one.at >= SETTLED * wall])
        growth *= wall / SCALED_HOURS
        peak = max(one.memory for one in self._looks)
        slowest = max(one.answer for one in self._looks)
        lost = sum(one.selected != self._chosen for one in self._looks)
        print(
            f"{self._freezes} freezes, {self._restarts} restarts, {self._short_jobs} short jobs; "
            f"{self._looks[-1].polls} publications of the list"
        )
        frozen = max(slowest, self._unpainted)
        return [
            Result("R7", f"{peak:.0f} MiB", f"<={MOST_MEMORY:.0f} MiB", peak <= MOST_MEMORY),
            Result(
                "soak-dashboard",
                f"{growth:.2f} MiB a scaled hour",
                f"<={MOST_GROWTH:g} MiB",
                growth <= MOST_GROWTH,
            ),
            Result(
                "soak-dashboard",
                f"at most {frozen:.1f} s without a paint or an answer",
                f"<={CLOCK_WITHIN:g} s",
                frozen <= CLOCK_WITHIN,
            ),
            Result(
                "soak-dashboard",
                f"another selection in {lost} of {len(self._looks)} looks",
                "0",
                not lost,
            ),
        ]


def slope(looks: Sequence[Look]) -> float:
    """MiB a second: the line through the looks that lies nearest to them."""
    count = len(looks)
    middle = sum(one.at for one in looks) / count
    mean = sum(one.memory for one in looks) / count
    spread = sum((one.at - middle) ** 2 for one in looks)
    return sum((one.at - middle) * (one.memory - mean) for one in looks) / spread if spread else 0.0
