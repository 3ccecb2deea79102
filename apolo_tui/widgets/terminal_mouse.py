"""The mouse in a terminal: it selects text unless the program wants it; with shift always."""

from dataclasses import dataclass

from textual import events
from textual.message import Message

from apolo_tui.terminal.input.mouse import (
    ALT,
    CTRL,
    Action,
    Button,
    Mouse,
    encode_mouse,
    wheel_as_keys,
)
from apolo_tui.terminal.modes import MouseTracking
from apolo_tui.terminal.screen import Screen
from apolo_tui.terminal.selection import line_range, row_at, word_range
from apolo_tui.widgets.terminal_canvas import TerminalCanvas
from apolo_tui.widgets.terminal_selection import Selection

WHEEL_LINES = 3
BUTTONS = {1: Button.LEFT, 2: Button.MIDDLE, 3: Button.RIGHT}


class TerminalMouse(TerminalCanvas):
    """A terminal that can be pointed at."""

    @dataclass
    class Copied(Message):
        """The user selected this text, to be put on the clipboard."""

        text: str

    @dataclass
    class LinkClicked(Message):
        """A link of the program was clicked, with control held."""

        uri: str

    _button: Button | None = None
    _selecting = False

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
        place = self._cell_at(event, between=False)
        if event.chain >= 2:
            cells = (
                word_range(screen, place) if event.chain == 2 else line_range(screen, place.line)
            )
            self._selection = Selection.of_range(cells)
            self.post_message(self.Copied(self.selected_text))
            self.refresh()
        elif event.ctrl:
            row = row_at(screen, place.line)
            look = row.cells(screen.columns)[place.column][1] if row is not None else None
            if look is not None and look.link is not None:
                self.post_message(self.LinkClicked(look.link.uri))

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
