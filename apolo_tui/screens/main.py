"""The main screen: the jobs, and what is known of the one under the cursor."""

import asyncio
import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widget import MountError, Widget
from textual.widgets import Input

from apolo_tui.actions import Action, Scope
from apolo_tui.model.cells import cut
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Failed
from apolo_tui.screens.confirm import ConfirmDialog, Question
from apolo_tui.screens.empty import welcome
from apolo_tui.screens.job_actions import JobActions
from apolo_tui.screens.jobs_page import Start
from apolo_tui.screens.list_actions import ListActions
from apolo_tui.screens.pane_actions import PaneActions
from apolo_tui.screens.platform_actions import PlatformActions
from apolo_tui.store.jobs import JobList
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.detail import DetailPane
from apolo_tui.widgets.job_columns import SPECS, WIDTHS, columns
from apolo_tui.widgets.job_text import history, overview
from apolo_tui.widgets.lines import Build, Line, Lines, ScrollLines, fitted
from apolo_tui.widgets.spec_text import lines as spec_lines
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS
from apolo_tui.widgets.table_messages import (
    HeaderSelected,
    MarksChanged,
    ReachedEnd,
    RowHighlighted,
    RowSelected,
)
from apolo_tui.widgets.telemetry_panel import panel_lines, telemetry_page
from apolo_tui.widgets.telemetry_text import METRICS, strip, telemetry_lines
from apolo_tui.widgets.wall_view import WallView

if TYPE_CHECKING:
    from apolo_tui.screens.job_logs import JobLogs

__all__ = ["MainScreen", "Start"]

DrawJob = Callable[[JobDescription, int], Sequence[Line]]

NO_JOB: list[Line] = [[(" No job is selected", "muted")]]
IN_FILTER: Line = [
    (" enter", "key"),
    (" keep   ", ""),
    ("esc", "key"),
    (" clear   ", ""),
    ("also: !not  status:failed  gpu:<5  left:<1h  owner:me", "muted"),
]
"""The last line while a filter is typed."""
IN_TERMINAL: Line = [
    (" ctrl+] d", "key"),
    (" back to the list   ", ""),
    ("ctrl+] ?", "key"),
    (" what else there is   ", ""),
    ("all other keys go to the job", "muted"),
]
FRAME_HINTS = {
    "#list-pane": (
        ("jobs.sort_left jobs.sort_right", "sort"),
        ("jobs.ended", "ended"),
        ("jobs.mine", "mine"),
        ("jobs.width", "width"),
    ),
    "#detail": (("jobs.previous_tab jobs.next_tab", "tabs"), ("jobs.zoom", "zoom")),
    "#telemetry": (
        ("jobs.window_shorter jobs.window_longer", "window"),
        ("jobs.chart", "chart"),
    ),
    "#tail": (("jobs.logs", "whole screen"),),
}
"""What the lower edge of a frame tells: actions and what they do to what is in it."""
PARTS = ("apolo_tui.screens.job_logs", "apolo_tui.screens.terminals")
"""What stands behind the tabs and beside the list when the first rows are there."""
PAGES = tuple(
    f"apolo_tui.screens.{name}"
    for name in ("start", "started", "forwards", "capacity", "alerts", "wall", "chart", "compare")
)
"""The pages that take longest to import: so they open without a delay that is felt."""
TOLD = 96
"""Cells of a command that a message tells: two lines. The list of events has all of it."""
ROWS_WITHIN = 2.0
"""Seconds in which the first rows are waited for before the rest is imported."""


def inset(draw: DrawJob) -> DrawJob:
    """The same lines, a cell away from the frame."""

    def drawn(job: JobDescription, room: int) -> Sequence[Line]:
        return [[(" ", ""), *line] for line in draw(job, max(1, room - 2))]

    return drawn


