"""The raw input of the user's terminal, in legacy and in kitty form -> bytes for the job."""

import pytest

from apolo_tui.terminal.input.mouse import Action, Button, Mouse
from apolo_tui.terminal.input.press import CTRL, KeyPress
from apolo_tui.terminal.input.translation import (
    FocusChanged,
    InputEvent,
    LeaderPressed,
    LeavePressed,
    MouseMoved,
    Pasted,
    Reply,
    Translator,
    Typed,
)
from apolo_tui.terminal.modes import Modes

NORMAL = Modes()


def merged(events: list[InputEvent]) -> list[object]:
    """The events, neighbouring bytes joined."""
    result: list[object] = []
    for event in events:
        if isinstance(event, Typed):
            if result and isinstance(result[-1], bytes):
                result[-1] += event.data
            else:
                result.append(event.data)
        else:
            result.append(event)
    return result


def translated(raw: bytes, modes: Modes = NORMAL) -> list[object]:
    """What `raw` means, whole; the same at every cut, and byte by byte."""
    whole = Translator()
    expected = merged(whole.translate(raw, modes) + whole.flush(modes))
    for cut in range(1, len(raw)):
        parts = Translator()
        events = parts.translate(raw[:cut], modes) + parts.translate(raw[cut:], modes)
        assert merged(events + parts.flush(modes)) == expected, f"cut at {cut}"
    single = Translator()
    events = [
        event for at in range(len(raw)) for event in single.translate(raw[at : at + 1], modes)
    ]
    assert merged(events + single.flush(modes)) == expected
    return expected


KEYBOARD = {
    **{
        f"ctrl+{chr(code + 0x60)}": (bytes([code]), b"\x1b[%d;5u" % (code + 0x60), bytes([code]))
        for code in range(1, 27)
    },
    **{
        f"alt+{chr(code)}": (b"\x1b%c" % code, b"\x1b[%d;3u" % code, b"\x1b%c" % code)
        for code in b"abcdefghijklmnopqrstuvwxyz0123456789.,/<>-=;'`\\]!@#$%^&*()_+{}|:\"?~"
    },
    **{
        f"ctrl+alt+{chr(code + 0x60)}": (
            b"\x1b%c" % code,
            b"\x1b[%d;7u" % (code + 0x60),
            b"\x1b%c" % code,
        )
        for code in range(1, 27)
    },
    **{
        f"F{number}": (b"\x1bO%c" % final, b"\x1b[%c" % final, b"\x1bO%c" % final)
        for number, final in enumerate(b"PQRS", 1)
    },
    **{
        f"F{number} {modifier}": (b"\x1b[1;%d%c" % (modifier, final),) * 3
        for number, final in enumerate(b"PQRS", 1)
        for modifier in range(2, 9)
    },
    **{
        f"CSI {number} {modifier}": (b"\x1b[%d;%d~" % (number, modifier),) * 3
        for number in (2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23, 24)
        for modifier in range(2, 9)
    },
    **{
        f"CSI {number}": (b"\x1b[%d~" % number,) * 3
        for number in (2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23, 24)
    },
    **{
        f"arrow {final} {modifier}": (b"\x1b[1;%d%c" % (modifier, final),) * 3
        for final in b"ABCDHF"
        for modifier in range(2, 9)
    },
    **{
        f"arrow {final}": (b"\x1b[%c" % final, b"\x1bO%c" % final, b"\x1b[%c" % final)
        for final in b"ABCDHF"
    },
    "escape": (b"\x1b", b"\x1b[27u", b"\x1b"),
    "enter": (b"\r", b"\x1b[13u", b"\r"),
    "tab": (b"\t", b"\x1b[9u", b"\t"),
    "back-tab": (b"\x1b[Z", b"\x1b[9;2u", b"\x1b[Z"),
    "backspace": (b"\x7f", b"\x1b[127u", b"\x7f"),
    "ctrl+backspace": (b"\x08", b"\x1b[127;5u", b"\x08"),
    "alt+enter": (b"\x1b\r", b"\x1b[13;3u", b"\x1b\r"),
    "alt+tab": (b"\x1b\t", b"\x1b[9;3u", b"\x1b\t"),
    "alt+backspace": (b"\x1b\x7f", b"\x1b[127;3u", b"\x1b\x7f"),
    "ctrl+space": (b"\x00", b"\x1b[32;5u", b"\x00"),
    "ctrl+\\": (b"\x1c", b"\x1b[92;5u", b"\x1c"),
    "ctrl+_": (b"\x1f", b"\x1b[95;5u", b"\x1f"),
    "keypad 5": (b"\x1bOu", b"\x1b[57404;;53u", b"5"),
    "keypad enter": (b"\x1bOM", b"\x1b[57414u", b"\r"),
    "keypad left": (b"\x1b[D", b"\x1b[57417u", b"\x1b[D"),
    "a letter": (b"q", b"\x1b[113;;113u", b"q"),
    "a capital": (b"Q", b"\x1b[113;2;81u", b"Q"),
    "with caps lock": (b"Q", b"\x1b[113;65;81u", b"Q"),
    "a composed letter": ("é".encode(), b"\x1b[0;;233u", "é".encode()),
    "a repeated key": (b"j", b"\x1b[106;1:2;106u", b"j"),
}
"""By key: legacy form, kitty form, and what xterm sends."""
KEYBOARD["F3"] = (b"\x1bOR", b"\x1b[13~", b"\x1bOR")  # CSI R is a cursor report


