"""The telemetry of one job as a large chart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.job import JobDescription
from apolo_tui.model.series import window_after
from apolo_tui.screens.page import Page
from apolo_tui.store.commands import label
from apolo_tui.widgets import figures
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.chart_focus import FocusChart
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.telemetry_text import METRICS, plot_of

FIRST_WINDOW = 900.0


class ChartPage(Page[None]):
    """One metric at a time, in a window that can be made longer, with a cursor that reads it."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.CHART, Scope.PAGE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHART, Scope.PAGE)

    def __init__(self, job: JobDescription, look: JobLook) -> None:
        super().__init__()
        self._job = job
        self._look = replace(look)
        known = look.telemetry.get(job.id)
        has_gpu = (
            known is not None and known.last is not None and known.last.gpu_duty_cycle is not None
        )
        keys = list(METRICS) if has_gpu or known is None else ["cpu", "memory"]
        self._metrics = [METRICS[key] for key in keys]
        self._place = 0
        self._window = FIRST_WINDOW

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        yield FocusChart(marks=self.glyphs.marks, id="chart")
        yield self.key_bar()

    def on_mount(self) -> None:
        self._follow()
        self.set_interval(1.0, self._tick)

    @property
    def _chart(self) -> FocusChart:
        return self.part("#chart", FocusChart)

    def _title(self, room: int) -> list[Line]:
        metric = self._metrics[self._place]
        runs = [(f" {label(self._job)}", "title"), (f"   {metric.label}", metric.series)]
        others = [item.label for item in self._metrics if item is not metric]
        runs.append((f"   last {figures.span(self._window)}", ""))
        runs.append((f"   ] {' '.join(others)}", "muted"))
        return [runs]

    def _follow(self) -> None:
        """Only the job of the chart is followed while it covers the list."""
        desk = self.workspace.desk.value
        if desk is not None:
            desk.telemetry.show([self._job.id], selected=self._job.id)

    def _tick(self) -> None:
        desk = self.workspace.desk.value
        if desk is not None:
            self._job = desk.jobs.topic.value.jobs.get(self._job.id, self._job)
            self._look.telemetry = desk.telemetry.topic.value
        platform = self.workspace.platform
        now = self.workspace.clock() + (platform.clock_offset if platform else 0.0)
        self._look.facts = replace(self._look.facts, now=datetime.fromtimestamp(now, UTC))
        known = self._look.telemetry.get(self._job.id)
        metric = self._metrics[self._place]
        self._chart.show(plot_of([metric], self._job, known, self._look, window=self._window))
        self.part("#header", Lines).redraw()

    def on_screen_resume(self) -> None:
        self._follow()
        self.call_after_refresh(self._tick)

    def action_window_shorter(self) -> None:
        self._window = float(window_after(self._window, -1))
        self._tick()

    def action_window_longer(self) -> None:
        self._window = float(window_after(self._window, 1))
        self._tick()

    def action_cursor_left(self) -> None:
        self._chart.move_cursor(-1)

    def action_cursor_right(self) -> None:
        self._chart.move_cursor(1)

    def action_metric(self) -> None:
        self._place = (self._place + 1) % len(self._metrics)
        self._tick()

    def action_previous_metric(self) -> None:
        self._place = (self._place - 1) % len(self._metrics)
        self._tick()