class MainScreen(ListActions, JobActions, PaneActions, PlatformActions):
    """Wires the feeds of the workspace to the panes."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.JOBS, Scope.TABLE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.JOBS)

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._resting: Timer | None = None
        self._login_asked = False
        self._outcome = 0
        self._no_jobs = False
        self.job_logs: JobLogs | None = None
        """Once it is made."""
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
            yield Lines(self._strip, id="strip")
            with Container(id="side"):
                with Vertical(id="facts"):
                    yield DetailPane(self._panes(), tab=tab, id="detail")
                    yield WallView(self._telemetry_panel, id="telemetry")
                yield Container(id="tail")
        yield ScrollLines(self._welcome, id="welcome")
        yield Lines(self.notice_lines, id="notice")
        yield Input(
            placeholder="filter: text  !text  -f fuzzy  status:failed  left:<1h", id="filter"
        )
        yield self.key_bar()

    def _panes(self) -> dict[str, Widget | Callable[[], Widget]]:
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
        for name, hints in FRAME_HINTS.items():
            parts = []
            for ids, words in hints:
                keys = " ".join(self.host.key_of(action) for action in ids.split())
                parts.append(f"{keys} {words}")
            # As content: a key may be a bracket, which would begin markup.
            self.part(name, Widget).border_subtitle = Content("  ".join(parts))
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
        self.run_worker(self._watch_desk(), name="desk")
        self.run_worker(self._watch_link(), name="link")
        self.run_worker(self._watch_events(), name="events")
        self.run_worker(self._complete(), name="rest")
        self.host.add_unfinished(self.open_forwards)
        if self.start.monitor:
            self.call_after_refresh(self.action_monitor)

    # What the panes show

    def _of_job(self, draw: DrawJob) -> Build:
        """The lines of the job that is shown, or that there is none."""

        def build(room: int) -> Sequence[Line]:
            job = self.shown_job
            return draw(job, room) if job is not None else NO_JOB

        return build

    def _strip(self, room: int) -> Sequence[Line]:
        job = self.shown_job
        if job is None:
            return NO_JOB
        log = self.job_logs.strip.lines if self.job_logs is not None else ()
        return strip(job, self.look, room, window=self.window, log=log)

    def _telemetry_panel(self, room: int, height: int) -> Sequence[Line]:
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

    def _welcome(self, room: int) -> Sequence[Line]:
        link = self.workspace.link.value
        return welcome(link) if isinstance(link, Failed) else []

    # The feeds

    async def _watch_desk(self) -> None:
        async for desk in self.workspace.desk.watch(every=0.0):
            if desk is not None:
                self.show_keys()
                self.run_worker(self._watch_jobs(desk), group="jobs", exclusive=True)
                self.run_worker(self._watch_telemetry(desk), group="telemetry", exclusive=True)
                self.run_worker(self._watch_kills(desk), group="kills", exclusive=True)
                self.run_worker(self._watch_outcomes(desk), group="outcomes", exclusive=True)
                self.run_worker(self._watch_alerts(desk), group="alerts", exclusive=True)
                self.run_worker(self._watch_purse(desk), group="purse", exclusive=True)

    async def _watch_link(self) -> None:
        async for link in self.workspace.link.watch():
            first_run = self.desk is None and isinstance(link, Failed)
            self.part("#welcome", Widget).display = first_run
            self.part("#body", Widget).display = not first_run
            self.part("#welcome", Lines).redraw()
            self.show_keys()
            self.redraw_bars()

    async def _watch_jobs(self, desk: Desk) -> None:
        async for value in desk.jobs.topic.watch():
            self.part("#welcome", Widget).display = False
            self.part("#body", Widget).display = True
            self.take_jobs(value, desk.context)
            self._after_jobs(value)

    def _after_jobs(self, value: JobList) -> None:
        without = value.as_of is not None and not value.jobs
        if without != self._no_jobs:
            self._no_jobs = without
            self.show_keys()
        platform = self.workspace.platform
        if platform is not None:
            self.workspace.state.put("user", platform.user)
        if value.as_of is not None and not value.cached:
            self.call_after_refresh(self._rows_shown.set)
        if value.login_needed and not self._login_asked:
            self._ask_login()
        elif not value.login_needed and value.as_of is not None:
            self._login_asked = False
        if self.start.job and value.as_of is not None and not value.cached:
            self._go_to_start()
        self.ask_telemetry()

    async def _watch_telemetry(self, desk: Desk) -> None:
        """Draw the first sample of each job; the next ones wait for the clock's paint."""
        heard: set[str] = set()
        async for known in desk.telemetry.topic.watch(every=0.5):
            news = {key for key, value in known.items() if value.last is not None} - heard
            if news:
                heard |= news
                self.look.telemetry = known
                if self.on_screen:
                    self.take_facts()
                    self.table.refresh_cells(news)
                    if self.selected_id in news:
                        self.redraw_detail()

    async def _watch_kills(self, desk: Desk) -> None:
        async for _ in desk.commands.pending.watch():
            self._watch_dying()

    async def _watch_outcomes(self, desk: Desk) -> None:
        async for outcome in desk.commands.outcomes.watch(every=0.0):
            if outcome is None or outcome.number == self._outcome:
                continue
            self._outcome = outcome.number
            for job in outcome.done:
                self.look.failures = {
                    key: text for key, text in self.look.failures.items() if key != job.id
                }
            self.note_failures(outcome.failed)
            for job_id in outcome.failed:
                if job_id not in self.table.marked and self.table.move_cursor(job_id):
                    self.table.toggle_mark()
            self.redraw()

    async def _watch_alerts(self, desk: Desk) -> None:
        async for _ in desk.outlook.alerts.topic.watch():
            if self.on_screen:
                self.redraw_bars()

    async def _watch_purse(self, desk: Desk) -> None:
        async for _ in desk.outlook.account.topic.watch():
            if self.on_screen:
                self.redraw_bars()

    async def _watch_events(self) -> None:
        events = self.workspace.events
        told = events.total
        async for _ in events.topic.watch(every=0.0):
            news, told = events.since(told), events.total
            for event in news:
                command = cut(event.command, TOLD)
                self.host.say(f"{event.text}\n{command}".rstrip(), event.severity)

    def _ask_login(self) -> None:
        """The platform does not accept the login: say what to do; everything stays."""
        self._login_asked = True
        question = Question(
            title="The platform does not accept the login",
            lines=(
                "Log in again in another terminal:",
                "    apolo login",
                "What is on screen stays; the dashboard goes on by itself.",
            ),
            verb="Try again",
        )

        def answered(answer: str | None) -> None:
            if answer:
                self.workspace.reconnect()

        self.app.push_screen(ConfirmDialog(question), answered)

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

    # The last line

    def footer_actions(self) -> Iterator[Action]:
        """The keys of the log while it has the focus, else those that have something to act on."""
        if self.query("LogView:focus"):
            for action in self.host.declared((Scope.APP, Scope.LOGS)):
                if action.footer and self.check_action(action.method, ()):
                    yield action
            for action in self.host.declared((Scope.JOBS,)):
                if action.id == "jobs.leave":
                    yield replace(action, label="list")
        elif self.desk is None and isinstance(self.workspace.link.value, Failed):
            for action in self.host.declared((Scope.APP, Scope.JOBS)):
                if action.id == "app.refresh":
                    yield replace(action, label="try now")
                elif (action.scope is Scope.APP and action.footer) or action.id == "jobs.leave":
                    yield action
        else:
            yield from self._list_actions()

    def _list_actions(self) -> Iterator[Action]:
        """Without a job, none that needs one; over the list, the tabs and the way back to it."""
        zoomed = self.has_class("-zoom-detail")
        at_list = self.focused is None or self.focused is self.table
        back = zoomed or self.has_class("-zoom-list") or not at_list
        for action in super().footer_actions():
            needs_job = bool(action.applies) or action.id == "jobs.filter"
            if needs_job and self._no_jobs:
                continue
            if zoomed and action.id == "jobs.open":
                for tab in self.host.declared((Scope.JOBS,)):
                    if tab.id == "jobs.next_tab":
                        yield replace(tab, label="next tab")
            elif not (zoomed and action.id == "jobs.filter"):
                yield (
                    replace(action, label="list") if back and action.id == "jobs.leave" else action
                )

    def _keys(self, room: int) -> list[Line]:
        if self.query("TerminalView:focus"):
            return [fitted(IN_TERMINAL, room)]
        if self.focused is self.filter_input:
            return [fitted(IN_FILTER, room)]
        return super()._keys(room)

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def on_descendant_blur(self) -> None:
        self.show_keys()

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

    def follow_log(self) -> None:
        """The log is open while it is seen, and for no other job than the one that is shown."""
        if self.job_logs is not None:
            self.job_logs.follow_job(self.shown_job, seen=self.on_screen)

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
