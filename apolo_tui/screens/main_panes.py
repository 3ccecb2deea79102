"""What the panes of the main screen show of the job under the cursor."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from apolo_tui.model.job import JobDescription
from apolo_tui.screens.pane_actions import PaneActions
from apolo_tui.screens.platform_actions import PlatformActions
from apolo_tui.widgets.job_text import history, overview
from apolo_tui.widgets.lines import Build, Line, ScrollLines, fitted
from apolo_tui.widgets.spec_text import lines as spec_lines
from apolo_tui.widgets.telemetry_panel import panel_lines, telemetry_page
from apolo_tui.widgets.telemetry_text import METRICS, strip, telemetry_lines

if TYPE_CHECKING:
    from apolo_tui.screens.job_logs import JobLogs

DrawJob = Callable[[JobDescription, int], Sequence[Line]]

NO_JOB: list[Line] = [[(" No job is selected", "muted")]]


def inset(draw: DrawJob) -> DrawJob:
    """The same lines, a cell away from the frame."""

    def drawn(job: JobDescription, room: int) -> Sequence[Line]:
        return [[(" ", ""), *line] for line in draw(job, max(1, room - 2))]

    return drawn


class MainPanes(PaneActions, PlatformActions):
    """Draws the job; its logs and terminals are made when the first rows are on screen."""

    job_logs: "JobLogs | None" = None
    """Once it is made."""

    def panes(self) -> dict[str, Widget | Callable[[], Widget]]:
        """The tabs of the detail; a function makes its pane when it is first needed."""
        return {
            "overview": ScrollLines(self._of_job(inset(self._overview))),
            "telemetry": ScrollLines(self._of_job(self._telemetry)),
            "history": ScrollLines(self._of_job(inset(self._history))),
            "spec": ScrollLines(self._of_job(inset(self._spec))),
            "logs": self._log_pane,
            "terminal": self._terminal_pane,
        }

    def _log_pane(self) -> Widget:
        from apolo_tui.screens.job_log import JobLog

        return JobLog(self.workspace, self.glyphs)

    def _terminal_pane(self) -> Widget:
        from apolo_tui.screens.terminals import Terminals

        return Terminals(self)

    def _of_job(self, draw: DrawJob) -> Build:
        """The lines of the job that is shown, or that there is none."""

        def build(room: int) -> Sequence[Line]:
            job = self.shown_job
            return draw(job, room) if job is not None else NO_JOB

        return build

    def strip_lines(self, room: int) -> Sequence[Line]:
        job = self.shown_job
        if job is None:
            return NO_JOB
        log = self.job_logs.strip.lines if self.job_logs is not None else ()
        return strip(job, self.look, room, window=self.window, log=log)

    def telemetry_panel(self, room: int, height: int) -> Sequence[Line]:
        """A line or an area a metric, two metrics a line where it is low."""
        job = self.shown_job
        lines: Sequence[Line] = NO_JOB
        if job is not None:
            known = self.look.telemetry.get(job.id)
            if height < len(METRICS):
                lines = telemetry_lines(job, known, self.look, room, window=self.window)[:height]
            else:
                lines = panel_lines(job, known, self.look, room, height, window=self.window)
        return [fitted(line, room) for line in lines]

    def _overview(self, job: JobDescription, room: int) -> Sequence[Line]:
        return [*overview(job, self.look, room), *self.waiting_lines(job)]

    def _telemetry(self, job: JobDescription, room: int) -> Sequence[Line]:
        height = self.detail.pane.size.height
        known = self.look.telemetry.get(job.id)
        return telemetry_page(job, known, self.look, room, height, window=self.window)

    def _history(self, job: JobDescription, room: int) -> Sequence[Line]:
        return history(job, self.look, room)

    def _spec(self, job: JobDescription, room: int) -> Sequence[Line]:
        mask = self.glyphs.masked
        return spec_lines(job, self.spec_form, room, mask=mask, revealed=self.revealed)

    def follow_log(self) -> None:
        """The log is open while it is seen, and for no other job than the one that is shown."""
        if self.job_logs is not None:
            self.job_logs.follow_job(self.shown_job, seen=self.on_screen)
