"""The main screen: the jobs, and what is known of the one under the cursor."""

import asyncio
import importlib
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widget import MountError, Widget
from textual.widgets import Input

from apolo_tui.actions import Scope
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Failed
from apolo_tui.screens.empty import welcome
from apolo_tui.screens.jobs_state import Start
from apolo_tui.screens.list_actions import ListActions
from apolo_tui.screens.main_feeds import MainFeeds
from apolo_tui.screens.main_keys import MainKeys
from apolo_tui.screens.main_panes import MainPanes
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.detail import DetailPane
from apolo_tui.widgets.job_columns import SPECS, WIDTHS, columns
from apolo_tui.widgets.lines import Line, Lines, ScrollLines
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS
from apolo_tui.widgets.table_messages import (
    HeaderSelected,
    MarksChanged,
    ReachedEnd,
    RowHighlighted,
    RowSelected,
)
from apolo_tui.widgets.wall_view import WallView

__all__ = ["MainScreen", "Start"]

PARTS = ("apolo_tui.screens.job_logs", "apolo_tui.screens.terminals")
"""What stands behind the tabs and beside the list when the first rows are there."""
PAGES = tuple(
    f"apolo_tui.screens.{name}"
    for name in ("start", "started", "forwards", "capacity", "alerts", "wall", "chart", "compare")
)
"""The pages that take longest to import: so they open without a delay that is felt."""
ROWS_WITHIN = 2.0
"""Seconds in which the first rows are waited for before the rest is imported."""


