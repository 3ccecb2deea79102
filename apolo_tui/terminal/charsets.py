"""Character sets designated to G0..G3."""

from collections.abc import Mapping
from typing import Final

Charset = Mapping[int, str]

_SPECIAL_GRAPHICS = " ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"
LINE_DRAWING: Final[Charset] = dict(zip(range(0x5F, 0x7F), _SPECIAL_GRAPHICS, strict=True))
UNITED_KINGDOM: Final[Charset] = {0x23: "£"}

CHARSETS: Final[dict[str, Charset | None]] = {
    "0": LINE_DRAWING,
    "2": LINE_DRAWING,
    "A": UNITED_KINGDOM,
    "B": None,
    "1": None,
}
"""By the final of the designating sequence; None is ASCII. Other sets count as ASCII."""
