"""The whole dashboard with 10,000 and 100,000 jobs: loading, keys, sorting, filters, polls, memory.

A local platform in a process of its own has some hundred running jobs and a long past. The
installed dashboard, in a 120x40 pty, is driven by keys as a user would: `G` until all of the past
has been loaded, then every key that the list has. A second dashboard with 1,000 jobs gets the same
keys in turns: the ratio of the two says what grows with the list. A key has been answered when its
effect can be read from the screen (harness.watched).

Takes APOLO_TUI_BIG_JOBS, the largest number of jobs, and APOLO_TUI_BIG_KEYS, keys of one kind.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import textual

from benchmarks.harness.figures import median, milliseconds, percentile
from benchmarks.harness.platform import platform
from benchmarks.harness.terminal_pty import DEFAULT_QUIET, TerminalProgram
from benchmarks.harness.watched import Watched, at_rest
from benchmarks.registry import Result
from benchmarks.table import DOWN, PAGE_DOWN, PAGE_UP, UP, loaded

GOALS = ("L15", "perf-5", "perf-6", "perf-14", "big-list")
PEER = "Textual's DataTable, and itself with 1,000 jobs"

JOBS = 100_000
LAZY = 10_000
"""Jobs of the run that only loads."""
SMALL = 1_000
ACTIVE = 200
KEYS = 500
TURN = 20
"""Keys that one program gets before it is another's turn."""
PAGES = 60
ROUNDS = 6
"""Times that slow keys are pressed."""
REST = 12.0
"""Seconds for which the programs are left alone."""
POLLS = 12
FILTER = "train-8"
DASHBOARD = [sys.executable, "-m", "apolo_tui"]
REFRESH = b"\x12"
ESCAPE = b"\x1b"

LONGEST = 20.0
"""Seconds for which rows are waited for."""

ECHO = 0.100
"""Seconds within which a key is answered, whatever else is done."""
ROWS = 3.0
"""Seconds within which the rows follow that a key asked for."""
A_JOB = 5 << 10
"""Bytes that a job may take: it is about 3 kB on the wire."""


def run(goals: tuple[str, ...]) -> list[Result]:
    jobs = int(os.environ.get("APOLO_TUI_BIG_JOBS", JOBS))
    keys = int(os.environ.get("APOLO_TUI_BIG_KEYS", KEYS))
    print(f"textual {textual.__version__}; {ACTIVE} jobs of each list run", flush=True)
    results: list[Result] = []
    if jobs > LAZY and "L15" in goals:
        with dashboard(LAZY) as seen:
            results += loading(seen, LAZY)
    with ExitStack() as stack:
        big = stack.enter_context(dashboard(jobs))
        results += loading(big, jobs)
        if set(goals) - {"L15"}:
            small = stack.enter_context(dashboard(SMALL))
            load(small, SMALL)
            both = {"big": big, "small": small}
            results += polls(both, jobs)
            results += slow_keys(both, jobs)
            peer = stack.enter_context(loaded("datatable", jobs))
            results += quick_keys(both, peer, jobs, keys)
    return [result for result in results if result.goal in goals]


@contextmanager
def dashboard(jobs: int) -> Iterator[Watched]:
    """A dashboard on a platform with so many jobs, the first window of them on screen."""
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as home, ExitStack() as stack:
        running = stack.enter_context(platform(jobs=ACTIVE, past=jobs - ACTIVE))
        program = stack.enter_context(
            TerminalProgram(DASHBOARD, environment=running.environment(Path(home) / "home"))
        )
        program.wait_for(b"train-1")
        seen = Watched(program)
        # What the program imports and settles after its first rows is not the list's.
        seen.settle(6.0)
        yield seen


# Loading


@dataclass(slots=True)
class Loading:
    """What was seen while the past was loaded."""

    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    """Bytes more than before."""
    echoes: list[float] = field(default_factory=list)


