"""Charts of two series of 300 points: what a refresh costs, and a grid of fifty once a second.

Each app runs with the real driver in a 200x60 pty, in a process of its own; ours and the peer
take turns. CPU is that of the app from the new data to the painted screen.
"""

import importlib.metadata
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from benchmarks.harness.figures import fraction, median, milliseconds
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import PeerMissingError, Result

GOALS = ("perf-16",)
PEER = "PlotextPlot of textual-plotext"

SIZES = ((60, 12), (120, 20))
TICKS = 40
ROUNDS = 3
GRID, GRID_SIZE = 50, (38, 6)
GRID_SECONDS = 15
GRID_BAR = 0.05
COLUMNS, ROWS = 200, 60


@dataclass(frozen=True, slots=True)
class Refresh:
    """Medians of one refresh."""

    cpu: float
    bytes: float


def run(goals: tuple[str, ...]) -> list[Result]:
    if find_spec("textual_plotext") is None:
        raise PeerMissingError("pip install textual-plotext")
    version = importlib.metadata.version
    print(
        f"textual {version('textual')}, textual-plotext {version('textual-plotext')},"
        f" plotext {version('plotext')}: marker braille; pty {COLUMNS}x{ROWS}"
    )
    return [*refreshes(), *grid()]


def started(kind: str, width: int, height: int, count: int) -> TerminalProgram:
    """The app with its charts on screen, at rest."""
    program = TerminalProgram(
        [
            *(sys.executable, "-m", "benchmarks.harness.chart_app", kind),
            *(str(width), str(height), str(count)),
        ],
        columns=COLUMNS,
        rows=ROWS,
    )
    program.wait_for(b"\x1b[?2026l")
    program.wait_quiet(1.0)
    for _ in range(3):
        size = program.call("tick")
        program.wait_quiet()
    if (size["width"], size["height"]) != (width, height):
        program.close()
        raise RuntimeError(f"the chart is {size}, not {width}x{height}")
    program.call("settle")
    program.wait_quiet()
    return program


def refreshes() -> Iterator[Result]:
    """One chart, new data again and again."""
    for width, height in SIZES:
        found: dict[str, list[Refresh]] = {"ours": [], "plotext": []}
        for _ in range(ROUNDS):
            for kind, refresh in found.items():
                with started(kind, width, height, 1) as program:
                    refresh.append(_refresh(program))
        ours, theirs = (median([part.cpu for part in parts]) for parts in found.values())
        sizes = [median([part.bytes for part in parts]) for parts in found.values()]
        yield Result(
            "perf-16",
            f"{fraction(ours, theirs)} of PlotextPlot's CPU at {width}x{height}"
            f" ({milliseconds(ours)}, {milliseconds(theirs)};"
            f" {sizes[0]:.0f} bytes, {sizes[1]:.0f})",
            "<=1/6",
            ours <= theirs / 6,
        )


def _refresh(program: TerminalProgram) -> Refresh:
    spent, sizes = [], []
    for _ in range(TICKS):
        written = program.bytes_written
        spent.append(program.cpu_of(lambda: program.call("tick"), quiet=0.1))
        sizes.append(program.bytes_written - written)
    return Refresh(median(spent), median(sizes))


def grid() -> Iterator[Result]:
    """Fifty charts once a second: the part of one core that they take."""
    width, height = GRID_SIZE
    for kind, size, count, name in (
        ("ours", (width, height), GRID, f"{GRID} charts of {width}x{height}"),
        ("strip", (COLUMNS, 10), GRID, f"{GRID} sparklines in one widget"),
        ("plotext", (width, height), GRID, f"{GRID} PlotextPlots of {width}x{height}"),
    ):
        with started(kind, *size, count) as program:
            load, rate = _once_a_second(program)
        text = f"{name} at 1 Hz: {100 * load:.1f}% of a core, {rate / 1000:.1f} kB/s"
        if kind == "plotext":
            print(f"peer: {text}")
        else:
            yield Result("perf-16", text, f"<={100 * GRID_BAR:.0f}%", load <= GRID_BAR)


def _once_a_second(program: TerminalProgram) -> tuple[float, float]:
    """CPU seconds a second and bytes a second."""
    spent, written, begun = program.cpu(), program.bytes_written, time.perf_counter()
    for second in range(1, GRID_SECONDS + 1):
        program.call("tick")
        time.sleep(max(0.0, begun + second - time.perf_counter()))
    passed = time.perf_counter() - begun
    return (program.cpu() - spent) / passed, (program.bytes_written - written) / passed
