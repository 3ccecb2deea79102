"""What is free of each preset, what it costs, and what there is to spend."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.capacity import (
    Offer,
    cheapest_first,
    largest_first,
    most_free_first,
    offers,
    starts_first,
)
from apolo_tui.model.link import Failed, Live, Retrying
from apolo_tui.model.money import format_runway
from apolo_tui.model.units import format_credits
from apolo_tui.screens.page import Page
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets import figures
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.lines import Line, Lines, Run
from apolo_tui.widgets.preset_columns import preset_columns
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS
from apolo_tui.widgets.table_messages import RowSelected

ORDERS: Mapping[str, Callable[[Offer], object]] = {
    "free, then price": most_free_first,
    "would start now": starts_first,
    "price": cheapest_first,
    "size": largest_first,
}


class CapacityPage(Page[str]):
    """Dismissed with the preset to start a job with, or None."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.CAPACITY, Scope.PAGE, Scope.TABLE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CAPACITY, Scope.PAGE)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._order = next(iter(ORDERS))

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        self._table = LineTable[Offer](
            preset_columns(self.glyphs, full=True),
            key=lambda offer: offer.preset.name,
            glyphs=ASCII_GLYPHS if self.glyphs.ascii_only else UNICODE_GLYPHS,
            id="capacity",
        )
        yield self._table
        yield Lines(self._account, id="account")
        yield self.key_bar()

    def on_mount(self) -> None:
        self._table.placeholder = "Asking the platform what is free"
        self._table.focus()
        self.run_worker(self._watch(), name="capacity")
        self.run_worker(self._watch_purse(), name="purse")
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self.redraw_lines("#header")

    async def _watch(self) -> None:
        feed = self._desk.outlook.capacity
        with feed.attention():
            async for _ in feed.topic.watch():
                self._redraw()

    async def _watch_purse(self) -> None:
        async for _ in self._desk.outlook.account.topic.watch():
            self.redraw_lines("#account")

    def _redraw(self) -> None:
        platform = self.workspace.platform
        if platform is None:
            return
        capacity = self._desk.outlook.capacity.topic.value
        jobs = self._desk.jobs.topic.value.jobs.active.values()
        found = offers(
            platform.presets(self._desk.context.cluster),
            capacity.free,
            running=[job for job in jobs if job.owner == platform.user],
            trends=capacity.trends,
        )
        self._table.set_rows(sorted(found, key=ORDERS[self._order]))  # type: ignore[arg-type]  # tuples of what can be compared
        self._tick()

    def _title(self, room: int) -> list[Line]:
        capacity = self._desk.outlook.capacity.topic.value
        runs: list[Run] = [(f" Capacity of {self._desk.context.cluster}", "title")]
        runs.append((f"   by {self._order}   ", "muted"))
        if capacity.as_of is not None:
            age = max(0.0, self.workspace.clock() - capacity.as_of)
            style = "live" if isinstance(capacity.link, Live) else "stale"
            runs.append((f"as of {figures.age(age)} ago", style))
        if isinstance(capacity.link, Failed | Retrying):
            runs.append((f"   {capacity.link.reason}", "warning"))
        return [runs]

    def _account(self, room: int) -> list[Line]:
        purse = self._desk.outlook.account.topic.value
        if purse is None:
            return [
                [
                    (
                        " how many more jobs could start now, about; nobody has a place in a queue",
                        "muted",
                    )
                ]
            ]
        runs: list[Run] = []
        if purse.most_running_jobs is not None:
            full = purse.running_jobs >= purse.most_running_jobs
            text = f" jobs quota {purse.running_jobs} of {purse.most_running_jobs}"
            runs.append((text, "warning" if full else ""))
        else:
            runs.append((f" {purse.running_jobs} of your jobs run", ""))
        runs.append((f"   burn {format_credits(purse.burn)} cr/h", ""))
        if purse.balance is not None:
            left = purse.runway
            lasts = f" (runway {format_runway(left)})" if left is not None else ""
            runs.append((f"   credits {format_credits(purse.balance)}{lasts}", ""))
        return [runs]

    def on_line_table_row_selected(self, event: RowSelected) -> None:
        self.action_new()

    def action_new(self) -> None:
        key = self._table.cursor_key
        if self.host.readonly:
            self.host.say("read-only: no job can be started", "warning")
        elif key is not None:
            self.dismiss(str(key))

    def action_order(self) -> None:
        names = list(ORDERS)
        self._order = names[(names.index(self._order) + 1) % len(names)]
        self._redraw()
