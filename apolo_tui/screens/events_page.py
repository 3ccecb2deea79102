"""What was done and said in this session, with the apolo commands that do the same."""

from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from apolo_tui.actions import Scope
from apolo_tui.screens.page import Page
from apolo_tui.widgets import figures
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.lines import Line, Lines, ScrollLines


class EventsPage(Page[None]):
    """The event log, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE)

    def compose(self) -> ComposeResult:
        yield Lines(lambda room: [[(" Events", "title")]], id="header")
        yield ScrollLines(self._lines, id="text")
        yield self.key_bar()

    def on_mount(self) -> None:
        self.part("#text", Widget).focus()
        self.run_worker(self._follow(), name="events")

    async def _follow(self) -> None:
        async for _ in self.workspace.events.topic.watch():
            self.part("#text", ScrollLines).redraw()

    def _lines(self, room: int) -> list[Line]:
        now = datetime.fromtimestamp(self.workspace.clock(), UTC)
        styles = {"information": "", "warning": "warning", "error": "danger"}
        found: list[Line] = []
        for event in reversed(list(self.workspace.events)):
            when = figures.clock(datetime.fromtimestamp(event.time, UTC), now)
            found.append([(f" {when:<12}", "muted"), (event.text, styles[event.severity])])
            if event.command:
                found.append([(" " * 13, ""), (event.command, "key")])
        alerts = self.host.key_of("jobs.alerts")
        nothing = f" Nothing was done here yet; {alerts} in the list tells what happened to jobs"
        return found or [[(nothing, "muted")]]
