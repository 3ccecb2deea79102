"""Cell styles and SGR: interned styles, and what a select-graphic-rendition sequence makes of one.

A colour is an int: `DEFAULT_COLOR`, a palette index 0..255, or `RGB | 0xRRGGBB`. Styles are
compared by identity: the table hands out one object a distinct style. The table and its cache
of transitions are bounded; a style that fell out of the table stays alive with the cells that
use it.
"""

from typing import Final

from apolo_tui.terminal.links import Link

DEFAULT_COLOR: Final = -1
RGB: Final = 0x1000000

BOLD: Final = 1
DIM: Final = 2
ITALIC: Final = 4
BLINK: Final = 8
REVERSE: Final = 16
CONCEAL: Final = 32
STRIKE: Final = 64
OVERLINE: Final = 128
PROTECTED: Final = 256
"""Set by DECSCA, not by SGR: selective erase leaves such cells alone."""

NO_UNDERLINE, SINGLE, DOUBLE, CURLY, DOTTED, DASHED = range(6)

STYLE_LIMIT: Final = 16_384
TRANSITION_LIMIT: Final = 32_768
SEQUENCE_LIMIT: Final = 128
"""Longest sequence that is remembered, in characters."""

_SWITCH_ON: Final = {
    1: BOLD, 2: DIM, 3: ITALIC, 5: BLINK, 6: BLINK, 7: REVERSE, 8: CONCEAL, 9: STRIKE, 53: OVERLINE,
}  # fmt: skip
_SWITCH_OFF: Final = {
    22: BOLD | DIM, 23: ITALIC, 25: BLINK, 27: REVERSE, 28: CONCEAL, 29: STRIKE, 55: OVERLINE,
}  # fmt: skip
_BYTES: Final = {str(value): value for value in range(256)}
"""The values of a colour's part, by how they are written."""

Key = tuple[int, int, int, int, int, Link | None]
"""A style as a value, in the order of the arguments of `StyleTable.intern`."""


class Style:
    """How a cell looks. Immutable by agreement; made by `StyleTable.intern` only.

    `erased` is the style of a cell that is erased while this style is the pen: the background
    alone (background colour erase, as xterm does).
    """

    __slots__ = (
        "attributes",
        "background",
        "erased",
        "foreground",
        "key",
        "link",
        "underline",
        "underline_color",
    )

    def __init__(
        self,
        foreground: int = DEFAULT_COLOR,
        background: int = DEFAULT_COLOR,
        attributes: int = 0,
        underline: int = NO_UNDERLINE,
        underline_color: int = DEFAULT_COLOR,
        link: Link | None = None,
    ) -> None:
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
        self.underline = underline
        self.underline_color = underline_color
        self.link = link
        self.erased: Style = self
        self.key: Key = (foreground, background, attributes, underline, underline_color, link)

    def __repr__(self) -> str:
        return f"Style{self.key}"


DEFAULT: Final = Style()


class StyleTable:
    """The interned styles of one screen, and what each SGR sequence makes of each of them."""

    def __init__(self) -> None:
        self._styles: dict[Key, Style] = {}
        self.transitions: dict[tuple[Style, str], Style] = {}

    def __len__(self) -> int:
        return len(self._styles)

    def intern(
        self,
        foreground: int = DEFAULT_COLOR,
        background: int = DEFAULT_COLOR,
        attributes: int = 0,
        underline: int = NO_UNDERLINE,
        underline_color: int = DEFAULT_COLOR,
        link: Link | None = None,
    ) -> Style:
        key = (foreground, background, attributes, underline, underline_color, link)
        style = self._styles.get(key)
        if style is None:
            if key == DEFAULT.key:
                return DEFAULT
            if len(self._styles) >= STYLE_LIMIT:
                self._styles.clear()
                self.transitions.clear()
            style = self._styles[key] = Style(*key)
            if background == DEFAULT_COLOR:
                style.erased = DEFAULT
            elif key != (DEFAULT_COLOR, background, 0, NO_UNDERLINE, DEFAULT_COLOR, None):
                style.erased = self.intern(background=background)
        return style

    def after(self, style: Style, sequence: str) -> Style:
        """The style after a whole SGR sequence (`CSI ... m`)."""
        known = self.transitions.get((style, sequence))
        return self.render(style, sequence) if known is None else known

    def render(self, style: Style, sequence: str) -> Style:
        """The same for a sequence that is not known after this style; it is from now on."""
        key = _with_true_color(style, sequence) or _render(style, sequence[2:-1])
        rendered = self._styles.get(key) or self.intern(*key)
        if len(self.transitions) >= TRANSITION_LIMIT:
            self.transitions.clear()
        if len(sequence) <= SEQUENCE_LIMIT:
            self.transitions[style, sequence] = rendered
        return rendered

    def protected(self, style: Style, on: bool) -> Style:
        attributes = style.attributes & ~PROTECTED | (PROTECTED if on else 0)
        return self.intern(
            style.foreground,
            style.background,
            attributes,
            style.underline,
            style.underline_color,
            style.link,
        )

    def linked(self, style: Style, link: Link | None) -> Style:
        return self.intern(*style.key[:-1], link)


