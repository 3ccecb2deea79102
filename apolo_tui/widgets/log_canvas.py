"""The drawing of a log: the lines on the screen and nothing else.

Only printable text and colours reach the terminal, whatever the job prints. While the log is
followed the view is painted at most as often as it is told of a new state, and not at all while
the terminal has not yet taken the last frame.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from textwrap import wrap

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from apolo_tui.model.logs import LogStore, Marks, TimeMode
from apolo_tui.widgets.log_lines import (
    LineOptions,
    LogLines,
    Row,
    highlighted,
    matches_of,
    rule_row,
    slice_cells,
)
from apolo_tui.widgets.log_paint import BAR, STYLES, BarCell, LogPainter
from apolo_tui.widgets.log_search import LogSearch
from apolo_tui.widgets.log_selection import Selection
from apolo_tui.widgets.log_slowness import expression_limit
from apolo_tui.widgets.log_viewport import AllLines, Place, Viewport
from apolo_tui.widgets.named_styles import NamedStyles
from apolo_tui.widgets.terminal_backlog import terminal_is_behind

REST = 0.012
"""Seconds between two pieces of searching."""
RETRY = 0.05
"""Seconds after which a frame that was left out is tried again."""
AGES = 5.0
"""Seconds between two paints while ages are shown."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the screen, and where it is from."""

    place: Place
    row: Row


