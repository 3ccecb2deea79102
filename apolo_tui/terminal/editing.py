"""Control functions that erase, insert, delete, scroll and repeat."""

from apolo_tui.terminal.cursor_motion import first
from apolo_tui.terminal.page import Page, Params
from apolo_tui.terminal.printing import print_text
from apolo_tui.terminal.rows import Row
from apolo_tui.terminal.styles import DEFAULT


def erase_in_display(page: Page, params: Params) -> None:
    """ED; 3 erases the scrollback, as xterm does."""
    _erase_in_display(page, params[0] if params else 0, selective=False)


def selective_erase_in_display(page: Page, params: Params) -> None:
    """DECSED."""
    _erase_in_display(page, params[0] if params else 0, selective=True)


def _erase_in_display(page: Page, kind: int, *, selective: bool) -> None:
    page.wrap_next = False
    if kind == 0:
        page.erase(page.y, page.x, page.columns, selective=selective)
        page.erase_rows(page.y + 1, page.height, selective=selective)
    elif kind == 1:
        page.erase_rows(0, page.y, selective=selective)
        page.erase(page.y, 0, page.x + 1, selective=selective)
    elif kind == 2:
        page.erase_rows(0, page.height, selective=selective)
    elif kind == 3 and not selective:
        page.scrollback.clear()
    else:
        page.unknown += 1


def erase_in_line(page: Page, params: Params) -> None:
    """EL."""
    if not params or params[0] == 0:
        page.wrap_next = False
        page.erase(page.y, page.x, page.columns)
    else:
        _erase_in_line(page, params[0], selective=False)


def selective_erase_in_line(page: Page, params: Params) -> None:
    """DECSEL."""
    _erase_in_line(page, params[0] if params else 0, selective=True)


def _erase_in_line(page: Page, kind: int, *, selective: bool) -> None:
    page.wrap_next = False
    if kind == 0:
        page.erase(page.y, page.x, page.columns, selective=selective)
    elif kind == 1:
        page.erase(page.y, 0, page.x + 1, selective=selective)
    elif kind == 2:
        page.erase(page.y, 0, page.columns, selective=selective)
    else:
        page.unknown += 1


def erase_characters(page: Page, params: Params) -> None:
    """ECH."""
    page.wrap_next = False
    page.erase(page.y, page.x, min(page.x + first(params), page.columns))


def insert_characters(page: Page, params: Params) -> None:
    """ICH."""
    page.wrap_next = False
    if page.left <= page.x <= page.right:
        page.insert_cells(page.y, page.x, first(params))


def delete_characters(page: Page, params: Params) -> None:
    """DCH."""
    page.wrap_next = False
    if page.left <= page.x <= page.right:
        page.delete_cells(page.y, page.x, first(params))


def insert_lines(page: Page, params: Params) -> None:
    """IL."""
    if page.inside_margins():
        page.scroll_down(first(params), page.y)
        page.x, page.wrap_next = page.left, False


def delete_lines(page: Page, params: Params) -> None:
    """DL; the lines are lost, not kept in the scrollback."""
    if page.inside_margins():
        page.scroll_up(first(params), page.y, keep=False)
        page.x, page.wrap_next = page.left, False


def scroll_up(page: Page, params: Params) -> None:
    """SU."""
    page.scroll_up(first(params))


def scroll_down(page: Page, params: Params) -> None:
    """SD. With five parameters it is mouse highlight tracking, which nobody uses."""
    if len(params) < 2:
        page.scroll_down(first(params))


def scroll_left(page: Page, params: Params) -> None:
    """SL."""
    if page.inside_margins():
        page.shift_columns(-first(params), page.left)


def scroll_right(page: Page, params: Params) -> None:
    """SR."""
    if page.inside_margins():
        page.shift_columns(first(params), page.left)


def insert_columns(page: Page, params: Params) -> None:
    """DECIC."""
    if page.inside_margins():
        page.shift_columns(first(params), page.x)


def delete_columns(page: Page, params: Params) -> None:
    """DECDC."""
    if page.inside_margins():
        page.shift_columns(-first(params), page.x)


def repeat(page: Page, params: Params) -> None:
    """REP: the last printed character again, at most a page of it.

    At most a row of it between left and right margins, where scrolling is slow.
    """
    limit = page.columns * (1 if page.lr_margins else page.height)
    if page.last:
        print_text(page, page.last[-1] * min(first(params), limit))


def alignment_pattern(page: Page, params: Params) -> None:
    """DECALN: a page of E; margins, origin mode and pen are reset, as xterm does."""
    page.reset_margins()
    page.origin = False
    page.pen = DEFAULT
    text = "E" * page.columns
    page.lines[:] = [Row(DEFAULT, text) for _ in range(page.height)]
    page.home()
