"""A log through eight scaled hours at 200 lines a second: flat memory, no drift, still following.

    python -m benchmarks soak_logs

Ten minutes of wall time stand for eight hours: a job of the background platform prints 48 times as
many lines a second, 5.76 million of 100 bytes in all, each with its number and the time. The
dashboard shows its log over the whole screen and follows it. By a seeded chance the platform says
nothing for a while, or is killed and started again. Looked at once a second: memory, how far the
newest line is behind the clock (the time right after a disturbance apart), whether the view
follows, and whether line N of the log is the N-th that was printed: then nothing is lost or double.

Takes APOLO_TUI_SOAK_SECONDS and APOLO_TUI_SOAK_SEED.
"""

import os
import random
import shlex
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.background import Background
from benchmarks.harness.figures import percentile
from benchmarks.harness.terminal_pty import ProgramEndedError, TerminalProgram
from benchmarks.registry import Result
from benchmarks.soak_dashboard import MIB, environment

GOALS = ("G13", "soak-logs")
PEER = "nobody: the job's own clock"

WALL = 600.0
SCALED_HOURS = 8.0
LINES_A_SECOND = 200
SETTLED = 0.1
"""The part of the time after which growth counts."""
MOST_GROWTH = 50.0
"""MiB in eight scaled hours."""
MOST_BEHIND = 2.0
"""Seconds, at rest."""
RECOVERY = 12.0
"""Seconds after a disturbance that may be needed to catch up."""

PRINTER = """
import sys, time
rate = float(sys.argv[1])
begun, number = time.time(), 0
while True:
    due = int((time.time() - begun) * rate)
    now = time.time()
    text = ''.join(f'{n} {now:.3f} end'.ljust(68, '.') + '\\n' for n in range(number + 1, due + 1))
    sys.stdout.write(text.replace('end.', 'end '))
    sys.stdout.flush()
    number = max(number, due)
    time.sleep(0.05)
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the log."""

    at: float
    """Seconds since the start."""
    memory: float
    """MiB."""
    behind: float
    """Seconds from the newest line to now."""
    calm: bool
    """Whether nothing was disturbed shortly before."""
    following: bool
    exact: bool
    """Whether the newest line is where it belongs."""


def run(goals: tuple[str, ...]) -> list[Result]:
    wall = float(os.environ.get("APOLO_TUI_SOAK_SECONDS", WALL))
    seed = int(os.environ.get("APOLO_TUI_SOAK_SEED", "1"))
    scale = SCALED_HOURS * 3600 / wall if wall >= WALL else SCALED_HOURS * 3600 / WALL
    rate = LINES_A_SECOND * scale
    hours = wall * scale / 3600
    print(f"seed {seed}; {wall:g} s for {hours:g} h, scale {scale:g}: {rate:g} lines/s", flush=True)
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as name:
        folder = Path(name)
        platform = Background(folder / "local", interval=10.0)
        try:
            command = f"python3 -c {shlex.quote(PRINTER)} {rate}"
            job = platform.run_job("noisy", command)
            variables = environment(folder, platform.login(folder / "login"))
            app = [sys.executable, "-m", "benchmarks.harness.soak_logs_app"]
            with TerminalProgram(app, environment=variables) as program:
                program.wait_for(b"noisy")
                program.call("open", key=job)
                soak = Soak(program, platform, chance=random.Random(seed))
                soak.go(wall)
                return [result for result in soak.results(hours) if result.goal in goals]
        except ProgramEndedError as ended:
            print(f"the dashboard ended: {ended}")
            return [Result("soak-logs", "ended", "never ends", False)]
        finally:
            platform.close()


class Soak:
    """Disturbs the platform, and looks at the log."""

    def __init__(
        self, program: TerminalProgram, platform: Background, *, chance: random.Random
    ) -> None:
        self._program = program
        self._platform = platform
        self._chance = chance
        self._looks: list[Look] = []
        self._last: dict[str, Any] = {}
        self._freezes = self._restarts = 0

    def go(self, wall: float) -> None:
        """For so many seconds. Raises ProgramEndedError."""
        while not self._program.call("look")["number"]:
            time.sleep(0.2)
        begun = time.monotonic()
        calm_at = begun + RECOVERY
        trouble = begun + self._chance.uniform(20, 40)
        while (now := time.monotonic()) - begun < wall:
            if now >= trouble and wall - (now - begun) > 2 * RECOVERY:
                self._disturb()
                calm_at = time.monotonic() + RECOVERY
                trouble = calm_at + self._chance.uniform(5, 30)
            self._look(begun, calm=time.monotonic() > calm_at)
            time.sleep(1.0)

    def _disturb(self) -> None:
        seconds = self._chance.uniform(1, 4)
        if self._chance.random() < 0.7:
            self._freezes += 1
            self._platform.freeze(seconds)
        else:
            self._restarts += 1
            self._platform.restart(seconds)

    def _look(self, begun: float, *, calm: bool) -> None:
        seen = self._last = self._program.call("look")
        at = time.monotonic() - begun
        memory = seen["memory"] / MIB
        exact = seen["number"] == seen["line"] + 1
        look = Look(at, memory, seen["behind"], calm, seen["following"], exact)
        self._looks.append(look)
        if len(self._looks) % 60 == 0:
            where = f"line {seen['number']} at {seen['line']}"
            print(
                f"{at:5.0f} s  {memory:6.1f} MiB  {where}  {look.behind:.2f} s behind", flush=True
            )

    def results(self, hours: float) -> list[Result]:
        """What was seen, beside the bars."""
        settled = [one for one in self._looks if one.at >= SETTLED * self._looks[-1].at]
        # The ends are compared by the middle of some looks: one look may be in a collection.
        edge = max(3, len(settled) // 10)
        growth = percentile([one.memory for one in settled[-edge:]], 0.5)
        growth -= percentile([one.memory for one in settled[:edge]], 0.5)
        behind = [one.behind for one in self._looks if one.calm]
        middle, worst = percentile(behind, 0.5), percentile(behind, 0.99)
        lost = sum(not one.following for one in self._looks)
        wrong = sum(not one.exact for one in self._looks if one.calm)
        last = self._last
        print(
            f"{self._freezes} freezes, {self._restarts} restarts; {last['number']} lines, "
            f"{last['dropped']} dropped, {self._looks[-1].memory:.0f} MiB"
        )
        bar = f"<={MOST_GROWTH:g} MiB"
        drift = f"behind the clock p50 {middle:.2f} s, p99 {worst:.2f} s"
        return [
            Result("G13", f"grew {growth:.1f} MiB in {hours:g} h", bar, growth <= MOST_GROWTH),
            Result("soak-logs", drift, f"<={MOST_BEHIND:g} s", worst <= MOST_BEHIND),
            Result("soak-logs", f"not following in {lost} looks", "0", not lost),
            Result("soak-logs", f"lines lost or double in {wrong} looks", "0", not wrong),
        ]
