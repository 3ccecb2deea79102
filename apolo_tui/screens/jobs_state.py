"""What the main screen knows: which jobs there are, which is selected, and what time it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from textual.widgets import Input

from apolo_tui.actions import Scope
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Link
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.recent_ends import RecentEnds
from apolo_tui.screens.listing import Listing
from apolo_tui.screens.page import Page
from apolo_tui.store.jobs import JobList
from apolo_tui.store.platform import Context
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets.detail import DetailPane
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.table import LineTable


@dataclass(frozen=True, slots=True)
class Start:
    """Where the dashboard begins, by its command line."""

    job: str = ""
    logs: bool = False
    shell: bool = False
    view: str = ""
    filter: str = ""
    monitor: bool = False
    """With the monitor wall in front."""


class JobsState(Page[None]):
    """The jobs, how the list of them is arranged, and what is known besides them."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.JOBS, Scope.TABLE)

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.start = start
        self.look = JobLook()
        self.jobs = JobList()
        self.context: Context | None = None
        self.selected_id: str | None = None
        """The job that the panes show: the cursor's, after a short rest."""
        self.pressed_at: float | None = None
        """When the last key was pressed. Textual calls what is named `key_...` for keys."""
        self.window = 600.0
        self.recent_ends = RecentEnds()
        """Of the jobs, for the counts of this page and for the wall."""

    def open_listing(self) -> None:
        """Recall how the list was left."""
        settings = self.settings
        self.listing = Listing(
            self.workspace.state,
            keep_filter=settings.keep_filter,
            format_text=settings.columns,
            resort=settings.timings.resort,
            key_rest=settings.timings.key_rest,
        )
        if self.listing.format_problem:
            self.host.say(f"columns: {self.listing.format_problem}", "warning")
        self.look.glyphs = self.host.glyphs
        self.look.thresholds = settings.thresholds
        self.look.stale_after = settings.timings.stale

    # The parts of the screen

    @property
    def table(self) -> LineTable[JobDescription]:
        return self.part("#jobs", LineTable)

    @property
    def detail(self) -> DetailPane:
        return self.part("#detail", DetailPane)

    @property
    def filter_input(self) -> Input:
        return self.part("#filter", Input)

    @property
    def desk(self) -> Desk | None:
        return self.workspace.desk.value

    @property
    def selected(self) -> JobDescription | None:
        """The job under the cursor."""
        key = self.table.cursor_key
        return self.jobs.jobs.get(str(key)) if key is not None else None

    @property
    def shown_job(self) -> JobDescription | None:
        """The job that the panes show."""
        return self.jobs.jobs.get(self.selected_id) if self.selected_id else None

    @property
    def without_jobs(self) -> bool:
        """Whether it is known that there are none."""
        return self.jobs.as_of is not None and not self.jobs.jobs

    def targets(self) -> list[JobDescription]:
        """The marked jobs, or else the one under the cursor."""
        known = self.jobs.jobs
        marked = [known[str(key)] for key in self.table.marked if str(key) in known]
        if marked:
            return sorted(marked, key=lambda job: job.id)
        job = self.selected
        return [job] if job is not None else []

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action of this screen, by Textual's names; the user's own if there are."""
        declared = self.host.declared((Scope.JOBS,))
        return next((action.keys for action in declared if action.id == action_id), ())

    # Time and facts

    @property
    def clock_offset(self) -> float:
        """Seconds that the platform's clock is ahead of ours."""
        platform = self.workspace.platform
        return platform.clock_offset if platform is not None else 0.0

    def take_facts(self) -> None:
        """What filters, sorting and cells know besides the jobs."""
        now = self.workspace.clock() + self.clock_offset
        platform = self.workspace.platform
        as_of = self.jobs.as_of
        telemetry = {
            job_id: known.last
            for job_id, known in self.look.telemetry.items()
            if known.last is not None
        }
        self.look.facts = Facts(
            now=datetime.fromtimestamp(now, UTC),
            answered_at=datetime.fromtimestamp(as_of + self.clock_offset, UTC) if as_of else None,
            me=platform.user if platform is not None else self.workspace.state.text("user"),
            telemetry=telemetry,
        )
        self.look.gone = self.jobs.gone
        if platform is not None and self.context is not None:
            self.look.presets = platform.presets(self.context.cluster)

    @property
    def age(self) -> float | None:
        """Seconds since the platform's last complete answer."""
        return (
            None if self.jobs.as_of is None else max(0.0, self.workspace.clock() - self.jobs.as_of)
        )

    @property
    def stale(self) -> bool:
        """Whether the list is older than it should be."""
        age, settings = self.age, self.settings
        allowed = max(settings.timings.jobs_stale, 2 * settings.refresh)
        desk = self.desk
        if desk is not None and desk.jobs.slowdown > 1:
            allowed = max(allowed, 2 * settings.refresh * desk.jobs.slowdown)
        return age is not None and not self.jobs.cached and age > allowed

    @property
    def link(self) -> Link:
        """How the platform is reached."""
        return self.jobs.link if self.desk is not None else self.workspace.link.value
