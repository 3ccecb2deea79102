"""The other runs of a job: those with the same name, the newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from apolo_tui.actions import Action, Scope
from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription
from apolo_tui.screens.page import Page
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.job_columns import SPECS, JobLook, columns
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS
from apolo_tui.widgets.table_messages import RowSelected

LIMIT = 200
COLUMNS = ("status", "name", "created", "run", "cost", "reason", "preset", "owner", "id")
EARLIEST = datetime.min.replace(tzinfo=UTC)


class RunsPage(Page[str]):
    """Dismissed with the id of the run that was chosen, or None."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.PAGE, Scope.TABLE)
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.PAGE),
        Binding("enter", "open", "open", show=False),
    ]

    def __init__(self, job: JobDescription, look: JobLook) -> None:
        super().__init__()
        self._job = job
        self._look = look
        self._runs = 0

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        yield LineTable[JobDescription](
            columns([SPECS[key] for key in COLUMNS], self._look),
            key=lambda job: job.id,
            glyphs=ASCII_GLYPHS if self.glyphs.ascii_only else UNICODE_GLYPHS,
            id="runs",
        )
        yield self.key_bar()

    def on_mount(self) -> None:
        self._table.placeholder = "Asking the platform for runs"
        self._table.focus()
        self.run_worker(self._load(), name="runs")

    def footer_actions(self) -> Iterator[Action]:
        """The keys of a page, and what enter does here."""
        for action in super().footer_actions():
            if action.id == "page.back":
                for job in self.host.declared((Scope.JOBS,)):
                    if job.id == "jobs.open":
                        yield replace(job, keys=("enter",), label="go to job")
            yield action

    @property
    def _table(self) -> LineTable[JobDescription]:
        return self.part("#runs", LineTable)

    def _title(self, room: int) -> list[Line]:
        return [[(f" Runs of {self._job.name}", "title"), (f"   {self._runs}", "muted")]]

    async def _load(self) -> None:
        job = self._job
        found: list[JobDescription] = []
        try:
            async with self.workspace.connection.list(
                name=job.name,
                reverse=True,
                limit=LIMIT,
                cluster_name=job.cluster_name,
                org_names=(job.org_name,),
                project_names=(job.project_name,) if job.project_name else (),
            ) as jobs:
                found += [run async for run in jobs]
        except ApoloError as error:
            self._table.placeholder = f"{error.message}. {error.next_step}"
            return
        found.sort(key=lambda run: run.created_at or EARLIEST, reverse=True)
        self._runs = len(found)
        self._table.set_rows(found)
        self._table.move_cursor(job.id)
        self.part("#header", Lines).redraw()

    def on_line_table_row_selected(self, event: RowSelected) -> None:
        self.action_open()

    def action_open(self) -> None:
        key = self._table.cursor_key
        self.dismiss(str(key) if key is not None else None)
