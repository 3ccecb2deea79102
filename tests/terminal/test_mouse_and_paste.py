"""Mouse reports, pastes and focus reports."""

import pytest

from apolo_tui.terminal.input.mouse import (
    ALT,
    CTRL,
    SHIFT,
    Action,
    Button,
    Mouse,
    decode_mouse,
    encode_mouse,
    wheel_as_keys,
)
from apolo_tui.terminal.input.paste import encode_focus, encode_paste
from apolo_tui.terminal.modes import Modes, MouseEncoding, MouseTracking

PRESS = Mouse(Action.PRESS, Button.LEFT, 4, 9)
RELEASE = Mouse(Action.RELEASE, Button.LEFT, 4, 9)
DRAG = Mouse(Action.MOVE, Button.LEFT, 4, 9)
MOVE = Mouse(Action.MOVE, Button.NONE, 4, 9)
WHEEL = Mouse(Action.PRESS, Button.WHEEL_DOWN, 4, 9)


def report(event: Mouse, tracking: int, encoding: int = 0) -> bytes:
    modes = Modes(mouse=MouseTracking(tracking), mouse_encoding=MouseEncoding(encoding))
    return encode_mouse(event, modes)


@pytest.mark.parametrize(
    ("tracking", "wanted"),
    [
        (0, []),
        (9, [PRESS, WHEEL]),
        (1000, [PRESS, RELEASE, WHEEL]),
        (1002, [PRESS, RELEASE, DRAG, WHEEL]),
        (1003, [PRESS, RELEASE, DRAG, MOVE, WHEEL]),
    ],
)
def test_tracking_modes(tracking: int, wanted: list[Mouse]) -> None:
    events = [PRESS, RELEASE, DRAG, MOVE, WHEEL]
    assert [event for event in events if report(event, tracking, 1006)] == wanted


@pytest.mark.parametrize(
    ("encoding", "press", "release", "drag"),
    [
        (0, b"\x1b[M %*", b"\x1b[M#%*", b"\x1b[M@%*"),
        (1005, b"\x1b[M %*", b"\x1b[M#%*", b"\x1b[M@%*"),
        (1006, b"\x1b[<0;5;10M", b"\x1b[<0;5;10m", b"\x1b[<32;5;10M"),
        (1015, b"\x1b[32;5;10M", b"\x1b[35;5;10M", b"\x1b[64;5;10M"),
    ],
)
def test_encodings(encoding: int, press: bytes, release: bytes, drag: bytes) -> None:
    assert report(PRESS, 1003, encoding) == press
    assert report(RELEASE, 1003, encoding) == release
    assert report(DRAG, 1003, encoding) == drag


def test_modifiers_and_buttons() -> None:
    event = Mouse(Action.PRESS, Button.RIGHT, 0, 0, SHIFT | ALT | CTRL)
    assert report(event, 1000, 1006) == b"\x1b[<30;1;1M"
    assert report(event, 9, 1006) == b"\x1b[<2;1;1M"
    assert report(Mouse(Action.PRESS, Button.BACK, 0, 0), 1000, 1006) == b"\x1b[<128;1;1M"
    assert report(MOVE, 1003, 1006) == b"\x1b[<35;5;10M"


def test_cells_that_an_encoding_cannot_carry_are_not_reported() -> None:
    far = Mouse(Action.PRESS, Button.LEFT, 230, 0)
    assert report(far, 1000) == b""
    assert report(far, 1000, 1005) == "\x1b[M \u0107!".encode()
    assert report(Mouse(Action.PRESS, Button.LEFT, 2_015, 0), 1000, 1005) == b""
    assert report(Mouse(Action.PRESS, Button.LEFT, -1, 0), 1000, 1006) == b""
    assert report(Mouse(Action.PRESS, Button.LEFT, 5_000, 0), 1000, 1006) == b"\x1b[<0;5001;1M"


@pytest.mark.parametrize("event", [PRESS, RELEASE, DRAG, MOVE, WHEEL])
def test_reports_are_read_back(event: Mouse) -> None:
    raw = report(event, 1003, 1006)
    code, column, row = map(int, raw[3:-1].split(b";"))
    assert decode_mouse(code, column, row, released=raw.endswith(b"m")) == event


def test_the_wheel_moves_the_cursor_of_full_screen_programs() -> None:
    assert wheel_as_keys(WHEEL, Modes()) == b""
    full = Modes(alternate_screen=True)
    assert wheel_as_keys(WHEEL, full) == b"\x1b[B" * 3
    assert wheel_as_keys(PRESS, full) == b""
    application = Modes(alternate_screen=True, application_cursor=True)
    assert wheel_as_keys(WHEEL, application) == b"\x1bOB" * 3
    assert wheel_as_keys(WHEEL, Modes(alternate_screen=True, alternate_scroll=False)) == b""
    taken = Modes(alternate_screen=True, mouse=MouseTracking.BUTTONS)
    assert wheel_as_keys(WHEEL, taken) == b""


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("plain", b"plain"),
        ("a\nb\r\nc\rd\te", b"a\rb\rc\rd\te"),
        ("a\x1b[201~rm -rf\n", b"a[201~rm -rf\r"),
        ("\x1b\x1b[201~[201~x", b"[201~[201~x"),
        ("\u009b201~x", b"201~x"),
        ("a\x00\x03\x04\x7fb", b"ab"),
        ("漢", "漢".encode()),
    ],
)
def test_pasted_text_cannot_leave_its_markers(text: str, sent: bytes) -> None:
    assert encode_paste(text, Modes()) == sent
    bracketed = encode_paste(text, Modes(bracketed_paste=True))
    assert bracketed == b"\x1b[200~" + sent + b"\x1b[201~"
    assert bracketed.count(b"\x1b") == 2


def test_focus() -> None:
    assert encode_focus(True, Modes()) == b""
    assert encode_focus(True, Modes(focus_reports=True)) == b"\x1b[I"
    assert encode_focus(False, Modes(focus_reports=True)) == b"\x1b[O"