def number(digits: str) -> int:
    """A parameter's value; leading zeros do not count, an empty one is 0, a huge one is clamped."""
    if len(digits) > 5:
        digits = digits.lstrip("0")
        if len(digits) > 5:
            return 65_535
    return min(int(digits), 65_535) if digits else 0


def _with_true_color(style: Style, sequence: str) -> Key | None:
    """What a sequence of one true colour makes of a style; None for any other sequence.

    Pictures have another colour for every cell, so that no memory of sequences helps.
    """
    kind = sequence[2:7]
    if kind != "38;2;" and kind != "48;2;":
        return None
    try:
        red, green, blue = sequence[7:-1].split(";")
        color = RGB | _BYTES[red] << 16 | _BYTES[green] << 8 | _BYTES[blue]
    except (ValueError, KeyError):
        return None
    foreground, background, attributes, underline, underline_color, link = style.key
    if kind == "38;2;":
        return color, background, attributes, underline, underline_color, link
    return foreground, color, attributes, underline, underline_color, link


def _render(style: Style, parameters: str) -> Key:
    foreground, background, attributes, underline, underline_color, link = style.key
    items = parameters.split(";")
    at, count = 0, len(items)
    while at < count:
        item = items[at]
        at += 1
        subs = None
        if ":" in item:
            subs = item.split(":")
            item = subs[0]
        code = int(item) if item else 0
        if code == 0:
            foreground = background = underline_color = DEFAULT_COLOR
            underline = NO_UNDERLINE
            attributes &= PROTECTED
        elif code in (38, 48, 58):
            if subs is not None:
                color = _color_of_subparameters(subs)
            elif at + 3 < count and items[at] == "2":
                color = _true_color(items[at + 1], items[at + 2], items[at + 3])
                at += 4
            elif at + 1 < count and items[at] == "5":
                color = min(number(items[at + 1].partition(":")[0]), 255)
                at += 2
            else:
                break
            if color is None:
                continue
            if code == 38:
                foreground = color
            elif code == 48:
                background = color
            else:
                underline_color = color
        elif 30 <= code <= 37:
            foreground = code - 30
        elif 40 <= code <= 47:
            background = code - 40
        elif 90 <= code <= 97:
            foreground = code - 82
        elif 100 <= code <= 107:
            background = code - 92
        elif code == 4:
            kind = number(subs[1]) if subs is not None else SINGLE
            underline = kind if kind <= DASHED else SINGLE
        elif code in _SWITCH_ON:
            attributes |= _SWITCH_ON[code]
        elif code in _SWITCH_OFF:
            attributes &= ~_SWITCH_OFF[code]
        elif code == 21:
            underline = DOUBLE
        elif code == 24:
            underline = NO_UNDERLINE
        elif code == 39:
            foreground = DEFAULT_COLOR
        elif code == 49:
            background = DEFAULT_COLOR
        elif code == 59:
            underline_color = DEFAULT_COLOR
    return foreground, background, attributes, underline, underline_color, link


def _true_color(red: str, green: str, blue: str) -> int:
    """The colour of three parameters, each cut to a byte."""
    try:
        return RGB | _BYTES[red] << 16 | _BYTES[green] << 8 | _BYTES[blue]
    except KeyError:
        pass
    values = [min(number(part.partition(":")[0]), 255) for part in (red, green, blue)]
    return RGB | values[0] << 16 | values[1] << 8 | values[2]


def _color_of_subparameters(subs: list[str]) -> int | None:
    """The colour of `38:5:N`, `38:2:R:G:B` or, with a colour space, `38:2:S:R:G:B...`."""
    if subs[1] == "5" and len(subs) > 2:
        return min(number(subs[2]), 255)
    if subs[1] == "2" and len(subs) >= 5:
        start = 2 if len(subs) == 5 else 3
        red, green, blue = (min(number(sub), 255) for sub in subs[start : start + 3])
        return RGB | red << 16 | green << 8 | blue
    return None


def sgr_parameters(style: Style) -> str:
    """The SGR parameters that make this style from the default one, as DECRQSS reports them."""
    items = ["0"]
    items += [str(code) for code, bit in _SWITCH_ON.items() if code != 6 and style.attributes & bit]
    if style.underline:
        items.append("4" if style.underline == SINGLE else f"4:{style.underline}")
    colors = ((38, style.foreground), (48, style.background), (58, style.underline_color))
    for base, color in colors:
        if color == DEFAULT_COLOR:
            continue
        if color >= RGB:
            red, green, blue = color >> 16 & 255, color >> 8 & 255, color & 255
            items.append(f"{base}:2::{red}:{green}:{blue}")
        elif base != 58 and color < 8:
            items.append(str(base - 8 + color))
        elif base != 58 and color < 16:
            items.append(str(base + 52 + color - 8))
        else:
            items.append(f"{base}:5:{color}")
    return ";".join(items)
