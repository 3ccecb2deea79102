"""Keys by name -> the bytes that xterm sends, in every mode."""

import string

import pytest

from apolo_tui.terminal.input.keys import encode_key, parse_key
from apolo_tui.terminal.input.press import ALT, CTRL, SHIFT, KeyPress
from apolo_tui.terminal.modes import Modes

NORMAL = Modes()
APPLICATION = Modes(application_cursor=True, application_keypad=True)


def typed(name: str, modes: Modes = NORMAL, character: str | None = None) -> bytes:
    key = parse_key(name, character)
    assert key is not None
    return encode_key(key, modes)


@pytest.mark.parametrize("letter", string.ascii_lowercase)
def test_letters(letter: str) -> None:
    code = ord(letter)
    assert typed(letter) == letter.encode()
    assert typed(letter.upper()) == letter.upper().encode()
    assert typed(f"shift+{letter}") == letter.upper().encode()
    assert typed(f"ctrl+{letter}") == bytes([code & 0x1F])
    assert typed(f"alt+{letter}") == b"\x1b" + letter.encode()
    assert typed(f"alt+shift+{letter}") == b"\x1b" + letter.upper().encode()
    assert typed(f"ctrl+alt+{letter}") == bytes([0x1B, code & 0x1F])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("enter", b"\r"), ("alt+enter", b"\x1b\r"), ("tab", b"\t"), ("shift+tab", b"\x1b[Z"),
        ("alt+tab", b"\x1b\t"), ("escape", b"\x1b"), ("alt+escape", b"\x1b\x1b"),
        ("backspace", b"\x7f"), ("ctrl+backspace", b"\x08"), ("alt+backspace", b"\x1b\x7f"),
        ("space", b" "), ("ctrl+space", b"\x00"), ("alt+space", b"\x1b "), ("ctrl+at", b"\x00"),
        ("ctrl+@", b"\x00"), ("ctrl+left_square_bracket", b"\x1b"), ("ctrl+backslash", b"\x1c"),
        ("ctrl+right_square_bracket", b"\x1d"), ("ctrl+circumflex_accent", b"\x1e"),
        ("ctrl+underscore", b"\x1f"), ("ctrl+slash", b"\x1f"), ("ctrl+question_mark", b"\x7f"),
        ("ctrl+2", b"\x00"), ("ctrl+3", b"\x1b"), ("ctrl+8", b"\x7f"), ("ctrl+1", b"1"),
        ("full_stop", b"."), ("alt+full_stop", b"\x1b."), ("alt+less_than_sign", b"\x1b<"),
        ("plus", b"+"), ("alt+1", b"\x1b1"), ("ctrl+alt+a", b"\x1b\x01"),
        ("up", b"\x1b[A"), ("down", b"\x1b[B"), ("right", b"\x1b[C"), ("left", b"\x1b[D"),
        ("home", b"\x1b[H"), ("end", b"\x1b[F"), ("insert", b"\x1b[2~"), ("delete", b"\x1b[3~"),
        ("pageup", b"\x1b[5~"), ("pagedown", b"\x1b[6~"), ("shift+up", b"\x1b[1;2A"),
        ("alt+up", b"\x1b[1;3A"), ("ctrl+left", b"\x1b[1;5D"), ("ctrl+shift+right", b"\x1b[1;6C"),
        ("ctrl+alt+shift+end", b"\x1b[1;8F"), ("ctrl+delete", b"\x1b[3;5~"),
        ("shift+pageup", b"\x1b[5;2~"), ("f1", b"\x1bOP"), ("f4", b"\x1bOS"), ("f5", b"\x1b[15~"),
        ("f6", b"\x1b[17~"), ("f7", b"\x1b[18~"), ("f8", b"\x1b[19~"), ("f9", b"\x1b[20~"),
        ("f10", b"\x1b[21~"), ("f11", b"\x1b[23~"), ("f12", b"\x1b[24~"), ("f13", b"\x1b[25~"),
        ("shift+f1", b"\x1b[1;2P"), ("ctrl+f3", b"\x1b[1;5R"), ("alt+f5", b"\x1b[15;3~"),
        ("ctrl+shift+f12", b"\x1b[24;6~"), ("kp_5", b"5"), ("kp_enter", b"\r"), ("kp_add", b"+"),
        ("kp_left", b"\x1b[D"), ("kp_delete", b"\x1b[3~"), ("kp_begin", b"\x1b[E"),
        ("é", "é".encode()), ("漢", "漢".encode()), ("alt+é", "\x1bé".encode()),
    ],
)  # fmt: skip
def test_normal_mode(name: str, expected: bytes) -> None:
    assert typed(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("up", b"\x1bOA"), ("down", b"\x1bOB"), ("right", b"\x1bOC"), ("left", b"\x1bOD"),
        ("home", b"\x1bOH"), ("end", b"\x1bOF"), ("ctrl+up", b"\x1b[1;5A"), ("delete", b"\x1b[3~"),
        ("kp_0", b"\x1bOp"), ("kp_9", b"\x1bOy"), ("kp_enter", b"\x1bOM"), ("kp_add", b"\x1bOk"),
        ("kp_decimal", b"\x1bOn"), ("kp_begin", b"\x1bOE"), ("a", b"a"), ("f1", b"\x1bOP"),
        ("5", b"5"),
    ],
)  # fmt: skip
def test_application_modes(name: str, expected: bytes) -> None:
    assert typed(name, APPLICATION) == expected


