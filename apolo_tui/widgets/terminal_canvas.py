"""The drawing of a terminal: the emulated screen, what is above it, the cursor, what is marked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from apolo_tui.terminal.colors import ON_DARK, ON_LIGHT
from apolo_tui.terminal.events import Event
from apolo_tui.terminal.screen import Screen
from apolo_tui.terminal.selection import Position, top_line
from apolo_tui.widgets.terminal_copy import CopyMode
from apolo_tui.widgets.terminal_paint import Painter, with_cursor, with_highlight
from apolo_tui.widgets.terminal_selection import Selection

FRAME = 1 / 30
"""Seconds between two paintings, at the least."""
HOLD = 0.15
"""Seconds that a program may hold the picture back (mode 2026)."""


@dataclass(frozen=True, slots=True)
class Wires:
    """Where what the user does goes."""

    type: Callable[[bytes], object]
    """Bytes for the program, at once."""
    resize: Callable[[int, int], object]
    """Columns and rows of the pane."""


class TerminalCanvas(Widget):
    """One emulated screen with its scrollback. Without a screen it is blank."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "terminal--selection",
        "terminal--match",
        "terminal--line",
    }

    own_palette: reactive[bool] = reactive(False)
    """Leave the first 16 colours to the user's terminal."""

    @dataclass
    class Asked(Message):
        """The program in the job asked something of the user's terminal."""

        event: Event

    @dataclass
    class Scrolled(Message):
        """The view shows what is `lines` above the live screen; 0 is the screen itself."""

        lines: int

    def __init__(
        self,
        *,
        id: str | None = None,
        classes: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.screen_shown: Screen | None = None
        self.copying: CopyMode | None = None
        """Set while the user looks back with the keyboard."""
        self._wires: Wires | None = None
        self._painter: Painter | None = None
        self._clock = clock
        self._painted_at = 0.0
        self._held_since: float | None = None
        self._paint_timer: Timer | None = None
        self._back = 0
        self._lines_gone = 0
        self._dropped = 0
        self._selection: Selection | None = None
        self._cursor_row = 0

    # What the screen that owns it calls

    def show(self, screen: Screen | None, wires: Wires | None) -> None:
        """Show another terminal; None for none."""
        self.screen_shown, self._wires = screen, wires
        self._painter = None
        self._selection = None
        self.copying = None
        self._set_back(0)
        if screen is not None and self.size:
            self._fit()
        self.refresh()

    def output_arrived(self) -> None:
        """The emulator was fed: paint soon, but not too often."""
        screen = self.screen_shown
        if screen is None or self._paint_timer is not None:
            return
        now = self._clock()
        if screen.modes.synchronized:
            self._held_since = self._held_since or now
            wait = HOLD - (now - self._held_since)
        else:
            self._held_since = None
            wait = FRAME - (now - self._painted_at)
        if wait <= 0:
            self._paint()
        else:
            self._paint_timer = self.set_timer(wait, self._paint)

    def scroll_back(self, lines: int) -> None:
        """Look further back (positive) or towards the live screen (negative)."""
        screen = self.screen_shown
        if screen is not None:
            self._set_back(max(0, min(len(screen.scrollback), self._back + lines)))

    def scroll_live(self) -> None:
        self._set_back(0)

    @property
    def back(self) -> int:
        """How many lines above the live screen is shown."""
        return self._back

    @property
    def selected_text(self) -> str:
        screen, selection = self.screen_shown, self._selection
        if screen is None or selection is None or selection.empty:
            return ""
        return selection.text(screen)

    def clear_selection(self) -> None:
        if self._selection is not None:
            self._selection = None
            self.refresh()

    # Painting

    def _paint(self) -> None:
        """Ask for the regions that changed to be drawn."""
        self._stop_timer()
        screen = self.screen_shown
        if screen is None:
            return
        now = self._clock()
        if screen.modes.synchronized and now - (self._held_since or now) < HOLD:
            self._paint_timer = self.set_timer(HOLD, self._paint)
            return
        self._painted_at = now
        self._keep_place(screen)
        dirty = screen.take_dirty()
        for event in screen.take_events():
            self.post_message(self.Asked(event))
        cursor = screen.cursor.y
        rows = {y + self._back for y in (*dirty, cursor, self._cursor_row)}
        self._cursor_row = cursor
        width = self.size.width
        regions = [Region(0, y, width, 1) for y in sorted(rows) if y < self.size.height]
        if len(regions) > self.size.height * 3 // 4:
            self.refresh()
        elif regions:
            self.refresh(*regions)

    def _keep_place(self, screen: Screen) -> None:
        """Who looks back goes on seeing the same lines while more of them come."""
        gone = screen.scrollback.dropped + len(screen.scrollback)
        came, self._lines_gone = gone - self._lines_gone, gone
        if self._back and came > 0:
            self._set_back(min(len(screen.scrollback), self._back + came))
        fell, self._dropped = screen.scrollback.dropped - self._dropped, screen.scrollback.dropped
        if self.copying is not None and fell:
            self.copying.shift(-fell)

    def _set_back(self, lines: int) -> None:
        if lines != self._back:
            self._back = lines
            self.post_message(self.Scrolled(lines))
            self.refresh()

    def _stop_timer(self) -> None:
        if self._paint_timer is not None:
            self._paint_timer.stop()
            self._paint_timer = None

    def render_line(self, y: int) -> Strip:
        screen = self.screen_shown
        width = self.size.width
        if screen is None or y >= screen.rows:
            return Strip.blank(width, self.rich_style)
        painter = self._painter or self._make_painter(screen)
        at = y - self._back
        strip = painter.strip(screen.row(at), screen.columns, reverse=screen.modes.reverse_screen)
        line = top_line(screen) + at
        if self.copying is not None:
            strip = self._with_copying(strip, self.copying, line - screen.scrollback.dropped)
        if self._selection is not None:
            columns = self._selection.columns(line, screen.columns)
            if columns is not None:
                strip = with_highlight(strip, *columns, self._part("terminal--selection"))
        cursor = screen.cursor
        if cursor.visible and at == cursor.y and self.copying is None:
            x = min(cursor.x, screen.columns - 1)
            strip = with_cursor(strip, x, cursor.shape, focused=self.has_focus)
        return strip if screen.columns == width else strip.adjust_cell_length(width)

    def _with_copying(self, strip: Strip, copying: CopyMode, line: int) -> Strip:
        """The strip with what is marked, what was found, and the line of the cursor."""
        first, last = copying.marked
        if first <= line <= last:
            name = "terminal--line" if copying.anchor is None else "terminal--selection"
            strip = with_highlight(strip, 0, strip.cell_length, self._part(name))
        for match in copying.matches:
            if match.line == line:
                part = self._part("terminal--match")
                strip = with_highlight(strip, match.start, match.end, part)
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """The same without Textual's style cache: the rows keep their own strips."""
        strips = [self.render_line(y) for y in range(crop.y, crop.bottom)]
        if crop.x == 0 and crop.right == self.size.width:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def _make_painter(self, screen: Screen) -> Painter:
        base = self.rich_style
        foreground, background = base.color, base.bgcolor
        if foreground is not None and foreground.triplet is not None:
            red, green, blue = foreground.triplet
            screen.colors.foreground = screen.colors.cursor = (red, green, blue)
        if background is not None and background.triplet is not None:
            red, green, blue = background.triplet
            screen.colors.background = (red, green, blue)
        screen.colors.base = ON_DARK if self.app.current_theme.dark else ON_LIGHT
        self._painter = Painter(screen.colors, base, own_palette=self.own_palette)
        return self._painter

    def _part(self, name: str) -> RichStyle:
        return self.get_component_rich_style(name)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def _cell_at(self, event: events.MouseEvent, *, between: bool = True) -> Position:
        screen = self.screen_shown
        assert screen is not None
        y = max(0, min(int(event.y), screen.rows - 1))
        x = max(0, min(int(event.x), screen.columns if between else screen.columns - 1))
        return Position(top_line(screen) + y - self._back, x)

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        size = self.size
        if self._wires is not None and size.width > 0 and size.height > 0:
            self._wires.resize(size.width, size.height)
            self.output_arrived()

    def on_unmount(self) -> None:
        self._stop_timer()

    def _type(self, data: bytes) -> None:
        if data and self._wires is not None:
            self._wires.type(data)
