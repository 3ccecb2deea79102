"""A large chart by plotext as runs of text in our own styles.

plotext writes colours as escape codes. It is given colours that stand for the names of styles,
which are read back from its codes, so that the chart follows the theme. It is imported when the
first chart is drawn: that takes as long as a third of the start of the program.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from apolo_tui.model.series import Extent, extents
from apolo_tui.widgets.chart_canvas import DOTS, symbol_of
from apolo_tui.widgets.chart_plot import Line, Plot, styles_of, top_of
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.table_lines import Run

MARKERS = {Marks.BRAILLE: "braille", Marks.BLOCK: "sd"}
FRAME_IN_ASCII = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")

SGR = re.compile(r"\x1b\[([0-9;]*)m")
NAMES = (
    *("", "series-1", "series-2", "series-3", "series-4"),
    *("warning", "danger", "stale", "muted", "cursor"),
)
"""The style that the colour (n, 0, 0) stands for is the n-th."""

TICKS = 5
"""Times under the chart."""
LABELS = 8
"""Cells that the frame and the numbers beside it may take; only for the number of columns."""

Colour = tuple[int, int, int]


def colour_of(name: str) -> Colour:
    """The colour that stands for a style."""
    return NAMES.index(name), 0, 0


def plotext_lines(
    plot: Plot,
    *,
    room: int,
    height: int,
    marks: Marks,
    cursor: float | None,
    clock: Callable[[float], str],
) -> list[list[Run]]:
    """The lines, a frame with numbers and times, and a line at the time of the cursor.

    At most `height` lines of exactly `room` cells. `clock` writes a time under the chart.
    """
    # Imported here because of what it costs: see above.
    import plotext

    columns = max(1, (room - LABELS) * DOTS[marks][0])
    found = [
        extents(line.points, start=plot.start, end=plot.end, columns=columns, gap=plot.gap)
        for line in plot.lines
    ]
    top = top_of(plot, found)
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(room, height)
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.ticks_color(colour_of("muted"))
    plotext.xlim(plot.start, plot.end)
    plotext.ylim(plot.bottom, top)
    for number in reversed(range(len(plot.lines))):
        marker = MARKERS.get(marks, symbol_of(number))
        for xs, ys, style in _strokes(plot, plot.lines[number], found[number]):
            plotext.plot(xs, ys, marker=marker, color=colour_of(style))
    if plot.limit is not None and plot.bottom <= plot.limit <= top:
        plotext.hline(plot.limit, color=colour_of("muted"))
    if cursor is not None:
        plotext.vline(cursor, color=colour_of("cursor"))
    times = [plot.start + (plot.end - plot.start) * at / (TICKS - 1) for at in range(TICKS)]
    plotext.xticks(times, [clock(at) for at in times])
    levels = [plot.bottom + (top - plot.bottom) * at / 4 for at in range(5)]
    plotext.yticks(levels, [plot.label(level) for level in levels])
    text = plotext.build()
    plotext.clear_figure()
    if marks is Marks.ASCII:
        text = text.translate(FRAME_IN_ASCII)
    return [exact(runs_of(line), room) for line in text.splitlines()[:height]]


def _strokes(
    plot: Plot, line: Line, columns: Sequence[Extent | None]
) -> Iterator[tuple[list[float], list[float], str]]:
    """The parts of a line without a gap and of one style, each joined to the one before it."""
    step = (plot.end - plot.start) / len(columns)
    xs: list[float] = []
    ys: list[float] = []
    style = ""
    styles = styles_of(plot, line, columns)
    for column, extent in enumerate(columns):
        here = styles[column]
        if extent is None or (xs and here != style):
            if xs:
                yield xs, ys, style
            xs, ys = ([xs[-1]], [ys[-1]]) if extent is not None else ([], [])
        if extent is not None:
            style = here
            at = plot.start + (column + 0.5) * step
            xs += [at, at]
            ys += [extent.low, extent.high]
    if xs:
        yield xs, ys, style


def runs_of(line: str) -> list[Run]:
    """Text with escape codes of the colours of `colour_of` as runs."""
    runs: list[Run] = []
    style = ""
    for at, part in enumerate(SGR.split(line)):
        if at % 2:
            codes = part.split(";")
            if codes[:2] == ["38", "2"] and len(codes) >= 5:
                number = int(codes[2])
                style = NAMES[number] if number < len(NAMES) else ""
            elif codes in (["0"], [""]):
                style = ""
        elif part:
            runs.append((part, style))
    return runs


def exact(runs: Sequence[Run], room: int) -> list[Run]:
    """The runs in exactly `room` cells. plotext draws with characters of one cell only."""
    shown: list[Run] = []
    left = room
    for text, style in runs:
        if left > 0:
            shown.append((text[:left], style))
            left -= len(text[:left])
    if left > 0:
        shown.append((" " * left, ""))
    return shown
