"""From the command to the first frame, and to the first jobs of the platform.

Each program is started in a 120x40 pty, ours and the peers in turns; a frame counts when a word
of it has reached the terminal. `hello` is the smallest Textual app: one static text. With an empty
cache folder, so that the jobs are the platform's and not those of the last session.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.harness.figures import median, milliseconds
from benchmarks.harness.platform import Running, platform
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import PeerMissingError, Result

GOALS = ("perf-17", "perf-18")
PEER = "a bare Textual app, `apolo --version` and `apolo ps`"

ROUNDS = 9
JOBS = 100
HELLO_BAR, VERSION_BAR, PS_BAR = 1.25, 0.5, 0.5

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello-world")
Hello().run()
"""
DASHBOARD = [sys.executable, "-m", "apolo_tui"]
APOLO = Path(sys.executable).parent / "apolo"
QUIET = ["--disable-pypi-version-check", "--skip-stats"]


def run(goals: tuple[str, ...]) -> list[Result]:
    if not APOLO.exists():
        raise PeerMissingError("the apolo command; pip install apolo-cli")
    with platform(jobs=JOBS) as running, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        found: dict[str, list[float]] = {}
        for number in range(ROUNDS + 1):
            fresh = running.environment(home / f"home-{number}")
            for name, measure in programs(running, fresh).items():
                seconds = measure()
                if (
                    number
                ):  # the first round warms the disk's cache and compiles what is not compiled
                    found.setdefault(name, []).append(seconds)
    medians = {name: median(values) for name, values in found.items()}
    for name, value in medians.items():
        print(f"{name:<16} median of {ROUNDS}: {milliseconds(value)}")
    results = []
    if "perf-17" in goals:
        ratio = medians["first frame"] / medians["hello"]
        results.append(
            Result("perf-17", f"{ratio:.2f}x hello", f"<={HELLO_BAR}x", ratio <= HELLO_BAR)
        )
        ratio = medians["first frame"] / medians["apolo --version"]
        results.append(
            Result(
                "perf-17",
                f"{ratio:.2f}x apolo --version",
                f"<={VERSION_BAR}x",
                ratio <= VERSION_BAR,
            )
        )
    if "perf-18" in goals:
        ratio = medians["first jobs"] / medians["apolo ps"]
        results.append(Result("perf-18", f"{ratio:.2f}x apolo ps", f"<={PS_BAR}x", ratio <= PS_BAR))
    return results


def programs(running: Running, environment: Mapping[str, str]) -> dict[str, Callable[[], float]]:
    """What is measured in one round: each gives seconds."""
    return {
        "hello": lambda: until_word([sys.executable, "-c", HELLO], b"hello-world", environment),
        "first frame": lambda: until_word(DASHBOARD, b"apolo-tui", environment),
        "apolo --version": lambda: until_end([str(APOLO), *QUIET, "--version"], environment),
        "first jobs": lambda: until_word(DASHBOARD, b"train-0", environment),
        "apolo ps": lambda: until_end([str(APOLO), *QUIET, "ps"], environment),
    }


def until_word(command: list[str], word: bytes, environment: Mapping[str, str]) -> float:
    """Seconds until the word is on the terminal."""
    with TerminalProgram(command, environment=environment) as program:
        return program.wait_for(word)


def until_end(command: list[str], environment: Mapping[str, str]) -> float:
    """Seconds until the command has ended."""
    begun = time.perf_counter()
    subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": ""},
        check=False,
    )
    return time.perf_counter() - begun
