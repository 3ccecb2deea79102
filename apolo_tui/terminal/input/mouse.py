"""Mouse reports: xterm's, in the tracking mode and the encoding that a program asked for."""

from dataclasses import dataclass
from enum import IntEnum

from apolo_tui.terminal.modes import Modes, MouseEncoding, MouseTracking


class Button(IntEnum):
    """xterm's button codes, without modifiers."""

    LEFT = 0
    MIDDLE = 1
    RIGHT = 2
    NONE = 3
    WHEEL_UP = 64
    WHEEL_DOWN = 65
    WHEEL_LEFT = 66
    WHEEL_RIGHT = 67
    BACK = 128
    FORWARD = 129


class Action(IntEnum):
    """What happened."""

    PRESS = 0
    RELEASE = 1
    MOVE = 2


SHIFT, ALT, CTRL = 4, 8, 16
_MOTION = 32


@dataclass(frozen=True, slots=True)
class Mouse:
    """A mouse event in cells, from 0. While nothing is held, `button` is NONE for a move.

    `modifiers` is a sum of SHIFT, ALT and CTRL of this module.
    """

    action: Action
    button: Button
    column: int
    row: int
    modifiers: int = 0


def wants(event: Mouse, modes: Modes) -> bool:
    """Whether the program asked for such events."""
    if event.action is Action.PRESS:
        return modes.mouse is not MouseTracking.OFF
    if event.action is Action.RELEASE:
        return modes.mouse >= MouseTracking.BUTTONS and event.button < Button.WHEEL_UP
    if event.button is Button.NONE:
        return modes.mouse is MouseTracking.ANY
    return modes.mouse >= MouseTracking.DRAG


def encode_mouse(event: Mouse, modes: Modes) -> bytes:
    """The report, b"" where the program did not ask for one or the encoding cannot carry it."""
    if not wants(event, modes) or event.column < 0 or event.row < 0:
        return b""
    modifiers = 0 if modes.mouse is MouseTracking.PRESS else event.modifiers
    code = event.button | modifiers | (_MOTION if event.action is Action.MOVE else 0)
    column, row = event.column + 1, event.row + 1
    released = event.action is Action.RELEASE
    if modes.mouse_encoding is MouseEncoding.SGR:
        return f"\x1b[<{code};{column};{row}{'m' if released else 'M'}".encode()
    if released:
        code = Button.NONE | modifiers
    if modes.mouse_encoding is MouseEncoding.URXVT:
        return f"\x1b[{code + 32};{column};{row}M".encode()
    if modes.mouse_encoding is MouseEncoding.UTF8:
        if max(column, row) > 2_015:
            return b""
        return b"\x1b[M" + "".join(map(chr, (code + 32, column + 32, row + 32))).encode()
    if max(column, row) > 223:
        return b""
    return b"\x1b[M" + bytes((code + 32, column + 32, row + 32))


def decode_mouse(code: int, column: int, row: int, *, released: bool) -> Mouse | None:
    """The event of an SGR report with 1-based cells; None where it is not a known one."""
    modifiers = code & (SHIFT | ALT | CTRL)
    try:
        button = Button(code & ~(SHIFT | ALT | CTRL | _MOTION))
    except ValueError:
        return None
    action = Action.MOVE if code & _MOTION else Action.RELEASE if released else Action.PRESS
    if column < 1 or row < 1:
        return None
    return Mouse(action, button, column - 1, row - 1, modifiers)


def wheel_as_keys(event: Mouse, modes: Modes) -> bytes:
    """Alternate scroll: three arrow keys for a turn of the wheel on the alternate screen.

    b"" where the mode is off, the main screen is shown, or the program takes the mouse itself.
    """
    if (
        not modes.alternate_scroll
        or not modes.alternate_screen
        or modes.mouse is not MouseTracking.OFF
        or event.action is not Action.PRESS
        or event.button not in (Button.WHEEL_UP, Button.WHEEL_DOWN)
    ):
        return b""
    final = b"A" if event.button is Button.WHEEL_UP else b"B"
    return ((b"\x1bO" if modes.application_cursor else b"\x1b[") + final) * 3
