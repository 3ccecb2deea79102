"""Forwarded ports: the dialog that opens one, and the list of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from apolo_tui.actions import Scope
from apolo_tui.model.forwards import Forward, Remembered
from apolo_tui.model.job import JobDescription
from apolo_tui.screens.page import Dialog, Page
from apolo_tui.store.commands import label
from apolo_tui.store.jobs import JobList
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.forward_columns import ForwardRow, forward_columns
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS
from apolo_tui.widgets.table_messages import RowSelected

DEFAULT_PORT = 8080
LEAST_LOCAL = 1024
"""Ports below belong to the system: 80 is offered as 8080, and so on."""


@dataclass(frozen=True, slots=True)
class ForwardPorts:
    """What the dialog is left with. Local port 0: any that is free."""

    job_port: int
    local_port: int


def port_of(text: str, *, lowest: int) -> int:
    """Raises ValueError, with a text for the user."""
    written = text.strip()
    if not (written.isascii() and written.isdigit() and lowest <= int(written) <= 65535):
        raise ValueError(f"a port is a number from {lowest} to 65535")
    return int(written)


def local_port_for(job_port: int) -> int:
    """The same port where one may listen on it, else one that is easy to tell from it."""
    return job_port if job_port >= LEAST_LOCAL else job_port + 8000


class ForwardDialog(Dialog[ForwardPorts]):
    """Asks for the two ports; they are filled in with what was used last."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(self, job: JobDescription, last: Remembered | None) -> None:
        super().__init__()
        self._job = job
        http = job.container.http
        if last is not None:
            self._ports = ForwardPorts(last.job_port, last.local_port)
        else:
            port = http.port if http is not None and http.port else DEFAULT_PORT
            self._ports = ForwardPorts(port, local_port_for(port))
        self._own_local = last is not None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="forward"):
            yield Static(Content(f"Forward a port of {label(self._job)}"), id="title")
            with Horizontal(classes="field"):
                yield Static(Content("port of the job"), classes="label")
                yield Input(str(self._ports.job_port), id="job-port")
            with Horizontal(classes="field"):
                yield Static(Content("port here"), classes="label")
                yield Input(str(self._ports.local_port), id="local-port")
            yield Static(id="effect")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Forward", id="confirm")
            yield Static(
                Content("⏎ forward   tab next   esc cancel   0 here: any free port"), id="hint"
            )

    def on_mount(self) -> None:
        self.query_one("#job-port", Input).focus()
        self._show()

    def _read(self) -> ForwardPorts:
        return ForwardPorts(
            port_of(self.query_one("#job-port", Input).value, lowest=1),
            port_of(self.query_one("#local-port", Input).value, lowest=0),
        )

    def _show(self) -> None:
        try:
            ports = self._read()
        except ValueError as error:
            self.query_one("#effect", Static).update(Content(str(error)))
            self.query_one("#confirm", Button).disabled = True
            return
        here = f"127.0.0.1:{ports.local_port}" if ports.local_port else "127.0.0.1, any free port"
        text = f"{here} → port {ports.job_port} of the job; a port that is taken gives way"
        self.query_one("#effect", Static).update(Content(text))
        self.query_one("#confirm", Button).disabled = False

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "local-port" and self.focused is event.input:
            self._own_local = True
        if event.input.id == "job-port" and not self._own_local:
            try:
                port = local_port_for(port_of(event.value, lowest=1))
            except ValueError:
                pass
            else:
                self.query_one("#local-port", Input).value = str(port)
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._forward()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "confirm":
            self._forward()
        else:
            self.action_cancel()

    def _forward(self) -> None:
        try:
            ports = self._read()
        except ValueError:
            return
        self.dismiss(ports)


class ForwardsPage(Page[None]):
    """The forwards of this session, and those of earlier ones that could be opened again."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.FORWARDS, Scope.PAGE, Scope.TABLE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORWARDS, Scope.PAGE)

    def __init__(self, jobs: JobList) -> None:
        super().__init__()
        self._jobs = jobs

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        self._table = LineTable[ForwardRow](
            forward_columns(self.glyphs, self.workspace.clock),
            key=lambda row: row.key,
            glyphs=ASCII_GLYPHS if self.glyphs.ascii_only else UNICODE_GLYPHS,
            id="forwards",
        )
        yield self._table
        yield self.key_bar()

    def on_mount(self) -> None:
        key = self.host.key_of("jobs.forward")
        self._table.placeholder = f"No port is forwarded; {key} on a running job forwards one"
        self._table.focus()
        self._redraw()
        self.run_worker(self._watch(), name="forwards")
        self.set_interval(1.0, self._redraw)

    async def _watch(self) -> None:
        async for _ in self.workspace.forwards.topic.watch():
            self._redraw()

    def _title(self, room: int) -> list[Line]:
        count = len(self.workspace.forwards.open)
        return [[(" Forwarded ports", "title"), (f"   {count} open", "muted")]]

    def _redraw(self) -> None:
        forwards = self.workspace.forwards
        desk = self.workspace.desk.value
        jobs = desk.jobs.topic.value if desk is not None else self._jobs
        rows = [ForwardRow(forward) for forward in forwards.topic.value]
        rows += [
            ForwardRow(None, item, job) for item, job in forwards.offered(jobs.jobs.active.values())
        ]
        self._table.set_rows(rows)
        self._table.refresh_cells()
        self.redraw_lines("#header")

    @property
    def _row(self) -> ForwardRow | None:
        key = self._table.cursor_key
        forwards = self.workspace.forwards
        desk = self.workspace.desk.value
        jobs = desk.jobs.topic.value if desk is not None else self._jobs
        for forward in forwards.topic.value:
            if ForwardRow(forward).key == key:
                return ForwardRow(forward)
        for item, job in forwards.offered(jobs.jobs.active.values()):
            if ForwardRow(None, item, job).key == key:
                return ForwardRow(None, item, job)
        return None

    def _forward(self) -> Forward | None:
        row = self._row
        if row is None or row.forward is None:
            self.host.say("This one is not open; ⏎ opens it" if row else "Nothing is selected")
            return None
        return row.forward

    def on_line_table_row_selected(self, event: RowSelected) -> None:
        self.action_reopen()

    def action_reopen(self) -> None:
        row = self._row
        if row is None:
            return
        if row.item is None or row.job is None:
            self.action_copy()
            return
        if self.check_action("reopen", ()):
            self.workspace.forwards.start(row.job, row.item.job_port, row.item.local_port)

    def action_copy(self) -> None:
        forward = self._forward()
        if forward is not None:
            self.host.copy(forward.address, forward.address)

    def action_browse(self) -> None:
        forward = self._forward()
        if forward is not None:
            self.host.open_url(f"http://{forward.address}")

    def action_close(self) -> None:
        row = self._row
        if row is None:
            return
        if row.forward is not None:
            self.workspace.forwards.close(row.forward.number)
            self.host.say(f"{row.forward.address} is closed")
        elif row.item is not None:
            self.workspace.forwards.forget(row.item)
        self._redraw()
