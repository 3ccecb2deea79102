"""String sequences: OSC and DCS. APC, PM and SOS are ignored."""

from collections.abc import Callable
from typing import Final

from apolo_tui.terminal import reports
from apolo_tui.terminal.clipboard import parse_clipboard
from apolo_tui.terminal.colors import format_color, parse_color
from apolo_tui.terminal.events import Notification
from apolo_tui.terminal.links import parse_link
from apolo_tui.terminal.page import Page

TEXT_LIMIT: Final = 1_024
"""Longest title or notification, in characters."""

_PALETTE_CHANGES: Final = 256
"""Palette entries taken from one sequence."""


def clean(text: str) -> str:
    """Text for a title or a notification: cut, without control characters."""
    return "".join(char for char in text[:TEXT_LIMIT] if char >= " ")


def string_sequence(page: Page, token: str) -> None:
    """Any string sequence, with its terminator."""
    kind = token[1]
    terminator = "\x07" if token[-1] == "\x07" else "\x1b\\"
    body = token[2 : -len(terminator)]
    if kind == "]":
        command, _, payload = body.partition(";")
        function = _OSC.get(command)
        if function is not None:
            function(page, payload, terminator)
        elif command not in _IGNORED:
            page.unknown += 1
    elif kind == "P":
        if body.startswith("$q"):
            reports.setting(page, body[2:])
        elif body.startswith("+q"):
            reports.capability(page, body[2:])
        elif body.startswith("2$t"):
            _restore_tabs(page, body[3:])
        else:
            page.unknown += 1


def _restore_tabs(page: Page, stops: str) -> None:
    """DECRSPS of the tab stops."""
    numbers = [int(stop) for stop in stops.split("/") if stop.isdecimal() and len(stop) < 6]
    page.tabs = {number - 1 for number in numbers if 1 < number <= page.columns}


def _title_and_icon(page: Page, payload: str, terminator: str) -> None:
    page.icon = clean(payload)
    _title(page, payload, terminator)


def _icon(page: Page, payload: str, terminator: str) -> None:
    page.icon = clean(payload)


def _title(page: Page, payload: str, terminator: str) -> None:
    page.set_title(clean(payload))


def _link(page: Page, payload: str, terminator: str) -> None:
    page.pen = page.styles.linked(page.pen, parse_link(payload))


def _notify(page: Page, payload: str, terminator: str) -> None:
    """OSC 9; `9;4;...` is a progress bar of another terminal."""
    if not payload.startswith("4;"):
        page.emit(Notification("", clean(payload)))


def _notify_kitty(page: Page, payload: str, terminator: str) -> None:
    """OSC 99: `metadata;text`. The parts of a split notification are events of their own."""
    metadata, _, text = payload.partition(";")
    fields = dict(field.partition("=")[::2] for field in metadata.split(":"))
    if fields.get("p", "title") == "body":
        page.emit(Notification("", clean(text)))
    elif fields.get("p", "title") == "title":
        page.emit(Notification(clean(text), ""))


def _notify_urxvt(page: Page, payload: str, terminator: str) -> None:
    """OSC 777: `notify;title;body`."""
    kind, _, rest = payload.partition(";")
    title, _, body = rest.partition(";")
    if kind == "notify":
        page.emit(Notification(clean(title), clean(body)))


def _clipboard(page: Page, payload: str, terminator: str) -> None:
    request = parse_clipboard(payload)
    if request is None:
        page.unknown += 1
    else:
        page.emit(request)


def _palette(page: Page, payload: str, terminator: str) -> None:
    """OSC 4: pairs of an index and a colour, or `?`."""
    items = payload.split(";")[: 2 * _PALETTE_CHANGES]
    for index, value in zip(items[::2], items[1::2], strict=False):
        if not index.isdecimal() or len(index) > 3 or int(index) > 255:
            continue
        if value == "?":
            color = format_color(page.colors.of_palette(int(index)))
            page.reply(f"\x1b]4;{int(index)};{color}{terminator}")
            continue
        parsed = parse_color(value)
        if parsed is not None:
            page.colors.palette[int(index)] = parsed
            page.colors.changed += 1


def _reset_palette(page: Page, payload: str, terminator: str) -> None:
    """OSC 104: some indices, or all."""
    indices = [item for item in payload.split(";") if item.isdecimal() and len(item) < 4]
    if payload:
        for index in indices:
            page.colors.palette.pop(int(index), None)
    else:
        page.colors.palette.clear()
    page.colors.changed += 1


def _dynamic(number: int) -> Callable[[Page, str, str], None]:
    """OSC 10, 11, 12; further values in one sequence are for the following numbers."""

    def function(page: Page, payload: str, terminator: str) -> None:
        for which, value in enumerate(payload.split(";")[: 13 - number], number):
            if value == "?":
                color = format_color(page.colors.of_dynamic(which))
                page.reply(f"\x1b]{which};{color}{terminator}")
                continue
            parsed = parse_color(value)
            if parsed is not None:
                page.colors.dynamic[which] = parsed
                page.colors.changed += 1

    return function


def _reset_dynamic(number: int) -> Callable[[Page, str, str], None]:
    def function(page: Page, payload: str, terminator: str) -> None:
        page.colors.dynamic.pop(number, None)
        page.colors.changed += 1

    return function


_OSC: Final[dict[str, Callable[[Page, str, str], None]]] = {
    "0": _title_and_icon,
    "1": _icon,
    "2": _title,
    "4": _palette,
    "8": _link,
    "9": _notify,
    "10": _dynamic(10),
    "11": _dynamic(11),
    "12": _dynamic(12),
    "52": _clipboard,
    "99": _notify_kitty,
    "104": _reset_palette,
    "110": _reset_dynamic(10),
    "111": _reset_dynamic(11),
    "112": _reset_dynamic(12),
    "777": _notify_urxvt,
}
_IGNORED: Final = frozenset({"7", "22", "133", "633", "1337"})
"""Working directory, pointer shape and marks of prompts: known, without effect."""
