"""Which function each control sequence calls.

`CONTROLS` knows C0 controls and escape sequences as they are; `SEQUENCES` knows control sequences
by their private prefix, intermediates and final.
"""

from collections.abc import Callable
from typing import Final

from apolo_tui.terminal import (
    cursor_motion,
    editing,
    keyboard_switches,
    mode_switches,
    rectangles,
    reports,
)
from apolo_tui.terminal.charsets import CHARSETS, CHARSETS_96
from apolo_tui.terminal.events import Bell
from apolo_tui.terminal.modes import CursorShape
from apolo_tui.terminal.page import Page, Params

Function = Callable[[Page, Params], None]
Action = tuple[Function, Params]


def bell(page: Page, params: Params) -> None:
    page.emit(Bell())


def ignore(page: Page, params: Params) -> None:
    """Known, and without effect here."""


def unknown(page: Page, params: Params) -> None:
    page.unknown += 1


def full_reset(page: Page, params: Params) -> None:
    """RIS."""
    page.scrollback.clear()
    page.reset()


def soft_reset(page: Page, params: Params) -> None:
    """DECSTR."""
    page.soft_reset()


def conformance_level(page: Page, params: Params) -> None:
    """DECSCL: a soft reset; the level itself changes nothing."""
    page.soft_reset()


def protect(page: Page, params: Params) -> None:
    """DECSCA."""
    page.pen = page.styles.protected(page.pen, bool(params) and params[0] == 1)


