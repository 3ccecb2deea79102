"""The log of a job in a pane: what the feed tells, and what asks something of it."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.app import SuspendNotSupported
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.timer import Timer
from textual.worker import Worker

from apolo_tui.actions import Scope
from apolo_tui.config import state_folder
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Retrying
from apolo_tui.model.logs import LogStore, Marks
from apolo_tui.screens.host import Host
from apolo_tui.screens.log_actions import LogActions
from apolo_tui.screens.log_empty import explain
from apolo_tui.screens.log_pager import pager, read_in_pager
from apolo_tui.store.commands import label
from apolo_tui.store.log_download import new_file, save_lines, text_of_line
from apolo_tui.store.log_feeds import Download
from apolo_tui.store.log_window import LOOK_BACK
from apolo_tui.store.logs import LogFeed, LogState
from apolo_tui.store.workspace import Workspace
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.log_pane import LogPane
from apolo_tui.widgets.log_title import LogFacts, grouped
from apolo_tui.widgets.log_view import LogView

HISTORY = "log_searches"
"""Where the state keeps what was searched for."""


def begin(
    node: DOMNode, work: Callable[[], Coroutine[None, None, None]], *, group: str
) -> Worker[None]:
    """A worker whose coroutine is made when it runs: cancelled before, it leaves nothing behind."""
    return node.run_worker(work, group=group, name=group)


class JobLog(LogActions, LogPane):
    """Follows the log of one job at a time, while it is followed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LOGS)

    def __init__(
        self, workspace: Workspace, glyphs: Glyphs, *, every: float = 0.1, id: str | None = None
    ) -> None:
        """`every`: seconds between two looks at what has come, at the least."""
        self._workspace = workspace
        self._every = every
        searches = workspace.state.get(HISTORY)
        super().__init__(
            glyphs=glyphs,
            history=tuple(str(text) for text in searches) if isinstance(searches, list) else (),
            now=self._time,
            id=id,
        )
        self._job: JobDescription | None = None
        self._feed: LogFeed | None = None
        self._state: LogState | None = None
        self._ticking: Timer | None = None

    @property
    def job_log(self) -> "JobLog":
        return self

    @property
    def host(self) -> Host:
        return cast(Host, self.app)

    @property
    def feed(self) -> LogFeed | None:
        """What is followed at this moment."""
        return self._feed

    def _time(self) -> datetime:
        platform = self._workspace.platform
        ahead = platform.clock_offset if platform is not None else 0.0
        return datetime.fromtimestamp(self._workspace.clock() + ahead, UTC)

    # Following

    def follow_job(self, job: JobDescription | None) -> None:
        """Show the log of this job from now on; None ends it and its connection."""
        if job is not None and self._job is not None and job.id == self._job.id:
            return
        self._job = job
        self.workers.cancel_group(self, "log")
        if job is not None:
            begin(self, partial(self._follow, job), group="log")

    def forget(self) -> None:
        """Follow nothing and show nothing: there is no job to look at."""
        self.follow_job(None)
        if self._state is None and self.facts.empty:
            return
        self._feed = self._state = None
        self.show(LogStore(), Marks(), LogFacts(empty=("No job is selected",)))

    async def _follow(self, job: JobDescription) -> None:
        async with self._workspace.logs.lease(job) as feed:
            self._feed = feed
            begin(self, partial(self._follow_status, feed, job.id), group="log")
            async for state in feed.topic.watch(every=self._every):
                self._state = state
                self._show()

    async def _follow_status(self, feed: LogFeed, job_id: str) -> None:
        desk = self._workspace.desk.value
        if desk is None:
            return
        async for value in desk.jobs.topic.watch(every=0.5):
            job = value.jobs.get(job_id)
            if job is not None and not value.cached and job is not feed.topic.value.job:
                feed.update_job(job)

    def _show(self) -> None:
        state, job = self._state, self._job
        if state is None or job is None:
            return
        empty = () if len(state.store) else explain(state, self._time())
        facts = LogFacts(
            name=label(state.job or job),
            window=state.window.label,
            link=state.link,
            paused=state.paused,
            widening=state.widening,
            trouble=state.trouble,
            activity=self._activity(job.id),
            empty=empty,
            waiting=(state.job or job).status.is_pending,
        )
        self.show(state.store, state.marks, facts)
        ticks = bool(empty) or bool(facts.activity) or isinstance(state.link, Retrying)
        if ticks and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._show)
        elif not ticks and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _activity(self, job_id: str) -> str:
        topic = self._workspace.logs.download_of(job_id)
        if topic is None or topic.value.over:
            return ""
        progress = topic.value.progress
        lines = 0 if progress is None else progress.lines
        return f"saving, {grouped(lines)} lines so far"

    # What asks something of the feed

    def toggle_pause(self) -> None:
        """Close the connection, or open it again where it was."""
        if self._feed is not None:
            self._feed.pause(paused=not self._feed.topic.value.paused)

    def look_back(self, span: str) -> None:
        """Read this far back: a label of LOOK_BACK."""
        found = [window for window in LOOK_BACK if window.label == span]
        if self._feed is not None and found:
            self.view.follow(on=True)
            self._feed.look_back(found[0])

    # Saving and reading elsewhere

    @property
    def _folder(self) -> Path:
        return state_folder(self.host.environ, Path.home()) / "logs"

    def save_shown(self) -> None:
        """Write the lines that are shown to a file."""
        if self._job is not None:
            self.run_worker(self._save(self._job), group="save", name="save")

    async def _save(self, job: JobDescription) -> None:
        store, view = self.view.store, self.view
        shown = (
            text_of_line(store.line(number))
            for number in view.shown_lines()
            if number >= store.first
        )
        try:
            path = new_file(self._folder, f"{label(job)}-shown")
            count = await save_lines(path, shown)
        except OSError as error:
            self.host.say(f"Not saved: {error}", "error")
            return
        self.host.say(f"{grouped(count)} lines written to {path}")

    def download(self) -> None:
        """Write the whole log to a file, in the background."""
        job = self._job
        if job is None:
            return
        running = self._workspace.logs.download_of(job.id)
        if running is not None and not running.value.over:
            self.host.say("The log is being saved already")
            return
        host = self.host
        name = label(job)

        def over(outcome: Download) -> None:
            progress = outcome.progress
            if outcome.error:
                host.say(f"The log of {name} was not saved: {outcome.error}", "error")
            elif progress is not None:
                host.say(f"{name}: {grouped(progress.lines)} lines written to {progress.path}")

        self._workspace.logs.download(job, self._folder, over=over)
        self._show()

    def open_pager(self) -> None:
        """Read the lines that are shown in the user's pager."""
        self.run_worker(self._page(), group="pager", name="pager", exclusive=True)

    async def _page(self) -> None:
        command = pager(self.host.environ)
        if command is None:
            self.host.say("There is no pager; set $PAGER", "error")
            return
        live = self.view.search.filtering is None
        try:
            await read_in_pager(
                self.app, command, self.view.store, self.view.shown_lines, live=live
            )
        except OSError as error:
            self.host.say(f"{command[0]} does not start: {error}", "error")
        except SuspendNotSupported:
            self.host.say("This terminal cannot be handed to another program", "error")

    # What the pane tells

    @on(LogView.Copied)
    def _copied(self, event: LogView.Copied) -> None:
        event.stop()
        self.host.copy(event.text, event.what)

    @on(LogPane.Said)
    def _said(self, event: LogPane.Said) -> None:
        event.stop()
        self.host.say(event.text)

    @on(LogPane.Searched)
    def _searched(self, event: LogPane.Searched) -> None:
        event.stop()
        self._workspace.state.put(HISTORY, list(event.texts))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that have nothing to do here go on to the page and the app."""
        if action == "copy_selection":
            return self.view.has_selection
        if action == "clear_search":
            view = self.view
            return self.searching or bool(
                view.search.query or view.has_selection or view.block_lines
            )
        if action == "plain_search":
            return self.searching
        return self.app.check_action(action, parameters)
