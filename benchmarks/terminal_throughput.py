"""How fast the terminal takes output: sixteen streams of 120x40, in one interleaved run.

Each round feeds every stream to each terminal in turn, in pieces of 64 KiB (tmux reads them from
a pty), with 10,000 lines of scrollback where the terminal has one. A figure is the median, over
the rounds, of the peer's time by ours: 2 is twice as fast as the peer. Terminals in this process
are timed by the processor; tmux, which is two other processes and a pty, by the clock.
"""

import gc
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.cells import get_character_cell_size

from apolo_tui.terminal.screen import Screen
from benchmarks.registry import PeerMissingError, Result
from benchmarks.terminal_workloads import COLUMNS, FLOOD, ROWS, workloads

GOALS = ("term-T1", "term-T2", "term-T3", "term-T4")
PEER = "pyte 0.8.2, bittty 0.3.0, tmux, libghostty (pyghostty 0.1.3)"
ROUNDS = 5
PIECE = 65_536
SCROLLBACK = 10_000
SCROLLBACK_BYTES = 2**28
"""More than 10,000 lines of any peer need."""

Feed = Callable[[bytes], None]


def _ours() -> Feed:
    return Screen(COLUMNS, ROWS, width=get_character_cell_size, scrollback=SCROLLBACK).feed


def _pyte() -> Feed:
    try:
        import pyte
    except ImportError:
        raise PeerMissingError("pyte: pip install 'apolo-tui[bench]'") from None

    class Tolerant(pyte.Screen):  # type: ignore[misc]  # pyte has no types
        """pyte without its TypeError on the private sequences of vim."""

        def select_graphic_rendition(self, *attributes: int, **_: object) -> None:
            super().select_graphic_rendition(*attributes)

        def report_device_attributes(self, *_: int, **__: object) -> None:
            pass

        def report_device_status(self, *_: int, **__: object) -> None:
            pass

        def set_margins(
            self, top: int | None = None, bottom: int | None = None, **_: object
        ) -> None:
            super().set_margins(top, bottom)

    feed: Feed = pyte.ByteStream(Tolerant(COLUMNS, ROWS)).feed
    return feed


def _bittty() -> Feed:
    try:
        from bittty import Board
    except ImportError:
        raise PeerMissingError("bittty: pip install 'apolo-tui[bench]'") from None
    feed: Feed = Board(width=COLUMNS, height=ROWS).feed_host_data
    return feed


def _ghostty() -> Feed:
    try:
        import pyghostty
        from pyghostty._ffi import ffi, lib
    except ImportError:
        raise PeerMissingError("pyghostty: pip install 'apolo-tui[dev]'") from None
    terminal = pyghostty.Terminal(COLUMNS, ROWS, scrollback=SCROLLBACK)
    # Its scrollback has a bound of bytes, too, which alone would keep some 700 lines. The binding
    # has no argument for it.
    lib.ghostty_terminal_set(
        terminal._t[0],
        lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES,
        ffi.new("size_t*", SCROLLBACK_BYTES),
    )
    feed: Feed = terminal.feed
    return feed


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds of the processor and of the clock, and pieces that raised an exception."""

    processor: float
    clock: float
    failed: int = 0


def _timed(make: Callable[[], Feed], data: bytes) -> Time:
    """How long `data` takes. A peer that raises loses the rest of that piece."""
    feed = make()
    failed = 0
    gc.collect()  # what the one before left behind is not this one's
    clock, processor = time.perf_counter(), time.thread_time()
    for at in range(0, len(data), PIECE):
        try:
            feed(data[at : at + PIECE])
        except (TypeError, ValueError, IndexError, KeyError, AttributeError):
            if make is _ours:
                raise
            failed += 1
    return Time(time.thread_time() - processor, time.perf_counter() - clock, failed)


_WRITER = """
import os, sys, time, tty
tty.setraw(0)
data = open(sys.argv[1], 'rb').read() + b'\\x1b[?1049l\\x1b[?6l\\x1b[6n'
start = time.perf_counter()
at = 0
while at < len(data):
    at += os.write(1, data[at:at + 16384])
seen = b''
while not seen.endswith(b'R'):
    seen += os.read(0, 4096)
