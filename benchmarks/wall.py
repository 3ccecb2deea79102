"""The monitor wall: sockets, pages, bytes on the wire, and the cost of its charts.

The whole program (`python -m apolo_tui --monitor`) runs on a local platform with 200 GPU jobs in
another process, with its real driver in a 200x60 and in an 80x24 pty. The charts are drawn from
made-up telemetry that changes in every card every second, beside as many PlotextPlots.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

import textual

from benchmarks.harness.figures import fraction, median
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.harness.wall_platform import WallPlatform, wall_platform
from benchmarks.registry import Result

GOALS = ("wall-sockets", "wall-pages", "wall-bytes", "wall-charts")
PEER = "PlotextPlot, for the charts"

JOBS = 200
SIZES = {(200, 60): 16, (80, 24): 2}
"""Columns and lines -> cards."""
SOCKETS = 8
PAGE = 20.0
BYTES_BAR = 5_000.0
CPU_BAR = 0.05
CHARTS = 50
SECONDS = 15
ROUNDS = 3
WARM = 45.0
"""Seconds until every card of a page has been sampled, and its lines are as they stay."""
PAGE_NUMBER = re.compile(r"page (\d+)/(\d+)")


def run(goals: tuple[str, ...]) -> list[Result]:
    print(f"textual {textual.__version__}; {JOBS} jobs; rounds of {SECONDS} s")
    results: list[Result] = []
    if set(goals) - {"wall-charts"}:
        with wall_platform(jobs=JOBS) as platform:
            for (columns, rows), cards in SIZES.items():
                results += wall(platform, columns, rows, cards)
    if "wall-charts" in goals:
        results += charts()
    return [result for result in results if result.goal in goals]


def wall(platform: WallPlatform, columns: int, rows: int, cards: int) -> list[Result]:
    """One size of the screen."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "apolo_tui", "--monitor"]
        environment = platform.environment(Path(home))
        with TerminalProgram(
            command, columns=columns, rows=rows, environment=environment
        ) as program:
            program.wait_for(b"train-0", within=60.0)
            program.wait_for(b"page 1/")
            begun = time.perf_counter()
            shown = cards_on(program)
            stay = page_stay(program)
            # Held: a page that turns paints everything, which is not what is measured here.
            program.write(b" ")
            time.sleep(max(0.0, begun + WARM - time.perf_counter()))
            aged = sampled_on(program)
            steady = rate(program)
            platform.move(True)
            time.sleep(3)
            moving = rate(program)
            platform.move(False)
    size = f"{columns}x{rows}"
    sockets = platform.most_sockets()
    pages_hold = abs(stay - PAGE) <= 1.5 and shown == cards and (cards <= SOCKETS or aged > 0)
    told = f", {aged} say when they were sampled" if cards > SOCKETS else ""
    return [
        Result("wall-sockets", f"{sockets} at {size}", f"<={SOCKETS}", sockets <= SOCKETS),
        Result(
            "wall-pages",
            f"{shown} cards at {size}, a page stays {stay:.1f} s{told}",
            f"{cards} cards, {PAGE:g} s",
            pages_hold,
        ),
        Result(
            "wall-bytes",
            f"{steady / 1000:.1f} kB/s at {size} while telemetry is constant "
            f"({moving / 1000:.1f} kB/s while it changes)",
            f"<={BYTES_BAR / 1000:g} kB/s",
            steady <= BYTES_BAR,
        ),
    ]


def plain(program: TerminalProgram, start: int = 0) -> str:
    text = program.output[start:].decode(errors="replace")
    return re.sub(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()=>].?)", "", text)


def cards_on(program: TerminalProgram) -> int:
    """How many cards the first page has: the frames around jobs."""
    program.wait_quiet()
    return len(set(re.findall(r"● (train-\d+)", plain(program))))


def sampled_on(program: TerminalProgram) -> int:
    """How many times a card that is not live said when it was sampled."""
    return len(re.findall(r"sampled \d+s ago", plain(program)))


def page_stay(program: TerminalProgram) -> float:
    """Seconds from the second page to the third."""
    turned: dict[int, float] = {}
    while 3 not in turned:
        for found in PAGE_NUMBER.findall(plain(program)[-4000:]):
            turned.setdefault(int(found[0]), time.perf_counter())
        time.sleep(0.05)
    return turned[3] - turned[2]


def rate(program: TerminalProgram) -> float:
    """Bytes a second."""
    written, begun = program.bytes_written, time.perf_counter()
    time.sleep(SECONDS)
    return (program.bytes_written - written) / (time.perf_counter() - begun)


def charts() -> list[Result]:
    """CPU of at least 50 charts redrawn once a second."""
    ours: list[float] = []
    theirs: list[float] = []
    count = 0
    for _ in range(ROUNDS):
        peer = ["benchmarks.harness.chart_app", "plotext", "38", "6", str(CHARTS)]
        theirs.append(load(peer)[0])
        spent, count = load(["benchmarks.harness.wall_app", "16"])
        ours.append(spent)
    share, peer_share = median(ours), median(theirs)
    return [
        Result(
            "wall-charts",
            f"{100 * share:.1f}% of a core for {count} charts, "
            f"{fraction(share, peer_share)} of the peer's {100 * peer_share:.1f}% for {CHARTS}",
            f"<={100 * CPU_BAR:g}%, {CHARTS} charts",
            share <= CPU_BAR and count >= CHARTS,
        )
    ]


def load(module: list[str]) -> tuple[float, int]:
    """CPU seconds a second of a program that is told to draw anew once a second."""
    command = [sys.executable, "-m", *module]
    with TerminalProgram(command, columns=200, rows=60) as program:
        program.wait_quiet(2.0)
        program.call("tick")
        program.wait_quiet()
        program.call("settle")
        charts = CHARTS
        spent, begun = program.cpu(), time.perf_counter()
        for second in range(1, SECONDS + 1):
            charts = int(program.call("tick").get("charts", CHARTS))
            time.sleep(max(0.0, begun + second - time.perf_counter()))
        return (program.cpu() - spent) / (time.perf_counter() - begun), charts