def cursor_style(page: Page, params: Params) -> None:
    """DECSCUSR."""
    kind = params[0] if params else 0
    if kind <= 6:
        shape = CursorShape((max(kind, 1) - 1) // 2)
        page.modes.cursor_shape = shape
        page.modes.cursor_blinks = kind == 0 or kind % 2 == 1
    else:
        page.unknown += 1


def shift(page: Page, params: Params) -> None:
    """SI, SO, LS2, LS3: which set the codes mean from now on."""
    page.gl = params[0]
    page.mapping = page.charsets[page.gl]
    page.update_fast()


def single_shift(page: Page, params: Params) -> None:
    """SS2, SS3: which set the next character is of."""
    page.single_shift = params[0]
    page.update_fast()


def designate(page: Page, params: Params) -> None:
    """SCS: the slot, G0 to G3, the size of the set, and the code of the final."""
    slot, size, final = params
    charset = (CHARSETS if size == 94 else CHARSETS_96).get(chr(final))
    if page.charsets[slot] is charset:
        return
    page.charsets[slot] = charset
    page.mapping = page.charsets[page.gl]
    page.update_fast()


CONTROLS: Final[dict[str, Action]] = {
    **{chr(code): (ignore, ()) for code in range(0x20)},
    "\x07": (bell, ()),
    "\x08": (cursor_motion.backspace, ()),
    "\t": (cursor_motion.tab, ()),
    "\n": (cursor_motion.line_feed, ()),
    "\x0b": (cursor_motion.line_feed, ()),
    "\x0c": (cursor_motion.line_feed, ()),
    "\r": (cursor_motion.carriage_return, ()),
    "\r\n": (cursor_motion.return_and_feed, ()),
    "\x0e": (shift, (1,)),
    "\x0f": (shift, (0,)),
    "\x1b6": (cursor_motion.back_index, ()),
    "\x1b7": (cursor_motion.save, ()),
    "\x1b8": (cursor_motion.restore, ()),
    "\x1b9": (cursor_motion.forward_index, ()),
    "\x1b=": (keyboard_switches.application_keypad, ()),
    "\x1b>": (keyboard_switches.numeric_keypad, ()),
    "\x1bD": (cursor_motion.index, ()),
    "\x1bE": (cursor_motion.return_and_feed, ()),
    "\x1bH": (cursor_motion.set_tab, ()),
    "\x1bM": (cursor_motion.reverse_index, ()),
    "\x1bN": (single_shift, (2,)),
    "\x1bO": (single_shift, (3,)),
    "\x1bZ": (reports.primary_attributes, ()),
    "\x1b\\": (ignore, ()),
    "\x1bc": (full_reset, ()),
    "\x1bn": (shift, (2,)),
    "\x1bo": (shift, (3,)),
    "\x1b|": (ignore, ()),  # LS3R, LS2R, LS1R: GR is UTF-8
    "\x1b}": (ignore, ()),
    "\x1b~": (ignore, ()),
    "\x1b#3": (ignore, ()),  # double height and width: shown as single
    "\x1b#4": (ignore, ()),
    "\x1b#5": (ignore, ()),
    "\x1b#6": (ignore, ()),
    "\x1b#8": (editing.alignment_pattern, ()),
    "\x1b%@": (ignore, ()),
    "\x1b%G": (ignore, ()),
    "\x1b F": (ignore, ()),  # answers are 7-bit in any case
    "\x1b G": (ignore, ()),
}
for _slot, _intermediates in enumerate(("(", ")-", "*.", "+/")):
    for _size, _intermediate in zip((94, 96), _intermediates, strict=False):
        for _final in range(0x30, 0x7F):
            CONTROLS[f"\x1b{_intermediate}{chr(_final)}"] = (designate, (_slot, _size, _final))

SEQUENCES: Final[dict[str, Function]] = {
    "@": editing.insert_characters,
    "A": cursor_motion.up,
    "B": cursor_motion.down,
    "C": cursor_motion.forward,
    "D": cursor_motion.backward,
    "E": cursor_motion.next_line,
    "F": cursor_motion.previous_line,
    "G": cursor_motion.column,
    "H": cursor_motion.position,
    "I": cursor_motion.tab,
    "J": editing.erase_in_display,
    "K": editing.erase_in_line,
    "L": editing.insert_lines,
    "M": editing.delete_lines,
    "P": editing.delete_characters,
    "S": editing.scroll_up,
    "T": editing.scroll_down,
    "X": editing.erase_characters,
    "Z": cursor_motion.back_tab,
    "`": cursor_motion.column,
    "a": cursor_motion.column_relative,
    "b": editing.repeat,
    "c": reports.primary_attributes,
    "d": cursor_motion.line,
    "e": cursor_motion.line_relative,
    "f": cursor_motion.position,
    "g": cursor_motion.clear_tab,
    "h": mode_switches.set_ansi,
    "i": ignore,  # media copy: there is no printer
    "j": cursor_motion.backward,
    "k": cursor_motion.up,
    "l": mode_switches.reset_ansi,
    "n": reports.status,
    "q": ignore,  # LEDs
    "r": cursor_motion.top_and_bottom_margins,
    "s": cursor_motion.left_and_right_margins,
    "t": reports.window,
    "u": cursor_motion.restore,
    "x": reports.parameters,
    "?J": editing.selective_erase_in_display,
    "?K": editing.selective_erase_in_line,
    "?W": cursor_motion.tabs_every_8_columns,
    "?h": mode_switches.set_private,
    "?l": mode_switches.reset_private,
    "?m": keyboard_switches.query_modify_keys,
    "?n": reports.private_status,
    "?r": mode_switches.restore_private,
    "?s": mode_switches.save_private,
    "?u": keyboard_switches.kitty_query,
    ">c": reports.secondary_attributes,
    ">m": keyboard_switches.modify_keys,
    ">n": keyboard_switches.disable_modify_keys,
    ">q": reports.version,
    ">u": keyboard_switches.kitty_push,
    "=c": reports.tertiary_attributes,
    "=u": keyboard_switches.kitty_set,
    "<u": keyboard_switches.kitty_pop,
    " @": editing.scroll_left,
    " A": editing.scroll_right,
    " q": cursor_style,
    "!p": soft_reset,
    '"p': conformance_level,
    '"q': protect,
    "$p": mode_switches.request_ansi,
    "?$p": mode_switches.request_private,
    "$r": rectangles.change_attributes,
    "$t": rectangles.reverse_attributes,
    "$v": rectangles.copy,
    "$w": reports.presentation_state,
    "$x": rectangles.fill,
    "$z": rectangles.erase,
    "${": rectangles.selective_erase,
    "'}": editing.insert_columns,
    "'~": editing.delete_columns,
    "*x": rectangles.extent,
    "*y": rectangles.checksum,
}
