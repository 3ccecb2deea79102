"""A dashboard at rest: 50 rows of which 5 change, and 4 charts, once a second.

python -m benchmarks.harness.idle_app ours|textual
"""

import sys
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable, Sparkline

from apolo_tui import stylesheets
from apolo_tui.theme import THEMES
from apolo_tui.widgets.chart import Chart
from apolo_tui.widgets.chart_plot import Line, Plot
from apolo_tui.widgets.frames import SparingApp
from benchmarks.harness.chart_app import FIRST, FIRST_POINTS, POINTS, SECOND_POINTS
from benchmarks.harness.control import serve, settle
from benchmarks.harness.table_app import CHANGING, COLUMNS, row_of, table_of_jobs

ROWS, CHANGED, CHARTS = 50, 5, 4
CHART_LINES = 6


class Ours(SparingApp):
    """LineTable and Chart, in an app that sends its frames as the dashboard does."""

    CSS_PATH: ClassVar = [stylesheets.folder() / name for name in ("table.tcss", "charts.tcss")]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.table = table_of_jobs()
        self.charts = [Chart() for _ in range(CHARTS)]

    def compose(self) -> ComposeResult:
        yield self.table
        with Horizontal() as row:
            row.styles.height = CHART_LINES
            yield from self.charts

    def on_mount(self) -> None:
        self.table.focus()
        self.table.set_rows([row_of(number) for number in range(ROWS)])
        self.control = serve({"tick": self.tick, "settle": settle})

    def tick(self, at: int) -> None:
        for number in range(CHANGED):
            self.table.update_row(row_of(number * 7, at))
        for chart in self.charts:
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


class Theirs(App[None]):
    """DataTable and Sparkline."""

    CSS = "DataTable { height: 1fr; } Sparkline { width: 1fr; height: 6; }"
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        self.table: DataTable[str] = DataTable(cursor_type="row")
        self.charts = [Sparkline() for _ in range(CHARTS)]
        yield self.table
        with Horizontal() as row:
            row.styles.height = CHART_LINES
            yield from self.charts

    def on_mount(self) -> None:
        self.table.focus()
        for name, width in COLUMNS:
            self.table.add_column(name.upper(), key=name, width=width)
        for number in range(ROWS):
            row = row_of(number)
            self.table.add_row(*row, key=row[0])
        self.control = serve({"tick": self.tick, "settle": settle})

    def tick(self, at: int) -> None:
        with self.batch_update():
            for number in range(CHANGED):
                row = row_of(number * 7, at)
                for place, (name, _) in enumerate(COLUMNS):
                    if name in CHANGING:
                        self.table.update_cell(row[0], name, row[place])
        for chart in self.charts:
            chart.data = FIRST[at : at + POINTS]


APPS: dict[str, type[App[Any]]] = {"ours": Ours, "textual": Theirs}

if __name__ == "__main__":
    APPS[sys.argv[1]]().run()
