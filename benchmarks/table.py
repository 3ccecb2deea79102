"""The job table: loading, one changed row, cursor keys and page keys at 10,000 and 100,000 rows.

Each app runs with the real driver in a 120x40 pty, in a process of its own; ours and the peer
take turns. Both get the dashboard's settings of the garbage collector after loading. Latency is
from the key to the last byte of the paint.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import textual

from benchmarks.harness.figures import fraction, median, milliseconds, percentile
from benchmarks.harness.terminal_pty import Painted, TerminalProgram
from benchmarks.registry import Result

GOALS = ("perf-4", "perf-5", "perf-6", "perf-14")
PEER = "Textual's DataTable"

KINDS = ("ours", "datatable")
COLUMNS, ROWS = 120, 40
KEYS = 500
TURN = 20
"""Keys that one app gets before it is the other's turn."""
PAGES = 60
UPDATES = 40
VISIBLE = ROWS - 2
"""Rows that both tables show at once."""

DOWN, UP, PAGE_DOWN, PAGE_UP = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[5~"


def run(goals: tuple[str, ...]) -> list[Result]:
    print(
        f"textual {textual.__version__}, DataTable: fixed widths, row cursor; pty {COLUMNS}x{ROWS}"
    )
    parts: dict[str, Callable[[], Iterator[Result]]] = {
        "perf-4": loading,
        "perf-5": one_row,
        "perf-6": cursor_keys,
        "perf-14": page_keys,
    }
    return [result for goal in goals for result in parts[goal]()]


def started(kind: str) -> TerminalProgram:
    """The app on screen, with an empty table."""
    program = TerminalProgram(
        [sys.executable, "-m", "benchmarks.harness.table_app", kind], columns=COLUMNS, rows=ROWS
    )
    program.wait_for(b"PRESET")
    program.wait_quiet()
    return program


def loaded(kind: str, rows: int) -> TerminalProgram:
    """The app with so many rows on screen, at rest."""
    program = started(kind)
    program.call("load", rows=rows)
    program.wait_quiet(1.0)
    program.call("settle")
    program.wait_quiet()
    return program


def loading() -> Iterator[Result]:
    """CPU seconds from the rows to a painted table at rest, the making of the rows included."""
    for rows, rounds, bar in ((10_000, 3, 20), (100_000, 1, 50)):
        spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind in KINDS:
                with started(kind) as program:
                    spent[kind].append(
                        program.cpu_of(lambda: program.call("load", rows=rows), quiet=1.0)  # noqa: B023 - called at once
                    )
        ours, theirs = (median(spent[kind]) for kind in KINDS)
        yield Result(
            "perf-4",
            f"{fraction(ours, theirs)} of DataTable's CPU at {rows} rows"
            f" ({ours:.2f}s, {theirs:.2f}s)",
            f"<=1/{bar}",
            ours <= theirs / bar,
        )


@dataclass(frozen=True, slots=True)
class Update:
    """Medians of one changed row on screen."""

    bytes: float
    cpu: float


def one_row() -> Iterator[Result]:
    """Three cells of one visible row change."""
    for rows, share in ((1_000, 10), (10_000, None), (100_000, 50)):
        found = {kind: _update(kind, rows) for kind in KINDS}
        ours, theirs = (found[kind] for kind in KINDS)
        yield Result(
            "perf-5",
            f"{ours.bytes:.0f} bytes at {rows} rows, {100 * ours.bytes / theirs.bytes:.1f}%"
            f" of DataTable's {theirs.bytes:.0f}",
            "<=400 bytes and <=2%",
            ours.bytes <= 400 and ours.bytes <= 0.02 * theirs.bytes,
        )
        if share is not None:
            yield Result(
                "perf-5",
                f"{fraction(ours.cpu, theirs.cpu)} of DataTable's CPU at {rows} rows"
                f" ({milliseconds(ours.cpu)}, {milliseconds(theirs.cpu)})",
                f"<=1/{share}",
                ours.cpu <= theirs.cpu / share,
            )


def _update(kind: str, rows: int) -> Update:
    sizes, spent = [], []
    with loaded(kind, rows) as program:
        for version in range(1, UPDATES + 1):
            written = program.bytes_written
            spent.append(
                program.cpu_of(
                    lambda: program.call("update", numbers=[7], version=version),  # noqa: B023 - called at once
                    quiet=0.1,
                )
            )
            sizes.append(program.bytes_written - written)
    return Update(median(sizes), median(spent))


def cursor_keys() -> Iterator[Result]:
    """The cursor goes up and down in view, then down through the rows.

    Both apps run all the time and get a few keys in turn, so that what else the machine does
    falls on both.
    """
    for rows in (10_000, 100_000):
        with ExitStack() as stack:
            programs = {kind: stack.enter_context(loaded(kind, rows)) for kind in KINDS}
            for program in programs.values():
                program.press(DOWN)
            still = _in_turn(programs, (DOWN, UP))
            for program in programs.values():
                for _ in range(VISIBLE):
                    program.press(DOWN)
            moving = _in_turn(programs, (DOWN,))
        for name, found, bar in (("in view", still, 0.020), ("scrolling", moving, 0.035)):
            ours, theirs = (_times(found[kind]) for kind in KINDS)
            value = percentile(ours, 0.99)
            sent = sum(painted.bytes for painted in found["ours"]) / KEYS
            yield Result(
                "perf-6",
                f"{name} at {rows} rows: p50 {milliseconds(median(ours))}"
                f" p99 {milliseconds(value)}, {sent:.0f} bytes a key"
                f" (DataTable p50 {milliseconds(median(theirs))}"
                f" p99 {milliseconds(percentile(theirs, 0.99))}, n={len(ours)})",
                f"<={milliseconds(bar)}",
                value <= bar,
            )


def _in_turn(
    programs: dict[str, TerminalProgram], keys: tuple[bytes, ...]
) -> dict[str, list[Painted]]:
    """KEYS keys to each program, a TURN at a time."""
    found: dict[str, list[Painted]] = {kind: [] for kind in programs}
    for _ in range(KEYS // TURN):
        for kind, program in programs.items():
            found[kind] += [program.press(keys[at % len(keys)]) for at in range(TURN)]
    return found


def page_keys() -> Iterator[Result]:
    """Pages down and up again."""
    keys = [PAGE_DOWN] * (PAGES // 2) + [PAGE_UP] * (PAGES // 2)
    for rows in (10_000, 100_000):
        found: dict[str, list[Painted]] = {}
        for kind in KINDS:
            with loaded(kind, rows) as program:
                found[kind] = [program.press(key, quiet=0.1) for key in keys]
        ours, theirs = found["ours"], found["datatable"]
        frames = max(painted.frames for painted in ours)
        size = max(painted.bytes for painted in ours)
        yield Result(
            "perf-14",
            f"at {rows} rows: {frames} frame, at most {size} bytes,"
            f" p50 {milliseconds(median(_times(ours)))}"
            f" (DataTable {median([painted.frames for painted in theirs]):.0f} frames,"
            f" {median([painted.bytes for painted in theirs]):.0f} bytes,"
            f" p50 {milliseconds(median(_times(theirs)))})",
            "1 frame and <=12288 bytes",
            frames == 1 and size <= 12 * 1024,
        )


def _times(painted: list[Painted]) -> list[float]:
    return [paint.last for paint in painted if paint.last is not None]