def load(seen: Watched, jobs: int) -> Loading:
    """Press `G` until all is there, and the cursor keys all the while."""
    found = Loading()
    begun, cpu, memory = time.perf_counter(), seen.cpu, seen.memory
    told = begun
    while not seen.whole:
        known, asked = seen.counts[1], time.perf_counter()
        seen.press(b"G", lambda: True, within=0.2)
        while seen.counts[1] == known and time.perf_counter() - asked < 3.0:
            for key in (UP, DOWN):
                before = seen.cursor
                echo = seen.press(key, lambda: seen.cursor != before, within=5.0)  # noqa: B023 - called at once
                if echo is not None:
                    found.echoes.append(echo)
        if time.perf_counter() - told > 10:
            told = time.perf_counter()
            print(f"  {seen.counts[1]} of {jobs} jobs, {told - begun:.0f} s", flush=True)
    found.seconds, found.cpu = time.perf_counter() - begun, seen.cpu - cpu
    seen.settle(3.0)
    found.memory = seen.memory - memory
    return found


def loading(seen: Watched, jobs: int) -> list[Result]:
    found = load(seen, jobs)
    print(
        f"{jobs} jobs were loaded in {found.seconds:.1f} s, {found.cpu:.1f} s CPU;"
        f" {len(found.echoes)} keys meanwhile",
        flush=True,
    )
    late, worst = percentile(found.echoes, 0.99), max(found.echoes)
    return [
        Result(
            "L15",
            f"key echo while {jobs} jobs load: p50 {milliseconds(median(found.echoes))}"
            f" p99 {milliseconds(late)} max {milliseconds(worst)}, n={len(found.echoes)}",
            f"<={milliseconds(ECHO)}",
            worst <= ECHO,
        ),
        Result(
            "big-list",
            f"{found.memory / jobs:.0f} bytes a job of {jobs} loaded",
            f"<={A_JOB} bytes",
            found.memory <= A_JOB * jobs,
        ),
    ]


# Polls


def polls(both: dict[str, Watched], jobs: int) -> list[Result]:
    """All running jobs change with each poll: their running time is told anew.

    A poll that is asked for by hand paints the whole screen besides.
    """
    idle = at_rest(both, REST)
    asked = at_rest(both, REST, REFRESH, POLLS)
    results = []
    spent = {name: (asked[name][0] - idle[name][0]) / POLLS for name in both}
    sent = {name: (asked[name][1] - idle[name][1]) / POLLS for name in both}
    print(f"a poll by hand: {spent['big'] * 1000:.0f} ms, {sent['big']:.0f} bytes", flush=True)
    ratio = spent["big"] / spent["small"]
    results.append(
        Result(
            "perf-5",
            f"a poll by hand with {ACTIVE} changed jobs of {jobs}:"
            f" {milliseconds(spent['big'])} CPU, {sent['big']:.0f} bytes;"
            f" {ratio:.1f}x that of {SMALL}"
            f" ({milliseconds(spent['small'])}, {sent['small']:.0f} bytes)",
            "<=2x",
            ratio <= 2,
        )
    )
    share, other = (100 * idle[name][0] / REST for name in ("big", "small"))
    results.append(
        Result(
            "big-list",
            f"at rest {share:.1f}% of a core with {jobs} jobs, {other:.1f}% with {SMALL}",
            "<=1.5x",
            share <= 1.5 * other,
        )
    )
    return results


# Keys whose rows may come later


@dataclass(slots=True)
class Answers:
    """Seconds to the echo of a key, and to its rows."""

    echoes: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)


def slow_keys(both: dict[str, Watched], jobs: int) -> list[Result]:
    """Each key is pressed ROUNDS times in one program and then in the other."""
    kinds: dict[str, Callable[[Watched, Answers], None]] = {
        "G and g": ends,
        "filter": typed,
        "sort by status": lambda seen, found: sorted_by(seen, found, "status"),
        "> and <": beside,
        "sort by run": lambda seen, found: sorted_by(seen, found, "run"),
        "sort by image": lambda seen, found: sorted_by(seen, found, "image"),
        "sort by image again": again,
        "sort by created": lambda seen, found: sorted_by(seen, found, "created"),
        "i": inverted,
        "1 and 5": views,
        "e": ended,
    }
    results = []
    for kind, measure in kinds.items():
        found = {name: Answers() for name in both}
        for name, seen in both.items():
            measure(seen, found[name])
            seen.settle(0.5)
        big, small = found["big"], found["small"]
        echo, rows = max(big.echoes), max(big.rows)
        text = (
            f"{kind} with {jobs} jobs: echo p50 {milliseconds(median(big.echoes))}"
            f" max {milliseconds(echo)}, rows p50 {milliseconds(median(big.rows))}"
            f" max {milliseconds(rows)} ({SMALL}: echo p50 {milliseconds(median(small.echoes))},"
            f" rows p50 {milliseconds(median(small.rows))})"
        )
        print(text, flush=True)
        bar = f"echo <={milliseconds(ECHO)}, rows <={milliseconds(ROWS)}"
        results.append(Result("big-list", text, bar, echo <= ECHO and rows <= ROWS))
    return results


