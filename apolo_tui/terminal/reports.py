"""Control functions that ask the terminal something. All answers are 7-bit.

Nothing that a program stored is ever part of an answer: a title or an icon name is reported as
empty, or a program could make the terminal type commands for the user.
"""

from collections.abc import Callable
from typing import Final

from apolo_tui.terminal.modes import CursorShape
from apolo_tui.terminal.page import Page, Params
from apolo_tui.terminal.styles import PROTECTED, sgr_parameters

PRIMARY_ATTRIBUTES: Final = "\x1b[?64;1;6;21;22;28c"
"""A VT420 with 132 columns, selective erase, horizontal scrolling, colour, rectangles."""

SECONDARY_ATTRIBUTES: Final = "\x1b[>41;380;0c"
TERTIARY_ATTRIBUTES: Final = "\x1bP!|00000000\x1b\\"
NAME: Final = "apolo-tui"

_PRIVATE_REPORTS: Final = {
    15: "\x1b[?13n",  # no printer
    25: "\x1b[?20n",  # user-defined keys are not locked
    26: "\x1b[?27;1;0;0n",  # North American keyboard
    53: "\x1b[?50n",  # no locator
    55: "\x1b[?50n",
    56: "\x1b[?57;0n",
    62: "\x1b[0*{",  # no space for macros
    75: "\x1b[?70n",  # ready
    85: "\x1b[?83n",  # one session
}


def primary_attributes(page: Page, params: Params) -> None:
    """DA1."""
    if not params or not params[0]:
        page.reply(PRIMARY_ATTRIBUTES)


def secondary_attributes(page: Page, params: Params) -> None:
    """DA2."""
    if not params or not params[0]:
        page.reply(SECONDARY_ATTRIBUTES)


def tertiary_attributes(page: Page, params: Params) -> None:
    """DA3."""
    if not params or not params[0]:
        page.reply(TERTIARY_ATTRIBUTES)


def version(page: Page, params: Params) -> None:
    """XTVERSION."""
    if not params or not params[0]:
        page.reply(f"\x1bP>|{NAME}\x1b\\")


def parameters(page: Page, params: Params) -> None:
    """DECREQTPARM."""
    kind = params[0] if params else 0
    if kind < 2:
        page.reply(f"\x1b[{kind + 2};1;1;128;128;1;0x")


def status(page: Page, params: Params) -> None:
    """DSR."""
    kind = params[0] if params else 0
    if kind == 5:
        page.reply("\x1b[0n")
    elif kind == 6:
        page.reply(f"\x1b[{_position(page)}R")


def private_status(page: Page, params: Params) -> None:
    """DSR of DEC."""
    kind = params[0] if params else 0
    if kind == 6:
        page.reply(f"\x1b[?{_position(page)};1R")
    elif kind == 63:
        request = params[1] if len(params) > 1 else 0
        page.reply(f"\x1bP{request}!~0000\x1b\\")
    elif kind in _PRIVATE_REPORTS:
        page.reply(_PRIVATE_REPORTS[kind])
    else:
        page.unknown += 1


def _position(page: Page) -> str:
    row, column = page.y, page.x
    if page.origin:
        row, column = row - page.top, column - page.left
    return f"{row + 1};{column + 1}"


def presentation_state(page: Page, params: Params) -> None:
    """DECRQPSR: the cursor (1) or the tab stops (2)."""
    kind = params[0] if params else 0
    if kind == 2:
        stops = "/".join(str(stop + 1) for stop in sorted(page.tabs))
        page.reply(f"\x1bP2$u{stops}\x1b\\")
    elif kind == 1:
        pen = page.pen
        rendition = 0x40 | (pen.attributes & 1) | (bool(pen.underline) << 1)
        rendition |= bool(pen.attributes & 8) << 2 | bool(pen.attributes & 16) << 3
        protection = 0x40 | bool(pen.attributes & PROTECTED)
        flags = 0x40 | page.origin | (page.single_shift == 2) << 1
        flags |= (page.single_shift == 3) << 2 | page.wrap_next << 3
        sets = "".join("B" if charset is None else "0" for charset in page.charsets)
        page.reply(
            f"\x1bP1$u{_position(page)};1;{chr(rendition)};{chr(protection)};{chr(flags)};"
            f"{page.gl};2;@;{sets}\x1b\\"
        )


def window(page: Page, params: Params) -> None:
    """XTWINOPS: sizes and the stack of titles; a program cannot move or resize the pane."""
    kind = params[0] if params else 0
    which = params[1] if len(params) > 1 else 0
    if kind == 11:
        page.reply("\x1b[1t")
    elif kind == 13:
        page.reply("\x1b[3;0;0t")
    elif kind == 18:
        page.reply(f"\x1b[8;{page.height};{page.columns}t")
    elif kind == 19:
        page.reply(f"\x1b[9;{page.height};{page.columns}t")
    elif kind == 20:
        page.reply("\x1b]L\x1b\\")
    elif kind == 21:
        page.reply("\x1b]l\x1b\\")
    elif kind == 22:
        page.push_title()
    elif kind == 23:
        page.pop_title(icon=which in (0, 1), title=which in (0, 2))
    else:
        page.unknown += 1


def setting(page: Page, name: str) -> None:
    """DECRQSS: the control sequence that makes a setting what it is."""
    values: dict[str, Callable[[], str]] = {
        "m": lambda: sgr_parameters(page.pen) + "m",
        "r": lambda: f"{page.top + 1};{page.bottom + 1}r",
        "s": lambda: f"{page.left + 1};{page.right + 1}s",
        " q": lambda: f"{_cursor_style(page)} q",
        '"q': lambda: f'{int(bool(page.pen.attributes & PROTECTED))}"q',
        '"p': lambda: '64;1"p',
        "t": lambda: f"{page.height}t",
        "$|": lambda: f"{page.columns}$|",
        "*|": lambda: f"{page.height}*|",
        "*x": lambda: f"{2 if page.rectangular_extent else 1}*x",
    }
    value = values.get(name)
    page.reply(f"\x1bP1$r{value()}\x1b\\" if value is not None else "\x1bP0$r\x1b\\")


def _cursor_style(page: Page) -> int:
    modes = page.modes
    steady = {CursorShape.BLOCK: 2, CursorShape.UNDERLINE: 4, CursorShape.BAR: 6}
    return steady[modes.cursor_shape] - modes.cursor_blinks


def capability(page: Page, names: str) -> None:
    """XTGETTCAP: hex names in, hex values out, for the few that programs ask for."""
    known = {"TN": "xterm-256color", "name": "xterm-256color", "Co": "256", "colors": "256",
             "RGB": "8"}  # fmt: skip
    for name in names.split(";")[:16]:
        try:
            value = known.get(bytes.fromhex(name).decode("ascii"))
        except ValueError:
            value = None
        if value is None:
            page.reply("\x1bP0+r\x1b\\")
            return
        page.reply(f"\x1bP1+r{name}={value.encode().hex().upper()}\x1b\\")
