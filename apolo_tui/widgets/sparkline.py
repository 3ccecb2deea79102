"""One-line charts as plain strings, and the characters that charts are drawn with."""

import codecs
from collections.abc import Mapping, Sequence
from enum import StrEnum

from apolo_tui.model.series import GAP, Extent, Point, extents


class Marks(StrEnum):
    """What a terminal can show of a chart."""

    BRAILLE = "braille"
    """Eight dots a cell, and bars in eighths."""
    BLOCK = "block"
    """Half blocks: consoles whose font has no more."""
    ASCII = "ascii"


BARS: Mapping[Marks, str] = {
    Marks.BRAILLE: "▁▂▃▄▅▆▇█",
    Marks.BLOCK: "_▄█",
    Marks.ASCII: "_.-:=+*#",
}
"""The bars of a sparkline from the lowest to the highest."""

PLAIN_TERMINALS = ("dumb", "vt", "unknown")
CONSOLES = ("linux", "cygwin", "cons25", "sun")


def marks_of(
    environ: Mapping[str, str], *, encoding: str | None = None, forced: Marks | None = None
) -> Marks:
    """The best marks that a terminal shows, by its locale and `TERM`.

    `encoding` is what the program would write in, for platforms whose locale does not say it.
    """
    if forced is not None:
        return forced
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    _, dot, name = locale.partition(".")
    charset = (
        name.partition("@")[0] if dot else ("" if locale in ("C", "POSIX") else encoding or "")
    )
    terminal = environ.get("TERM", "")
    if not _is_utf_8(charset) or terminal.startswith(PLAIN_TERMINALS):
        return Marks.ASCII
    return Marks.BLOCK if terminal.startswith(CONSOLES) else Marks.BRAILLE


def _is_utf_8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


def bars(
    columns: Sequence[Extent | None], *, bottom: float, top: float, marks: Marks = Marks.BRAILLE
) -> str:
    """One bar for each column as high as its greatest value; a gap is a blank.

    The lowest bar is for the value `bottom`, so that a zero is not a gap.
    """
    steps = BARS[marks]
    scale = len(steps) / (top - bottom) if top > bottom else 0.0
    highest = len(steps) - 1
    return "".join(
        " " if extent is None else steps[max(0, min(highest, int((extent.high - bottom) * scale)))]
        for extent in columns
    )


def sparkline(
    points: Sequence[Point],
    *,
    cells: int,
    start: float,
    end: float,
    top: float | None = None,
    bottom: float = 0.0,
    gap: float = GAP,
    marks: Marks = Marks.BRAILLE,
    ascii_only: bool = False,
) -> str:
    """The points from `start` to `end` in exactly `cells` cells.

    Without `top` the greatest value is the top. `ascii_only` is short for `Marks.ASCII`.
    """
    columns = extents(points, start=start, end=end, columns=cells, gap=gap)
    if top is None:
        top = max((extent.high for extent in columns if extent is not None), default=1.0)
    chosen = Marks.ASCII if ascii_only else marks
    return bars(columns, bottom=bottom, top=top, marks=chosen)