@pytest.mark.parametrize("key", KEYBOARD)
def test_the_keyboard_table(key: str) -> None:
    legacy, kitty, sent = KEYBOARD[key]
    assert translated(legacy) == [sent]
    assert translated(kitty) == [sent]


def test_control_letters_that_only_kitty_tells_apart() -> None:
    assert translated(b"\x1b[109;5u") == [b"\r"]
    assert translated(b"\x1b[105;5u") == [b"\t"]
    assert translated(b"\x1b[104;5u\x08") == [b"\x08\x08"]


@pytest.mark.parametrize("raw", [b"\x1b[A", b"\x1bOA", b"\x1b[1;1A", b"\x1b[57419u"])
def test_arrows_follow_the_mode_of_the_emulated_screen(raw: bytes) -> None:
    assert translated(raw) == [b"\x1b[A"]
    assert translated(raw, Modes(application_cursor=True)) == [b"\x1bOA"]


def test_a_keypad_arrow_stays_one_for_a_program_with_kitty_keys() -> None:
    assert translated(b"\x1b[57419u", Modes(kitty_flags=1)) == [b"\x1b[57419u"]
    assert translated(b"\x1b[A\x1bOA", Modes(kitty_flags=1)) == [b"\x1b[A\x1b[A"]


def test_the_keypad_follows_the_mode_of_the_emulated_screen() -> None:
    application = Modes(application_keypad=True)
    assert translated(b"\x1bOu\x1b[57404;;53u\x1b[57413;;43u", application) == [
        b"\x1bOu\x1bOu\x1bOk"
    ]
    assert translated(b"5+", application) == [b"5+"]


def test_the_leader_in_all_its_forms() -> None:
    for raw in (b"\x1d", b"\x1b[93;5u", b"\x1b[93;69u", b"\x1b[93;5:1u", b"\x1b[27;5;93~"):
        assert translated(b"a" + raw + b"d") == [b"a", LeaderPressed(), b"d"]
    assert translated(b"\x1b[93;5:3u") == []
    other = Translator(leader=KeyPress("f12"))
    assert other.translate(b"\x1d\x1b[24~", NORMAL) == [
        Typed(b"\x1d", KeyPress("]", CTRL)),
        LeaderPressed(),
    ]


@pytest.mark.parametrize("p", [b"\x10", b"\x1b[112;5u"])
@pytest.mark.parametrize("q", [b"\x11", b"\x1b[113;5u"])
def test_leaving_with_the_pair(p: bytes, q: bytes) -> None:
    assert translated(p + q) == [b"\x10", LeavePressed()]
    assert translated(p + b"x" + q) == [b"\x10x\x11"]
    assert translated(q) == [b"\x11"]
    assert translated(p + p + q + q) == [b"\x10\x10", LeavePressed(), b"\x11"]
    assert translated(p + b"\x1b[112;5:3u\x1b[57442;5u" + q) == [b"\x10", LeavePressed()]
    first = Translator().translate(p, NORMAL)
    assert merged(first) == [b"\x10"]


