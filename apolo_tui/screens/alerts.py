"""The alerts: what happened, newest first, and what is not to be announced."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.alerts import Alert, Mute
from apolo_tui.model.job import JobDescription
from apolo_tui.model.query_facts import Facts
from apolo_tui.screens.bump import BumpDialog, bump_problem
from apolo_tui.screens.page import Page
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets import figures
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_columns import Cell, Column
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS
from apolo_tui.widgets.table_messages import RowSelected

SNOOZE = 3600.0
"""Seconds of a snooze."""
STYLES = {"information": "", "warning": "warning", "error": "danger"}


class AlertsPage(Page[str]):
    """Dismissed with the id of the job to go to, or None."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.ALERTS, Scope.PAGE, Scope.TABLE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ALERTS, Scope.PAGE)

    def __init__(self, desk: Desk, facts: Facts) -> None:
        super().__init__()
        self._desk = desk
        self._facts = facts

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        self._table = LineTable[Alert](
            [
                Column(key="at", title="WHEN", render=self._when, min_width=12, max_width=12),
                Column(key="rule", title="KIND", render=self._rule, min_width=11, max_width=11),
                Column(key="text", title="WHAT", render=self._text, min_width=20, weight=1),
            ],
            key=lambda alert: alert.key,
            glyphs=ASCII_GLYPHS if self.glyphs.ascii_only else UNICODE_GLYPHS,
            id="alerts",
        )
        yield self._table
        yield Lines(self._mutes, id="mutes")
        yield self.key_bar()

    def on_mount(self) -> None:
        self._table.placeholder = "Nothing has happened yet"
        self._table.focus()
        self.run_worker(self._watch(), name="alerts")

    async def _watch(self) -> None:
        alerts = self._desk.outlook.alerts
        async for board in alerts.topic.watch():
            self._table.set_rows(board.alerts)
            self._table.refresh_cells()
            self.redraw_lines("#header", "#mutes")
            alerts.seen()

    @property
    def _alert(self) -> Alert | None:
        key = self._table.cursor_key
        board = self._desk.outlook.alerts.topic.value
        return next((alert for alert in board.alerts if alert.key == key), None)

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.workspace.clock(), UTC)

    # Drawing

    def _when(self, alert: Alert) -> Cell:
        return Cell(figures.clock(datetime.fromtimestamp(alert.at, UTC), self._now), "muted")

    def _rule(self, alert: Alert) -> Cell:
        muted = any(mute.covers(alert, self.workspace.clock()) for mute in self._current)
        return Cell(f"{alert.rule}{' (off)' if muted else ''}", "muted" if muted else "")

    def _text(self, alert: Alert) -> Cell:
        return Cell(alert.text, STYLES[alert.severity])

    @property
    def _current(self) -> Sequence[Mute]:
        return self._desk.outlook.alerts.topic.value.mutes

    def _title(self, room: int) -> list[Line]:
        board = self._desk.outlook.alerts.topic.value
        line: Line = [(" Alerts", "title"), (f"   {len(board.alerts)}", "muted")]
        trouble = f"   not remembered: {board.trouble}" if board.trouble else ""
        return [[*line, (trouble, "warning")]]

    def _mutes(self, room: int) -> list[Line]:
        if not self._current:
            return [[(" everything is announced", "muted")]]
        return [[(f" not announced: {', '.join(map(self._described, self._current))}", "notice")]]

    def _described(self, mute: Mute) -> str:
        kind, _, name = mute.scope.partition(":")
        job = self._desk.jobs.topic.value.jobs.get(name) if kind == "job" else None
        what = (job.name or job.id) if job is not None else name or "anything"
        if mute.until is None:
            return what
        until = datetime.fromtimestamp(mute.until, UTC)
        return f"{what} until {figures.clock(until, self._now)}"

    # Actions

    def on_line_table_row_selected(self, event: RowSelected) -> None:
        self.action_go()

    def action_go(self) -> None:
        alert = self._alert
        if alert is None or not alert.job_id:
            self.host.say("This alert is not about a job")
        else:
            self.dismiss(alert.job_id)

    def _job(self) -> JobDescription | None:
        alert = self._alert
        job = self._desk.jobs.topic.value.jobs.get(alert.job_id) if alert is not None else None
        if job is None:
            self.host.say("The job of this alert is not in the list")
        return job

    def action_bump(self) -> None:
        job = self._job()
        if job is None:
            return
        if problem := bump_problem(job):
            self.host.say(f"{job.name or job.id}: {problem}", "warning")
            return

        def answered(seconds: float | None) -> None:
            if seconds:
                self._desk.commands.bump([job], seconds)

        self.app.push_screen(BumpDialog([job], [], self._facts), answered)

    def action_snooze(self) -> None:
        alert = self._alert
        if alert is not None and alert.job_id:
            self._mute(f"job:{alert.job_id}", SNOOZE)

    def action_mute_job(self) -> None:
        alert = self._alert
        if alert is not None and alert.job_id:
            self._toggle(f"job:{alert.job_id}")

    def action_mute_rule(self) -> None:
        alert = self._alert
        if alert is not None:
            self._toggle(f"rule:{alert.rule}")

    def _toggle(self, scope: str) -> None:
        if any(mute.scope == scope for mute in self._current):
            self.run_worker(self._desk.outlook.alerts.unmute(scope), name="unmute")
        else:
            self._mute(scope, None)

    def _mute(self, scope: str, seconds: float | None) -> None:
        work = self._desk.outlook.alerts.mute(scope, seconds=seconds)
        self.run_worker(work, name="mute")
