"""Four floods in the terminal pane of the real dashboard: keys, ctrl+c, the prompt, memory.

`yes`, random bytes, a file of 1 GB and a list of all files run in a job on the background platform.
While each goes on, the leader is pressed again and again; then ctrl+c.
"""

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

GOALS = ("flood-keys", "flood-process", "flood-prompt", "flood-memory")
PEER = "itself at rest"

LINE = (
    b"epoch 8/10 step 41200 loss=0.412 lr=3e-4 it/s=3.91 eta 1h02m of a long training run....\r\n"
)
FILE_SIZE = 2**30
KEYS = 100
SECONDS = 2.0
"""How long a flood runs before it is measured."""
LONGEST = 20.0
"""Seconds after which something that has not happened is given up."""
APOLO_TUI = str(Path(sys.executable).parent / "apolo-tui")
JOB = """
import asyncio, sys
from pathlib import Path
from apolo_tui import client

async def main():
    async with client.get(Path(sys.argv[1])) as opened:
        image = opened.parse.remote_image("ubuntu:22.04")
        preset = next(iter(opened.config.presets))
        job = await opened.jobs.start(
            image=image, preset_name=preset, command="sleep 10000", name="flooded"
        )
        while not (await opened.jobs.status(job.id)).status.is_running:
            await asyncio.sleep(0.1)

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
            results = measure(environ, folder, big)
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


def measure(environ: dict[str, str], folder: Path, big: Path) -> list[Result]:
    command = [APOLO_TUI, "--local", "--shell", "flooded"]
    results = []
    with TerminalProgram(command, columns=120, rows=40, environment=environ) as terminal:
        terminal.wait_for(b"KEYS GO TO JOB", within=90)
        time.sleep(2.0)
        rest = keys(terminal)
        print(f"key to paint at rest p50 {milliseconds(median(rest))}")
        process = psutil.Process(terminal.pid)
        for name, flood in floods(big).items():
            results += flooded(terminal, process, folder / "pid", name, flood)
    return results


def floods(big: Path) -> dict[str, str]:
    """By name: what a shell runs until it is interrupted."""
    return {
        "yes": "exec yes",
        "1GB": f"exec cat {big}",
        "find": "while :; do find / -xdev 2>&1; done",
        # The last one: what it makes the terminal answer may confuse the shell's line editor.
        "urandom": "exec cat /dev/urandom",
    }


def flooded(
    terminal: TerminalProgram, process: psutil.Process, pid: Path, name: str, flood: str
) -> list[Result]:
    """One flood: keys while it goes on; its process, the prompt and the memory after ctrl+c."""
    before = process.memory_info().rss
    pid.unlink(missing_ok=True)
    terminal.write(f"sh -c 'echo $$ >{pid}.part; mv {pid}.part {pid}; {flood}'\r".encode())
    number = int(written(pid))
    time.sleep(SECONDS)
    taken = keys(terminal)
    after = process.memory_info().rss
    at = terminal.bytes_written
    pressed = time.perf_counter()
    terminal.write(b"\x03")
    while alive(number) and time.perf_counter() - pressed < LONGEST:
        time.sleep(0.005)
    ended = time.perf_counter() - pressed
    # Random bytes may have left any mode or character set behind: the prompt comes after a reset.
    terminal.write(b"printf '\\033c'; echo over-$((1+1))\r")
    prompt = terminal.wait_for(b"over-2", within=60, after=at) - (pressed - terminal.started)
    middle, high = median(taken), percentile(taken, 0.99)
    grown = (after - before) / 2**20
    return [
        Result(
            "flood-keys",
            f"{name}:p50={milliseconds(middle)},p99={milliseconds(high)}",
            "p50<=30ms,p99<=100ms",
            middle <= 0.030 and high <= 0.100,
        ),
        Result("flood-process", f"{name}:{ended:.2f}s", "<=1s", ended <= 1.0),
        Result("flood-prompt", f"{name}:{prompt:.2f}s", "<=2s", prompt <= 2.0),
        Result("flood-memory", f"{name}:{grown:.0f}MB", "<=32MB", grown <= 32),
    ]


def written(path: Path) -> str:
    """What a file says, once it is there. Raises TimeoutError."""
    deadline = time.perf_counter() + LONGEST
    while not path.exists():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"the shell did not start the flood within {LONGEST} s")
        time.sleep(0.01)
    return path.read_text()


def alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be collected does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


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
