"""Synthetic logs: stamped lines of 100 bytes, one in five with colours."""

from pathlib import Path

LINE = 100
"""Bytes of a line, with its time and its end."""


def line(number: int) -> bytes:
    """One line of LINE bytes."""
    second, nanosecond = divmod(number * 50_000, 1_000_000_000)
    clock = b"2026-11-22T%02d:%02d:%02d.%09dZ " % (
        second // 3600 % 24,
        second // 60 % 60,
        second % 60,
        nanosecond,
    )
    head = b"\x1b[32mINFO\x1b[0m " if number % 5 == 0 else b"DEBUG "
    text = head + b"step %d loss=0.%04d lr=3e-4" % (number, number * 7919 % 10_000)
    if number % 50_021 == 50_020:
        text = b"WARN shard %d: checksum mismatch" % (number % 100)
    elif number % 10_007 == 10_006:
        text = b"ERROR shard %d is lost" % (number % 100)
    return (clock + text).ljust(LINE - 1, b".") + b"\n"


def block(lines: int, start: int = 0) -> bytes:
    """So many lines."""
    return b"".join(line(number) for number in range(start, start + lines))


def write(path: Path, lines: int) -> None:
    """A file of so many lines; the same 100,000 again and again, which is as good."""
    part = block(100_000)
    with path.open("wb") as file:
        for _ in range(lines // 100_000):
            file.write(part)
