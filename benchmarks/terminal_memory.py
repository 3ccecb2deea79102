"""What 10,000 lines of scrollback of 120 columns cost in memory, plain and coloured."""

import tracemalloc

from rich.cells import get_character_cell_size

from apolo_tui.terminal.screen import Screen
from benchmarks.registry import Result
from benchmarks.terminal_workloads import COLUMNS, ROWS

GOALS = ("term-M1",)
PEER = "no peer: an absolute bar"
LINES = 10_000
PIECE = 16_384


def _plain(number: int) -> str:
    return f"{number:08} " + "a line of a log that fills the row to its end " * 2 + "x" * 19


def _coloured(number: int) -> str:
    words = _plain(number).split(" ")
    return (
        " ".join(f"\x1b[3{i % 8}m{word}" if i % 3 == 0 else word for i, word in enumerate(words))
        + "\x1b[m"
    )


def _megabytes(lines: list[str], piece: int) -> float:
    data = "".join(line + "\r\n" for line in lines).encode()
    tracemalloc.start()
    screen = Screen(COLUMNS, ROWS, width=get_character_cell_size, scrollback=LINES)
    for at in range(0, len(data), piece):
        screen.feed(data[at : at + piece])
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(screen.scrollback) >= LINES - ROWS
    return size / 1e6


def run(goals: tuple[str, ...]) -> list[Result]:
    results = []
    numbers = range(LINES + ROWS)
    for name, make in (("plain", _plain), ("coloured", _coloured)):
        for how, piece in (("flood", PIECE), ("line by line", 100)):
            size = _megabytes([make(number) for number in numbers], piece)
            value = f"{size:.1f} MB, {name}, as a {how}"
            results.append(Result("term-M1", value, "<=12 MB", size <= 12))
    return results
