"""How the main screen draws its jobs: the rows, the lines above and below them, and the panes."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.worker import Worker

from apolo_tui.model.alerts import Rule, Severity
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Failed, Live, Retrying
from apolo_tui.model.steps import Steps, completed
from apolo_tui.screens.empty import placeholder
from apolo_tui.screens.jobs_state import JobsState, Start
from apolo_tui.screens.listing import Rows
from apolo_tui.store.commands import label
from apolo_tui.store.jobs import JobList
from apolo_tui.store.platform import Context
from apolo_tui.widgets import figures
from apolo_tui.widgets.bars import Header, ViewState, header_line, notice_line, views_line
from apolo_tui.widgets.job_columns import columns
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.telemetry_text import window_of

NARROW = 72
"""Cells under which the list shows few columns."""
AT_ONCE = 5_000
"""Up to so many jobs are filtered and sorted without a pause."""
WORK, REST = 0.008, 0.004
"""Seconds of work on a longer list, and of what else there is to do, in turns."""
LIVE_COLUMNS = frozenset({"gpu", "spark", "gmem", "cpu", "mem"})


class JobsPage(JobsState):
    """What the actions of the main screen share: how its jobs are drawn. It has none itself."""

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self.shown_count = 0
        """Jobs in the list."""
        self._drawn_revision: tuple[object, ...] = ()
        self._arranged_view: tuple[object, ...] | None = None
        """The view whose rows are being found."""
        self._columns_drawn: tuple[object, ...] = ()

    # Drawing

    def redraw_rows(self, *, at_once: bool = False) -> None:
        """Bring the rows of the table up to date with the jobs and the view.

        Those of a long list follow some moments later, unless they are wanted at once.
        """
        self.take_facts()
        self._draw_columns()
        live = self.listing.view.sort.key in LIVE_COLUMNS
        minute = int(self.look.facts.now.timestamp() // 5) if live or self._timed else 0
        view = (self.context, self.listing.view, self.listing.grouping)
        drawn = (self.jobs.revision, minute, *view)
        # What moved under the user's hands was left where it was: it moves when they rest.
        now, key_at = time.monotonic(), self.pressed_at
        due = not live and self.listing.due(now=now, key_at=key_at)
        if drawn == self._drawn_revision and not due and not at_once:
            self.table.refresh_cells()
            return
        if self._arranged_view == view and not at_once:
            # What is under way is finished first, or news every second would never let it.
            self.table.refresh_cells()
            return
        steps = self.listing.arranging(self.jobs.jobs, self.look.facts, now=now, key_at=key_at)
        if at_once or len(self.jobs.jobs) <= AT_ONCE:
            self.workers.cancel_group(self, "rows")
            self._show_rows(drawn, completed(steps))
        else:
            self._arranged_view = view

            async def work() -> None:
                await self._arrange_rows(drawn, steps)

            # A function: cancelled before it runs, no coroutine is left that nobody awaited.
            self._arranging: Worker[None] = self.run_worker(
                work, name="rows", group="rows", exclusive=True
            )

    async def _arrange_rows(self, drawn: tuple[object, ...], steps: Steps[Rows]) -> None:
        """Find the rows of a long list, and leave the keys their turn meanwhile."""
        rest = time.monotonic() + WORK
        while True:
            try:
                next(steps)
            except StopIteration as end:
                self._show_rows(drawn, end.value)
                self.redraw()
                return
            if time.monotonic() >= rest:
                await asyncio.sleep(REST)
                rest = time.monotonic() + WORK

    def _show_rows(self, drawn: tuple[object, ...], found: Rows) -> None:
        self._drawn_revision, self._arranged_view = drawn, None
        self.table.set_rows(found.rows, headings=found.headings, refresh=True)
        self.shown_count = found.shown

    @property
    def _timed(self) -> bool:
        """Whether the filter depends on the clock, so that jobs come and go by themselves."""
        view = self.listing.view
        return any(
            f"{word}:" in f"{view.base} {view.filter}" for word in ("left", "age", "run", "gpu")
        )

    def _draw_columns(self) -> None:
        default = self.default_width
        specs = self.listing.specs(default)
        if (default, specs) != self._columns_drawn:
            self._columns_drawn = (default, specs)
            self.table.set_columns(columns(specs, self.look))
        sort = self.listing.view.sort
        self.table.show_sort(sort.key, descending=sort.descending)

    @property
    def default_width(self) -> str:
        """The set of columns that suits the screen."""
        if self.has_class("-tiny"):
            return "tiny"
        if self.has_class("-huge"):
            return "wide"
        if self.has_class("-wide"):
            return "wide" if self.has_class("-zoom-list") else "compact"
        return "compact" if self.size.width < NARROW else "normal"

    def redraw(self, *, at_once: bool = False) -> None:
        """Everything that shows jobs or time; `at_once` as for `redraw_rows`."""
        if not self.is_mounted:
            return
        self.redraw_rows(at_once=at_once)
        self.redraw_bars()
        self.redraw_detail()

    def redraw_bars(self) -> None:
        for name in ("#header", "#views"):
            self.part(name, Lines).redraw()
        notice = self.part("#notice", Lines)
        notice.display = bool(self.notice()) and not self.has_class("-terminal-full")
        notice.redraw()
        pane = self.part("#list-pane", Vertical)
        marked = len(self.table.marked)
        title = f"Jobs {self.shown_count}/{len(self.jobs.jobs)}"
        if marked:
            title += f" · {marked} marked"
        title = title if not self.glyphs.ascii_only else title.replace("·", "-")
        if pane.border_title != title:
            # Setting it paints the whole pane, also when it is the same.
            pane.border_title = title
        self.table.placeholder = placeholder(self)
        self.table.tail = "loading older jobs" if self.jobs.loading_history else ""

    def redraw_detail(self) -> None:
        for name in ("#strip", "#telemetry"):
            lines = self.part(name, Lines)
            if lines.display:
                lines.redraw()
        known = self.look.telemetry.get(self.selected_id or "")
        window = window_of(known, self.look.facts.now.timestamp(), self.window)
        title = f"Telemetry  last {figures.span(window)}"
        box = self.part("#telemetry", Lines)
        if box.border_title != title:
            box.border_title = title
        job = self.shown_job
        # The overview begins with the name.
        caption = label(job) if job is not None and self.detail.tab != "overview" else ""
        self.detail.caption(caption)
        self.detail.redraw()

    def header(self) -> Header:
        counts = self._counts()
        platform = self.workspace.platform
        desk = self.desk
        return Header(
            context=str(self.context or ""),
            user=self.look.facts.me,
            kind=platform.kind if platform is not None else "",
            counts=counts,
            link=self.link,
            age=self.age,
            cached=self.jobs.cached,
            stale=self.stale,
            paused=self.jobs.paused,
            readonly=self.host.readonly,
            protected=desk is not None and desk.rules.protected,
            purse=desk.outlook.account.topic.value if desk is not None else None,
            glyphs=self.glyphs,
        )

    def _counts(self) -> dict[JobStatus, int]:
        """How many jobs are in each state; of those that failed, how many within a day."""
        jobs, now = self.jobs.jobs, self.look.facts.now
        ended = self.recent_ends.among(jobs, now).values()
        counts = {status: count for status, count in jobs.counts.items() if not status.is_finished}
        return counts | {JobStatus.FAILED: sum(job.status is JobStatus.FAILED for job in ended)}

    def header_lines(self, room: int) -> list[Line]:
        return [header_line(self.header(), room)]

    def view_lines(self, room: int) -> list[Line]:
        listing = self.listing
        sort = listing.view.sort
        marked = len(self.table.marked)
        framed = self.has_class("-wide") or self.has_class("-huge")
        # A frame has the number of the marked ones in its title.
        left, right = (self.host.key_of(f"jobs.sort_{way}") for way in ("left", "right"))
        flags = [f"{marked} marked"] if marked and not framed else []
        state = ViewState(
            views=[(digit, view.name) for digit, view in sorted(listing.views.items())],
            active=listing.digit,
            filter=listing.view.filter,
            error=listing.error,
            sort=sort.key.upper(),
            sort_keys="" if framed else f"{left} {right}",
            descending=sort.descending,
            flags=[*flags, *listing.flags()],
            shown=self.shown_count,
            total=len(self.jobs.jobs),
            more=not self.jobs.history_complete,
            glyphs=self.glyphs,
        )
        return [views_line(state, room)]

    def notice(self) -> tuple[str, str, str] | None:
        """Lasting news: text, hint and style."""
        now = self.workspace.clock()
        waiting = [kill for item in self.workspace.all_commands for kill in item.pending.value]
        if waiting:
            count = sum(len(kill.jobs) for kill in waiting)
            seconds = max(0, round(min(kill.due for kill in waiting) - now))
            word = "job" if count == 1 else "jobs"
            return (
                f"Killing {count} {word} in {seconds}s",
                f"{self.host.key_of('jobs.undo')} undo",
                "warning",
            )
        link = self.link
        if self.desk is None and isinstance(link, Failed):
            return None  # the page for the first run says more
        if isinstance(link, Failed | Retrying) and not isinstance(link, Live):
            key = self.host.key_of("app.refresh")
            text = f"{link.reason}. {link.next_step}".strip()
            return text[:1].upper() + text[1:], f"{key} try now", "warning"
        return self._alert_notice()

    def _alert_notice(self) -> tuple[str, str, str] | None:
        """The newest alert that nobody has looked at, and how to get at its job.

        While a message tells it, the line tells only how many there are.
        """
        desk = self.desk
        board = desk.outlook.alerts.topic.value if desk is not None else None
        if board is None or not board.unseen or not board.alerts:
            return None
        alert = board.alerts[0]
        more = f" (+{board.unseen - 1} more)" if board.unseen > 1 else ""
        hint = f"{self.host.key_of('jobs.alerts')} alerts"
        if alert.job_id == self.selected_id and alert.rule is Rule.EXPIRING:
            hint = f"{self.host.key_of('jobs.bump')} bump   {hint}"
        style = "danger" if alert.severity is Severity.ERROR else "notice"
        if self.host.saying(alert.text):
            count = f"{board.unseen} new alerts" if board.unseen > 1 else "a new alert"
            return f"! {count}", hint, style
        return f"! {alert.text}{more}", hint, style

    def notice_lines(self, room: int) -> list[Line]:
        found = self.notice()
        return [notice_line(*found, room)] if found else []

    # Telemetry

    def ask_telemetry(self) -> None:
        """Follow what is on screen, and nothing else."""
        desk = self.desk
        if desk is None:
            return
        if not self.on_screen:
            return
        shown = {spec.key for spec in self.listing.specs(self.default_width)}
        ids: list[str] = []
        if shown & LIVE_COLUMNS and self.part("#list-pane", Widget).display:
            ids = [str(key) for key in self.table.visible_keys]
        if self.selected_id:
            ids = [self.selected_id, *ids]
        running = [job_id for job_id in ids if self._runs(job_id)]
        desk.telemetry.show(running, selected=self.selected_id)

    def _runs(self, job_id: str) -> bool:
        job = self.jobs.jobs.get(job_id)
        return job is not None and job.status is JobStatus.RUNNING and not self.jobs.cached

    @property
    def on_screen(self) -> bool:
        """Whether it is seen: in front, or behind a dialog only."""
        stack = self.app.screen_stack
        if self not in stack:
            return False
        above = stack[stack.index(self) + 1 :]
        return all(isinstance(screen, ModalScreen) for screen in above)

    def note_failures(self, failures: Mapping[str, str]) -> None:
        self.look.failures = {**self.look.failures, **failures}

    def take_jobs(self, value: JobList, context: Context) -> None:
        """New jobs, or news of the connection."""
        elsewhere = context != self.context
        if elsewhere:
            self.context = context
            self.look.telemetry = {}
            self.look.failures = {}
            self.selected_id = None
        before, self.jobs = self.jobs, replace(value)
        if not elsewhere and before.as_of and before == replace(value, as_of=before.as_of):
            # The same again: how fresh it is, is told with the clock.
            return
        # Textual paints the page above anew for every cell that changes below it.
        if self.on_screen:
            self.redraw()
