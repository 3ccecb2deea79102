"""Opening a log of 100 MB at its end, beside toolong and less (perf-15).

A million stamped lines of 100 bytes in a file. Each program is started in a pty of 120x40 and asked
for the end: ours follows, as it does with the log of a job; `less -R +G`; toolong with the key End.
CPU seconds of the whole process, its start included: ours until the last line is on the screen and
the number of lines is known, in pieces of 64 KiB as they come of a connection; toolong until it
shows the last line after reading; less until it rests, since it shows the end at once and then
counts the lines. What ours goes on to do, looking for errors to mark, is printed beside it. The
rounds are interleaved.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.harness import log_text, toolong
from benchmarks.harness.figures import median
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import PeerMissingError, Result

GOALS = ("perf-15",)
PEER = "toolong and less"

ROUNDS = 3
MILLION = 1_000_000
MARK = b"the-very-last-line"
TOOLONG, LESS = 0.5, 1.2
"""How many times the CPU of the peer we may take."""
RESTING, IDLE = 1.0, 0.02
"""A program that uses less than so much CPU in so many seconds rests."""
BETWEEN = 0.3
"""Seconds after which toolong is asked again: before it has read all, its end is another one."""


def run(goals: tuple[str, ...]) -> list[Result]:
    less = shutil.which("less")
    if less is None:
        raise PeerMissingError("less; every system has a package of it")
    tl = str(toolong.program())
    version = subprocess.check_output([less, "--version"], text=True).split("\n", 1)[0]
    print(f"{version} -R +G; toolong {toolong.VERSION}, key End; 100 MB")
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as folder:
        path = Path(folder) / "job.log"
        log_text.write(path, MILLION)
        with path.open("ab") as file:
            file.write(b"2026-11-22T23:00:00Z " + MARK + b"\n")
        ours = [sys.executable, "-m", "benchmarks.harness.log_open_app", str(path)]
        ways: dict[str, Callable[[], tuple[float, float]]] = {
            "ours": lambda: opened(ours),
            "less": lambda: opened([less, "-R", "+G", str(path)], rest=True),
            "ours, until it rests": lambda: opened(ours, rest=True),
            "toolong": lambda: opened([tl, str(path)], key=b"\x1b[F"),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                found[name].append(way())
    used = {name: median([one for one, _ in values]) for name, values in found.items()}
    wall = {name: median([one for _, one in values]) for name, values in found.items()}
    print("  ".join(f"{name} {used[name]:.2f}s CPU, {wall[name]:.2f}s wall" for name in ways))
    return [
        Result("perf-15", f"{used['ours'] / used[name]:.2f}x of {name}'s CPU", f"<={most}x",
               used["ours"] <= most * used[name])
        for name, most in (("toolong", TOOLONG), ("less", LESS))
    ]  # fmt: skip


def opened(command: list[str], *, key: bytes = b"", rest: bool = False) -> tuple[float, float]:
    """CPU and wall seconds until the last line is on the screen, or until it rests after that."""
    with TerminalProgram(command) as program:
        if key:
            ask(program, key)
        wall = program.wait_for(MARK)
        used = cpu(program)
        while rest:
            time.sleep(RESTING)
            before, used = used, cpu(program)
            if used - before < IDLE:
                break
        return used, wall


def cpu(program: TerminalProgram) -> float:
    """CPU seconds of a program so far."""
    times = psutil.Process(program.pid).cpu_times()
    return float(times.user + times.system)


def ask(program: TerminalProgram, key: bytes) -> None:
    """Press a key until the last line is there."""
    program.wait_for(b"loss=")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        program.write(key)
        with contextlib.suppress(TimeoutError):
            program.wait_for(MARK, within=BETWEEN)
            return
