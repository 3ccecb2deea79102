"""The terminal pane: latency under floods, echo, drawing, and CPU, through the real driver."""

import gzip
import sys
import time

from rich.cells import cell_len
from rich.style import Style

from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.terminal_paint import Painter
from benchmarks.harness.figures import median, milliseconds, percentile
from benchmarks.harness.terminal_app import SAMPLES
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import PeerMissingError, Result

GOALS = ("term-L1", "term-L2", "term-R1", "term-R2")
PEER = "a naive widget on pyte"

FLOOD_KEYS, PEER_KEYS, ECHO_KEYS = 300, 15, 500
ROUNDS = 300
CPU_SECONDS = 8.0


def run(goals: tuple[str, ...]) -> list[Result]:
    measures = {
        "term-L1": flood_latency,
        "term-L2": echo_latency,
        "term-R1": drawing,
        "term-R2": cpu_share,
    }
    return [result for goal in goals for result in measures[goal]()]


def program(kind: str) -> TerminalProgram:
    return TerminalProgram(
        [sys.executable, "-m", "benchmarks.harness.terminal_app", kind], columns=120, rows=40
    )


def flood_latency() -> list[Result]:
    """Key to paint while output comes as fast as it is taken."""
    try:
        import pyte  # noqa: F401 - only whether it is here
    except ImportError:
        raise PeerMissingError("pyte; pip install -e '.[bench]'") from None
    results = []
    for kind in ("plain", "coloured", "vim"):
        ours = flooded("ours", kind, FLOOD_KEYS)
        naive = flooded("pyte", kind, PEER_KEYS)
        print(
            f"{kind}: key to paint p50/p99/max ms ours {in_ms(ours)}; "
            f"naive pyte p50 {milliseconds(median(naive))} max {milliseconds(max(naive))}"
        )
        middle, high = median(ours), percentile(ours, 0.99)
        results.append(
            Result(
                "term-L1",
                f"{kind}:p50={milliseconds(middle)},p99={milliseconds(high)}",
                "p50<=30ms,p99<=100ms",
                middle <= 0.030 and high <= 0.100,
            )
        )
    return results


def in_ms(seconds: list[float]) -> str:
    return "/".join(
        f"{value * 1000:.0f}"
        for value in (median(seconds), percentile(seconds, 0.99), max(seconds))
    )


def flooded(app: str, kind: str, keys: int) -> list[float]:
    with program(app) as terminal:
        terminal.wait_for(b"KEY0000")
        terminal.call("settle")
        terminal.call("flood", kind=kind)
        time.sleep(0.5)
        taken = []
        for number in range(1, keys + 1):
            mark = b"KEY%04d" % number
            before = terminal.bytes_written
            pressed = time.perf_counter()
            terminal.write(b"x")
            painted = terminal.wait_for(mark[-4:], within=30.0, after=before)
            taken.append(painted - (pressed - terminal.started))
            time.sleep(0.02 + number % 7 * 0.005)
        return taken


def echo_latency() -> list[Result]:
    """Key to paint of its echo, when nothing else happens."""
    with program("ours") as terminal:
        terminal.wait_for(b"KEY0000")
        terminal.call("settle")
        terminal.wait_quiet()
        echoed = [terminal.press(b"x").last or 0.0 for _ in range(ECHO_KEYS)]
        alone = [terminal.press(b"\x1b", quiet=0.2).first or 0.0 for _ in range(20)]
    print(f"echo p50/p99/max ms {in_ms(echoed)}; a lone escape {in_ms(alone)}")
    high, escape = percentile(echoed, 0.99), max(alone)
    return [
        Result("term-L2", f"p99={milliseconds(high)}", "p99<=40ms", high <= 0.040),
        Result("term-L2", f"escape={milliseconds(escape)}", "escape<=130ms", escape <= 0.130),
    ]


def drawing() -> list[Result]:
    """Cells to strips at 120x40: all rows of two programs, the worst case, one row."""
    results = []
    for name, limit in (("vim-syntax", 0.0006), ("htop", 0.0006), ("truecolor", 0.003)):
        screen = Screen(120, 40, width=cell_len)
        screen.feed(content(name))
        taken = drawn(screen, range(40))
        results.append(
            Result(
                "term-R1",
                f"{name}={milliseconds(taken)[:-2]}ms",
                f"<={limit * 1000:g}ms",
                taken <= limit,
            )
        )
        if name == "vim-syntax":
            one = drawn(screen, range(10, 11))
            results.append(Result("term-R1", f"row={one * 1000:.3f}ms", "<=0.05ms", one <= 0.00005))
    return results


def content(name: str) -> bytes:
    if name == "truecolor":
        return b"".join(
            b"\x1b[38;2;%d;%d;%dmx" % (x * 2 % 256, y * 6 % 256, (x + y) % 256)
            for y in range(40)
            for x in range(120)
        )
    data = gzip.decompress((SAMPLES / f"{name}-120x40.bin").read_bytes())
    return data[: len(data) * 2 // 3]


def drawn(screen: Screen, rows: range) -> float:
    painter = Painter(screen.colors, Style.parse("white on black"), own_palette=False)
    taken = []
    for _ in range(ROUNDS):
        for y in rows:
            screen.row(y).mark = None
        started = time.thread_time()
        for y in rows:
            painter.strip(screen.row(y), 120)
        taken.append(time.thread_time() - started)
    return median(taken)


def cpu_share() -> list[Result]:
    """The whole app's share of a core: one line or a full screen at 30 a second, and idle."""
    results = []
    with program("ours") as terminal:
        terminal.wait_for(b"KEY0000")
        terminal.call("settle")
        terminal.wait_quiet(1.0)
        for kind, limit in (("", 0.01), ("line", 0.08), ("full", 0.25)):
            terminal.call("tick", kind=kind)
            time.sleep(1.0)
            before, began = terminal.cpu(), time.perf_counter()
            time.sleep(CPU_SECONDS)
            share = (terminal.cpu() - before) / (time.perf_counter() - began)
            results.append(
                Result("term-R2", f"{kind or 'idle'}={share:.1%}", f"<={limit:.0%}", share <= limit)
            )
        terminal.call("tick")
    return results
