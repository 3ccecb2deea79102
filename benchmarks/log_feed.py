"""Feeding a log view: lines a CPU second and memory, beside RichLog and Log (perf-7, perf-11).

Each app runs with the real driver in a 120x40 pty, in a process of its own, and is fed from a file
of stamped lines of 100 bytes in batches of 100, with painting on.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import textual

from benchmarks.harness import log_text
from benchmarks.harness.figures import median
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import Result

GOALS = ("perf-7", "perf-11")
PEER = "Textual's RichLog and Log"

ROUNDS = 3
MILLION = 1_000_000
SMALL = {"richlog": 20_000, "richbatch": 50_000, "log": 100_000, "loglines": 100_000}
"""Lines that the slow ones get: their rate does not grow with more."""
MIB = 1 << 20


def run(goals: tuple[str, ...]) -> list[Result]:
    print(f"textual {textual.__version__}; pty 120x40; batches of 100 lines of 100 bytes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.txt"
        log_text.write(path, MILLION)
        results: list[Result] = []
        if "perf-7" in goals:
            results += rates(path)
        if "perf-11" in goals:
            results += memory(path)
        return results


def started(kind: str) -> TerminalProgram:
    program = TerminalProgram([sys.executable, "-m", "benchmarks.harness.log_app", kind])
    program.wait_for(b"K0Z")
    program.wait_quiet()
    program.call("settle")
    return program


def fed(program: TerminalProgram, path: Path, lines: int) -> float:
    """CPU seconds until so many lines are in and painted."""
    program.call("feed", path=str(path), lines=lines, batch=100)
    while True:
        state = program.call("state")
        if state["over"]:
            break
        program.wait_quiet(0.1)
    assert program.call("lines")["lines"] >= lines
    return float(state["cpu_seconds"])


def rates(path: Path) -> Iterator[Result]:
    kinds = ("ours", *SMALL)
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            lines = SMALL.get(kind, MILLION)
            with started(kind) as program:
                found[kind].append(lines / fed(program, path, lines))
    rate = {kind: median(values) for kind, values in found.items()}
    print("  ".join(f"{kind} {value / 1000:.1f} klines/CPU-s" for kind, value in rate.items()))
    for kind, bar in (("richlog", 500), ("log", 10), ("richbatch", None), ("loglines", None)):
        ratio = rate["ours"] / rate[kind]
        if bar is None:
            print(f"beside {kind}, its faster mode: {ratio:.1f}x")
            continue
        yield Result("perf-7", f"{ratio:.0f}x of {kind}", f">={bar}x", ratio >= bar)


def memory(path: Path) -> Iterator[Result]:
    raw = MILLION * log_text.LINE
    for kind in ("ours", "spill", "loglines"):
        with started(kind) as program:
            before = float(program.call("cpu")["memory"])
            fed(program, path, MILLION)
            answer = program.call("collect")
            grown = float(answer["memory"]) - before
            pause = float(answer["seconds"])
        figure = f"{grown / MIB:.0f} MiB ({grown / raw:.2f}x of {raw / MIB:.0f} MiB raw)"
        print(f"{kind}: {figure}, full collection {pause * 1000:.0f} ms")
        if kind == "ours":
            yield Result("perf-11", f"in memory {figure}", "<=1.25x", grown <= 1.25 * raw)
        elif kind == "spill":
            yield Result("perf-11", f"spilled {figure}", "<=64 MiB", grown <= 64 * MIB)
