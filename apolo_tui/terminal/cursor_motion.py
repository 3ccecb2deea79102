"""Control functions that move the cursor, set margins and tab stops."""

from apolo_tui.terminal.page import TAB_WIDTH, Page, Params


def first(params: Params, default: int = 1) -> int:
    """The first parameter; an omitted one or 0 is the default."""
    return (params[0] or default) if params else default


def second(params: Params, default: int = 1) -> int:
    """The second parameter; an omitted one or 0 is the default."""
    return (params[1] or default) if len(params) > 1 else default


def up(page: Page, params: Params) -> None:
    """CUU: up to the top margin, or to the top of the page when above it."""
    page.wrap_next = False
    page.y = max(page.y - first(params), page.top if page.y >= page.top else 0)


def down(page: Page, params: Params) -> None:
    """CUD."""
    page.wrap_next = False
    limit = page.bottom if page.y <= page.bottom else page.height - 1
    page.y = min(page.y + first(params), limit)


def forward(page: Page, params: Params) -> None:
    """CUF."""
    page.wrap_next = False
    limit = page.right if page.x <= page.right else page.columns - 1
    page.x = min(page.x + first(params), limit)


def backward(page: Page, params: Params) -> None:
    """CUB; with reverse wrap it goes on in the line above, as xterm does."""
    count = first(params)
    if page.reverse_wrap and page.autowrap:
        _wrap_backward(page, count)
        return
    page.wrap_next = False
    page.x = max(page.x - count, page.left if page.x >= page.left else 0)


def _wrap_backward(page: Page, count: int) -> None:
    if page.wrap_next:
        page.wrap_next = False
        count -= 1
    for _ in range(min(count, page.columns * page.height)):
        if page.x == page.left or page.x == 0:
            if page.y in (page.top, 0) or not page.lines[page.y - 1].wrapped:
                return
            page.y -= 1
            page.x = page.right
        else:
            page.x -= 1


def backspace(page: Page, params: Params) -> None:
    """BS."""
    backward(page, (1,))


def next_line(page: Page, params: Params) -> None:
    """CNL."""
    down(page, params)
    page.carriage_return()


def previous_line(page: Page, params: Params) -> None:
    """CPL."""
    up(page, params)
    page.carriage_return()


def position(page: Page, params: Params) -> None:
    """CUP, HVP, with parameters as `from_zero` makes them."""
    row, column = params
    page.wrap_next = False
    if row < page.height and column < page.columns and not page.origin:
        page.y, page.x = row, column
    else:
        page.move_to(column, row)


def from_zero(params: Params) -> Params:
    """The parameters of CUP, both of them, counted from 0."""
    return first(params) - 1, second(params) - 1


def column(page: Page, params: Params) -> None:
    """CHA, HPA: to a column of this line."""
    page.wrap_next = False
    target = first(params) - 1
    if page.origin:
        page.x = min(page.left + target, page.right)
    else:
        page.x = min(target, page.columns - 1)


def line(page: Page, params: Params) -> None:
    """VPA: to a line, in this column."""
    page.wrap_next = False
    target = first(params) - 1
    if page.origin:
        page.y = min(page.top + target, page.bottom)
    else:
        page.y = min(target, page.height - 1)


def column_relative(page: Page, params: Params) -> None:
    """HPR."""
    page.wrap_next = False
    limit = page.right if page.origin else page.columns - 1
    page.x = min(page.x + first(params), max(limit, page.x))


def line_relative(page: Page, params: Params) -> None:
    """VPR."""
    page.wrap_next = False
    limit = page.bottom if page.origin else page.height - 1
    page.y = min(page.y + first(params), max(limit, page.y))


def line_feed(page: Page, params: Params) -> None:
    """LF, VT, FF."""
    if page.modes.newline:
        page.carriage_return()
    page.index()


def carriage_return(page: Page, params: Params) -> None:
    """CR."""
    page.carriage_return()


def return_and_feed(page: Page, params: Params) -> None:
    """CR LF."""
    page.carriage_return()
    page.index()


def index(page: Page, params: Params) -> None:
    """IND."""
    page.index()


def reverse_index(page: Page, params: Params) -> None:
    """RI."""
    page.reverse_index()


def back_index(page: Page, params: Params) -> None:
    """DECBI: one column left; at the left margin the region shifts right."""
    if page.x == page.left and page.inside_margins():
        page.wrap_next = False
        page.shift_columns(1, page.left)
    elif page.x:
        page.wrap_next = False
        page.x -= 1


def forward_index(page: Page, params: Params) -> None:
    """DECFI: one column right; at the right margin the region shifts left."""
    if page.x == page.right and page.inside_margins():
        page.wrap_next = False
        page.shift_columns(-1, page.left)
    elif page.x < page.columns - 1:
        page.wrap_next = False
        page.x += 1


def save(page: Page, params: Params) -> None:
    """DECSC."""
    page.save_cursor()


def restore(page: Page, params: Params) -> None:
    """DECRC."""
    page.restore_cursor()


def top_and_bottom_margins(page: Page, params: Params) -> None:
    """DECSTBM."""
    top = first(params)
    bottom = min(second(params, page.height), page.height)
    if top < bottom:
        page.top, page.bottom = top - 1, bottom - 1
        page.home()


def left_and_right_margins(page: Page, params: Params) -> None:
    """DECSLRM where left and right margins are enabled, else SCOSC."""
    if not page.lr_margins:
        if not params:
            page.save_cursor()
        return
    left = first(params)
    right = min(second(params, page.columns), page.columns)
    if left < right:
        page.left, page.right = left - 1, right - 1
        page.home()


def tab(page: Page, params: Params) -> None:
    """HT, CHT: to the next tab stops, at most to the right margin."""
    limit = page.right if page.x <= page.right else page.columns - 1
    x = page.x
    for _ in range(min(first(params), page.columns)):
        x = min((stop for stop in page.tabs if x < stop), default=limit)
        if x >= limit:
            x = limit
            break
    page.x = x


def back_tab(page: Page, params: Params) -> None:
    """CBT."""
    limit = page.left if page.origin else 0
    page.wrap_next = False
    for _ in range(min(first(params), page.columns)):
        page.x = max(max((stop for stop in page.tabs if stop < page.x), default=0), limit)
        if page.x == limit:
            break


def set_tab(page: Page, params: Params) -> None:
    """HTS."""
    page.tabs.add(page.x)


def clear_tab(page: Page, params: Params) -> None:
    """TBC."""
    kind = params[0] if params else 0
    if kind == 0:
        page.tabs.discard(page.x)
    elif kind == 3:
        page.tabs.clear()


def tabs_every_8_columns(page: Page, params: Params) -> None:
    """DECST8C."""
    if first(params, 0) == 5:
        page.tabs = set(range(TAB_WIDTH, page.columns, TAB_WIDTH))
