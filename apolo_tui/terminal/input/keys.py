"""Keys, and the bytes that xterm sends for them in the modes that a program set."""

from dataclasses import dataclass
from typing import Final

from apolo_tui.terminal.input.kitty import encode_kitty
from apolo_tui.terminal.input.names import (
    CURSOR_FINALS,
    EDITING_NUMBERS,
    FUNCTION_FINALS,
    FUNCTION_NUMBERS,
    KEYPAD,
    NAMED_CHARACTERS,
)
from apolo_tui.terminal.input.press import ALT, CTRL, SHIFT, KeyPress
from apolo_tui.terminal.modes import Modes

_CONTROLS: Final = {
    " ": 0x00, "2": 0x00, "3": 0x1B, "4": 0x1C, "5": 0x1D, "6": 0x1E, "7": 0x1F, "8": 0x7F,
    "?": 0x7F, "/": 0x1F, "`": 0x00, "-": 0x1F, "~": 0x1E, "|": 0x1C, "{": 0x1B, "}": 0x1D,
}  # fmt: skip
"""Control with a character that is not in the column @ to _."""

_CODES: Final = {"enter": 13, "tab": 9, "backspace": 127, "escape": 27, "space": 32}


_UNLOCKED_KEYPAD: Final = frozenset(
    f"kp_{name}" for name in (*CURSOR_FINALS, *EDITING_NUMBERS) if name != "kp_begin"
)
"""Keypad keys without num lock, which send what the keys of that name send."""


@dataclass(frozen=True, slots=True)
class _Legacy:
    """The bytes of a key without modifyOtherKeys."""

    text: str
    traditional: bool = True  # the modifiers show in the bytes


def parse_key(name: str, character: str | None = None) -> KeyPress | None:
    """The key of a Textual key name such as `ctrl+shift+left` or `alt+full_stop`.

    `character` is the event's character, which tells apart keys of one name. None: not a key.
    """
    *modifiers, base = name.split("+") if name != "+" else ["+"]
    bits = 0
    for modifier in modifiers:
        bits |= {"shift": SHIFT, "alt": ALT, "ctrl": CTRL}.get(modifier, 0)
    if character == "\x08" and base == "backspace":
        return KeyPress("backspace", bits | CTRL)
    base = NAMED_CHARACTERS.get(base, base)
    if len(base) == 1:
        if base == " ":
            return KeyPress("space", bits, "" if bits & ~SHIFT else " ")
        if base.isupper() and not bits:
            return KeyPress(base, SHIFT, base)
        shifted = base.upper() if bits & SHIFT else base
        return KeyPress(base, bits, shifted if not bits & ~SHIFT else "")
    known = base in CURSOR_FINALS or base in EDITING_NUMBERS or base in KEYPAD
    if (
        known
        or base in _UNLOCKED_KEYPAD
        or base in FUNCTION_FINALS
        or base in FUNCTION_NUMBERS
        or base in _CODES
    ):
        return KeyPress(base, bits)
    if character is not None and character.isprintable():
        return KeyPress(character, bits, character)
    return None


def encode_key(key: KeyPress, modes: Modes) -> bytes:
    """The bytes to send for a key; b"" for one that cannot be sent in these modes.

    Text comes as it was typed. The kitty protocol is used only where the program asked for it.
    """
    if modes.kitty_flags:
        encoded = encode_kitty(key, modes)
        if encoded is not None:
            return encoded
    if key.released:
        return b""
    if key.name in _UNLOCKED_KEYPAD:
        key = KeyPress(key.name[3:], key.modifiers)
    for encode in (_cursor, _editing, _function, _keypad):
        sequence = encode(key, modes)
        if sequence is not None:
            return sequence.encode()
    return _character(key, modes).encode()


def _modifier(key: KeyPress) -> int:
    """xterm's parameter of the modifiers."""
    return 1 + (key.modifiers & (SHIFT | ALT | CTRL))


