"""Searching, wrapping and resizing a log of a million lines (perf-12, perf-13).

The same stamped lines are in our view, in memory, and in a file for `grep` (in the C locale,
its fastest). CPU seconds; wrap and resize from the key to the last byte of the paint.
"""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import log_text
from benchmarks.harness.figures import median, milliseconds
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.log_feed import fed, started
from benchmarks.registry import PeerMissingError, Result

GOALS = ("perf-12", "perf-13")
PEER = "grep, and ourselves with a thousand lines"

ROUNDS = 3
MILLION, THOUSAND = 1_000_000, 1_000
QUERIES = (
    ("rare text", "checksum", "checksum", "", 4),
    ("rare expression", r"shard \d+: Check|shard \d+: check", r"shard [0-9]+: check", "", 4),
    ("common text", "INFO", "INFO", "", 4),
    ("any case", "CheckSum|checksum", "checksum", "i", 20),
    ("folded", "info step", "info.*step", "i", 20),
)
"""Name, our query, that of grep, its options, and how many times grep's CPU we may take."""
WRAPS = 20


def run(goals: tuple[str, ...]) -> list[Result]:
    if "perf-12" in goals:
        try:
            version = subprocess.check_output(["grep", "--version"], text=True).splitlines()[0]
        except FileNotFoundError:
            raise PeerMissingError("grep; every system has a package of it") from None
        print(f"{version}, LC_ALL=C")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.txt"
        log_text.write(path, MILLION)
        results: list[Result] = []
        if "perf-12" in goals:
            results += searches(path)
        if "perf-13" in goals:
            results += layout(path)
        return results


def grep(path: Path, pattern: str, options: str) -> float:
    """CPU seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Into a pipe: with /dev/null grep would stop at the first match.
    subprocess.run(
        ["grep", f"-cE{options}", pattern, str(path)],
        stdout=subprocess.PIPE,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def searches(path: Path) -> Iterator[Result]:
    with started("ours") as program:
        fed(program, path, MILLION)
        longest = 0.0
        for name, query, pattern, options, times in QUERIES:
            ours, theirs = [], []
            for _ in range(ROUNDS):
                answer = program.call("search", text=query)
                ours.append(float(answer["seconds"]))
                longest = max(longest, float(answer["longest"]))
                theirs.append(grep(path, pattern, options))
            mine, peer = median(ours), median(theirs)
            value = f"{name}: {mine:.3f}s, {mine / peer:.1f}x of grep's {peer:.3f}s"
            yield Result("perf-12", value, f"<={times}x", mine <= times * peer)
    yield Result("perf-12", f"longest step {milliseconds(longest)}", "<=5ms", longest <= 0.005)


def layout(path: Path) -> Iterator[Result]:
    found: dict[tuple[int, str], float] = {}
    for lines in (THOUSAND, MILLION):
        with started("ours") as program:
            fed(program, path, lines)
            program.wait_quiet(1.0)
            found[lines, "wrap"] = median([_last(program, b"w") for _ in range(WRAPS)])
            found[lines, "page"] = median([_last(program, b"\x1b[5~") for _ in range(WRAPS)])
    for what in ("wrap", "page"):
        long, short = found[MILLION, what], found[THOUSAND, what]
        value = f"{what}: {milliseconds(long)}, {long / short:.2f}x of that of 1000 lines"
        yield Result("perf-13", value, "<=1.3x", long <= 1.3 * short)


def _last(program: TerminalProgram, keys: bytes) -> float:
    painted = program.press(keys)
    return painted.last or 0.0
