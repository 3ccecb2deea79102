"""The large chart of the chart screen: a cursor that reads values, and the window in figures."""

from collections.abc import Callable
from datetime import datetime

from apolo_tui.model.cells import width
from apolo_tui.model.series import nearest, summarize
from apolo_tui.widgets.chart_canvas import symbol_of
from apolo_tui.widgets.chart_plot import Plot, chart_lines
from apolo_tui.widgets.chart_plotext import LABELS, plotext_lines
from apolo_tui.widgets.chart_strip import exactly
from apolo_tui.widgets.chart_view import ChartView
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.table_lines import Run

LEAST_HEIGHT = 8
"""Lines below which the figures under the chart are left out."""

LEAST_FOR_FRAME = (40, 6)
"""Cells and lines below which a frame with its numbers would leave no room for the lines."""


def local_clock(at: float) -> str:
    """A Unix time as the time of the day here."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def reading(
    plot: Plot, at: float, *, within: float, clock: Callable[[float], str], marks: Marks
) -> list[Run]:
    """The time `at` and the value of each line then; a dash where there is none."""
    runs: list[Run] = [(clock(at), "label")]
    for number, line in enumerate(plot.lines):
        found = nearest(line.points, at, within=within)
        value = "-" if found is None else line.number(found[1])
        level = line.thresholds.level(None if found is None else found[1])
        symbol = f"{symbol_of(number)} " if marks is Marks.ASCII and len(plot.lines) > 1 else ""
        runs.append((f"   {symbol}{line.label} {value}", level or line.style))
    return runs


def figures(plot: Plot) -> list[list[Run]]:
    """The least, mean, 95th percentile and greatest value of each line in the window."""
    names = max((width(line.label) for line in plot.lines), default=0)
    lines: list[list[Run]] = []
    for line in plot.lines:
        runs: list[Run] = [(line.label.ljust(names), line.style)]
        summary = summarize(line.points, start=plot.start, end=plot.end)
        if summary is None:
            lines.append([*runs, ("   no data in this window", "muted")])
            continue
        for name, value in (
            ("min", summary.low),
            ("avg", summary.mean),
            ("p95", summary.p95),
            ("max", summary.high),
        ):
            runs.append((f"   {name} ", "muted"))
            runs.append((line.number(value), line.thresholds.level(value)))
        lines.append(runs)
    return lines


class FocusChart(ChartView):
    """Shows a Plot by plotext: readings above, figures of the window below.

    The cursor is a moment; without one the readings are those of the end.
    """

    def __init__(
        self,
        *,
        clock: Callable[[float], str] = local_clock,
        marks: Marks = Marks.BRAILLE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(marks=marks, id=id, classes=classes)
        self._clock = clock
        self.plot = Plot()
        self._cursor: float | None = None

    @property
    def cursor(self) -> float | None:
        """The moment that is read, as Unix time; None for the end."""
        return self._cursor

    @property
    def step(self) -> float:
        """The seconds that one cell of the chart stands for."""
        return (self.plot.end - self.plot.start) / max(1, self.size.width - LABELS)

    def show(self, plot: Plot) -> None:
        """Draw this from now on. A cursor that is no longer within it goes."""
        self.plot = plot
        if self._cursor is not None and not plot.start <= self._cursor <= plot.end:
            self._cursor = None
        self.redraw()

    def move_cursor(self, by: int) -> None:
        """Read `by` cells later (earlier: negative). Beyond the end the cursor goes."""
        at = (self.plot.end if self._cursor is None else self._cursor) + by * self.step
        self._cursor = None if at > self.plot.end else max(at, self.plot.start)
        self.redraw()

    def clear_cursor(self) -> None:
        """Read the end."""
        self._cursor = None
        self.redraw()

    def draw(self, room: int, height: int) -> list[list[Run]]:
        plot = self.plot
        at = plot.end if self._cursor is None else self._cursor
        readings = reading(
            plot, at, within=max(self.step, plot.gap), clock=self._clock, marks=self.marks
        )
        if plot.stale:
            readings.append((f"   {plot.stale}", "stale"))
        below = figures(plot) if height >= LEAST_HEIGHT + len(plot.lines) else []
        body = self._body(room, max(1, height - 1 - len(below)))
        return [exactly(runs, room) for runs in (readings, *body, *below)][:height]

    def _body(self, room: int, height: int) -> list[list[Run]]:
        if room < LEAST_FOR_FRAME[0] or height < LEAST_FOR_FRAME[1]:
            return chart_lines(self.plot, room=room, height=height, marks=self.marks)
        return plotext_lines(
            self.plot,
            room=room,
            height=height,
            marks=self.marks,
            cursor=self._cursor,
            clock=self._clock,
        )
