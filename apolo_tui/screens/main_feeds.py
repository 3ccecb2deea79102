"""What comes in for the main screen: jobs, telemetry, alerts, and what became of commands."""

from textual.widget import Widget

from apolo_tui.model.cells import cut
from apolo_tui.model.link import Failed
from apolo_tui.screens.confirm import ConfirmDialog, Question
from apolo_tui.screens.job_actions import JobActions
from apolo_tui.store.jobs import JobList
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets.lines import Lines

TOLD = 96
"""Cells of a command that a message tells: two lines. The list of events has all of it."""


class MainFeeds(JobActions):
    """Watches the workspace, and the feeds of the context that is looked at."""

    _login_asked = False
    _outcome = 0
    _no_jobs = False

    def watch_workspace(self) -> None:
        """From now on."""
        self.run_worker(self._watch_desk(), name="desk")
        self.run_worker(self._watch_link(), name="link")
        self.run_worker(self._watch_events(), name="events")

    def platform_told(self) -> None:
        """Called with each list that comes from the platform, not from the last session."""

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
        if self.without_jobs != self._no_jobs:
            self._no_jobs = self.without_jobs
            self.show_keys()
        platform = self.workspace.platform
        if platform is not None:
            self.workspace.state.put("user", platform.user)
        if value.login_needed and not self._login_asked:
            self._ask_login()
        elif not value.login_needed and value.as_of is not None:
            self._login_asked = False
        if value.as_of is not None and not value.cached:
            self.platform_told()
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
