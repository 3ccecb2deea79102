"""How many cells a text takes on a terminal, and texts cut or padded to a number of cells.

Terminals disagree on the width of joined emoji, of variation selectors, of spacing vowel signs
and of whatever is newer than their tables. `printable` leaves out or replaces what they disagree
on. All that it returns has one width everywhere, so that the columns of a table stay straight.
"""

import unicodedata
from functools import lru_cache
from typing import Literal

Align = Literal["left", "right", "center"]

ELLIPSIS = "…"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"

MARKS_A_LETTER = 3
"""More combining marks than this on one letter run into the lines above and below."""

WIDENED = (
    (0x2630, 0x2637),
    (0x268A, 0x268F),
    (0x4DC0, 0x4DFF),
    (0x1D300, 0x1D356),
    (0x1D360, 0x1D376),
)
"""Symbols that were one cell wide until Unicode 16 made them two."""

CONJOINING_JAMO = (
    (0x115F, 0x11FF),
    (0x3164, 0x3164),
    (0xA960, 0xA97C),
    (0xD7B0, 0xD7FB),
    (0xFFA0, 0xFFA0),
)
EMOJI_MODIFIERS = range(0x1F3FB, 0x1F400)
REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
VARIATION_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


@lru_cache(maxsize=4096)
def _character(character: str) -> tuple[str, int]:
    """What is shown for one character, and its cells. A combining mark has 0 cells."""
    code = ord(character)
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\v\f":
        return " ", 1
    if code in REGIONAL_INDICATORS:
        return chr(ord("A") + code - REGIONAL_INDICATORS.start), 1
    if category in ("Cc", "Cf", "Mc", "Me") or code in EMOJI_MODIFIERS:
        return "", 0
    if code in VARIATION_SELECTORS or _within(code, CONJOINING_JAMO):
        return "", 0
    if category in ("Cn", "Co", "Cs") or _within(code, WIDENED):
        return REPLACEMENT, 1
    if category == "Mn":
        return character, 0
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clusters(text: str) -> tuple[tuple[str, int], ...]:
    """The text as (letter with its marks, cells), in order."""
    found: list[tuple[str, int]] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        shown, cells = _character(character)
        if cells:
            found.append((shown, cells))
            marks = 0
        elif shown and found and marks < MARKS_A_LETTER:
            letter, width = found[-1]
            found[-1] = (letter + shown, width)
            marks += 1
    return tuple(found)


_clusters = lru_cache(maxsize=8192)(clusters)
"""For the short texts of tables and titles, which are measured again and again."""


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def printable(text: str) -> str:
    """The text without what terminals disagree on.

    Joiners, variation selectors, skin tones, control and direction characters go; flags become
    their two letters; spacing vowel signs and unknown characters go or become U+FFFD.
    """
    return text if _plain(text) else "".join(shown for shown, _ in _clusters(text))


def width(text: str) -> int:
    """The cells that `printable(text)` takes."""
    return len(text) if _plain(text) else sum(cells for _, cells in _clusters(text))


def _runs_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def cut(text: str, cells: int, *, ellipsis: str = ELLIPSIS) -> str:
    """`printable(text)` in at most `cells` cells; what is cut off leaves an ellipsis."""
    if cells <= 0:
        return ""
    if _plain(text):
        return text if len(text) <= cells else text[: cells - width(ellipsis)] + ellipsis
    if width(text) <= cells:
        return printable(text)
    kept, room = [], cells - width(ellipsis)
    for shown, wide in _clusters(text):
        if wide > room:
            break
        kept.append(shown)
        room -= wide
    return "".join(kept) + ellipsis


def fit(text: str, cells: int, *, align: Align = "left", ellipsis: str = ELLIPSIS) -> str:
    """The text in exactly `cells` cells: cut, or padded with spaces.

    Right-to-left text is followed by a left-to-right mark (no cells of its own), so that a
    terminal that reorders it does not move the columns after it.
    """
    if _plain(text) and len(text) <= cells:
        if align == "left":
            return text.ljust(cells)
        return text.rjust(cells) if align == "right" else text.center(cells)
    shown = cut(text, cells, ellipsis=ellipsis)
    room = max(0, cells - width(shown))
    if _runs_right_to_left(shown):
        shown += LEFT_TO_RIGHT_MARK
    left = {"left": 0, "right": room, "center": room // 2}[align]
    return " " * left + shown + " " * (room - left)
