"""Forwarded ports in a table."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from apolo_tui.model.forwards import Forward, Remembered
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Connecting, Ended, Failed, Live, Retrying
from apolo_tui.model.units import format_size
from apolo_tui.widgets import figures
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.table_columns import Cell, Column


@dataclass(frozen=True, slots=True)
class ForwardRow:
    """A forward of this session, or one of an earlier session whose job runs."""

    forward: Forward | None
    item: Remembered | None = None
    job: JobDescription | None = None

    @property
    def key(self) -> Hashable:
        if self.forward is not None:
            return self.forward.number
        assert self.item is not None
        return f"{self.item.cluster}/{self.item.job_name}/{self.item.job_port}"


def state_cell(row: ForwardRow, glyphs: Glyphs) -> Cell:
    """How it stands with the forward, in a word."""
    if row.forward is None:
        return Cell("remembered", "muted")
    match row.forward.link:
        case Live():
            return Cell(f"{glyphs.live} up", "good")
        case Connecting():
            return Cell(f"{glyphs.broken} opening", "muted")
        case Retrying():
            return Cell(f"{glyphs.broken} reconnecting", "warning")
        case Ended():
            return Cell("job ended", "muted")
    return Cell("failed", "danger")


def note_cell(row: ForwardRow) -> Cell:
    """What is wrong, or what to do."""
    if row.forward is None:
        return Cell("⏎ opens it again", "muted")
    if row.forward.trouble:
        return Cell(row.forward.trouble, "warning")
    match row.forward.link:
        case Retrying(reason=reason) | Failed(reason=reason):
            return Cell(reason, "warning")
    return Cell("")


def forward_columns(glyphs: Glyphs, clock: Callable[[], float]) -> list[Column[ForwardRow]]:
    """The columns; `clock` gives unix time."""

    def name(row: ForwardRow) -> str:
        if row.forward is not None:
            return row.forward.job_name
        return row.item.job_name if row.item is not None else ""

    def local(row: ForwardRow) -> str:
        found = row.forward or row.item
        return "" if found is None else f"127.0.0.1:{found.local_port or '?'}"

    def remote(row: ForwardRow) -> str:
        found = row.forward or row.item
        return "" if found is None else str(found.job_port)

    def figure(read: Callable[[Forward], str]) -> Callable[[ForwardRow], str]:
        return lambda row: glyphs.none if row.forward is None else read(row.forward)

    def column(
        key: str,
        title: str,
        render: Callable[[ForwardRow], Cell | str],
        least: int,
        *,
        weight: int = 0,
        right: bool = False,
    ) -> Column[ForwardRow]:
        return Column(
            key=key,
            title=title,
            render=render,
            min_width=least,
            max_width=None if weight else least,
            weight=weight,
            align="right" if right else "left",
            frozen=key in ("state", "local"),
            sortable=False,
        )

    return [
        column("state", "STATE", lambda row: state_cell(row, glyphs), 14),
        column("local", "HERE", local, 15),
        column("job", "JOB", name, 14, weight=1),
        column("port", "PORT", remote, 5, right=True),
        column("open", "CONN", figure(lambda item: str(item.connections)), 4, right=True),
        column("sent", "SENT", figure(lambda item: format_size(item.bytes_sent)), 5, right=True),
        column("got", "GOT", figure(lambda item: format_size(item.bytes_received)), 5, right=True),
        column(
            "since",
            "SINCE",
            figure(lambda item: figures.span(clock() - item.since)),
            6,
            right=True,
        ),
        column("note", "NOTE", note_cell, 10, weight=2),
    ]
