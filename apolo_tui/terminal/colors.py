"""The palette and the default colours, as far as a program changed them."""

import re
from typing import Final

Color = tuple[int, int, int]
"""Red, green and blue, 0..255 each."""

_BASE: Final[tuple[Color, ...]] = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0),
    (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
    (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip
_LEVELS: Final = (0, 95, 135, 175, 215, 255)


def palette_color(index: int) -> Color:
    """The colour of a palette index, 0..255, as xterm has it by default."""
    if index < 16:
        return _BASE[index]
    if index < 232:
        cube = index - 16
        return _LEVELS[cube // 36], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6]
    gray = 8 + 10 * (index - 232)
    return gray, gray, gray


def _palette(text: str) -> tuple[Color, ...]:
    """Colours of hex digits."""
    return tuple((n >> 16, n >> 8 & 255, n & 255) for n in (int(word, 16) for word in text.split()))


XTERM: Final = _BASE
"""The first 16 colours as xterm has them: its blue is hard to read on black."""
ON_DARK: Final = _palette(
    "000000 e5615e 6cc070 d9b44a 5b9df5 c586e0 4fc1d0 d5dbe5"
    " 7f8a98 ff7f7b 8fdc8f ffd36b 8abaff dda5f5 7fe0ec ffffff"
)
"""The first 16 colours for a dark background: each can be read on it, but black."""
ON_LIGHT: Final = _palette(
    "1c2530 b3211e 256e14 7a5600 0b5cb0 7a3fb0 0c6a6a 555b63"
    " 666d75 c22a26 2a7a17 855e00 1a66c2 8a48c4 0f7272 a5a9ae"
)
"""The first 16 colours for a light background: each can be read on it, but bright white."""


class Colors:
    """What the widget draws with: set `foreground`, `background`, `cursor` and `base` to the
    theme's; `base` are the first 16 colours of the palette.

    `changed` counts the changes that a program made, so that finished strips can be thrown away.
    """

    __slots__ = ("background", "base", "changed", "cursor", "dynamic", "foreground", "palette")

    def __init__(self) -> None:
        self.foreground: Color = (229, 229, 229)
        self.background: Color = (0, 0, 0)
        self.cursor: Color = (229, 229, 229)
        self.base: tuple[Color, ...] = XTERM
        self.dynamic: dict[int, Color] = {}
        """What a program set: 10 foreground, 11 background, 12 cursor."""
        self.palette: dict[int, Color] = {}
        """What a program set, by palette index."""
        self.changed = 0

    def reset(self) -> None:
        if self.dynamic or self.palette:
            self.changed += 1
        self.dynamic.clear()
        self.palette.clear()

    def of_palette(self, index: int) -> Color:
        return self.palette.get(index) or (
            self.base[index] if index < len(self.base) else palette_color(index)
        )

    def of_dynamic(self, number: int) -> Color:
        """The colour of OSC `number`: 10 foreground, 11 background, 12 cursor."""
        theme = {10: self.foreground, 11: self.background, 12: self.cursor}
        return self.dynamic.get(number) or theme[number]


_HEX: Final = re.compile(r"#((?:[0-9A-Fa-f]{3}){1,4})")
_RGB: Final = re.compile(r"rgb:([0-9A-Fa-f]{1,4})/([0-9A-Fa-f]{1,4})/([0-9A-Fa-f]{1,4})")


def parse_color(text: str) -> Color | None:
    """A colour of an OSC: `rgb:R/G/B` with 1 to 4 hex digits each, or `#RGB` of any such length."""
    match = _RGB.fullmatch(text)
    if match is not None:
        parts = list(match.groups())
        red, green, blue = (int(part, 16) * 255 // (16 ** len(part) - 1) for part in parts)
        return red, green, blue
    match = _HEX.fullmatch(text)
    if match is not None:
        size = len(match[1]) // 3
        parts = [match[1][at : at + size] for at in range(0, 3 * size, size)]
        red, green, blue = (int((part + "0")[:2], 16) for part in parts)
        return red, green, blue
    return None


def format_color(color: Color) -> str:
    """A colour as xterm reports it."""
    return "rgb:" + "/".join(f"{part:02x}{part:02x}" for part in color)