class MainScreen(MainKeys, MainFeeds, MainPanes, ListActions):
    """Puts the list, the panes and the feeds together; follows the cursor and the clock."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.JOBS, Scope.TABLE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.JOBS)

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._resting: Timer | None = None
        self._rows_shown = asyncio.Event()

    def compose(self) -> ComposeResult:
        self.open_listing()
        glyphs = ASCII_GLYPHS if self.glyphs.ascii_only else UNICODE_GLYPHS
        tab = self.workspace.state.text("tab", "overview")
        yield Lines(self.header_lines, id="header")
        yield Lines(self.view_lines, id="views")
        with Container(id="body"):
            with Vertical(id="list-pane"):
                yield LineTable[JobDescription](
                    columns([SPECS[key] for key in WIDTHS["normal"]], self.look),
                    key=lambda job: job.id,
                    glyphs=glyphs,
                    id="jobs",
                )
            yield Lines(self.strip_lines, id="strip")
            with Container(id="side"):
                with Vertical(id="facts"):
                    yield DetailPane(self.panes(), tab=tab, id="detail")
                    yield WallView(self.telemetry_panel, id="telemetry")
                yield Container(id="tail")
        yield ScrollLines(self._welcome, id="welcome")
        yield Lines(self.notice_lines, id="notice")
        yield Input(
            placeholder="filter: text  !text  -f fuzzy  status:failed  left:<1h", id="filter"
        )
        yield self.key_bar()

    async def _complete(self) -> None:
        """Make the parts that the first rows did not wait for.

        They are imported in a thread, which leaves the keys their turn.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(ROWS_WITHIN):
                await self._rows_shown.wait()
        for name in PARTS:
            await asyncio.to_thread(importlib.import_module, name)
        from apolo_tui.screens.job_logs import JobLogs

        try:
            self.detail.make_all()
            self.job_logs = JobLogs(self)
        except (NoMatches, MountError):  # the user has left, and the screen is taken down
            return
        self.call_after_refresh(self.follow_log)
        for name in PAGES:
            await asyncio.to_thread(importlib.import_module, name)

    def on_mount(self) -> None:
        self.filter_input.display = False
        self.part("#welcome", Widget).display = False
        self.part("#notice", Widget).display = False
        self.part("#detail", Widget).border_title = "Detail"
        self.part("#telemetry", Widget).border_title = "Telemetry"
        self.part("#tail", Widget).border_title = "Logs"
        self.show_frame_hints()
        self._arrange(self.detail.tab)
        if self.start.view:
            self.listing.switch(self.start.view)
        if self.start.filter:
            self.listing.set_filter(self.start.filter)
        cached = self.workspace.cached()
        if cached is not None:
            self.context, self.jobs = cached
        self.table.focus()
        self.redraw()
        self.set_interval(1.0, self._tick)
        self.watch_workspace()
        self.run_worker(self._complete(), name="rest")
        self.host.add_unfinished(self.open_forwards)
        if self.start.monitor:
            self.call_after_refresh(self.action_monitor)

    def _welcome(self, room: int) -> Sequence[Line]:
        link = self.workspace.link.value
        return welcome(link) if isinstance(link, Failed) else []

    def platform_told(self) -> None:
        self.call_after_refresh(self._rows_shown.set)
        if self.start.job:
            self._go_to_start()

    def _go_to_start(self) -> None:
        """To the job that the command line named, once."""
        wanted, start = self.start.job.removeprefix("job:"), self.start
        named = [job for job in self.jobs.jobs.values() if wanted in (job.id, job.name)]
        if not named:
            if self.jobs.history_complete:
                self.start = Start()
                self.host.say(f"There is no job {wanted} in {self.context}", "warning")
            elif not self.jobs.loading_history and self.desk is not None:
                self.desk.jobs.load_more()
            return
        self.start = Start()
        named.sort(key=lambda job: (not job.status.is_finished, job.created_at or 0), reverse=True)
        if not self.table.move_cursor(named[0].id):
            self.listing.switch("5")
            self.listing.set_filter("")
            self.redraw(at_once=True)
            self.table.move_cursor(named[0].id)
        self.settle_selection()
        if start.logs:
            self.action_logs()
        elif start.shell:
            self.action_shell()
        else:
            self.action_open()

    # Time

    def _tick(self) -> None:
        """Once a second: the clock, ages, the telemetry that has come, and what follows from it."""
        if not self.on_screen:
            return
        self._take_telemetry()
        self.redraw()
        self.ask_telemetry()
        self.follow_log()

    def _take_telemetry(self) -> None:
        desk = self.desk
        if desk is not None and desk.context == self.context:
            self.look.telemetry = desk.telemetry.topic.value

    def on_screen_suspend(self) -> None:
        """Behind a page: nothing is followed for a screen that is not seen."""
        desk = self.desk
        if desk is not None and not self.on_screen:
            desk.telemetry.show(())
        self.follow_log()

    def on_screen_resume(self) -> None:
        self._take_telemetry()
        self.redraw()
        self.ask_telemetry()
        self.follow_log()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        self.apply_list_width()
        self.redraw()
        self.follow_log()

    # The cursor

    def on_line_table_row_highlighted(self, event: RowHighlighted) -> None:
        """The panes follow the cursor when it has rested a little: a held key opens no streams."""
        if self._resting is not None:
            self._resting.stop()
        delay = self.settings.timings.selection_delay
        self._resting = self.set_timer(delay, self.settle_selection)

    def settle_selection(self) -> None:
        """Show the cursor's job at once."""
        key = self.table.cursor_key
        chosen = str(key) if key is not None else None
        if chosen != self.selected_id:
            self.selected_id = chosen
            self.revealed = False
            self.redraw_detail()
        self.ask_telemetry()
        self.follow_log()

    def on_line_table_row_selected(self, event: RowSelected) -> None:
        self.action_open()

    def on_line_table_header_selected(self, event: HeaderSelected) -> None:
        with suppress(ValueError):
            self.listing.sort_by(event.column)
        self.redraw()

    def on_line_table_marks_changed(self, event: MarksChanged) -> None:
        self.redraw_bars()

    def on_line_table_reached_end(self, event: ReachedEnd) -> None:
        """Older jobs are asked for when the end is seen; not when more have come meanwhile."""
        desk = self.desk
        if desk is None or not self.listing.view.ended:
            return
        shown = len(self.jobs.jobs) == len(desk.jobs.topic.value.jobs)
        if shown and event.count == self.table.row_count:
            desk.jobs.load_more()

    def _arrange(self, tab: str) -> None:
        """What stands beside the detail depends on its tab; the sheets know how."""
        self.set_class(tab == "overview", "-overview")
        self.set_class(tab == "telemetry", "-telemetry")

    def on_detail_pane_tab_changed(self, event: DetailPane.TabChanged) -> None:
        self.workspace.state.put("tab", event.tab)
        self._arrange(event.tab)
        self.redraw_detail()
        self.call_after_refresh(self.follow_log)

    # The filter

    def on_key(self, event: events.Key) -> None:
        self.pressed_at = time.monotonic()
        if self.focused is self.filter_input and event.key == "escape":
            event.stop()
            event.prevent_default()
            self.close_filter(clear=True)
            return
        if self.focused is self.filter_input and event.key in ("down", "up"):
            event.stop()
            self.close_filter()
            return
        super().on_key(event)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input is self.filter_input and self.filter_input.display:
            self.listing.set_filter(event.value)
            self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self.filter_input:
            self.close_filter()
