"""The slowest feed of 4 KiB: mutated recordings, hostile sequences, random bytes (processor time).

Also an endless string in small pieces, whose cost must not grow with what was seen before.
"""

import gzip
import random
import time
from collections.abc import Iterator

from rich.cells import get_character_cell_size

from apolo_tui.terminal.screen import Screen
from benchmarks.registry import Result
from benchmarks.terminal_workloads import COLUMNS, ROWS, SAMPLES

GOALS = ("term-F1",)
PEER = "no peer: an absolute bar"
PIECE = 4_096
SEED = 20_261_122

HOSTILE = (
    b"\x1b[65535b",
    b"x\x1b[65535b",
    b"\x1b[65535L",
    b"\x1b[65535M",
    b"\x1b[65535@",
    b"\x1b[65535P",
    b"\x1b[65535S",
    b"\x1b[65535T",
    b"\x1b[65535I",
    b"\x1b[65535Z",
    b"\x1b[1;1;999;999*y",
    b"\x1b[42;1;1;999;999$x",
    b"\x1b[1;1;999;999$z",
    b"\x1b[1;1;999;999;1$r",
    b"\x1b#8",
    b"\x1bc",
    b"\x1b[1;1;999;999;1;2;2;1$v",
    b"\x1b[?1049h\x1b[?1049l",
    b"\x1b[999'}",
    b"\x1b[?3h",
    b"\x1b[2J",
    b"\x1b[65535 @",
    b"\x1b[65535 A",
    b"\x1b]4;1;?\x07",
    b"\x1b]52;c;?\x07",
    b"\x1b]8;;a\x07",
    b"\x1b[?69h\x1b[2;5s\x1b[65535S",
    b"\x1b[?45h\x1b[65535D",
    b"\x1b[1;1;999;999${",
    b"\x1b[\x1b[\x1b[",
    b"\x1b",
    b"\x1b[1\n2\n3m",
    b"\x1b[38;2;1;2;3m",
    b"\x1b[" + b"1;" * 99 + b"m",
)


def _pieces() -> Iterator[tuple[str, bytes]]:
    source = random.Random(SEED)
    for sequence in HOSTILE:
        yield repr(sequence[:24]), sequence * (PIECE // len(sequence))
    for _ in range(60):
        mixed = b"".join(source.choices(HOSTILE, k=PIECE // 12))[:PIECE]
        yield "a mix of hostile sequences", mixed
        yield "random bytes", source.randbytes(PIECE)
    for sample in ("vim-split-120x40", "tmux-120x40", "htop-120x40", "rich-120x40"):
        data = bytearray(gzip.decompress((SAMPLES / f"{sample}.bin").read_bytes())[: 8 * PIECE])
        for _ in range(300):
            data[source.randrange(len(data))] = source.randrange(256)
        for at in range(0, len(data), PIECE):
            yield f"{sample}, mutated", bytes(data[at : at + PIECE])


def _slowest() -> tuple[float, str]:
    screen = Screen(COLUMNS, ROWS, width=get_character_cell_size)
    worst, what = 0.0, ""
    for name, piece in _pieces():
        start = time.thread_time()
        screen.feed(piece)
        elapsed = time.thread_time() - start
        screen.take_replies()
        screen.take_events()
        if elapsed > worst:
            worst, what = elapsed, name
    return worst, what


def _growth() -> float:
    """The cost of the second half of an endless string, by that of the first."""
    screen = Screen(COLUMNS, ROWS, width=get_character_cell_size)
    screen.feed(b"\x1b]0;")
    halves = []
    for _ in range(2):
        start = time.thread_time()
        for _ in range(4_000):
            screen.feed(b"abcdefgh" * 8)
        halves.append(time.thread_time() - start)
    return halves[1] / halves[0]


def run(goals: tuple[str, ...]) -> list[Result]:
    worst, what = _slowest()
    growth = _growth()
    return [
        Result("term-F1", f"{worst * 1000:.1f} ms, {what}", "<=50 ms a 4 KiB feed", worst <= 0.05),
        Result("term-F1", f"{growth:.2f}x, second half of an endless string", "<=2x", growth <= 2),
    ]
