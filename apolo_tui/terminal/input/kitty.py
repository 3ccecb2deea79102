"""The kitty keyboard protocol, in both directions.

In: what the user's terminal sends, because the dashboard switched the protocol on for itself.
Out: only for a program in the job that switched it on for its own terminal.
"""

from typing import Final

from apolo_tui.terminal.input.names import (
    CURSOR_FINALS,
    EDITING_NUMBERS,
    FUNCTION_FINALS,
    FUNCTION_NUMBERS,
    KEYPAD,
)
from apolo_tui.terminal.input.press import CTRL, LOCKS, SHIFT, KeyPress
from apolo_tui.terminal.modes import Modes

DISAMBIGUATE, EVENT_TYPES, ALTERNATE_KEYS, ALL_KEYS, ASSOCIATED_TEXT = 1, 2, 4, 8, 16
REPEAT, RELEASE = 2, 3

_UNICODE_NAMES: Final = {27: "escape", 13: "enter", 9: "tab", 127: "backspace", 32: "space"}
_PRIVATE_NAMES: Final = {
    57358: "caps_lock", 57359: "scroll_lock", 57360: "num_lock", 57361: "print_screen",
    57362: "pause", 57363: "menu",
    **{57376 + number: f"f{13 + number}" for number in range(23)},
    **{57399 + digit: f"kp_{digit}" for digit in range(10)},
    57409: "kp_decimal", 57410: "kp_divide", 57411: "kp_multiply", 57412: "kp_subtract",
    57413: "kp_add", 57414: "kp_enter", 57415: "kp_equal", 57416: "kp_separator",
    57417: "kp_left", 57418: "kp_right", 57419: "kp_up", 57420: "kp_down", 57421: "kp_pageup",
    57422: "kp_pagedown", 57423: "kp_home", 57424: "kp_end", 57425: "kp_insert",
    57426: "kp_delete", 57427: "kp_begin",
    **{57441 + number: name for number, name in enumerate((
        "left_shift", "left_control", "left_alt", "left_super", "left_hyper", "left_meta",
        "right_shift", "right_control", "right_alt", "right_super", "right_hyper", "right_meta",
        "iso_level3_shift", "iso_level5_shift"))},
}  # fmt: skip
_PRIVATE_CODES: Final = {name: code for code, name in _PRIVATE_NAMES.items()}
_UNICODE_CODES: Final = {name: code for code, name in _UNICODE_NAMES.items()}
MODIFIER_KEYS: Final = frozenset(
    name for code, name in _PRIVATE_NAMES.items() if code >= 57441 or code in (57358, 57360)
)

CURSOR_NAMES: Final = {final: name for name, final in CURSOR_FINALS.items()}
FUNCTION_NAMES: Final = {final: name for name, final in FUNCTION_FINALS.items()}
NUMBER_NAMES: Final = {
    **{number: name for name, number in (EDITING_NUMBERS | FUNCTION_NUMBERS).items()},
    1: "home", 4: "end", 7: "home", 8: "end", 11: "f1", 12: "f2", 13: "f3", 14: "f4",
    57427: "kp_begin",
}  # fmt: skip


def _numbers(text: str) -> list[int]:
    return [int(item) if item.isdecimal() and len(item) < 8 else 0 for item in text.split(":")]


