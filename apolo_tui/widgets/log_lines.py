"""The rows of a log's lines, as they are shown. Pure: no app, no colours of a theme."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise

from apolo_tui.model.cells import clusters, width
from apolo_tui.model.logs import Gap, Level, LogStore, Mark, Pattern, Stamp, TimeMode, split_stamp
from apolo_tui.model.logs.levels import level_of
from apolo_tui.model.logs.pretty import layout
from apolo_tui.model.logs.records import in_traceback
from apolo_tui.model.logs.stamps import show_stamp
from apolo_tui.model.logs.text import PLAIN, Pen, Runs, last_state, plain, raw_runs, runs

Run = tuple[str, str, Pen]
"""A text, the name of its style ("" for the widget's own), and the job's own colours on it."""

LEVEL_STYLES = {
    Level.NONE: "",
    Level.DEBUG: "debug",
    Level.INFO: "info",
    Level.WARNING: "warning",
    Level.ERROR: "error",
}
KEPT_LINES = 2048
GROWING = "↻"
"""At the end of a line that a program still writes over."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen: a piece of a line, or a rule between lines."""

    runs: tuple[Run, ...]
    prefix: int = 0
    """Cells in front of the text: the time."""
    part: int = 0
    """The rows of one part are one text that was wrapped."""
    start: int = 0
    """The cell of the part's text that the row begins at."""
    rule: bool = False
    growing: bool = False

    @property
    def text(self) -> str:
        """What can be copied: without the time."""
        whole = "".join(text for text, _, _ in self.runs)
        return "" if self.rule else whole[self.prefix :]


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How lines are shown."""

    room: int
    """Cells of a row."""
    wrap: bool = False
    raw: bool = False
    pretty: bool = False
    times: TimeMode = TimeMode.TIME
    ascii_only: bool = False


def cut_cells(text: str, cells: int) -> tuple[str, str]:
    """The text in two: the first piece takes at most so many cells, the rest begins after it."""
    if text.isascii():
        return text[:cells], text[cells:]
    used = position = 0
    for shown, wide in clusters(text):
        if used + wide > cells:
            break
        used += wide
        position += len(shown)
    return text[:position], text[position:]


def slice_cells(text: str, start: int, stop: int) -> str:
    """The characters of a text that begin in the cells from `start` up to `stop`."""
    _, rest = cut_cells(text, start)
    kept, _ = cut_cells(rest, stop - start)
    return kept


def wrapped(line: Sequence[Run], room: int) -> list[list[Run]]:
    """A line in pieces of at most `room` cells."""
    rows: list[list[Run]] = [[]]
    left = room
    for text, name, pen in line:
        while text:
            piece, rest = cut_cells(text, left)
            if not piece and left == room:  # a character that is wider than the whole row
                piece, rest = text[:1], text[1:]
            if piece:
                rows[-1].append((piece, name, pen))
                left -= width(piece) if not piece.isascii() else len(piece)
            text = rest
            if text:
                rows.append([])
                left = room
    return rows


class LogLines:
    """Makes the rows of lines of one store, and keeps those of the lines that were shown last."""

    def __init__(self, store: LogStore, options: LineOptions) -> None:
        self.store = store
        self.options = options
        self._zoomed: set[int] = set()
        self._kept: OrderedDict[tuple[int, int], list[Row]] = OrderedDict()

    def change(self, store: LogStore, options: LineOptions) -> bool:
        """Use these from now on; true if anything has to be made anew."""
        if store is self.store and options == self.options:
            return False
        if store is not self.store:
            self._zoomed.clear()
        self.store, self.options = store, options
        self._kept.clear()
        return True

    def zoom(self, number: int) -> None:
        """Show a line in full, wrapped and laid out, or as the others again."""
        self._zoomed ^= {number}
        self._kept.clear()

    def text(self, number: int) -> str | None:
        """The plain text of a line as it is shown; None for a line that is not kept."""
        if not self.store.first <= number < self.store.end:
            return None
        return plain(last_state(self._split(number)[1]))

    def _split(self, number: int) -> tuple[Stamp | None, bytes]:
        raw = self.store.line(number)
        if self.store.continues(number):
            return None, raw
        stamp, start = split_stamp(raw)
        return stamp, raw[start:]

    def rows(self, number: int, *, now: datetime, zone: tzinfo) -> list[Row]:
        """The rows of a line, at least one. Their times are those of `now`."""
        raw_size = len(self.store.line(number))
        key = (number, raw_size)
        rows = self._kept.get(key)
        if rows is None:
            rows = self._make(number)
            self._kept[key] = rows
            if len(self._kept) > KEPT_LINES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        if self.options.times is TimeMode.NONE:
            return rows
        return self._with_time(number, rows, now, zone)

    def _with_time(self, number: int, rows: list[Row], now: datetime, zone: tzinfo) -> list[Row]:
        mode = self.options.times
        stamp, _ = self._split(number)
        shown: Run = (show_stamp(stamp, mode, now=now, zone=zone), "time", PLAIN)
        blank: Run = (" " * mode.cells, "time", PLAIN)
        return [
            Row(
                (shown if index == 0 else blank, *row.runs),
                mode.cells,
                row.part,
                row.start,
                growing=row.growing,
            )
            for index, row in enumerate(rows)
        ]

    def _make(self, number: int) -> list[Row]:
        options = self.options
        zoomed = number in self._zoomed
        _, text = self._split(number)
        room = max(8, options.room - options.times.cells)
        growing = number == self.store.end - 1 and self.store.has_partial and b"\r" in text
        if options.raw:
            parts = [self._styled(raw_runs(text), "")]
        else:
            state = last_state(text)
            shown = plain(state)
            name = LEVEL_STYLES[level_of(shown)]
            if not name and in_traceback(self.text, number):
                name = "error"
            parts = self._pretty(shown, name) if options.pretty or zoomed else []
            parts = parts or [self._styled(runs(state), name)]
        rows: list[Row] = []
        for part, line in enumerate(parts):
            start = 0
            for piece in wrapped(line, room) if options.wrap or zoomed else [line]:
                rows.append(Row(tuple(piece), 0, part, start, growing=growing))
                start += sum(width(text) for text, _, _ in piece)
        return rows

    def _styled(self, pieces: Runs, name: str) -> list[Run]:
        return [(text, name, pen) for text, pen in pieces]

    def _pretty(self, shown: str, name: str) -> list[list[Run]]:
        rows = layout(shown)
        if rows is None:
            return []
        styles = {"key": "key", "value": "", "message": name or "message", "level": name}
        return [[(text, styles[role], PLAIN) for text, role in row] for row in rows]


def rule_row(mark: Mark, room: int, *, ascii_only: bool = False) -> Row:
    """The rule that a mark is drawn as."""
    text = f" {mark} "
    line = "─═"[not isinstance(mark, Gap)]
    if ascii_only:
        line = {"─": "-", "═": "="}[line]
    side = max(2, (room - width(text)) // 2)
    shown, _ = cut_cells(line * min(side, 8) + text + line * min(side, 8), room)
    return Row(((shown, "rule", PLAIN),), rule=True)


def highlighted(
    runs_of: Sequence[Run], spans: Sequence[tuple[int, int]], name: str, offset: int = 0
) -> list[Run]:
    """The runs with the style `name` on the characters of `spans`, counted from `offset`."""
    result: list[Run] = []
    position = offset
    for text, style, pen in runs_of:
        end = position + len(text)
        cuts = {position, end}
        for start, stop in spans:
            cuts |= {edge for edge in (start, stop) if position < edge < end}
        edges = sorted(cuts)
        for low, high in pairwise(edges):
            inside = any(start <= low and high <= stop for start, stop in spans)
            piece = text[low - position : high - position]
            result.append((piece, name if inside else style, PLAIN if inside else pen))
        position = end
    return result


def matches_of(row: Row, pattern: Pattern | None) -> list[tuple[int, int]]:
    """Where a row matches, as characters of its runs."""
    if pattern is None or pattern.inverse or row.rule:
        return []
    shift = row.prefix
    return [(start + shift, stop + shift) for start, stop in pattern.spans(row.text)]
