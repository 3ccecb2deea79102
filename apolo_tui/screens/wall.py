"""The monitor wall: the running jobs as cards, for a screen that nobody touches."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from apolo_tui.actions import Scope
from apolo_tui.model.alerts import Rule
from apolo_tui.model.capacity import Offer, offers
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Connecting, Live
from apolo_tui.model.money import format_purse
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.recent_ends import RecentEnds
from apolo_tui.model.wall import Grid, Rotation, cards, grid, page
from apolo_tui.model.wall import Page as WallSheet
from apolo_tui.screens.page import Page
from apolo_tui.store.jobs import JobList
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets import figures
from apolo_tui.widgets.bars import keys_line
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line, Lines, Run, line_width, spread
from apolo_tui.widgets.wall_card import card_lines
from apolo_tui.widgets.wall_panels import (
    capacity_panel,
    event_lines,
    events_panel,
    queue_card,
    queue_title,
)
from apolo_tui.widgets.wall_view import WallView

ALERTED = 3600.0
"""Seconds for which a card stands out after an alert about its job."""
ALERTING = frozenset({Rule.EXPIRING, Rule.SUSPENDED, Rule.RESTARTED})
TALL = 34
"""From so many lines on there is room for the panels."""
QUIET_KEYS = frozenset({"escape", "q", "question_mark", "f1", "left", "right", "space"})


class WallPage(Page[None]):
    """Read-only cards, sized to the screen; problems stay, the rest rotates."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.WALL, Scope.PAGE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WALL, Scope.PAGE)

    def __init__(self, look: JobLook, recent_ends: RecentEnds) -> None:
        super().__init__()
        self._jobs_look = replace(look)
        self._recent_ends = recent_ends
        self._rotation = Rotation(since=time.monotonic())
        self.sheet = WallSheet((), 1, 1)
        """What is on the wall."""

    def compose(self) -> ComposeResult:
        yield Lines(self._header, id="header")
        self._view = WallView(self._draw, id="wall")
        yield self._view
        yield self.key_bar()

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._tick)
        self.run_worker(self._watch_desk(), name="desk")

    async def _watch_desk(self) -> None:
        async for desk in self.workspace.desk.watch():
            if desk is not None:
                self.run_worker(self._look_at_capacity(desk), group="capacity", exclusive=True)

    async def _look_at_capacity(self, desk: Desk) -> None:
        """Once a minute is enough for a wall: it only looks at what is asked for anyway."""
        async for _ in desk.outlook.capacity.topic.watch():
            self._tick()

    # Time

    @property
    def _desk(self) -> Desk | None:
        return self.workspace.desk.value

    @property
    def _jobs(self) -> JobList:
        desk = self._desk
        return desk.jobs.topic.value if desk is not None else JobList()

    def _tick(self) -> None:
        """Once a second: the clock, the page, and what is followed."""
        if not self.is_attached:
            return
        self._take_facts()
        dwell = self.settings.timings.wall_page
        self._rotation = self._rotation.at(time.monotonic(), dwell=dwell)
        self._turn(self._view.size.width, self._view.size.height)
        self._view.redraw()
        self.redraw_lines("#header")
        self.show_keys()
        desk = self._desk
        if desk is not None and self.is_current:
            shown = () if self._jobs.cached else [card.job.id for card in self.sheet.cards]
            desk.telemetry.show(shown)

    def _take_facts(self) -> None:
        look, platform = self._jobs_look, self.workspace.platform
        offset = platform.clock_offset if platform is not None else 0.0
        as_of = self._jobs.as_of
        look.facts = Facts(
            now=datetime.fromtimestamp(self.workspace.clock() + offset, UTC),
            answered_at=datetime.fromtimestamp(as_of + offset, UTC) if as_of else None,
            me=platform.user if platform is not None else look.facts.me,
        )
        desk = self._desk
        if desk is not None:
            look.telemetry = desk.telemetry.topic.value
            if platform is not None:
                look.presets = platform.presets(desk.context.cluster)

    def _turn(self, width: int, height: int) -> None:
        """Which cards are on the wall."""
        found = cards(
            self._jobs.jobs.active.values(), self._jobs_look.facts, alerted=self._alerted()
        )
        slots = self._grid(width, height).slots
        self.sheet = page(found, slots, self._rotation.index)

    def _alerted(self) -> frozenset[str]:
        desk = self._desk
        if desk is None:
            return frozenset()
        since = self.workspace.clock() - ALERTED
        return frozenset(
            alert.job_id
            for alert in desk.outlook.alerts.topic.value.alerts
            if alert.at >= since and alert.rule in ALERTING
        )

    # Drawing

    def _below(self, height: int) -> int:
        """Lines for what is under the cards."""
        if height < TALL:
            return 2
        return 3 + min(8, height - TALL + 6)

    def _grid(self, width: int, height: int) -> Grid:
        return grid(width, height - self._below(height))

    def _draw(self, room: int, height: int) -> list[Line]:
        cells = self._grid(room, height)
        look = self._jobs_look
        notes = self._notes()
        drawn = [
            card_lines(
                card,
                look,
                room=cells.card_width,
                height=cells.card_height,
                note=notes.get(card.job.id, ""),
            )
            for card in self.sheet.cards
        ]
        jobs = self._told()
        if len(drawn) < cells.slots:
            drawn.append(
                queue_card(
                    jobs,
                    look,
                    free=self._free(),
                    room=cells.card_width,
                    height=cells.card_height,
                )
            )
        lines: list[Line] = []
        for first in range(0, len(drawn), cells.columns):
            beside = drawn[first : first + cells.columns]
            lines += [[run for card in beside for run in card[y]] for y in range(cells.card_height)]
        below = self._below(height)
        lines = lines[: height - below]
        lines += [[] for _ in range(height - below - len(lines))]
        return [*lines, *self._panels(room, below)]

    def _panels(self, room: int, height: int) -> list[Line]:
        desk = self._desk
        alerts = desk.outlook.alerts.topic.value.alerts if desk is not None else ()
        now = self._jobs_look.facts.now
        if height <= 2:
            jobs = self._told()
            return [*event_lines(alerts, now, most=1), queue_title(jobs, self._jobs_look)]
        return [
            *capacity_panel(self._offers(), room=room, glyphs=self.glyphs),
            *events_panel(alerts, now, room=room, height=height - 3, glyphs=self.glyphs),
        ]

    def _told(self) -> list[JobDescription]:
        """The jobs that wait or run, and those that ended today: nothing is told of others."""
        jobs = self._jobs.jobs
        ended = self._recent_ends.among(jobs, self._jobs_look.facts.now)
        return [*jobs.active.values(), *ended.values()]

    def _notes(self) -> dict[str, str]:
        """The latest alert of each job, without its name."""
        desk = self._desk
        if desk is None:
            return {}
        notes: dict[str, str] = {}
        for alert in desk.outlook.alerts.topic.value.alerts:
            if alert.job_id in self._alerted() and alert.rule in ALERTING:
                notes.setdefault(alert.job_id, alert.text.removeprefix(f"{alert.job_name} "))
        return notes

    def _free(self) -> dict[str, int]:
        desk = self._desk
        return dict(desk.outlook.capacity.topic.value.free) if desk is not None else {}

    def _offers(self) -> Sequence[Offer]:
        desk = self._desk
        if desk is None:
            return ()
        capacity = desk.outlook.capacity.topic.value
        return offers(self._jobs_look.presets, capacity.free, trends=capacity.trends)

    def _header(self, room: int) -> list[Line]:
        desk = self._desk
        context = str(desk.context).upper().replace("/", " / ") if desk is not None else ""
        clock = self._jobs_look.facts.now.astimezone().strftime("%H:%M:%S")
        purse = desk.outlook.account.topic.value if desk is not None else None
        right: list[Run] = [*self._freshness(), (f"   {clock} ", "title")]
        # The clock and the age of the data are there at any width; money is the first to go.
        money: Run = (f"{format_purse(purse)}" if purse is not None else "", "")
        if line_width([money, *right]) + len(context) + 6 <= room:
            right = [money, *right]
        return [spread([(f"  {context}", "title")], right, room)]

    def _freshness(self) -> list[Run]:
        """How old the list of jobs is: always on screen."""
        jobs, settings = self._jobs, self.settings
        if jobs.as_of is None:
            word = "connecting" if isinstance(jobs.link, Connecting) else "no connection"
            return [(f"   {self.glyphs.broken} {word}", "stale")]
        age = max(0.0, self.workspace.clock() - jobs.as_of)
        desk = self._desk
        slower = desk.jobs.slowdown if desk is not None else 1.0
        allowed = max(settings.timings.jobs_stale, 2 * settings.refresh * slower)
        if jobs.cached:
            return [(f"   {self.glyphs.broken} cached {figures.span(age)}", "stale")]
        if age > allowed:
            return [(f"   {self.glyphs.broken} STALE {figures.span(age)}", "danger")]
        if not isinstance(jobs.link, Live):
            return [
                (f"   {self.glyphs.broken} retrying, updated {figures.age(age)} ago", "warning")
            ]
        return [(f"   {self.glyphs.live} updated {figures.age(age)} ago", "live")]

    def _keys(self, room: int) -> list[Line]:
        sheet, rotation = self.sheet, self._rotation
        text = " read-only monitor"
        if sheet.pages > 1:
            left = "held" if rotation.held else f"auto {self.settings.timings.wall_page:g}s"
            text += f"   page {sheet.number}/{sheet.pages} {left}"
        actions = list(self.footer_actions())
        head: list[Run] = [(f"{text} ", "muted")]
        spare = max(0, room - len(text) - 1)
        return [[*head, *keys_line(actions, spare, ascii_only=self.glyphs.ascii_only)]]

    # Keys

    def on_key(self, event: events.Key) -> None:
        """No key acts on anything here."""
        if event.key in QUIET_KEYS or event.key.startswith(("ctrl+", "f")):
            return
        event.stop()
        event.prevent_default()
        self.host.say("read-only monitor: esc leaves it")

    def action_page_next(self) -> None:
        self._rotation = self._rotation.turned(1, time.monotonic())
        self._tick()

    def action_page_previous(self) -> None:
        self._rotation = self._rotation.turned(-1, time.monotonic())
        self._tick()

    def action_hold(self) -> None:
        self._rotation = self._rotation.toggled(time.monotonic())
        self._tick()

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self._tick)
