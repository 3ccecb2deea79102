"""The dashboard at rest: 50 jobs and 4 charts at 1 Hz; the list of 20 jobs; a job that trains.

The whole dashboard (`python -m apolo_tui`) runs on a local platform in another process, with its
real driver in a 120x40 pty; the peer's widgets get five changed rows and four longer lines a
second. What counts is the CPU of the process that draws, and what it sends to the terminal.
With a job selected that prints a line a second, its log, its telemetry and its row change.
"""

import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import textual

from benchmarks.harness.figures import fraction, median
from benchmarks.harness.platform import Running, platform
from benchmarks.harness.terminal_pty import FRAME, TerminalProgram
from benchmarks.registry import Result

GOALS = ("perf-19", "R6", "R8")
PEER = "Textual's DataTable and Sparkline"

SECONDS = 15
ROUNDS = 3
COLUMNS, LINES = 120, 40
TRAINING_SIZES = ((120, 40), (200, 60))
CHARTED, LISTED = 50, 20
"""Jobs: beside the charts, and of the list alone."""
YOUNG = 65.0
"""Seconds in which a job's run time is told to the second, so that every row changes."""
CPU_BAR, LIST_BAR, BYTES_BAR = 0.015, 0.02, 5_000
TELEMETRY_TAB = b"]"
SEQUENCE = re.compile(rb"\x1b\[[^@-~]*[@-~]")
LIST_ONLY = b"z"


@dataclass(frozen=True, slots=True)
class Rest:
    """What a program costs while nobody does anything."""

    load: float
    """CPU seconds a second."""
    rate: float
    """Bytes a second."""
    full: int
    """Frames that painted more than half of the screen."""


def run(goals: tuple[str, ...]) -> list[Result]:
    print(f"textual {textual.__version__}; pty {COLUMNS}x{LINES}; {ROUNDS} rounds of {SECONDS} s")
    results: list[Result] = []
    if "perf-19" in goals:
        results += charted()
    if {"R6", "R8"} & set(goals):
        results += [result for result in listed() if result.goal in goals]
    if "R8" in goals:
        results += trained()
    return results


def tell(what: str, rest: "Rest") -> None:
    """One round, while the next ones are still to come."""
    print(f"  {what}: {100 * rest.load:.2f}% of a core, {rest.rate / 1000:.2f} kB/s", flush=True)


def charted() -> list[Result]:
    """perf-19: the list with the telemetry of one job beside it."""
    ours: list[Rest] = []
    theirs: list[Rest] = []
    with platform(jobs=CHARTED) as running:
        begun = time.perf_counter()
        for _ in range(ROUNDS):
            theirs.append(widgets_at_rest())
            tell(PEER, theirs[-1])
            time.sleep(max(0.0, begun + YOUNG - time.perf_counter()))
            ours.append(dashboard_at_rest(running, TELEMETRY_TAB))
            tell("the dashboard", ours[-1])
    load, peer = median([one.load for one in ours]), median([one.load for one in theirs])
    rate, peer_rate = median([one.rate for one in ours]), median([one.rate for one in theirs])
    return [
        Result(
            "perf-19",
            f"{100 * load:.2f}% of a core, {fraction(load, peer)} of the peer's {100 * peer:.2f}%",
            f"<={100 * CPU_BAR}%",
            load <= CPU_BAR,
        ),
        Result(
            "perf-19",
            f"{rate / 1000:.1f} kB/s (peer {peer_rate / 1000:.1f} kB/s)",
            f"<={BYTES_BAR / 1000:.0f} kB/s",
            rate <= BYTES_BAR,
        ),
    ]


def listed() -> list[Result]:
    """R6 and R8: the list alone."""
    with platform(jobs=LISTED) as running:
        time.sleep(YOUNG)
        found = []
        for _ in range(ROUNDS):
            found.append(dashboard_at_rest(running, LIST_ONLY))
            tell("the list", found[-1])
    load, rate = median([one.load for one in found]), median([one.rate for one in found])
    full = sum(one.full for one in found)
    return [
        Result("R6", f"{100 * load:.2f}% of a core", f"<={100 * LIST_BAR:.0f}%", load <= LIST_BAR),
        Result(
            "R8",
            f"{rate / 1000:.1f} kB/s, {full} full redraws",
            f"<={BYTES_BAR / 1000:.0f} kB/s, none",
            rate <= BYTES_BAR and not full,
        ),
    ]


def trained() -> list[Result]:
    """R8: with a job selected that is at work, on a small and on a large terminal."""
    results = []
    with platform(jobs=LISTED, training=1) as running:
        time.sleep(YOUNG)
        for columns, lines in TRAINING_SIZES:
            rest = dashboard_at_rest(running, b"", columns=columns, lines=lines)
            results.append(
                Result(
                    "R8",
                    f"{rest.rate / 1000:.1f} kB/s at {columns}x{lines} with a job that trains"
                    f" ({100 * rest.load:.2f}% of a core)",
                    f"<={BYTES_BAR / 1000:.0f} kB/s",
                    rest.rate <= BYTES_BAR,
                )
            )
            tell(f"with a job that trains, {columns}x{lines}", rest)
    return results


def dashboard_at_rest(
    running: Running, keys: bytes, *, columns: int = COLUMNS, lines: int = LINES
) -> Rest:
    """The dashboard after these keys."""
    with tempfile.TemporaryDirectory() as home:
        environment = running.environment(Path(home))
        command = [sys.executable, "-m", "apolo_tui"]
        with TerminalProgram(
            command, columns=columns, rows=lines, environment=environment
        ) as program:
            program.wait_for("● live".encode())
            program.wait_for(b"train-")
            program.write(keys)
            time.sleep(4)
            process = psutil.Process(program.pid)
            before, written, begun = cpu_of(process), program.bytes_written, time.perf_counter()
            time.sleep(SECONDS)
            passed, spent = time.perf_counter() - begun, cpu_of(process) - before
            return rest_of(spent, passed, program.output[written:], columns * lines)


def widgets_at_rest() -> Rest:
    """The peer's widgets, told once a second what changed."""
    command = [sys.executable, "-m", "benchmarks.harness.idle_app", "textual"]
    with TerminalProgram(command, columns=COLUMNS, rows=LINES) as program:
        program.wait_for(b"PRESET")
        program.wait_quiet()
        program.call("tick", at=1)
        program.wait_quiet()
        program.call("settle")
        spent, written, begun = program.cpu(), program.bytes_written, time.perf_counter()
        for second in range(1, SECONDS + 1):
            program.call("tick", at=second + 1)
            time.sleep(max(0.0, begun + second - time.perf_counter()))
        passed = time.perf_counter() - begun
        return rest_of(program.cpu() - spent, passed, program.output[written:], COLUMNS * LINES)


def cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def rest_of(spent: float, passed: float, output: bytes, cells: int) -> Rest:
    full = sum(cells_of(frame) > cells // 2 for frame in output.split(FRAME)[1:])
    return Rest(spent / passed, len(output) / passed, full)


def cells_of(frame: bytes) -> int:
    """How many characters a frame draws, sequences left out."""
    return len(SEQUENCE.sub(b"", frame).decode(errors="replace"))
