"""A job on its way from the form to running, phase by phase."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.phases import phases
from apolo_tui.screens.page import Page
from apolo_tui.store.starts import Start
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets import figures
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.job_text import cause_card
from apolo_tui.widgets.lines import Line, Lines


class StartedPage(Page[str]):
    """Dismissed with what to do with the job next: `logs`, `shell`, `forward`, or None."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.STARTED, Scope.PAGE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.STARTED, Scope.PAGE)

    def __init__(self, desk: Desk, number: int, look: JobLook) -> None:
        super().__init__()
        self._desk = desk
        self._number = number
        self._jobs_look = look
        self._rang = False

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        yield Lines(self._phases, id="phases")
        yield self.key_bar()

    def on_mount(self) -> None:
        self.set_interval(0.5, self._redraw)
        self.run_worker(self._watch(), name="starts")

    async def _watch(self) -> None:
        async for _ in self._desk.outlook.starts.topic.watch():
            self._redraw()

    def _redraw(self) -> None:
        self.redraw_lines("#header", "#phases")
        self.show_keys()

    @property
    def _start(self) -> Start | None:
        return self._desk.outlook.starts.get(self._number)

    @property
    def job(self) -> JobDescription | None:
        """The job as last seen."""
        start = self._start
        if start is None or start.job is None:
            return None
        return self._desk.jobs.topic.value.jobs.get(start.job.id, start.job)

    def _title(self, room: int) -> list[Line]:
        job = self.job
        if job is None:
            return [[(" Starting", "title")]]
        return [[(f" Starting {job.name or job.id}", "title"), (f"   {job.id}", "muted")]]

    def _phases(self, room: int) -> list[Line]:
        start, job = self._start, self.job
        if start is None or job is None:
            return []
        platform = self.workspace.platform
        now = self.workspace.clock() + (platform.clock_offset if platform else 0.0)
        lines: list[Line] = [[]]
        for phase in phases(job, now):
            mark = self.glyphs.live if phase.open else self.glyphs.arrow
            style = "running" if phase.open else ""
            lines.append(
                [
                    (f" {mark} {phase.name:<20}", style),
                    (f"{figures.exact_span(phase.seconds):>8}", ""),
                    (f"   {phase.description}", "muted"),
                ]
            )
        lines.append([])
        lines += [[(" ", ""), *line] for line in cause_card(job, self._jobs_look, room - 1)]
        if start.trouble:
            lines.append([(f" {start.trouble}; asked again by itself", "warning")])
        if job.status is JobStatus.RUNNING:
            keys = [("l", "logs"), ("s", "shell"), ("F", "forward a port")]
            runs = [run for key, text in keys for run in ((f" {key} ", "key"), (f"{text}  ", ""))]
            lines.append([(" It runs. ", "good"), *runs])
        elif job.status.is_finished:
            lines.append([(" It is over. ", "warning"), ("l ", "key"), ("logs", "")])
        else:
            lines.append([(" It starts by itself, also when you go back to the list.", "muted")])
        return lines

    def action_logs(self) -> None:
        self.dismiss("logs")

    def action_shell(self) -> None:
        self._when_running("shell")

    def action_forward(self) -> None:
        self._when_running("forward")

    def _when_running(self, what: str) -> None:
        job = self.job
        if job is not None and job.status is JobStatus.RUNNING:
            self.dismiss(what)
        else:
            self.host.say("The job does not run yet" if job else "There is no job yet")
