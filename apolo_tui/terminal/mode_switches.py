"""SM, RM, DECSET, DECRST and what reports, saves and restores modes."""

from collections.abc import Callable
from typing import Final

from apolo_tui.terminal.modes import MouseEncoding, MouseTracking
from apolo_tui.terminal.page import Page, Params

MODE_LIMIT: Final = 32
"""Modes taken from one sequence."""


def set_ansi(page: Page, params: Params) -> None:
    """SM."""
    _switch_ansi(page, params, on=True)


def reset_ansi(page: Page, params: Params) -> None:
    """RM."""
    _switch_ansi(page, params, on=False)


def _switch_ansi(page: Page, params: Params, *, on: bool) -> None:
    for mode in params[:MODE_LIMIT]:
        if mode == 4:
            page.insert = on
            page.update_fast()
        elif mode == 20:
            page.modes.newline = on
        else:
            page.unknown += 1


def set_private(page: Page, params: Params) -> None:
    """DECSET."""
    for mode in params[:MODE_LIMIT]:
        switch_private(page, mode, on=True)


def reset_private(page: Page, params: Params) -> None:
    """DECRST."""
    for mode in params[:MODE_LIMIT]:
        switch_private(page, mode, on=False)


def switch_private(page: Page, mode: int, *, on: bool) -> None:
    """Set or reset one DEC private mode."""
    name = _FLAGS.get(mode)
    if name is not None:
        setattr(page.modes, name, on)
        return
    name = _PAGE_FLAGS.get(mode)
    if name is not None:
        setattr(page, name, on)
        return
    switch = _SWITCHES.get(mode)
    if switch is not None:
        switch(page, on)
    elif mode in _TRACKING:
        _switch_tracking(page, MouseTracking(mode), on)
    elif mode in _ENCODING:
        _switch_encoding(page, MouseEncoding(mode), on)
    else:
        page.unknown += 1


def _switch_tracking(page: Page, tracking: MouseTracking, on: bool) -> None:
    if on:
        page.modes.mouse = tracking
    elif page.modes.mouse == tracking:
        page.modes.mouse = MouseTracking.OFF


def _switch_encoding(page: Page, encoding: MouseEncoding, on: bool) -> None:
    if on:
        page.modes.mouse_encoding = encoding
    elif page.modes.mouse_encoding == encoding:
        page.modes.mouse_encoding = MouseEncoding.DEFAULT


def _columns(page: Page, on: bool) -> None:
    """DECCOLM, where mode 40 allows it. The pane keeps its width unless the caller follows."""
    if not page.column_mode:
        return
    if page.column_mode_allowed:
        page.change_columns(132 if on else 80)
    page.lr_margins = False
    page.reset_margins()
    page.erase_rows(0, page.height)
    page.home()


def _origin(page: Page, on: bool) -> None:
    page.origin = on
    page.home()


def _autowrap(page: Page, on: bool) -> None:
    page.autowrap = on
    if not on:
        page.wrap_next = False


def _margins(page: Page, on: bool) -> None:
    """DECLRMM; DECSLRM has an effect while it is on."""
    page.lr_margins = on
    page.left, page.right = 0, page.columns - 1


def _screen(page: Page, on: bool) -> None:
    page.show_alternate(on)


def _clearing_screen(page: Page, on: bool) -> None:
    """1047: the alternate screen is cleared when it is left."""
    if not on and page.alternate:
        page.clear()
    page.show_alternate(on)


def _saving_screen(page: Page, on: bool) -> None:
    """1049: the cursor is saved and the alternate screen cleared when it is entered.

    Leaving restores the cursor of the main screen, also where that is shown already: xterm.
    """
    if on:
        if not page.alternate:
            page.save_cursor()
            page.show_alternate(True)
        page.clear()
    else:
        page.show_alternate(False)
        page.restore_cursor()


def _cursor(page: Page, on: bool) -> None:
    """1048."""
    if on:
        page.save_cursor()
    else:
        page.restore_cursor()


_FLAGS: Final = {
    1: "application_cursor",
    5: "reverse_screen",
    12: "cursor_blinks",
    25: "cursor_visible",
    66: "application_keypad",
    67: "backarrow_sends_backspace",
    1004: "focus_reports",
    1007: "alternate_scroll",
    2004: "bracketed_paste",
    2026: "synchronized",
}
_PAGE_FLAGS: Final = {40: "column_mode", 45: "reverse_wrap"}
_TRACKING: Final = frozenset(tracking.value for tracking in MouseTracking if tracking)
_ENCODING: Final = frozenset(encoding.value for encoding in MouseEncoding if encoding)
_SWITCHES: Final[dict[int, Callable[[Page, bool], None]]] = {
    3: _columns,
    6: _origin,
    7: _autowrap,
    47: _screen,
    69: _margins,
    1047: _clearing_screen,
    1048: _cursor,
    1049: _saving_screen,
}


def private_state(page: Page, mode: int) -> bool | None:
    """Whether a DEC private mode is set; None when it is not known."""
    if mode in _FLAGS:
        return bool(getattr(page.modes, _FLAGS[mode]))
    if mode in _PAGE_FLAGS:
        return bool(getattr(page, _PAGE_FLAGS[mode]))
    if mode in _TRACKING:
        return page.modes.mouse == mode
    if mode in _ENCODING:
        return page.modes.mouse_encoding == mode
    return {
        3: page.columns == 132,
        6: page.origin,
        7: page.autowrap,
        47: page.alternate,
        69: page.lr_margins,
        1047: page.alternate,
        1048: page.saved[page.alternate] is not None,
        1049: page.alternate,
    }.get(mode)


def request_private(page: Page, params: Params) -> None:
    """DECRQM of a DEC private mode: 1 set, 2 reset, 0 not known."""
    mode = params[0] if params else 0
    state = private_state(page, mode)
    page.reply(f"\x1b[?{mode};{0 if state is None else 1 if state else 2}$y")


def request_ansi(page: Page, params: Params) -> None:
    """DECRQM of an ANSI mode."""
    mode = params[0] if params else 0
    state = {4: page.insert, 20: page.modes.newline}.get(mode)
    page.reply(f"\x1b[{mode};{0 if state is None else 1 if state else 2}$y")


def save_private(page: Page, params: Params) -> None:
    """XTSAVE."""
    for mode in params[:MODE_LIMIT]:
        state = private_state(page, mode)
        if state is not None:
            page.saved_modes[mode] = state


def restore_private(page: Page, params: Params) -> None:
    """XTRESTORE."""
    for mode in params[:MODE_LIMIT]:
        if mode in page.saved_modes:
            switch_private(page, mode, on=page.saved_modes[mode])
