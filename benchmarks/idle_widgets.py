"""The widgets of a dashboard at rest: 50 rows of which 5 change, and 4 charts, once a second.

Each app runs with the real driver in a 120x40 pty, in a process of its own; ours and the peer
take turns.
"""

import sys
import time

import textual

from benchmarks.harness.figures import median
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import Result

GOALS = ("perf-19",)
PEER = "Textual's DataTable and Sparkline"

SECONDS = 15
ROUNDS = 3
CPU_BAR, BYTES_BAR = 0.015, 5_000


def run(goals: tuple[str, ...]) -> list[Result]:
    print(f"textual {textual.__version__}; pty 120x40; {ROUNDS} rounds of {SECONDS} s")
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "textual": []}
    for _ in range(ROUNDS):
        for kind, parts in found.items():
            parts.append(at_rest(kind))
    loads = {kind: median([load for load, _ in parts]) for kind, parts in found.items()}
    rates = {kind: median([rate for _, rate in parts]) for kind, parts in found.items()}
    return [
        Result(
            "perf-19",
            f"{100 * loads['ours']:.2f}% of a core (peer {100 * loads['textual']:.2f}%)",
            f"<={100 * CPU_BAR}%",
            loads["ours"] <= CPU_BAR,
        ),
        Result(
            "perf-19",
            f"{rates['ours'] / 1000:.1f} kB/s (peer {rates['textual'] / 1000:.1f} kB/s)",
            f"<={BYTES_BAR / 1000:.0f} kB/s",
            rates["ours"] <= BYTES_BAR,
        ),
    ]


def at_rest(kind: str) -> tuple[float, float]:
    """CPU seconds a second and bytes a second."""
    command = [sys.executable, "-m", "benchmarks.harness.idle_app", kind]
    with TerminalProgram(command) as program:
        program.wait_for(b"PRESET")
        program.wait_quiet()
        program.call("tick", at=1)
        program.wait_quiet()
        program.call("settle")
        spent, written, begun = program.cpu(), program.bytes_written, time.perf_counter()
        for second in range(1, SECONDS + 1):
            program.call("tick", at=second + 1)
            time.sleep(max(0.0, begun + second - time.perf_counter()))
        passed = time.perf_counter() - begun
        return (program.cpu() - spent) / passed, (program.bytes_written - written) / passed
