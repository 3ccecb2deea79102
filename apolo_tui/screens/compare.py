"""Two jobs beside each other: what differs, and their telemetry in one chart."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from apolo_tui.actions import Scope
from apolo_tui.model.job import JobDescription
from apolo_tui.model.usage import Telemetry
from apolo_tui.screens.page import Page
from apolo_tui.store.commands import label
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.chart import Chart
from apolo_tui.widgets.chart_plot import Line as ChartLine
from apolo_tui.widgets.chart_plot import Plot
from apolo_tui.widgets.compare_text import diff_lines, table_lines
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line, Lines, ScrollLines
from apolo_tui.widgets.telemetry_text import METRICS, Metric, figure_of, points_of, written

CHARTS = ("gpu", "memory", "cpu")


class ComparePage(Page[None]):
    """A and B: the older job is A at first."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.COMPARE, Scope.PAGE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COMPARE, Scope.PAGE)

    def __init__(self, first: JobDescription, second: JobDescription, look: JobLook) -> None:
        super().__init__()
        self._jobs = [first, second]
        self._look = replace(look)
        self._by_start = True

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        with Horizontal(id="compare"):
            yield ScrollLines(self._text, id="text")
            with Vertical(id="charts"):
                for key in CHARTS:
                    chart = Chart(marks=self.glyphs.marks, id=f"chart-{key}")
                    chart.border_title = METRICS[key].label
                    yield chart
        yield self.key_bar()

    def on_mount(self) -> None:
        self.part("#text", Widget).focus()
        self._follow()
        self.set_interval(1.0, self._tick)

    def _title(self, room: int) -> list[Line]:
        first, second = self._jobs
        align = "start" if self._by_start else "clock"
        return [
            [
                (" Compare  ", "title"),
                (f"A {label(first)} ({first.status.value})", "series-1"),
                ("   vs   ", "muted"),
                (f"B {label(second)} ({second.status.value})", "series-2"),
                (f"   aligned by {align}", "muted"),
            ]
        ]

    def _text(self, room: int) -> list[Line]:
        first, second = self._jobs
        return [
            *table_lines(first, second, self._look, room),
            [],
            *diff_lines(first, second, self._look, room),
        ]

    def _follow(self) -> None:
        desk = self.workspace.desk.value
        if desk is not None:
            known = desk.jobs.topic.value.jobs
            self._jobs = [known.get(job.id, job) for job in self._jobs]
            desk.telemetry.show([job.id for job in self._jobs if job.status.is_running])

    def _tick(self) -> None:
        desk = self.workspace.desk.value
        if desk is not None:
            self._look.telemetry = desk.telemetry.topic.value
        for key in CHARTS:
            self.part(f"#chart-{key}", Chart).show(self._plot(METRICS[key]))
        self.part("#text", ScrollLines).redraw()
        self.part("#header", Lines).redraw()

    def _plot(self, metric: Metric) -> Plot:
        """Both jobs in one chart; by their start, each time is that since its first sample."""
        lines, spans = [], []
        for place, job in enumerate(self._jobs):
            known = self._look.telemetry.get(job.id)
            points = points_of(metric, known, 0.0) if known is not None else []
            if points:
                zero = points[0][0] if self._by_start else 0.0
                points = [(at - zero, value) for at, value in points]
                spans += [points[0][0], points[-1][0]]
            lines.append(
                ChartLine(
                    label="AB"[place],
                    points=points,
                    value=self._latest(metric, known),
                    style=f"series-{place + 1}",
                )
            )
        start, end = (min(spans), max(spans)) if spans else (0.0, 1.0)
        return Plot(
            lines=lines,
            start=start,
            end=max(end, start + 60.0),
            top=100.0 if metric.key == "gpu" else None,
            label=partial(figure_of, metric),
        )

    def _latest(self, metric: Metric, known: Telemetry | None) -> str:
        last = known.last if known is not None else None
        return "not seen" if last is None else written(metric, metric.read(last), None, "-")

    def on_screen_resume(self) -> None:
        self._follow()
        self.call_after_refresh(self._tick)

    def action_swap(self) -> None:
        self._jobs.reverse()
        self._tick()

    def action_align(self) -> None:
        self._by_start = not self._by_start
        self._tick()
