"""Many sparklines in one widget: a name, a line, a value and its limit each."""

from collections.abc import Sequence
from dataclasses import dataclass

from apolo_tui.model.cells import fit, width
from apolo_tui.model.series import GAP, Point
from apolo_tui.widgets.chart_plot import NEVER, Thresholds
from apolo_tui.widgets.chart_view import ChartView
from apolo_tui.widgets.sparkline import Marks, sparkline
from apolo_tui.widgets.table_lines import Run

BETWEEN = 2
"""Empty cells between two meters on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A figure over time, from `start` to `end` (Unix seconds).

    `value` is the text beside the line, always as wide for one kind of figure; `latest` is what
    the thresholds are held against. `stale` greys it, for instance because it was sampled a
    while ago.
    """

    label: str
    points: Sequence[Point] = ()
    start: float = 0.0
    end: float = 1.0
    value: str = ""
    latest: float | None = None
    top: float | None = None
    thresholds: Thresholds = NEVER
    style: str = "series-1"
    stale: bool = False
    gap: float = GAP


@dataclass(frozen=True, slots=True)
class Widths:
    """The cells of the parts of the meters in one column."""

    label: int
    line: int
    value: int


def meter_runs(meter: Meter, widths: Widths, marks: Marks) -> list[Run]:
    """One meter in exactly the cells of `widths` and a blank on either side of the line."""
    line = sparkline(
        meter.points,
        cells=widths.line,
        start=meter.start,
        end=meter.end,
        top=meter.top,
        gap=meter.gap,
        marks=marks,
    )
    level = meter.thresholds.level(meter.latest)
    return [
        (fit(meter.label, widths.label) + " ", "label"),
        (line, "stale" if meter.stale else level or meter.style),
        (
            " " + fit(meter.value, widths.value, align="right"),
            "stale" if meter.stale else level,
        ),
    ]


def strip_lines(
    meters: Sequence[Meter], *, room: int, columns: int, marks: Marks
) -> list[list[Run]]:
    """The meters in rows of `columns`, each line of exactly `room` cells.

    Meters of one column are as wide in every row, whatever their values.
    """
    if not meters or columns < 1 or room < 1:
        return []
    share = (room - BETWEEN * (columns - 1)) // columns
    widths = []
    for column in range(columns):
        below = meters[column::columns]
        label = max((width(meter.label) for meter in below), default=0)
        value = max((width(meter.value) for meter in below), default=0)
        widths.append(Widths(label, max(0, share - label - value - 2), value))
    lines = []
    for first in range(0, len(meters), columns):
        runs: list[Run] = []
        for column, meter in enumerate(meters[first : first + columns]):
            if column:
                runs.append((" " * BETWEEN, ""))
            runs += meter_runs(meter, widths[column], marks)
        lines.append(exactly(runs, room))
    return lines


def exactly(runs: Sequence[Run], room: int) -> list[Run]:
    """The runs in exactly `room` cells: what is beyond goes, what is lacking is blank."""
    fitted: list[Run] = []
    left = room
    for text, style in runs:
        cells = len(text) if text.isascii() else width(text)
        if cells > left:
            text, cells = fit(text, left, ellipsis=""), left
        fitted.append((text, style))
        left -= cells
    fitted.append((" " * left, ""))
    return fitted


class SparkStrip(ChartView):
    """Shows meters in rows of `columns`, from the top."""

    def __init__(
        self,
        *,
        columns: int = 1,
        marks: Marks = Marks.BRAILLE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(marks=marks, id=id, classes=classes)
        self.columns = columns
        self.meters: Sequence[Meter] = ()

    def show(self, meters: Sequence[Meter], *, columns: int | None = None) -> None:
        """Draw these from now on."""
        self.meters = tuple(meters)
        if columns is not None:
            self.columns = columns
        self.redraw()

    def draw(self, room: int, height: int) -> list[list[Run]]:
        lines = strip_lines(self.meters, room=room, columns=self.columns, marks=self.marks)
        return lines[:height]