def test_mouse_focus_and_replies_are_told_apart() -> None:
    click = Mouse(Action.PRESS, Button.LEFT, 9, 4)
    assert translated(b"a\x1b[<0;10;5Mb") == [b"a", MouseMoved(click, b"\x1b[<0;10;5M"), b"b"]
    assert translated(b"\x1b[M *%") == [MouseMoved(click, b"\x1b[M *%")]
    assert translated(b"\x1b[<0;-1;5M") == [Reply(b"\x1b[<0;-1;5M")]
    assert translated(b"\x1b[I\x1b[O") == [
        FocusChanged(True, b"\x1b[I"),
        FocusChanged(False, b"\x1b[O"),
    ]
    for reply in (
        b"\x1b[?2026;2$y",
        b"\x1b[?1;2c",
        b"\x1b[24;80R",
        b"\x1b[48;24;80;1;1t",
        b"\x1b[?1u",
        b"\x1b]11;rgb:0/0/0\x07",
        b"\x1bP>|x\x1b\\",
        b"\x1b[0n",
    ):
        assert translated(b"a" + reply + b"b") == [b"a", Reply(reply), b"b"]


def test_pastes() -> None:
    paste = "two\nlines \x1b[A \x1d 漢".encode()
    assert translated(b"a\x1b[200~" + paste + b"\x1b[201~b") == [b"a", Pasted(paste.decode()), b"b"]
    assert translated(b"\x1b[200~\x1b[201~") == [Pasted("")]
    translator = Translator()
    assert translator.translate(b"\x1b[200~never ended\x1b[20", NORMAL) == []
    assert translator.pasting
    assert not translator.pending
    assert translator.flush(NORMAL) == []


def test_a_lone_escape_waits_for_the_caller() -> None:
    translator = Translator()
    assert translator.translate(b"\x1b", NORMAL) == []
    assert translator.pending
    assert merged(translator.flush(NORMAL)) == [b"\x1b"]
    assert not translator.pending
    assert translator.translate(b"\x1b", NORMAL) == []
    assert merged(translator.translate(b"x", NORMAL)) == [b"\x1bx"]
    assert translator.translate(b"\x1b[", NORMAL) == []
    assert merged(translator.flush(NORMAL)) == [b"\x1b["]
    assert merged(translator.translate(b"\x1b\x1b[A", NORMAL)) == [b"\x1b\x1b[A"]


def test_what_is_not_known_goes_to_the_job_as_it_is() -> None:
    assert translated(b"\x1b[99~\x1b[1;2Y\xff\xfe") == [b"\x1b[99~\x1b[1;2Y\xff\xfe"]


def test_a_program_with_kitty_keys_gets_them() -> None:
    modes = Modes(kitty_flags=9)
    assert translated(b"\x01", modes) == [b"\x1b[97;5u"]
    assert translated(b"\x1b[97;5u", modes) == [b"\x1b[97;5u"]
    assert translated("aé".encode(), modes) == [b"\x1b[97u\x1b[233u"]
    assert translated(b"\x1d", modes) == [LeaderPressed()]
    assert translated(b"\x1b[97;5:3u", Modes(kitty_flags=3)) == [b"\x1b[97;5:3u"]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    "raw", [b"\x1b:", b"\x1b[", b"\x1bO", b"\x1b\x06", b"\x1b\r", "\x1bé".encode()]
)
def test_escape_and_a_character_in_one_read_stay_what_they_are(raw: bytes, level: int) -> None:
    """They may be two keys typed in haste, such as vim's esc and `:`."""
    assert translated(raw, Modes(modify_other_keys=level)) == [raw]


def test_alt_that_the_users_terminal_tells_is_told() -> None:
    assert translated(b"\x1b[97;3u", Modes(modify_other_keys=2)) == [b"\x1b[27;3;97~"]
    assert translated(b"\x1ba", Modes(kitty_flags=1)) == [b"\x1b[97;3u"]
