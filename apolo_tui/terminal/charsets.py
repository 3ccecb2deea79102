"""Character sets designated to G0..G3."""

from collections.abc import Mapping
from typing import Final

Charset = Mapping[int, str]

_SPECIAL_GRAPHICS = " ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"
LINE_DRAWING: Final[Charset] = dict(zip(range(0x5F, 0x7F), _SPECIAL_GRAPHICS, strict=True))
UNITED_KINGDOM: Final[Charset] = {0x23: "£"}

LATIN_1: Final[Charset] = {code: chr(code + 0x80) for code in range(0x20, 0x7F)}
"""The upper half of ISO 8859-1. DEL, which would be its last character, never comes this far."""

CHARSETS: Final[dict[str, Charset | None]] = {
    "0": LINE_DRAWING,
    "2": LINE_DRAWING,
    "A": UNITED_KINGDOM,
    "B": None,
    "1": None,
}
"""Sets of 94 characters, by the final of the designating sequence; None and any other: ASCII."""

CHARSETS_96: Final[dict[str, Charset | None]] = {"A": LATIN_1}
"""Sets of 96 characters."""
