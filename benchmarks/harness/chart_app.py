"""Charts that change at each command, ours or a peer's: an app to be measured.

    python -m benchmarks.harness.chart_app ours|plotext WIDTH HEIGHT COUNT
    python -m benchmarks.harness.chart_app strip WIDTH HEIGHT COUNT

COUNT charts of WIDTH by HEIGHT cells, two series of 300 points each; `strip` is one widget with
COUNT sparklines.
"""

import math
import random
import sys
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.widget import Widget

from apolo_tui import stylesheets
from apolo_tui.model.series import Point
from apolo_tui.theme import THEMES
from apolo_tui.widgets.chart import Chart
from apolo_tui.widgets.chart_plot import Line, Plot
from apolo_tui.widgets.chart_strip import Meter, SparkStrip
from apolo_tui.widgets.frames import SparingApp
from benchmarks.harness.control import serve, settle

POINTS = 300
SCREEN = 200
"""Cells across the screen, for the number of charts beside one another."""

noise = random.Random(7)
FIRST = [50 + 40 * math.sin(at / 20) + noise.random() * 10 for at in range(5000)]
SECOND = [30 + 20 * math.cos(at / 33) + noise.random() * 5 for at in range(5000)]
FIRST_POINTS: list[Point] = [(float(at), value) for at, value in enumerate(FIRST)]
SECOND_POINTS: list[Point] = [(float(at), value) for at, value in enumerate(SECOND)]


class Charts(App[Any]):
    """COUNT charts in a grid."""

    CSS_PATH: ClassVar = [stylesheets.folder() / "charts.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, width: int, height: int, count: int) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.chart_size = (width, height)
        self.charts = [self.make() for _ in range(count)]
        self.at = 0

    def make(self) -> Any:
        return Chart()

    def compose(self) -> ComposeResult:
        grid = Grid(*self.charts)
        width, height = self.chart_size
        grid.styles.grid_size_columns = max(1, min(len(self.charts), SCREEN // width))
        for chart in self.charts:
            chart.styles.width, chart.styles.height = width, height
        yield grid

    def on_mount(self) -> None:
        self.control = serve({"tick": self.tick, "settle": settle})

    def tick(self) -> dict[str, Any]:
        """One second later in every chart."""
        self.at += 1
        for chart in self.charts:
            self.advance(chart, self.at)
        width, height = self.charts[0].size
        return {"width": width, "height": height}

    def advance(self, chart: Any, at: int) -> None:
        chart.show(
            Plot(
                lines=[
                    Line(label="gpu", value="98%", points=FIRST_POINTS[at : at + POINTS]),
                    Line(
                        label="mem",
                        value="38/90G",
                        points=SECOND_POINTS[at : at + POINTS],
                        style="series-2",
                    ),
                ],
                start=at,
                end=at + POINTS - 1,
                top=110,
            )
        )


class OurCharts(SparingApp, Charts):
    """Chart, in an app that sends its frames as the dashboard does."""


class PlotextCharts(Charts):
    """PlotextPlot, with the finest marker that ours has too."""

    def make(self) -> Any:
        # Here, so that the other apps do not pay for it.
        from textual_plotext import PlotextPlot

        return PlotextPlot()

    def advance(self, chart: Any, at: int) -> None:
        plot = chart.plt
        plot.clear_data()
        plot.plot(FIRST[at : at + POINTS], marker="braille")
        plot.plot(SECOND[at : at + POINTS], marker="braille")
        plot.ylim(0, 110)
        chart.refresh()


class Strip(OurCharts):
    """One widget with COUNT sparklines, as many beside one another as fit."""

    def __init__(self, width: int, height: int, count: int) -> None:
        self.meters = count
        super().__init__(width, height, 1)

    def make(self) -> Widget:
        return SparkStrip(columns=5)

    def compose(self) -> ComposeResult:
        self.charts[0].styles.width, self.charts[0].styles.height = self.chart_size
        yield self.charts[0]

    def advance(self, chart: Any, at: int) -> None:
        points = FIRST_POINTS[at : at + POINTS]
        chart.show(
            [
                Meter(
                    label=f"job-{number:02}",
                    points=points,
                    start=at,
                    end=at + POINTS - 1,
                    value=f"{FIRST[at + number]:3.0f}%",
                    top=110,
                )
                for number in range(self.meters)
            ]
        )


APPS: dict[str, type[Charts]] = {"ours": OurCharts, "plotext": PlotextCharts, "strip": Strip}

if __name__ == "__main__":
    kind, *sizes = sys.argv[1:]
    APPS[kind](*map(int, sizes)).run()
