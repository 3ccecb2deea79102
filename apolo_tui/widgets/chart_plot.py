"""A chart of one or more lines as runs of text: values and limits, axes, and the lines. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from apolo_tui.model.cells import fit, width
from apolo_tui.model.series import GAP, Extent, Point, extents
from apolo_tui.widgets.chart_canvas import DOTS, Canvas, symbol_of
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.table_lines import Run

LEAST_HEIGHT_FOR_VALUES = 3
LEAST_HEIGHT_FOR_TIMES = 5
LABEL = 5
"""Cells of the numbers beside the vertical axis."""


def plain_number(value: float) -> str:
    """A figure in at most five cells."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ago(seconds: float) -> str:
    """How long before the end: `-30s`, `-15m`, `-3h`, `-7d`."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= length and seconds % length == 0:
            return f"-{seconds / length:.0f}{unit}"
    return f"-{seconds:.0f}s" if seconds < 600 else f"-{seconds / 60:.0f}m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on a value is coloured; None for never."""

    warning: float | None = None
    critical: float | None = None

    def level(self, value: float | None) -> str:
        """The style of a value: "danger", "warning" or "" for an ordinary one."""
        if value is None:
            return ""
        if self.critical is not None and value >= self.critical:
            return "danger"
        return "warning" if self.warning is not None and value >= self.warning else ""


NEVER = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart.

    `value` is what stands beside its name, with the limit if any; `number` writes one figure of
    it, for readings and statistics.
    """

    label: str
    points: Sequence[Point]
    value: str = ""
    style: str = "series-1"
    thresholds: Thresholds = NEVER
    number: Callable[[float], str] = field(default=plain_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart: the lines, from when to when (Unix seconds), and from which value to which.

    `top` None: the greatest value that is shown, or the limit. `stale` says in words how old the
    data is, and takes the colour from the lines.
    """

    lines: Sequence[Line] = ()
    start: float = 0.0
    end: float = 1.0
    bottom: float = 0.0
    top: float | None = None
    limit: float | None = None
    filled: bool = False
    stale: str = ""
    gap: float = GAP
    label: Callable[[float], str] = field(default=plain_number)


def chart_lines(plot: Plot, *, room: int, height: int, marks: Marks) -> list[list[Run]]:
    """The chart in exactly `height` lines of `room` cells.

    A low chart drops the times, a lower one the values as well.
    """
    if room <= 0 or height <= 0:
        return []
    values = height >= LEAST_HEIGHT_FOR_VALUES
    times = height >= LEAST_HEIGHT_FOR_TIMES
    labels = LABEL + 1 if room >= 4 * LABEL else 0
    canvas = Canvas(room - labels, height - values - times, marks)
    columns = [
        extents(line.points, start=plot.start, end=plot.end, columns=canvas.columns, gap=plot.gap)
        for line in plot.lines
    ]
    top = top_of(plot, columns)
    for number, (line, found) in reversed(list(enumerate(zip(plot.lines, columns, strict=True)))):
        styles = styles_of(plot, line, found)
        canvas.draw(found, styles, bottom=plot.bottom, top=top, number=number, filled=plot.filled)
    if plot.limit is not None:
        canvas.level(plot.limit, "muted", bottom=plot.bottom, top=top)
    body = canvas.lines()
    if labels:
        axis = _axis(plot, top, len(body), marks)
        body = [[(text, "muted"), *runs] for text, runs in zip(axis, body, strict=True)]
    heading = [value_runs(plot, room=room, marks=marks)] if values else []
    footing = [[(_times(plot, room, labels, marks), "muted")]] if times else []
    return heading + body + footing


def top_of(plot: Plot, columns: Sequence[Sequence[Extent | None]]) -> float:
    """The value at the top: the one given, or room for what is shown and the limit."""
    if plot.top is not None:
        return plot.top
    shown = [extent.high for found in columns for extent in found if extent is not None]
    if plot.limit is not None:
        shown.append(plot.limit)
    highest = max(shown, default=plot.bottom)
    return highest if highest > plot.bottom else plot.bottom + 1.0


def value_runs(plot: Plot, *, room: int, marks: Marks) -> list[Run]:
    """The names and values of the lines, and what is stale, in exactly `room` cells."""
    runs: list[Run] = []
    left = room
    for number, line in enumerate(plot.lines):
        symbol = f"{symbol_of(number)} " if marks is Marks.ASCII and len(plot.lines) > 1 else ""
        text = f"{symbol}{line.label} {line.value}".rstrip() + "  "
        if width(text) > left:
            break
        last = line.points[-1][1] if line.points else None
        style = "stale" if plot.stale else line.thresholds.level(last) or line.style
        runs.append((text, style))
        left -= width(text)
    runs.append((fit(plot.stale, left, align="right", ellipsis="") if left else "", "stale"))
    return runs


def styles_of(plot: Plot, line: Line, columns: Sequence[Extent | None]) -> list[str]:
    """The style of each column of a line."""
    if plot.stale or line.thresholds == NEVER:
        return ["stale" if plot.stale else line.style] * len(columns)
    level = line.thresholds.level
    return ["" if extent is None else level(extent.high) or line.style for extent in columns]


def _axis(plot: Plot, top: float, height: int, marks: Marks) -> list[str]:
    """The numbers beside the lines: at the top, the bottom, and the middle of a high chart."""
    tick, bar = ("|", "|") if marks is Marks.ASCII else ("┤", "│")
    at = {0: top, height - 1: plot.bottom}
    if height >= 7:
        middle = height // 2
        dots = height * DOTS[marks][1] - 1
        centre = middle * DOTS[marks][1] + DOTS[marks][1] // 2
        at[middle] = top - (top - plot.bottom) * centre / dots
    return [
        fit(plot.label(at[y]), LABEL, align="right", ellipsis="~") + tick
        if y in at
        else " " * LABEL + bar
        for y in range(height)
    ]


def _times(plot: Plot, room: int, labels: int, marks: Marks) -> str:
    """The line under the chart: how long ago it begins, half the time, and now."""
    rule, corner = ("-", "+") if marks is Marks.ASCII else ("─", "└")
    across = room - labels
    span = plot.end - plot.start
    cells = list(rule * across)
    for text, place in ((ago(span), 0), (ago(span / 2), across // 2), ("now", across - 3)):
        if (
            place >= 0
            and place + len(text) <= across
            and set(cells[place : place + len(text)]) == {rule}
        ):
            cells[place : place + len(text)] = text
    return (" " * (labels - 1) + corner if labels else "") + "".join(cells)
