"""The log of a job over the whole screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.job import JobDescription
from apolo_tui.screens.job_log import JobLog
from apolo_tui.screens.log_actions import LogActions
from apolo_tui.screens.page import Page
from apolo_tui.widgets.bindings import bindings


class LogsPage(LogActions, Page[None]):
    """One log, its title, its keys."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.LOGS, Scope.PAGE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE)

    def __init__(self, job: JobDescription) -> None:
        super().__init__()
        self._job = job

    def compose(self) -> ComposeResult:
        yield JobLog(self.workspace, self.glyphs, id="log")
        yield self.key_bar()

    @property
    def job_log(self) -> JobLog:
        return self.query_one(JobLog)

    def on_mount(self) -> None:
        self.job_log.view.focus()
        self.job_log.follow_job(self._job)
