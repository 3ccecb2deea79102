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
from apolo_tui.widgets.lines import Line, fitted

IN_SEARCH: Line = [
    (" enter", "key"),
    (" keep   ", ""),
    ("esc", "key"),
    (" clear   ", ""),
    ("↑", "key"),
    (" earlier   ", ""),
    ("alt+r", "key"),
    (" plain or regex   ", ""),
    ("then n N matches, x only", "muted"),
]
"""The last line while a search is typed."""


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

    def on_descendant_focus(self) -> None:
        """The line of the search takes most keys for itself."""
        self.show_keys()

    def _keys(self, room: int) -> list[Line]:
        return [fitted(IN_SEARCH, room)] if self.typing else super()._keys(room)

    @property
    def job_log(self) -> JobLog:
        return self.query_one(JobLog)

    def on_mount(self) -> None:
        self.job_log.view.focus()
        self.job_log.follow_job(self._job)
