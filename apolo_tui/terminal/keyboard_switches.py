"""Control functions that choose how keys are reported: keypad, modifyOtherKeys, kitty protocol."""

from typing import Final

from apolo_tui.terminal.modes import KITTY_STACK_LIMIT
from apolo_tui.terminal.page import Page, Params

KITTY_FLAGS: Final = 0b11111

_OTHER_KEYS: Final = 4


def application_keypad(page: Page, params: Params) -> None:
    """DECKPAM."""
    page.modes.application_keypad = True


def numeric_keypad(page: Page, params: Params) -> None:
    """DECKPNM."""
    page.modes.application_keypad = False


def modify_keys(page: Page, params: Params) -> None:
    """XTMODKEYS: only modifyOtherKeys can be changed."""
    if not params:
        page.modes.modify_other_keys = 0
    elif params[0] == _OTHER_KEYS:
        level = params[1] if len(params) > 1 else 0
        page.modes.modify_other_keys = min(level, 2)
    else:
        page.unknown += 1


def disable_modify_keys(page: Page, params: Params) -> None:
    """`CSI > Ps n`."""
    if params and params[0] == _OTHER_KEYS:
        page.modes.modify_other_keys = 0


def query_modify_keys(page: Page, params: Params) -> None:
    """XTQMODKEYS."""
    if params and params[0] == _OTHER_KEYS:
        page.reply(f"\x1b[>{_OTHER_KEYS};{page.modes.modify_other_keys}m")


def kitty_push(page: Page, params: Params) -> None:
    """Save the flags and set new ones."""
    modes = page.modes
    modes.kitty_stack.append(modes.kitty_flags)
    del modes.kitty_stack[:-KITTY_STACK_LIMIT]
    modes.kitty_flags = (params[0] if params else 0) & KITTY_FLAGS


def kitty_pop(page: Page, params: Params) -> None:
    """Take saved flags back; 0 when there are no more."""
    modes = page.modes
    for _ in range(min(max(params[0] if params else 1, 1), KITTY_STACK_LIMIT + 1)):
        modes.kitty_flags = modes.kitty_stack.pop() if modes.kitty_stack else 0


def kitty_set(page: Page, params: Params) -> None:
    """Replace the flags (1), add to them (2), or remove from them (3)."""
    flags = (params[0] if params else 0) & KITTY_FLAGS
    how = params[1] if len(params) > 1 else 1
    modes = page.modes
    if how == 2:
        modes.kitty_flags |= flags
    elif how == 3:
        modes.kitty_flags &= ~flags
    else:
        modes.kitty_flags = flags


def kitty_query(page: Page, params: Params) -> None:
    """The flags that are set."""
    page.reply(f"\x1b[?{page.modes.kitty_flags}u")
