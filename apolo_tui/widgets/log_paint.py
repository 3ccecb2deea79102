"""The rows of a log as strips: the job's colours over the theme's, and the bar at the edge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from apolo_tui.model.logs.text import PLAIN, Colour, Pen
from apolo_tui.widgets.log_lines import GROWING, Row, Run
from apolo_tui.widgets.table_lines import in_ascii

STYLES = (
    *("time", "rule", "error", "warning", "info", "debug", "key", "message", "growing"),
    *("match", "selected", "block", "cursor", "badge", "bar", "thumb", "muted", "empty"),
    *("error-mark", "match-mark"),
)
"""The names of styles; NAME is the class `log--NAME` of the sheet."""

BAR = 1
"""Cells of the bar at the right edge."""


@dataclass(frozen=True, slots=True)
class BarCell:
    """One cell of the bar: whether the thumb is there, and what is marked."""

    thumb: bool = False
    error: bool = False
    match: bool = False


@lru_cache(maxsize=1024)
def _colour(colour: Colour) -> Color | None:
    if colour is None:
        return None
    if isinstance(colour, int):
        return Color.from_ansi(colour)
    return Color.from_rgb(*colour)


@lru_cache(maxsize=2048)
def pen_style(pen: Pen) -> Style:
    """The style of a pen; what it leaves open is open."""
    return Style(
        color=_colour(pen.fg),
        bgcolor=_colour(pen.bg),
        bold=pen.bold or None,
        dim=pen.dim or None,
        italic=pen.italic or None,
        underline=pen.underline or None,
        reverse=pen.reverse or None,
        strike=pen.strike or None,
    )


class LogPainter:
    """Makes strips. `style_of` gives the style of a name, "" being the widget's own."""

    def __init__(self, style_of: Callable[[str], Style]) -> None:
        self._style_of = style_of
        self._styles: dict[tuple[str, Pen, str], Style] = {}
        self.ascii_only = False

    def forget(self) -> None:
        """The theme has changed."""
        self._styles.clear()

    def style(self, name: str, pen: Pen = PLAIN, over: str = "") -> Style:
        """The style of a run; `over` names what lies over the whole row."""
        key = (name, pen, over)
        style = self._styles.get(key)
        if style is None:
            if len(self._styles) > 4096:
                self._styles.clear()
            style = self._style_of(name)
            if pen is not PLAIN:
                style += pen_style(pen)
            if over:
                style += self._style_of(over)
            self._styles[key] = style
        return style

    def row(
        self, row: Row, runs: Sequence[Run], room: int, *, pan: int = 0, over: str = ""
    ) -> Strip:
        """A row in exactly `room` cells, moved left by `pan` cells behind its time."""
        segments = [
            Segment(in_ascii(text) if self.ascii_only else text, self.style(name, pen, over))
            for text, name, pen in runs
        ]
        strip = Strip(segments)
        if pan and not row.rule:
            strip = Strip.join(
                [strip.crop(0, row.prefix), strip.crop(row.prefix + pan, strip.cell_length)]
            )
        strip = strip.adjust_cell_length(room, self.style("", PLAIN, over))
        if row.growing and room > 2:
            growing = "~" if self.ascii_only else GROWING
            mark = Strip([Segment(growing, self.style("growing", PLAIN, over))], 1)
            strip = Strip.join([strip.crop(0, room - 1), mark])
        return strip

    def bar(self, cell: BarCell) -> Strip:
        """One cell of the bar."""
        if cell.error:
            text, name = ("!" if self.ascii_only else "▐"), "error-mark"
        elif cell.match:
            text, name = ("-" if self.ascii_only else "▐"), "match-mark"
        else:
            text, name = " ", "bar"
        if cell.thumb:
            text = text if text != " " else ("|" if self.ascii_only else "▐")
            name = name if name != "bar" else "thumb"
        return Strip([Segment(text, self.style(name))], 1)

    def text(self, text: str, room: int, name: str) -> Strip:
        """A text in one style in exactly `room` cells."""
        strip = Strip([Segment(in_ascii(text) if self.ascii_only else text, self.style(name))])
        return strip.adjust_cell_length(room, self.style(""))