open(sys.argv[2], 'w').write(str(time.perf_counter() - start))
os.rename(sys.argv[2], sys.argv[3])
"""


class _Tmux:
    """A tmux without a client; a program in its pane writes a stream and waits for an answer."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("tmux") is None:
            raise PeerMissingError("tmux: install it from your system's packages")
        self._folder = folder
        self._socket = str(folder / "tmux")
        (folder / "writer.py").write_text(_WRITER)
        self._run("-f", "/dev/null", "start-server", ";", "set", "-g", "history-limit",
                  str(SCROLLBACK), ";", "set", "-g", "status", "off", ";", "set", "-g",
                  "exit-empty", "off")  # fmt: skip

    def _run(self, *arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        subprocess.run(["tmux", "-S", self._socket, *arguments], check=True, env=environment)

    def timed(self, data: bytes) -> float:
        source, part, done = (self._folder / name for name in ("data", "part", "done"))
        source.write_bytes(data)
        done.unlink(missing_ok=True)
        command = f"{sys.executable} {self._folder / 'writer.py'} {source} {part} {done}"
        self._run("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), command)
        deadline = time.monotonic() + 60
        while not done.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("tmux did not answer within 60 s")
            time.sleep(0.005)
        return float(done.read_text())

    def close(self) -> None:
        self._run("kill-server")


def _measured(wanted: set[str]) -> dict[str, dict[str, list[float]]]:
    """By peer and stream: the peer's time by ours, in each round."""
    makers = {"pyte": _pyte, "bittty": _bittty, "libghostty": _ghostty}
    streams = workloads()
    ratios: dict[str, dict[str, list[float]]] = {
        peer: {name: [] for name in streams} for peer in wanted
    }
    speeds: dict[str, list[float]] = {name: [] for name in streams}
    failures: dict[tuple[str, str], int] = {}
    with tempfile.TemporaryDirectory(prefix="tmux", dir="/tmp") as folder:
        tmux = _Tmux(Path(folder)) if "tmux" in wanted else None
        try:
            for _ in range(ROUNDS):
                for name, data in streams.items():
                    ours = _timed(_ours, data)
                    speeds[name].append(len(data) / ours.processor / 1e6)
                    for peer in sorted(wanted):
                        if tmux and peer == "tmux":
                            ratios[peer][name].append(tmux.timed(data) / ours.clock)
                            continue
                        theirs = _timed(makers[peer], data)
                        ratios[peer][name].append(theirs.processor / ours.processor)
                        failures[peer, name] = theirs.failed
        finally:
            if tmux is not None:
                tmux.close()
    _print_table(speeds, ratios)
    for (peer, name), count in failures.items():
        if count:
            print(f"{peer} raised in {count} pieces of {name}")
    return ratios


def _print_table(speeds: dict[str, list[float]], ratios: dict[str, dict[str, list[float]]]) -> None:
    peers = sorted(ratios)
    print(f"{'':<16}{'ours MB/s':>10}" + "".join(f"{peer:>12}" for peer in peers))
    for name, values in speeds.items():
        figures = "".join(f"{statistics.median(ratios[peer][name]):>12.2f}" for peer in peers)
        print(f"{name:<16}{statistics.median(values):>10.2f}{figures}")


def run(goals: tuple[str, ...]) -> list[Result]:
    peers = {"term-T1": "pyte", "term-T2": "bittty", "term-T3": "tmux", "term-T4": "libghostty"}
    ratios = _measured({peers[goal] for goal in goals})
    bars = {  # geometric mean, the worst stream, the flood
        "term-T1": (12.0, 2.5, 0.0),
        "term-T2": (4.0, 2.0, 0.0),
        "term-T3": (0.7, 0.3, 3.0),
        "term-T4": (0.12, 0.0, 1.0),
    }
    results = []
    for goal in goals:
        medians = {name: statistics.median(each) for name, each in ratios[peers[goal]].items()}
        mean = math.exp(statistics.mean(map(math.log, medians.values())))
        worst = min(medians, key=lambda name: medians[name])
        least_mean, least, least_flood = bars[goal]
        holds = mean >= least_mean and medians[worst] >= least and medians[FLOOD] >= least_flood
        value = (
            f"{mean:.2f}x {peers[goal]}, worst {medians[worst]:.2f} ({worst}), "
            f"flood {medians[FLOOD]:.2f}"
        )
        bar = f">={least_mean}x, worst >={least}, flood >={least_flood}"
        results.append(Result(goal, value, bar, holds))
    return results
