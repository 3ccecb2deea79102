"""Rectangular area operations (VT420): copy, fill, erase, change and reverse attributes, checksum.

Coordinates are 1-based and inclusive, relative to the margins in origin mode.
"""

from typing import Final, NamedTuple

from apolo_tui.terminal.page import Page, Params
from apolo_tui.terminal.styles import BLINK, BOLD, CONCEAL, PROTECTED, REVERSE, SINGLE, Style

_CHANGEABLE: Final = {1: BOLD, 5: BLINK, 7: REVERSE, 8: CONCEAL}
_UNDERLINE: Final = 4


class Area(NamedTuple):
    """Rows `top` up to `bottom`, columns `left` up to `right`, from 0, ends excluded."""

    top: int
    left: int
    bottom: int
    right: int


def area_of(page: Page, params: Params, *, stream: bool = False) -> Area | None:
    """The area of the first four parameters, cut to the page; None where nothing is left.

    A stream of cells of several rows may end left of where it starts.
    """
    top, left, bottom, right = (*params[:4], 0, 0, 0, 0)[:4]
    row, column, height, width = 0, 0, page.height, page.columns
    if page.origin:
        row, column, height, width = page.top, page.left, page.bottom + 1, page.right + 1
    area = Area(
        row + max(top, 1) - 1,
        column + max(left, 1) - 1,
        min(row + bottom if bottom else height, height),
        min(column + right if right else width, width),
    )
    if area.top >= area.bottom or area.left >= width:
        return None
    several = stream and area.top + 1 < area.bottom
    return area if several or area.left < area.right else None


def copy(page: Page, params: Params) -> None:
    """DECCRA. There is one page, so the page numbers are ignored."""
    area = area_of(page, params)
    if area is None:
        return
    numbers = (*params, *(0,) * 8)
    target = area_of(page, (numbers[5], numbers[6], 0, 0))
    if target is None:
        return
    height = min(area.bottom - area.top, target.bottom - target.top)
    width = min(area.right - area.left, target.right - target.left)
    cells = []
    for y in range(area.top, area.top + height):
        row = page.lines[y]
        chars = row.unpack(page.columns)[area.left : area.left + width]
        if chars[0] == "":
            chars[0] = " "
        end = area.left + width
        if end < page.columns and page.lines[y].unpack(page.columns)[end] == "":
            chars[-1] = " "
        cells.append((chars, row.styles[area.left : area.left + width]))
    for y, (chars, styles) in enumerate(cells, target.top):
        left, right = target.left, target.left + width
        page.writable(y, left, right)[left:right] = chars
        page.lines[y].styles[left:right] = styles


def fill(page: Page, params: Params) -> None:
    """DECFRA: one character in the style of the pen."""
    code = params[0] if params else 0
    if 32 <= code <= 126 or 160 <= code <= 255:
        _fill(page, params[1:], chr(code), page.pen)


def erase(page: Page, params: Params) -> None:
    """DECERA."""
    _fill(page, params, " ", page.pen.erased)


def _fill(page: Page, params: Params, char: str, style: Style) -> None:
    area = area_of(page, params)
    if area is None:
        return
    width = area.right - area.left
    for y in range(area.top, area.bottom):
        page.writable(y, area.left, area.right)[area.left : area.right] = [char] * width
        page.lines[y].styles[area.left : area.right] = [style] * width


def selective_erase(page: Page, params: Params) -> None:
    """DECSERA: the characters that are not protected; attributes stay."""
    area = area_of(page, params)
    if area is None:
        return
    width = area.right - area.left
    for y in range(area.top, area.bottom):
        chars = page.writable(y, area.left, area.right)
        styles = page.lines[y].styles
        alike = styles.count(styles[0]) == len(styles)
        if not any(
            style.attributes & PROTECTED for style in (styles[:1] if alike else set(styles))
        ):
            chars[area.left : area.right] = [" "] * width
            continue
        for x in range(area.left, area.right):
            if not styles[x].attributes & PROTECTED:
                chars[x] = " "


def change_attributes(page: Page, params: Params) -> None:
    """DECCARA."""
    _attributes(page, params, reverse=False)


def reverse_attributes(page: Page, params: Params) -> None:
    """DECRARA."""
    _attributes(page, params, reverse=True)


def extent(page: Page, params: Params) -> None:
    """DECSACE: whether attribute changes take a rectangle (2) or a stream of cells (0, 1)."""
    page.rectangular_extent = bool(params) and params[0] == 2


def _attributes(page: Page, params: Params, *, reverse: bool) -> None:
    area = area_of(page, params, stream=not page.rectangular_extent)
    if area is None:
        return
    changes = params[4:] or (0,)
    known: dict[Style, Style] = {}
    for y in range(area.top, area.bottom):
        left, right = area.left, area.right
        if not page.rectangular_extent:
            left = area.left if y == area.top else 0
            right = area.right if y == area.bottom - 1 else page.columns
        row = page.lines[y]
        row.unpack(page.columns)
        part = row.styles[left:right]
        first = part[0]
        several = set(part) if part.count(first) != len(part) else {first}
        for style in several.difference(known):
            known[style] = _changed(page, style, changes, reverse=reverse)
        if len(several) == 1:
            row.styles[left:right] = [known[first]] * len(part)
        else:
            row.styles[left:right] = map(known.__getitem__, part)


def _changed(page: Page, style: Style, changes: Params, *, reverse: bool) -> Style:
    foreground, background, attributes, underline, color, link = style.key
    every = BOLD | BLINK | REVERSE | CONCEAL
    for change in changes:
        bit = _CHANGEABLE.get(change % 20 if change > 20 else change)
        if change == 0:
            attributes = attributes ^ every & ~CONCEAL if reverse else attributes & ~every
            underline = 0 if underline or not reverse else SINGLE
        elif change == _UNDERLINE:
            underline = 0 if reverse and underline else SINGLE
        elif change == 20 + _UNDERLINE and not reverse:
            underline = 0
        elif change == 22 and not reverse:
            attributes &= ~BOLD
        elif bit is None or (reverse and change > 20):
            continue
        elif reverse:
            attributes ^= bit
        elif change > 20:
            attributes &= ~bit
        else:
            attributes |= bit
    return page.styles.intern(foreground, background, attributes, underline, color, link)


def checksum(page: Page, params: Params) -> None:
    """DECRQCRA: the checksum of an area, as xterm computes it without attributes.

    A program can only learn what it, or the one before it in this session, has drawn.
    """
    request = params[0] if params else 0
    area = area_of(page, params[2:])
    total = 0
    if area is not None:
        for row in page.lines[area.top : area.bottom]:
            text, blanks = row.text_between(area.left, area.right)
            total += _sum_of_codes(text) + 32 * blanks
    page.reply(f"\x1bP{request}!~{total & 0xFFFF:04X}\x1b\\")


def _sum_of_codes(text: str) -> int:
    return sum(text.encode()) if text.isascii() else sum(map(ord, text))