def answered(
    seen: Watched,
    found: Answers,
    key: bytes,
    echo: Callable[[], object],
    rows: Callable[[], object],
) -> None:
    """Press a key; what `echo` and `rows` read from the screen changes by it."""
    seen.catch_up()
    before, rows_before = echo(), rows()
    pressed = time.perf_counter()
    first = seen.press(key, lambda: echo() != before, within=10.0)
    if first is None:
        return
    found.echoes.append(first)
    if rows() != rows_before:
        found.rows.append(first)
        return
    spent = time.perf_counter() - pressed
    rest = seen.press(b"", lambda: rows() != rows_before, within=LONGEST)
    if rest is not None:
        found.rows.append(spent + rest)


def ends(seen: Watched, found: Answers) -> None:
    for _ in range(ROUNDS):
        for key in (b"G", b"g"):
            answered(seen, found, key, lambda: seen.cursor, lambda: seen.cursor)


def sort_line(seen: Watched) -> str:
    """The part of the second line with the order."""
    return seen.line(1).partition("sort:")[2].split()[0]


def beside(seen: Watched, found: Answers) -> None:
    """From the status to the name and back, where no order is like the other."""
    for key in (b">", b"<") * (ROUNDS // 2):
        answered(seen, found, key, lambda: sort_line(seen), lambda: seen.names)
        seen.settle(0.5)


def again(seen: Watched, found: Answers) -> None:
    """Another order and back: what the first time had to decode is known by now."""
    sorted_by(seen, Answers(), "name")
    sorted_by(seen, found, "image")


def sorted_by(seen: Watched, found: Answers, column: str) -> None:
    # The line of the commands lies over the list: the names behind it are no change.
    names, command = seen.names, f"sort {column}"
    seen.press(b":", lambda: False, within=0.3)
    seen.press(command.encode(), lambda: False, within=0.5)
    pressed, order = time.perf_counter(), sort_line(seen)
    echo = seen.press(b"\r", lambda: sort_line(seen) != order)
    if echo is not None:
        found.echoes.append(echo)
    seen.press(b"", lambda: not seen.shows(command) and seen.names != names)
    found.rows.append(time.perf_counter() - pressed)
    seen.settle(0.5)


def inverted(seen: Watched, found: Answers) -> None:
    for _ in range(ROUNDS):
        answered(seen, found, b"i", lambda: sort_line(seen), lambda: seen.names)


def views(seen: Watched, found: Answers) -> None:
    """The other view shows by a colour at first: the cursor tells whether keys are answered."""
    for key in (b"1", b"5") * (ROUNDS // 2):
        seen.catch_up()
        before, pressed = seen.counts[0], time.perf_counter()
        seen.program.write(key)
        cursor = seen.cursor
        echo = seen.press(DOWN if key == b"1" else UP, lambda: seen.cursor != cursor, within=5.0)  # noqa: B023 - called at once
        if echo is not None:
            found.echoes.append(echo)
        seen.press(b"", lambda: seen.counts[0] != before)  # noqa: B023 - called at once
        found.rows.append(time.perf_counter() - pressed)
        seen.settle(0.5)


def ended(seen: Watched, found: Answers) -> None:
    for _ in range(ROUNDS):
        answered(seen, found, b"e", lambda: seen.line(1), lambda: seen.counts[0])


def typed(seen: Watched, found: Answers) -> None:
    """Letter by letter, each before the rows of the last are there; then all is cleared."""
    for _ in range(2):
        seen.press(b"/", lambda: True, within=0.3)
        seen.settle(0.3)
        for at, letter in enumerate(FILTER, start=1):
            text = FILTER[:at]
            echo = seen.press(
                letter.encode(),
                lambda: text in seen.line(38),  # noqa: B023 - called at once
                within=10.0,
            )
            if echo is not None:
                found.echoes.append(echo)
        rest = seen.press(b"", lambda: seen.counts[0] < seen.counts[1] and settled(seen))
        found.rows.append(LONGEST if rest is None else rest)
        # A terminal's escape is only one when nothing has followed it for a while.
        cleared = Answers()
        answered(seen, cleared, ESCAPE, lambda: seen.line(39), lambda: seen.counts[0])
        found.rows += cleared.rows
        seen.settle(0.5)


def settled(seen: Watched) -> bool:
    """Whether all names in view match the filter."""
    return all(FILTER in name or not name.strip(" │") for name in seen.names)


# Keys that are answered at once


def quick_keys(
    both: dict[str, Watched], peer: TerminalProgram, jobs: int, keys: int
) -> list[Result]:
    """The cursor in view and beyond, and pages, in turns with the peer."""
    results = []
    for seen in both.values():
        seen.press(b"g", lambda: True, within=0.3)
        seen.settle(1.0)
    peer.press(DOWN)
    still = in_turn(both, peer, keys, (DOWN, UP))
    for seen in both.values():
        for _ in range(34):
            seen.press(DOWN, lambda: True, within=0.1)
    for _ in range(38):
        peer.press(DOWN)
    moving = in_turn(both, peer, keys, (DOWN,))
    for name, found, bar in (("in view", still, 0.020), ("scrolling", moving, 0.035)):
        late = percentile(found["big"], 0.99)
        results.append(
            Result(
                "perf-6",
                f"{name} with {jobs} jobs: p50 {milliseconds(median(found['big']))}"
                f" p99 {milliseconds(late)} ({SMALL}: p50 {milliseconds(median(found['small']))}"
                f" p99 {milliseconds(percentile(found['small'], 0.99))}; DataTable:"
                f" p50 {milliseconds(median(found['datatable']))}"
                f" p99 {milliseconds(percentile(found['datatable'], 0.99))}, n={keys})",
                f"<={milliseconds(bar)}",
                late <= bar,
            )
        )
        print(results[-1], flush=True)
    pages = min(keys, PAGES)
    found = in_turn(both, peer, pages, (PAGE_DOWN, PAGE_DOWN, PAGE_DOWN, PAGE_UP, PAGE_UP))
    frames, size = page_cost(both["big"], pages)
    results.append(
        Result(
            "perf-14",
            f"a page of {jobs} jobs: {frames:.0f} frame, {size:.0f} bytes,"
            f" p50 {milliseconds(median(found['big']))}"
            f" ({SMALL}: p50 {milliseconds(median(found['small']))};"
            f" DataTable: p50 {milliseconds(median(found['datatable']))})",
            "1 frame and <=12288 bytes",
            frames == 1 and size <= 12 * 1024,
        )
    )
    return results


def in_turn(
    both: dict[str, Watched], peer: TerminalProgram, keys: int, pattern: tuple[bytes, ...]
) -> dict[str, list[float]]:
    """Seconds to the last byte of each key's paint."""
    found: dict[str, list[float]] = {**{name: [] for name in both}, "datatable": []}
    for start in range(0, keys, TURN):
        turn = [pattern[at % len(pattern)] for at in range(start, min(keys, start + TURN))]
        for name, seen in both.items():
            for key in turn:
                before = seen.cursor
                spent = seen.press(key, lambda: seen.cursor != before, within=5.0)  # noqa: B023 - called at once
                found[name].append(5.0 if spent is None else spent)
                seen.settle(DEFAULT_QUIET)
            # The panes follow the cursor when it rests.
            seen.settle(0.4)
        painted = [peer.press(key).last for key in turn]
        found["datatable"] += [last for last in painted if last is not None]
    return found


def page_cost(seen: Watched, pages: int) -> tuple[float, float]:
    """Frames and bytes of a page key: medians, since a second's tick falls upon some."""
    painted = [
        seen.program.press(PAGE_DOWN if at % 20 < 10 else PAGE_UP, quiet=0.02)
        for at in range(pages)
    ]
    return (
        median([float(one.frames) for one in painted]),
        median([float(one.bytes) for one in painted]),
    )
