"""A live chart: cheap enough to be drawn anew every second."""

from apolo_tui.widgets.chart_plot import Plot, chart_lines
from apolo_tui.widgets.chart_view import ChartView
from apolo_tui.widgets.table_lines import Run


class Chart(ChartView):
    """Shows a Plot. A new one paints only the lines that look different."""

    plot = Plot()

    def show(self, plot: Plot) -> None:
        """Draw this from now on."""
        self.plot = plot
        self.redraw()

    def draw(self, room: int, height: int) -> list[list[Run]]:
        return chart_lines(self.plot, room=room, height=height, marks=self.marks)
