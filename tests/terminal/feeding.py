"""Feeding a case to a screen, whole and cut at every byte."""

from apolo_tui.terminal.screen import Screen
from tests.terminal.oracles import Picture, new_screen, ours


def state(screen: Screen) -> tuple[Picture, list[str], object, str]:
    """All of a screen that a cut could change."""
    return ours(screen), list(screen.scrollback.texts()), screen.modes, repr(screen.pen.key)


def run(data: bytes | str, columns: int = 20, rows: int = 6) -> Screen:
    """The screen after `data`; fed in two parts at every byte boundary, it must be the same."""
    raw = data.encode() if isinstance(data, str) else data
    screen = new_screen(columns, rows)
    screen.feed(raw)
    expected, replies, events = state(screen), b"".join(screen.replies), list(screen.events)
    for cut in range(1, len(raw)):
        other = new_screen(columns, rows)
        other.feed(raw[:cut])
        other.feed(raw[cut:])
        assert state(other) == expected, f"cut at {cut}: {raw[:cut]!r} {raw[cut:]!r}"
        assert b"".join(other.replies) == replies
        assert other.events == events
        assert other.malformed == screen.malformed
    single = new_screen(columns, rows)
    for at in range(len(raw)):
        single.feed(raw[at : at + 1])
    assert state(single) == expected
    return screen


def lines(data: bytes | str, columns: int = 20, rows: int = 6) -> list[str]:
    """The rows of text after `data`, without the empty ones at the end."""
    text = run(data, columns, rows).text().rstrip("\n")
    return text.split("\n")