def _cursor(key: KeyPress, modes: Modes) -> str | None:
    final = CURSOR_FINALS.get(key.name)
    if final is None:
        return None
    modifier = _modifier(key)
    if modifier > 1:
        return f"\x1b[1;{modifier}{final}"
    return f"\x1bO{final}" if modes.application_cursor else f"\x1b[{final}"


def _editing(key: KeyPress, modes: Modes) -> str | None:
    number = EDITING_NUMBERS.get(key.name)
    if number is None:
        return None
    modifier = _modifier(key)
    return f"\x1b[{number};{modifier}~" if modifier > 1 else f"\x1b[{number}~"


def _function(key: KeyPress, modes: Modes) -> str | None:
    modifier = _modifier(key)
    final = FUNCTION_FINALS.get(key.name)
    if final is not None:
        return f"\x1b[1;{modifier}{final}" if modifier > 1 else f"\x1bO{final}"
    number = FUNCTION_NUMBERS.get(key.name)
    if number is None:
        return None
    return f"\x1b[{number};{modifier}~" if modifier > 1 else f"\x1b[{number}~"


def _keypad(key: KeyPress, modes: Modes) -> str | None:
    """Keypad keys: SS3 codes in application mode, else what is printed on them."""
    entry = KEYPAD.get(key.name)
    if entry is None:
        return None
    numeric, final = entry
    if not modes.application_keypad:
        if key.name == "kp_enter":
            return _character(KeyPress("enter", key.modifiers), modes)
        return _character(KeyPress(numeric, key.modifiers, numeric), modes)
    modifier = _modifier(key)
    return f"\x1bO{modifier}{final}" if modifier > 1 else f"\x1bO{final}"


def _character(key: KeyPress, modes: Modes) -> str:
    if len(key.name) > 1 and not key.text and key.name not in _CODES:
        return ""  # a modifier, a lock or a media key: xterm sends nothing
    modifiers = key.modifiers & (SHIFT | ALT | CTRL)
    legacy = _legacy(key, modifiers, modes)
    level = modes.modify_other_keys
    if level and modifiers and _is_other(key, modifiers, level, legacy):
        code = _CODES.get(key.name) or ord(key.text or key.name)
        return f"\x1b[27;{1 + modifiers};{code}~"
    return legacy.text


def _is_other(key: KeyPress, modifiers: int, level: int, legacy: _Legacy) -> bool:
    """Whether modifyOtherKeys changes this key: 1 where the modifiers would be lost, 2 always."""
    if modifiers == SHIFT and key.name not in _CODES:
        return False
    if level == 1:
        return not legacy.traditional
    return key.name not in ("backspace", "escape") or bool(modifiers & (ALT | CTRL))


def _legacy(key: KeyPress, modifiers: int, modes: Modes) -> _Legacy:
    prefix = "\x1b" if modifiers & ALT else ""
    name = key.name
    rest = modifiers & (SHIFT | CTRL)
    if name == "enter":
        return _Legacy(prefix + ("\r\n" if modes.newline else "\r"), not rest)
    if name == "tab":
        return _Legacy(prefix + ("\x1b[Z" if modifiers & SHIFT else "\t"), not modifiers & CTRL)
    if name == "escape":
        return _Legacy(prefix + "\x1b", not rest)
    if name == "backspace":
        swapped = bool(modifiers & CTRL) != modes.backarrow_sends_backspace
        return _Legacy(prefix + ("\x08" if swapped else "\x7f"), not modifiers & SHIFT)
    char = " " if name == "space" else name
    if modifiers & CTRL:
        code = _control(char)
        if code is None:
            return _Legacy(prefix + (key.text or char), False)
        return _Legacy(prefix + chr(code), not modifiers & SHIFT)
    return _Legacy(prefix + _typed(key, char), name != "space" or not modifiers & SHIFT)


def _typed(key: KeyPress, char: str) -> str:
    if key.text:
        return key.text
    return char.upper() if key.modifiers & SHIFT and len(char.upper()) == 1 else char


def _control(char: str) -> int | None:
    """The control character of a key with control."""
    if len(char) != 1:
        return None
    upper = char.upper()
    if "@" <= upper <= "_":
        return ord(upper) & 0x1F
    return _CONTROLS.get(char)
