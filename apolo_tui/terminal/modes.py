"""The modes that a program set, as the widget and the input encoders need them."""

from dataclasses import dataclass, field
from enum import IntEnum

KITTY_STACK_LIMIT = 16


class MouseTracking(IntEnum):
    """Which mouse events the program wants; the value is its DEC private mode."""

    OFF = 0
    PRESS = 9
    BUTTONS = 1000
    DRAG = 1002
    ANY = 1003


class MouseEncoding(IntEnum):
    """How mouse events are written; the value is its DEC private mode."""

    DEFAULT = 0
    UTF8 = 1005
    SGR = 1006
    URXVT = 1015


class CursorShape(IntEnum):
    """DECSCUSR shapes, without their blinking."""

    BLOCK = 0
    UNDERLINE = 1
    BAR = 2


@dataclass(slots=True)
class Modes:
    """What the program asked of the keyboard, the mouse and the picture."""

    application_cursor: bool = False
    application_keypad: bool = False
    backarrow_sends_backspace: bool = False
    newline: bool = False
    bracketed_paste: bool = False
    focus_reports: bool = False
    mouse: MouseTracking = MouseTracking.OFF
    mouse_encoding: MouseEncoding = MouseEncoding.DEFAULT
    alternate_scroll: bool = True
    alternate_screen: bool = False
    modify_other_keys: int = 0
    kitty_flags: int = 0
    kitty_stack: list[int] = field(default_factory=list)
    cursor_visible: bool = True
    cursor_shape: CursorShape = CursorShape.BLOCK
    cursor_blinks: bool = True
    reverse_screen: bool = False
    synchronized: bool = False
