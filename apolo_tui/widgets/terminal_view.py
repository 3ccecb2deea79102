"""The terminal in its pane: it draws the emulated screen, and takes every key while it has focus.

It sees an emulator and three callables, never a socket. What the program in the job asks of the
user's terminal (clipboard, title, notifications) goes up as messages; the view itself does
nothing about it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from apolo_tui.terminal.events import Event
from apolo_tui.terminal.input.keys import encode_key, parse_key
from apolo_tui.terminal.input.mouse import (
    ALT,
    CTRL,
    Action,
    Button,
    Mouse,
    encode_mouse,
    wheel_as_keys,
)
from apolo_tui.terminal.input.paste import encode_focus, encode_paste
from apolo_tui.terminal.input.press import KeyPress
from apolo_tui.terminal.input.translation import (
    LEADER,
    FocusChanged,
    InputEvent,
    LeaderPressed,
    LeavePressed,
    MouseMoved,
    Pasted,
    Reply,
    Translator,
    Typed,
)
from apolo_tui.terminal.modes import Modes, MouseTracking
from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.terminal_driver import TerminalDriver
from apolo_tui.widgets.terminal_leader import Command, Does, Heard, Leader, key_name
from apolo_tui.widgets.terminal_paint import Painter, with_cursor, with_highlight
from apolo_tui.widgets.terminal_selection import Cell, Selection, word_at

FRAME = 1 / 30
"""Seconds between two paintings, at the least."""
HOLD = 0.15
"""Seconds that a program may hold the picture back (mode 2026)."""
ESCAPE_AFTER = 0.05
"""Seconds after which an escape with nothing behind it is the escape key."""
WHEEL_LINES = 3
LARGE_PASTE = 16 * 1024
"""Characters above which a paste is asked about first."""

BUTTONS = {1: Button.LEFT, 2: Button.MIDDLE, 3: Button.RIGHT}


@dataclass(frozen=True, slots=True)
class Wires:
    """Where what the user does goes."""

    type: Callable[[bytes], object]
    """Bytes for the program, at once."""
    resize: Callable[[int, int], object]
    """Columns and rows of the pane."""


class TerminalView(Widget, can_focus=True):
    """One emulated screen with its scrollback. Without a screen it is blank."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"terminal-view--selection", "terminal-view--match"}

    own_palette: reactive[bool] = reactive(False)
    """Leave the first 16 colours to the user's terminal."""

    @dataclass
    class Copied(Message):
        """The user selected this text, to be put on the clipboard."""

        text: str

    @dataclass
    class LinkClicked(Message):
        """A link of the program was clicked."""

        uri: str

    @dataclass
    class Asked(Message):
        """The program in the job asked something of the user's terminal."""

        event: Event

    @dataclass
    class Commanded(Message):
        """A key after the leader."""

        command: Command

    @dataclass
    class LeaderChanged(Message):
        """The leader was pressed (`waiting`), or what it waited for came."""

        waiting: bool

    @dataclass
    class LargePaste(Message):
        """More was pasted than is typed without asking; `paste` types it."""

        text: str

    @dataclass
    class Scrolled(Message):
        """The view shows what is `lines` above the live screen; 0 is the screen itself."""

        lines: int

    def __init__(
        self,
        *,
        id: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes="-takes-keys")
        self.screen_shown: Screen | None = None
        self._wires: Wires | None = None
        self._painter: Painter | None = None
        self._clock = clock
        self._painted_at = 0.0
        self._held_since: float | None = None
        self._paint_timer: Timer | None = None
        self._back = 0
        self._lines_gone = 0
        self._selection: Selection | None = None
        self._matches: dict[int, list[tuple[int, int]]] = {}
        self._cursor_row = 0
        self._button: Button | None = None
        self._selecting = False
        self.leader = Leader()
        self._translator = Translator()
        self._escape_timer: Timer | None = None

    # What the screen that owns it calls

    def show(self, screen: Screen | None, wires: Wires | None) -> None:
        """Show another terminal; None for none."""
        self.screen_shown, self._wires = screen, wires
        self._painter = None
        self._selection = None
        self._matches = {}
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

    def show_matches(self, matches: dict[int, list[tuple[int, int]]]) -> None:
        """Columns to highlight, by line counted from the oldest of the scrollback."""
        self._matches = matches
        self.refresh()

    def reveal(self, line: int) -> None:
        """Scroll until a line of the scrollback is in the middle of the pane."""
        screen = self.screen_shown
        if screen is not None:
            back = len(screen.scrollback) - line + self.size.height // 2
            self._set_back(max(0, min(len(screen.scrollback), back)))

    @property
    def selected_text(self) -> str:
        screen, selection = self.screen_shown, self._selection
        if screen is None or selection is None or selection.empty:
            return ""
        return selection.text(self._row_of_line, screen.columns)

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
        line = self._line_of(at)
        for start, end in self._matches.get(line, ()):
            strip = with_highlight(strip, start, end, self._part("terminal-view--match"))
        if self._selection is not None:
            columns = self._selection.columns(line, screen.columns)
            if columns is not None:
                strip = with_highlight(strip, *columns, self._part("terminal-view--selection"))
        cursor = screen.cursor
        if cursor.visible and at == cursor.y:
            x = min(cursor.x, screen.columns - 1)
            strip = with_cursor(strip, x, cursor.shape, focused=self.has_focus)
        return strip if screen.columns == width else strip.adjust_cell_length(width)

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
        self._painter = Painter(screen.colors, base, own_palette=self.own_palette)
        return self._painter

    def _part(self, name: str) -> RichStyle:
        return self.get_component_rich_style(name)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    # Lines are counted from the oldest that was ever there

    def _line_of(self, at: int) -> int:
        screen = self.screen_shown
        assert screen is not None
        return screen.scrollback.dropped + len(screen.scrollback) + at

    def _row_of_line(self, line: int) -> Row:
        screen = self.screen_shown
        assert screen is not None
        at = line - screen.scrollback.dropped - len(screen.scrollback)
        if -at > len(screen.scrollback) or at >= screen.rows:
            return Row()
        return screen.row(at)

    def _cell_at(self, event: events.MouseEvent, *, between: bool = True) -> Cell:
        screen = self.screen_shown
        assert screen is not None
        y = max(0, min(int(event.y), screen.rows - 1))
        x = max(0, min(int(event.x), screen.columns if between else screen.columns - 1))
        return Cell(self._line_of(y - self._back), x)

    # Size and focus

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        size: Size = self.size
        if self._wires is not None and size.width > 0 and size.height > 0:
            self._wires.resize(size.width, size.height)
            self.output_arrived()

    def on_focus(self) -> None:
        driver = self.app._driver
        if isinstance(driver, TerminalDriver):
            driver.captor = self._captured
        self._report_focus(True)

    def on_blur(self) -> None:
        self._release_driver()
        self.leader.cancel()
        self._report_focus(False)

    def on_unmount(self) -> None:
        self._stop_timer()
        self._release_driver()

    def _release_driver(self) -> None:
        driver = self.app._driver
        # Bound methods are equal when they are of the same widget.
        if isinstance(driver, TerminalDriver) and driver.captor == self._captured:
            driver.captor = None

    def _report_focus(self, gained: bool) -> None:
        self.refresh()
        if self.screen_shown is not None:
            self._type(encode_focus(gained, self.screen_shown.modes))

    # Keys: all of them but the leader, and what follows it

    def on_key(self, event: events.Key) -> None:
        """The way of the keys where Textual's parser had them; the other is `_captured`."""
        event.stop()
        event.prevent_default()
        key = parse_key(event.key, event.character)
        if self._led(key_name(key) if key is not None else event.key):
            return
        if key is not None and self.screen_shown is not None:
            self.type_raw(encode_key(key, self.screen_shown.modes))

    def _led(self, name: str) -> bool:
        """Let the leader hear a key; whether it was meant for it."""
        heard = self.leader.key(name)
        if heard is Heard.NOTHING:
            return False
        if isinstance(heard, Command):
            self.post_message(self.Commanded(heard))
        self.post_message(self.LeaderChanged(self.leader.waiting))
        return True

    def _captured(self, data: bytes) -> None:
        """The user's input as it came from their terminal."""
        modes = self.screen_shown.modes if self.screen_shown is not None else Modes()
        self._heard(self._translator.translate(data, modes))
        if self._escape_timer is not None:
            self._escape_timer.stop()
            self._escape_timer = None
        if self._translator.pending:
            self._escape_timer = self.set_timer(ESCAPE_AFTER, self._escape_alone)

    def _escape_alone(self) -> None:
        self._escape_timer = None
        modes = self.screen_shown.modes if self.screen_shown is not None else Modes()
        self._heard(self._translator.flush(modes))

    def _heard(self, inputs: list[InputEvent]) -> None:
        for item in inputs:
            match item:
                case Typed(data, key):
                    self._typed(data, key)
                case LeaderPressed():
                    self._led(self.leader.name)
                case LeavePressed():
                    self.leader.cancel()
                    self.post_message(self.Commanded(Command(Does.LEAVE)))
                case Pasted(text):
                    self._pasted(text)
                case MouseMoved(raw=raw) | FocusChanged(raw=raw) | Reply(raw=raw):
                    driver = self.app._driver
                    if isinstance(driver, TerminalDriver):
                        driver.give_back(raw)

    def _typed(self, data: bytes, key: KeyPress | None) -> None:
        if self.leader.waiting:
            if key is None:
                # Text that came at once: its first character is the command.
                text = data.decode("utf-8", "replace")
                self._led(text[:1])
                data = text[1:].encode()
            else:
                self._led(key_name(key))
                return
        self.type_raw(data)

    def type_raw(self, data: bytes) -> None:
        """Keys as the program expects them."""
        if data:
            self.clear_selection()
            self.scroll_live()
            self._type(data)

    def type_leader(self) -> None:
        """The leader itself, for the program: it was pressed twice."""
        if self.screen_shown is not None:
            self.type_raw(encode_key(LEADER, self.screen_shown.modes))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._pasted(event.text)

    def _pasted(self, text: str) -> None:
        if len(text) > LARGE_PASTE:
            self.post_message(self.LargePaste(text))
        else:
            self.paste(text)

    def paste(self, text: str) -> None:
        """Type a text into the program, between marks if it asked for them."""
        if self.screen_shown is not None:
            self.type_raw(encode_paste(text, self.screen_shown.modes))

    def _type(self, data: bytes) -> None:
        if data and self._wires is not None:
            self._wires.type(data)

    # The mouse selects text, unless the program wants it; with shift it always selects

    def _program_gets(self, event: events.MouseEvent, action: Action, button: Button) -> bool:
        """Report the event to the program, if it asked for the mouse."""
        screen = self.screen_shown
        if screen is None or event.shift or self._back or self._selecting:
            return False
        if screen.modes.mouse is MouseTracking.OFF:
            return False
        modifiers = (ALT if event.meta else 0) | (CTRL if event.ctrl else 0)
        mouse = Mouse(action, button, int(event.x), int(event.y), modifiers)
        self._type(encode_mouse(mouse, screen.modes))
        event.stop()
        return True

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self.screen_shown is None:
            return
        self._button = BUTTONS.get(event.button, Button.LEFT)
        if self._program_gets(event, Action.PRESS, self._button):
            self.capture_mouse()
            return
        if event.button == 1:
            cell = self._cell_at(event)
            self._selection = Selection(cell, cell)
            self._selecting = True
            self.capture_mouse()
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.screen_shown is None:
            return
        held = self._button if self._button is not None else Button.NONE
        if self._program_gets(event, Action.MOVE, held):
            return
        if self._selecting and self._selection is not None:
            self._selection = self._selection.to(self._cell_at(event))
            self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        button, self._button = self._button, None
        self.release_mouse()
        if self.screen_shown is None:
            return
        if self._program_gets(event, Action.RELEASE, button or Button.LEFT):
            return
        self._selecting = False
        text = self.selected_text
        if text:
            self.post_message(self.Copied(text))
        else:
            self.clear_selection()

    def on_click(self, event: events.Click) -> None:
        screen = self.screen_shown
        if screen is None or self._program_wants_mouse(screen):
            return
        cell = self._cell_at(event, between=False)
        row = self._row_of_line(cell.line)
        if event.chain >= 2:
            ends = word_at(row, cell.column, screen.columns)
            start, end = ends if event.chain == 2 else (0, screen.columns)
            self._selection = Selection(Cell(cell.line, start), Cell(cell.line, end))
            self.post_message(self.Copied(self.selected_text))
            self.refresh()
        elif event.ctrl:
            cells = row.cells(screen.columns)
            link = cells[cell.column][1].link if cell.column < len(cells) else None
            if link is not None:
                self.post_message(self.LinkClicked(link.uri))

    def _program_wants_mouse(self, screen: Screen) -> bool:
        return screen.modes.mouse is not MouseTracking.OFF and self._back == 0

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, Button.WHEEL_UP, WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, Button.WHEEL_DOWN, -WHEEL_LINES)

    def _wheel(self, event: events.MouseEvent, button: Button, lines: int) -> None:
        screen = self.screen_shown
        if screen is None or self._program_gets(event, Action.PRESS, button):
            return
        event.stop()
        keys = wheel_as_keys(Mouse(Action.PRESS, button, 0, 0), screen.modes)
        if keys and not event.shift:
            self._type(keys)
        else:
            self.scroll_back(lines)