def decode_key(parameters: str, final: str) -> KeyPress | None:
    """The key of `CSI parameters final`, in kitty's form or in xterm's; None: it is no key."""
    fields = [_numbers(field) for field in parameters.split(";")] + [[0], [0], [0]]
    (code, *shifted), (modifiers, *event), text = fields[0], fields[1], fields[2]
    if final == "~" and code == 27 and text[0]:  # modifyOtherKeys: CSI 27 ; modifiers ; code ~
        code, text, final = text[0], [0], "u"
    kind = event[0] if event else 1
    bits = max(modifiers, 1) - 1 & 0xFF
    released, repeated = kind == RELEASE, kind == REPEAT
    if final == "u":
        typed = "".join(chr(item) for item in text if _is_character(item))
        name = _UNICODE_NAMES.get(code) or _PRIVATE_NAMES.get(code)
        if name is None:
            # Code 0 is text without a key, from an input method.
            if not _is_character(code) and not typed:
                return None
            name = chr(code) if code else typed
        if name == "space" and not bits & ~(SHIFT | LOCKS):
            typed = typed or " "
        if not typed and len(name) == 1 and not bits & ~(SHIFT | LOCKS):
            typed = chr(shifted[0]) if bits & SHIFT and shifted and shifted[0] else name
            typed = typed.upper() if bits & SHIFT and not (shifted and shifted[0]) else typed
        return KeyPress(name, bits, typed, released, repeated)
    if final == "~":
        found = NUMBER_NAMES.get(code)
    elif code > 1:
        return None
    else:
        found = CURSOR_NAMES.get(final) or FUNCTION_NAMES.get(final)
    return KeyPress(found, bits, "", released, repeated) if found is not None else None


def _is_character(code: int) -> bool:
    return 32 <= code < 0xD800 or 0xE000 <= code < 0x110000


def encode_kitty(key: KeyPress, modes: Modes) -> bytes | None:
    """The key as the flags in `modes` ask for it; None: as without the protocol."""
    flags = modes.kitty_flags
    if key.released and not flags & EVENT_TYPES:
        return b""
    everything = bool(flags & ALL_KEYS)
    modifiers = key.modifiers if everything else key.modifiers & ~LOCKS
    plain_text = bool(key.text) and not modifiers & ~(SHIFT | LOCKS)
    event = RELEASE if key.released else REPEAT if key.repeated and flags & EVENT_TYPES else 1
    if key.name in MODIFIER_KEYS and not everything:
        return b""
    if not everything:
        if plain_text and key.name not in KEYPAD:
            return b"" if key.released else key.text.encode()
        if key.name in ("enter", "tab", "backspace") and not modifiers:
            return b"" if key.released else None
    mask = f"{modifiers + 1}" if modifiers or event > 1 else ""
    if event > 1:
        mask += f":{event}"
    if key.name in CURSOR_FINALS or key.name in ("f1", "f2", "f4"):
        final = CURSOR_FINALS.get(key.name) or FUNCTION_FINALS[key.name]
        if not mask and (modes.application_cursor or key.name in FUNCTION_FINALS):
            return f"\x1bO{final}".encode()
        return f"\x1b[1;{mask}{final}".encode() if mask else f"\x1b[{final}".encode()
    numbers = {"f3": 13, **EDITING_NUMBERS, **FUNCTION_NUMBERS}
    if key.name in numbers and key.name not in _PRIVATE_CODES:
        tail = f";{mask}" if mask else ""
        return f"\x1b[{numbers[key.name]}{tail}~".encode()
    return _unicode_form(key, flags, modifiers, mask)


def _unicode_form(key: KeyPress, flags: int, modifiers: int, mask: str) -> bytes | None:
    """`CSI code:shifted ; modifiers:event ; text u`."""
    if key.name in _UNICODE_CODES or key.name in _PRIVATE_CODES:
        code = _UNICODE_CODES.get(key.name) or _PRIVATE_CODES[key.name]
    elif len(key.name) == 1:
        code = ord(key.name.lower()) if len(key.name.lower()) == 1 else ord(key.name)
    else:
        return None
    number = str(code)
    if flags & ALTERNATE_KEYS and modifiers & SHIFT and len(key.text) == 1:
        number += f":{ord(key.text)}"
    text = ""
    if flags & ASSOCIATED_TEXT and flags & ALL_KEYS and key.text and not modifiers & CTRL:
        text = ":".join(str(ord(char)) for char in key.text)
    if text and not key.released:
        return f"\x1b[{number};{mask};{text}u".encode()
    return f"\x1b[{number};{mask}u".encode() if mask else f"\x1b[{number}u".encode()
