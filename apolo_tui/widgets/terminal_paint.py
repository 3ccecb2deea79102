"""Rows of the emulated terminal -> strips.

A finished strip is stored with the row's version, so a row that did not change, or only moved,
is not made again. The cursor and the selection are laid over a copy.
"""

from functools import lru_cache
from typing import Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from apolo_tui.terminal.colors import Colors
from apolo_tui.terminal.modes import CursorShape
from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.styles import (
    BOLD,
    CONCEAL,
    DEFAULT_COLOR,
    DIM,
    DOUBLE,
    ITALIC,
    NO_UNDERLINE,
    OVERLINE,
    REVERSE,
    RGB,
    STRIKE,
    STYLE_LIMIT,
    Style,
)

REVERSED: Final = RichStyle(reverse=True)
UNDERLINED: Final = RichStyle(underline=True)
DOUBLY_UNDERLINED: Final = RichStyle(underline2=True)
BAR: Final = "▏"
_new_segment: Final = tuple.__new__
"""Makes a segment, which is a named tuple, without a call of Python."""
PLAIN: Final = (0, NO_UNDERLINE, False)


class Painter:
    """Makes the strips of one screen, in the colours of its widget.

    `base` is the widget's own style: its foreground and background are the terminal's defaults.
    With `own_palette` the first 16 colours are left to the user's terminal.
    """

    def __init__(self, colors: Colors, base: RichStyle, *, own_palette: bool) -> None:
        self._colors = colors
        self._base = base
        self._own_palette = own_palette
        self._styles: tuple[dict[Style, RichStyle], ...] = ({}, {})  # plain, and reversed
        self._seen = (colors.changed, False)

    def strip(self, row: Row, columns: int, *, reverse: bool = False) -> Strip:
        """The row as a strip of exactly `columns` cells. `reverse`: the whole screen is reversed.

        The strip is kept with the row, until the row or the colours change.
        """
        key = (self, self._generation(reverse), columns)
        finished = row.finished
        if isinstance(finished, tuple) and finished[0] == key:
            strip: Strip = finished[1]
            return strip
        # A picture has a style for every cell: the common case is written out.
        known = self._styles[reverse].get
        strip = Strip(
            [
                _new_segment(Segment, (text, known(style) or self.style(style, reverse), None))
                for text, style in row.spans(columns)
            ],
            columns,
        )
        row.finished = (key, strip)
        return strip

    def style(self, style: Style, reverse: bool = False) -> RichStyle:
        styles = self._styles[reverse]
        found = styles.get(style)
        if found is None:
            if len(styles) >= STYLE_LIMIT:
                styles.clear()
            found = styles[style] = self._make(style, reverse)
        return found

    def _generation(self, reverse: bool) -> int:
        if self._colors.changed != self._seen[0]:
            for styles in self._styles:
                styles.clear()
            self._seen = (self._colors.changed, reverse)
        return self._colors.changed * 2 + reverse

    def _make(self, style: Style, reverse: bool) -> RichStyle:
        has = style.attributes
        foreground = self._color(style.foreground, 10) or self._base.color
        background = self._color(style.background, 11) or self._base.bgcolor
        colours = RichStyle.from_color(background if has & CONCEAL else foreground, background)
        look = (has & ~REVERSE, style.underline, bool(has & REVERSE) != reverse)
        return colours if look == PLAIN else colours + _look(*look)

    def _color(self, color: int, dynamic: int) -> Color | None:
        """None leaves the widget's own colour."""
        if color == DEFAULT_COLOR:
            changed = self._colors.dynamic.get(dynamic)
            return None if changed is None else Color.from_rgb(*changed)
        if color >= RGB:
            return _truecolor(color - RGB)
        if self._own_palette and color < 16 and color not in self._colors.palette:
            return Color.from_ansi(color)
        return Color.from_rgb(*self._colors.of_palette(color))


@lru_cache(1024)
def _look(attributes: int, underline: int, reverse: bool) -> RichStyle:
    """All of a style but its colours."""
    return RichStyle(
        bold=bool(attributes & BOLD) or None,
        dim=bool(attributes & DIM) or None,
        italic=bool(attributes & ITALIC) or None,
        underline=underline not in (NO_UNDERLINE, DOUBLE) or None,
        underline2=underline == DOUBLE or None,
        strike=bool(attributes & STRIKE) or None,
        overline=bool(attributes & OVERLINE) or None,
        reverse=reverse or None,
    )


@lru_cache(4096)
def _truecolor(rgb: int) -> Color:
    return Color.from_rgb(rgb >> 16, rgb >> 8 & 255, rgb & 255)


def with_cursor(strip: Strip, x: int, shape: CursorShape, *, focused: bool) -> Strip:
    """The strip with the cursor on column `x`; a wide character is covered whole."""
    before, cell, after = strip.divide([x, x + 1, strip.cell_length])
    if cell.cell_length == 0 or not cell.text:
        return strip
    if not focused:
        # The keys go elsewhere: a hollow cursor, as terminals draw it, is beyond a cell.
        cell = cell.apply_style(UNDERLINED)
    elif shape is CursorShape.BLOCK:
        cell = cell.apply_style(REVERSED)
    elif shape is CursorShape.UNDERLINE:
        cell = cell.apply_style(UNDERLINED)
    elif cell.text == " ":
        cell = Strip([Segment(BAR, segment.style) for segment in cell], 1)
    else:
        cell = cell.apply_style(DOUBLY_UNDERLINED)
    return Strip.join([before, cell, after])


def with_highlight(strip: Strip, start: int, end: int, style: RichStyle) -> Strip:
    """The strip with columns `start` up to `end` in `style`: the selection, or a match."""
    start, end = max(0, start), min(end, strip.cell_length)
    if start >= end:
        return strip
    before, inside, after = strip.divide([start, end, strip.cell_length])
    plain = Strip([Segment(segment.text, style) for segment in inside], inside.cell_length)
    return Strip.join([before, plain, after])