def test_textual_names_with_a_character() -> None:
    assert typed("backspace", character="\x08") == b"\x08"
    assert typed("backspace", character="\x7f") == b"\x7f"
    assert typed("latin_small_letter_e_with_acute", character="é") == "é".encode()
    assert parse_key("<ignore>") is None


def test_modes_of_single_keys() -> None:
    assert typed("enter", Modes(newline=True)) == b"\r\n"
    swapped = Modes(backarrow_sends_backspace=True)
    assert typed("backspace", swapped) == b"\x08"
    assert typed("ctrl+backspace", swapped) == b"\x7f"


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("a", b"a", b"a"),
        ("shift+a", b"A", b"A"),
        ("ctrl+a", b"\x01", b"\x1b[27;5;97~"),
        ("alt+a", b"\x1ba", b"\x1b[27;3;97~"),
        ("ctrl+1", b"\x1b[27;5;49~", b"\x1b[27;5;49~"),
        ("ctrl+enter", b"\x1b[27;5;13~", b"\x1b[27;5;13~"),
        ("shift+enter", b"\x1b[27;2;13~", b"\x1b[27;2;13~"),
        ("shift+tab", b"\x1b[Z", b"\x1b[27;2;9~"),
        ("ctrl+tab", b"\x1b[27;5;9~", b"\x1b[27;5;9~"),
        ("ctrl+shift+a", b"\x1b[27;6;97~", b"\x1b[27;6;97~"),
        ("ctrl+up", b"\x1b[1;5A", b"\x1b[1;5A"),
        ("enter", b"\r", b"\r"),
    ],
)
def test_modify_other_keys(name: str, one: bytes, two: bytes) -> None:
    assert typed(name, Modes(modify_other_keys=1)) == one
    assert typed(name, Modes(modify_other_keys=2)) == two


@pytest.mark.parametrize(
    ("name", "disambiguated", "everything"),
    [
        ("a", b"a", b"\x1b[97u"),
        ("shift+a", b"A", b"\x1b[97;2u"),
        ("ctrl+a", b"\x1b[97;5u", b"\x1b[97;5u"),
        ("alt+a", b"\x1b[97;3u", b"\x1b[97;3u"),
        ("ctrl+i", b"\x1b[105;5u", b"\x1b[105;5u"),
        ("escape", b"\x1b[27u", b"\x1b[27u"),
        ("enter", b"\r", b"\x1b[13u"),
        ("tab", b"\t", b"\x1b[9u"),
        ("shift+tab", b"\x1b[9;2u", b"\x1b[9;2u"),
        ("backspace", b"\x7f", b"\x1b[127u"),
        ("ctrl+enter", b"\x1b[13;5u", b"\x1b[13;5u"),
        ("up", b"\x1b[A", b"\x1b[A"),
        ("ctrl+up", b"\x1b[1;5A", b"\x1b[1;5A"),
        ("f1", b"\x1bOP", b"\x1bOP"),
        ("f3", b"\x1b[13~", b"\x1b[13~"),
        ("ctrl+f3", b"\x1b[13;5~", b"\x1b[13;5~"),
        ("f5", b"\x1b[15~", b"\x1b[15~"),
        ("f13", b"\x1b[57376u", b"\x1b[57376u"),
        ("delete", b"\x1b[3~", b"\x1b[3~"),
        ("kp_5", b"\x1b[57404u", b"\x1b[57404u"),
        ("space", b" ", b"\x1b[32u"),
    ],
)
def test_kitty_only_where_asked(name: str, disambiguated: bytes, everything: bytes) -> None:
    assert typed(name, Modes(kitty_flags=1)) == disambiguated
    assert typed(name, Modes(kitty_flags=1 | 8)) == everything


def test_kitty_events_text_and_alternates() -> None:
    released = KeyPress("a", CTRL, released=True)
    assert encode_key(released, NORMAL) == b""
    assert encode_key(released, Modes(kitty_flags=1)) == b""
    assert encode_key(released, Modes(kitty_flags=3)) == b"\x1b[97;5:3u"
    repeated = KeyPress("up", repeated=True)
    assert encode_key(repeated, NORMAL) == b"\x1b[A"
    assert encode_key(repeated, Modes(kitty_flags=3)) == b"\x1b[1;1:2A"
    assert encode_key(KeyPress("a", SHIFT, "A"), Modes(kitty_flags=25)) == b"\x1b[97;2;65u"
    assert encode_key(KeyPress("a", SHIFT | ALT, "A"), Modes(kitty_flags=5)) == b"\x1b[97:65;4u"
    assert encode_key(KeyPress("left_shift", SHIFT), Modes(kitty_flags=1)) == b""
    assert encode_key(KeyPress("left_shift", SHIFT), Modes(kitty_flags=9)) == b"\x1b[57441;2u"
    assert encode_key(KeyPress("left_shift", SHIFT), NORMAL) == b""
