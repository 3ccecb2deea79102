"""A file of 1 GB, cat in the terminal pane of the real dashboard: keys, memory, ctrl+c."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.harness.figures import median, milliseconds, percentile
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import Result

GOALS = ("flood-keys", "flood-end", "flood-memory")
PEER = "itself at rest"

LINE = (
    b"epoch 8/10 step 41200 loss=0.412 lr=3e-4 it/s=3.91 eta 1h02m of a long training run....\r\n"
)
FILE_SIZE = 2**30
KEYS = 100
APOLO_TUI = str(Path(sys.executable).parent / "apolo-tui")
JOB = """
import asyncio, sys
from pathlib import Path
from apolo_tui import client

async def main():
    async with client.get(Path(sys.argv[1])) as opened:
        image = opened.parse.remote_image("ubuntu:22.04")
        preset = next(iter(opened.config.presets))
        await opened.jobs.start(
            image=image, preset_name=preset, command="sleep 10000", name="flooded"
        )

asyncio.run(main())
"""


def run(goals: tuple[str, ...]) -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = environment(folder)
        big = folder / "big.txt"
        write_big(big)
        try:
            login = started(environ)
            subprocess.run([sys.executable, "-c", JOB, login], env=environ, check=True)
            results = measure(environ, big)
        finally:
            subprocess.run(
                [APOLO_TUI, "local", "stop", "--kill"],
                env=environ,
                check=False,
                capture_output=True,
            )
    return [result for result in results if result.goal in goals]


def environment(folder: Path) -> dict[str, str]:
    """A home of its own."""
    run_folder = folder / "run"
    run_folder.mkdir(mode=0o700)
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    own = {name: str(folder / name.lower()) for name in names}
    (folder / "home").mkdir()
    return {**os.environ, **own, "XDG_RUNTIME_DIR": str(run_folder), "PS1": "$ "}


def write_big(path: Path) -> None:
    block = LINE * 10_000
    with path.open("wb") as file:
        for _ in range(FILE_SIZE // len(block)):
            file.write(block)


def started(environ: dict[str, str]) -> str:
    """Start the platform; the folder of its login."""
    subprocess.run([APOLO_TUI, "local", "start"], env=environ, check=True, capture_output=True)
    told = subprocess.run(
        [APOLO_TUI, "local", "env"], env=environ, check=True, capture_output=True, text=True
    )
    return told.stdout.strip().splitlines()[-1].partition("APOLO_CONFIG=")[2].strip("'\"")


def measure(environ: dict[str, str], big: Path) -> list[Result]:
    command = [APOLO_TUI, "--local", "--shell", "flooded"]
    with TerminalProgram(command, columns=120, rows=40, environment=environ) as terminal:
        terminal.wait_for(b"KEYS GO TO JOB", within=90)
        time.sleep(2.0)
        rest = keys(terminal)
        process = psutil.Process(terminal.pid)
        before = process.memory_info().rss
        terminal.write(f"cat {big}\r".encode())
        time.sleep(3.0)
        flooded = keys(terminal)
        after = process.memory_info().rss
        at = terminal.bytes_written
        pressed = time.perf_counter()
        terminal.write(b"\x03echo over-$((1+1))\r")
        ended = terminal.wait_for(b"over-2", within=60, after=at) - (pressed - terminal.started)
    grown = (after - before) / 2**20
    print(f"key to paint at rest p50 {milliseconds(median(rest))}, under the flood as below")
    middle, high = median(flooded), percentile(flooded, 0.99)
    return [
        Result(
            "flood-keys",
            f"p50={milliseconds(middle)},p99={milliseconds(high)}",
            "p50<=30ms,p99<=100ms",
            middle <= 0.030 and high <= 0.100,
        ),
        Result("flood-end", f"{ended:.2f}s", "<=2s", ended <= 2.0),
        Result("flood-memory", f"{grown:.0f}MB", "<=32MB", grown <= 32),
    ]


def keys(terminal: TerminalProgram) -> list[float]:
    """Seconds from the leader to the paint of its hint, and from escape to the usual hint."""
    taken = []
    for _ in range(KEYS // 2):
        for key, mark in ((b"\x1d", b"NOW:"), (b"\x1b", b"KEYS GO TO JOB")):
            before = terminal.bytes_written
            pressed = time.perf_counter()
            terminal.write(key)
            painted = terminal.wait_for(mark, within=30, after=before)
            if mark == b"NOW:":
                taken.append(painted - (pressed - terminal.started))
            time.sleep(0.03)
    return taken
