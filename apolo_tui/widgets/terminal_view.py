"""The terminal in its pane: it takes every key while it has the focus.

It sees an emulator and two callables, never a socket. What the program in the job asks of the
user's terminal (clipboard, title, notifications) goes up as messages; the view itself does
nothing about it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.timer import Timer

from apolo_tui.terminal.input.keys import encode_key, parse_key
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
from apolo_tui.terminal.modes import Modes
from apolo_tui.terminal.selection import Position, Range, first_line, text_of
from apolo_tui.widgets.terminal_copy import CopyMode, Then
from apolo_tui.widgets.terminal_driver import TerminalDriver
from apolo_tui.widgets.terminal_leader import Command, Does, Heard, Leader, key_name
from apolo_tui.widgets.terminal_mouse import TerminalMouse

ESCAPE_AFTER = 0.05
"""Seconds after which an escape with nothing behind it is the escape key."""
LARGE_PASTE = 16 * 1024
"""Characters above which a paste is asked about first."""


class TerminalView(TerminalMouse, can_focus=True):
    """A terminal that can be typed into."""

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
    class CopyModeChanged(Message):
        """Looking back began, moved or ended; `ask` is set when a search is wanted."""

        mode: CopyMode | None
        ask: bool = False

    def __init__(
        self,
        *,
        id: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes="-takes-keys", clock=clock)
        self.leader = Leader()
        self._translator = Translator()
        self._escape_timer: Timer | None = None

    # Looking back

    def enter_copy_mode(self) -> None:
        """The keys scroll, search and copy until the mode is left."""
        if self.screen_shown is not None and self.copying is None:
            self.copying = CopyMode(self.screen_shown, page=self.size.height)
            self._copying_moved()

    def leave_copy_mode(self) -> None:
        if self.copying is not None:
            self.copying = None
            self.scroll_live()
            self.refresh()
            self.post_message(self.CopyModeChanged(None))

    def search(self, text: str) -> None:
        """Find a text, looking back. Raises ValueError for what is no regular expression."""
        self.enter_copy_mode()
        if self.copying is not None:
            try:
                self.copying.search(text)
            finally:
                self._copying_moved()

    def _copy_key(self, mode: CopyMode, name: str) -> None:
        then = mode.key(name)
        if then is Then.COPY:
            self.post_message(self.Copied(self._lines_marked(mode)))
        if then in (Then.COPY, Then.LEAVE):
            self.leave_copy_mode()
        else:
            self._copying_moved(ask=then is Then.ASK)

    def _lines_marked(self, mode: CopyMode) -> str:
        screen = mode.screen
        first, last = (line + first_line(screen) for line in mode.marked)
        cells = Range(Position(first, 0), Position(last, screen.columns - 1))
        return text_of(screen, cells)

    def _copying_moved(self, *, ask: bool = False) -> None:
        mode, screen = self.copying, self.screen_shown
        if mode is None or screen is None:
            return
        # The cursor's line stays in the pane, scrolling no further than it must.
        top = len(screen.scrollback) - self._back
        if not top <= mode.line < top + self.size.height:
            top = mode.line if mode.line < top else mode.line - self.size.height + 1
            self._set_back(max(0, min(len(screen.scrollback), len(screen.scrollback) - top)))
        self.refresh()
        self.post_message(self.CopyModeChanged(mode, ask))

    # Focus

    def on_focus(self) -> None:
        driver = self.app._driver
        if isinstance(driver, TerminalDriver):
            driver.capture(self._captured, self.screen)
        self._report_focus(True)

    def on_blur(self) -> None:
        self._release_driver()
        self.leader.cancel()
        self._report_focus(False)

    def on_unmount(self) -> None:
        self._release_driver()

    def _release_driver(self) -> None:
        driver = self.app._driver
        # Bound methods are equal when they are of the same widget.
        if isinstance(driver, TerminalDriver) and driver.captor == self._captured:
            driver.release()

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
        name = key_name(key) if key is not None else event.key
        if self._led(name):
            return
        if self.copying is not None:
            self._copy_key(self.copying, name)
        elif key is not None and self.screen_shown is not None:
            self.type_raw(encode_key(key, self.screen_shown.modes))

    def _led(self, name: str) -> bool:
        """Let the leader hear a key; whether it was meant for it."""
        heard = self.leader.key(name)
        if heard is Heard.NOTHING:
            return False
        if isinstance(heard, Command):
            self._command(heard)
        self.post_message(self.LeaderChanged(self.leader.waiting))
        return True

    def _command(self, command: Command) -> None:
        # What is typed right after the command must not reach the program any more.
        if command.does is Does.SCROLL:
            self.enter_copy_mode()
        elif command.does is Does.LEAVE:
            self._release_driver()
        self.post_message(self.Commanded(command))

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
                    self._command(Command(Does.LEAVE))
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
        if self.copying is None:
            self.type_raw(data)
        elif key is not None:
            self._copy_key(self.copying, key_name(key))
        else:
            for character in data.decode("utf-8", "replace"):
                self._copy_key(self.copying, character)

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
