"""Finding the lines of a block that have a text or match an expression, all at once."""

import re
from collections.abc import Callable, Iterator
from itertools import accumulate, repeat

from apolo_tui.model.logs.slowness import WIDE
from apolo_tui.model.logs.stamps import LONGEST_STAMP

Search = Callable[[bytes, int], re.Match[bytes] | None]

NEEDS_AN_END = re.compile(r"\\[ZbB]|\$|\(\?")
"""What an expression has that may depend on what comes after its match."""


def lines_of(data: bytes, found: Iterator[re.Match[bytes]]) -> list[int]:
    """The lines of matches, which go to the end of their line."""
    starts = [match.start() for match in found]
    counts = map(data.count, repeat(b"\n"), [0, *starts], starts)
    return list(dict.fromkeys(accumulate(counts)))


def sure_lines(
    data: bytes, find: Callable[[int], tuple[int, int]], accepts: Callable[[bytes], bool]
) -> list[int]:
    """The lines of hits in the raw data; one that is not clearly in the text is looked at.

    `find` gives the place and the length of the first hit from a place on, -1 for none.
    """
    found: list[int] = []
    line = counted = 0
    at, length = find(0)
    while at >= 0:
        start = data.rfind(b"\n", counted, at) + 1 or counted
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line += data.count(b"\n", counted, start)
        counted = start
        sure = at > data.find(b" ", start, start + LONGEST_STAMP) and at + length <= end
        if sure or accepts(data[start:end]):
            found.append(line)
        at, length = find(end)
    return found


def finder(search: Search, data: bytes) -> Callable[[int], tuple[int, int]]:
    """What `sure_lines` asks for, of an expression."""

    def find(position: int) -> tuple[int, int]:
        match = search(data, position)
        return (-1, 0) if match is None else (match.start(), match.end() - match.start())

    return find


def has_wide_line(data: bytes) -> bool:
    """Whether a line has more than WIDE bytes; certain for twice as many."""
    return any(
        data.find(b"\n", start, start + WIDE) < 0 for start in range(0, len(data) - WIDE + 1, WIDE)
    )


def found_in(expression: re.Pattern[str] | re.Pattern[bytes], text: str | bytes) -> bool:
    """Whether a line matches. A wide one is searched piece by piece, since the time that many
    expressions take grows with the square of the length; a match begins in one half of a piece
    and ends in the next at the latest.
    """
    search: Callable[..., re.Match[str] | re.Match[bytes] | None] = expression.search
    if len(text) <= WIDE:
        return search(text) is not None
    pattern = expression.pattern
    needs_end = NEEDS_AN_END.search(
        pattern if isinstance(pattern, str) else pattern.decode("utf-8", "replace")
    )
    for start in range(0, len(text), WIDE // 2):
        end = min(start + WIDE, len(text))
        match = search(text, start, end)
        if match is not None and not (needs_end and match.end() == end < len(text)):
            return True
    return False