class LogCanvas(NamedStyles, can_focus=True):
    """Shows a `LogStore`. Tell it with `show` that there is more in it.

    It posts `Changed` after anything that a title may show has changed.
    """

    ALLOW_SELECT = False
    STYLE_PREFIX = "log"
    STYLE_NAMES = STYLES

    @dataclass
    class Changed(Message):
        """Follow, matches, marks or the place in the log have changed."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo | None = None,
        ascii_only: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._now = now
        self._zone = zone or now().astimezone().tzinfo or UTC
        self._store = LogStore()
        self._marks = Marks()
        self._empty: tuple[str, ...] = ()
        self._lines = LogLines(self._store, LineOptions(80, ascii_only=ascii_only))
        self._search = LogSearch(self._store, clock=clock, limit=expression_limit())
        self._viewport = Viewport(AllLines(self._store), self._height_of)
        self._painter = LogPainter(self._style_of)
        self._painter.ascii_only = ascii_only
        self._frame: list[_Line] | None = None
        self._bar: tuple[object, list[BarCell]] = (None, [])
        self._following = True
        self._seen_end = 0
        self._cursor = 0
        self._marked: int | None = None
        self._selection: Selection | None = None
        self._selecting = False
        self._pan = 0
        self._version: tuple[object, ...] = ()
        self._working: Timer | None = None
        self._late: Timer | None = None
        self._ages: Timer | None = None
        self.frames_left_out = 0
        """Frames that were not painted because the terminal was behind."""

    # What is shown

    def show(self, store: LogStore, marks: Marks, *, empty: Sequence[str] = ()) -> None:
        """Show this log as it is now; `empty` says why there is nothing, when there is not."""
        version = (store, store.version, marks, marks.version, tuple(empty))
        if version == self._version:
            return
        if terminal_is_behind(self.app):
            self.frames_left_out += 1
            if self._late is None:
                self._late = self.set_timer(
                    RETRY, lambda: self._show_late(store, marks, tuple(empty))
                )
            return
        self._version = version
        self._empty = tuple(empty)
        self._marks = marks
        if store is not self._store:
            self._use(store)
        if self._following:
            self._cursor = max(store.first, store.end - 1)
            self._seen_end = store.end
            self._viewport.to_bottom()
        self._repaint()
        self._begin_work()

    def _show_late(self, store: LogStore, marks: Marks, empty: Sequence[str]) -> None:
        self._late = None
        self.show(store, marks, empty=empty)

    def _use(self, store: LogStore) -> None:
        """Another log, or the same one read from farther back: the place is kept by its time."""
        old, top = self._store, self._viewport.top[0]
        stamp = old.stamp(top) if old.first <= top < old.end else None
        self._store = store
        self._lines.change(store, self._lines.options)
        self._search.use(store)
        self._viewport.lines = self._search.shown or AllLines(store)
        self._marked = self._selection = None
        at = store.end if stamp is None else store.line_at(stamp.ns)
        self._cursor = max(store.first, min(at, store.end - 1))
        self._viewport.top = (self._cursor, 0)

    def _repaint(self) -> None:
        if self._search.only and self._search.given_up:
            self._show_all()
        self._frame = None
        self.refresh()
        self.post_message(self.Changed())

    # Searching goes on in small pieces

    def _begin_work(self) -> None:
        if self._working is None and self._search.pending and self.is_attached:
            self._working = self.set_timer(REST, self._work)

    def _work(self) -> None:
        self._working = None
        before = self._search.matches.count if self._search.matches else 0
        filtering = self._search.filtering is not None
        left = self._search.work()
        after = self._search.matches.count if self._search.matches else 0
        if filtering and before != after and self._following:
            self._viewport.to_bottom()
        if not left or before != after:
            self._repaint()
        if left:
            self._working = self.set_timer(REST, self._work)

    def _show_all(self) -> None:
        """All lines again, as an expression that is given up tells none of them."""
        self._search.only = False
        self._viewport.lines = AllLines(self._store)
        if self._following:
            self._viewport.to_bottom()

    # Layout

    def _height_of(self, number: int) -> int:
        return len(self._rows_of(number))

    def _rows_of(self, number: int) -> list[Row]:
        rows = self._lines.rows(number, now=self._now(), zone=self._zone)
        if not len(self._marks):
            return rows
        before = self._viewport.lines.previous(number)
        marks = self._marks.between(0 if before is None else before + 1, number + 1)
        if not marks:
            return rows
        options = self._lines.options
        rules = [rule_row(mark, options.room, ascii_only=options.ascii_only) for mark in marks]
        return [*rules, *rows]

    def _change_options(self, options: LineOptions) -> None:
        if self._lines.change(self._store, options):
            self._selection = None
            if self._following:
                self._viewport.to_bottom()
            self._repaint()

    @property
    def options(self) -> LineOptions:
        return self._lines.options

    def set_options(
        self,
        *,
        wrap: bool | None = None,
        raw: bool | None = None,
        pretty: bool | None = None,
        times: TimeMode | None = None,
    ) -> None:
        """Change how lines are shown; None leaves it."""
        old = self._lines.options
        self._change_options(
            LineOptions(
                old.room,
                old.wrap if wrap is None else wrap,
                old.raw if raw is None else raw,
                old.pretty if pretty is None else pretty,
                old.times if times is None else times,
                old.ascii_only,
            )
        )
        if times is not None:
            if self._ages is not None:
                self._ages.stop()
            self._ages = self.set_interval(AGES, self._repaint) if times is TimeMode.AGO else None

    def on_resize(self, event: events.Resize) -> None:
        self._viewport.height = max(1, event.size.height)
        old = self._lines.options
        room = max(1, event.size.width - BAR)
        self._frame = None
        if room != old.room:
            self._change_options(
                LineOptions(room, old.wrap, old.raw, old.pretty, old.times, old.ascii_only)
            )
        elif self._following:
            self._viewport.to_bottom()

    def _laid_out(self) -> list[_Line]:
        if self._frame is None:
            rows: dict[int, list[Row]] = {}
            self._frame = []
            for number, index in self._viewport.rows():
                if number not in rows:
                    rows[number] = self._rows_of(number)
                self._frame.append(_Line((number, index), rows[number][index]))
        return self._frame

    # Painting

    def _style_of(self, name: str) -> Style:
        style = self.rich_style
        if name:
            style += self.named_style(name)
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        frame, room = self._laid_out(), max(0, self.size.width - BAR)
        bar = self._bar_cells()
        strips = []
        for y in range(crop.y, crop.bottom):
            edge = self._painter.bar(bar[y] if y < len(bar) else BarCell())
            strip = Strip.join([self._line(frame, y, room), edge])
            strips.append(strip.crop(crop.x, crop.right))
        for line_filter in self.get_line_filters():
            background = self.background_colors[1]
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def _line(self, frame: list[_Line], y: int, room: int) -> Strip:
        if not frame:
            lines = [piece for text in self._empty for piece in wrap(text, max(20, room - 4))]
            empty = lines[y - 1] if 0 <= y - 1 < len(lines) else ""
            return self._painter.text(f"  {empty}" if empty else "", room, "empty")
        if y >= len(frame):
            return self._painter.text("", room, "")
        badge = self._badge() if y == len(frame) - 1 else ""
        strip = self._row_strip(frame[y], room)
        if badge and len(badge) < room:
            edge = self._painter.text(badge, len(badge), "badge")
            strip = Strip.join([strip.crop(0, room - len(badge)), edge])
        return strip

    def _row_strip(self, line: _Line, room: int) -> Strip:
        row, number = line.row, line.place[0]
        runs = list(row.runs)
        spans = matches_of(row, self._search.pattern)
        if spans:
            runs = highlighted(runs, spans, "match")
        if self._selection is not None:
            cells = self._selection.cells(row, number)
            if cells is not None:
                before = len(slice_cells(row.text, 0, cells[0])) + row.prefix
                inside = len(slice_cells(row.text, *cells))
                runs = highlighted(runs, [(before, before + inside)], "selected")
        over = ""
        if not row.rule and number in self._block:
            over = "block"
        elif not row.rule and number == self._cursor and not self._following:
            over = "cursor"
        pan = 0 if self._lines.options.wrap else self._pan
        return self._painter.row(row, runs, room, pan=pan, over=over)

    def _badge(self) -> str:
        new = self.new_lines
        if self._following or not new:
            return ""
        arrow = "v" if self._lines.options.ascii_only else "↓"
        return f" {arrow} {new:,} new ".replace(",", " ")

    def _bar_cells(self) -> list[BarCell]:
        height, store = self.size.height, self._store
        frame = self._laid_out()
        if not frame or not height:
            return []
        index = self._search.filtering
        top, last = frame[0].place[0], frame[-1].place[0] + 1
        errors, matches = self._search.errors, self._search.matches
        count = -1 if matches is None else matches.count
        key = (height, store.first, store.end, errors.count, count, top, last, index)
        if key == self._bar[0]:
            return self._bar[1]
        if index is None:
            whole, start, stop = len(store), top - store.first, last - store.first
        else:
            whole, start, stop = index.count, index.rank(top), index.rank(last)
        if stop - start >= whole:
            cells = [BarCell()] * height
        else:
            size = max(1, round(height * (stop - start) / whole))
            begin = round((height - size) * start / max(1, whole - (stop - start)))
            bad = errors.spread(height) if index is None else [False] * height
            hit = matches.spread(height) if matches and index is None else [False] * height
            cells = [BarCell(begin <= y < begin + size, bad[y], hit[y]) for y in range(height)]
        self._bar = (key, cells)
        return cells

    # Where we are

    @property
    def following(self) -> bool:
        return self._following

    @property
    def new_lines(self) -> int:
        """Lines that came since the end was left."""
        return max(0, self._store.end - self._seen_end)

    @property
    def store(self) -> LogStore:
        return self._store

    @property
    def search(self) -> LogSearch:
        return self._search

    @property
    def cursor(self) -> int:
        """The line that keys act on."""
        return self._cursor

    @property
    def visible_text(self) -> str:
        """What is on the screen, without the bar."""
        rows = ["".join(text for text, _, _ in line.row.runs).rstrip() for line in self._laid_out()]
        return "\n".join(rows or self._empty)

    @property
    def _block(self) -> range:
        if self._marked is None:
            return range(0)
        low, high = sorted((self._marked, self._cursor))
        return range(low, high + 1)
