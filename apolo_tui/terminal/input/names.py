"""The names of keys, and the numbers and finals that stand for them in sequences."""

from typing import Final

CURSOR_FINALS: Final = {
    "up": "A", "down": "B", "right": "C", "left": "D", "kp_begin": "E", "end": "F", "home": "H",
}  # fmt: skip
EDITING_NUMBERS: Final = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6}
FUNCTION_FINALS: Final = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
FUNCTION_NUMBERS: Final = {
    "f5": 15, "f6": 17, "f7": 18, "f8": 19, "f9": 20, "f10": 21, "f11": 23, "f12": 24,
    "f13": 25, "f14": 26, "f15": 28, "f16": 29, "f17": 31, "f18": 32, "f19": 33, "f20": 34,
}  # fmt: skip
KEYPAD: Final = {
    **{f"kp_{digit}": (str(digit), chr(ord("p") + digit)) for digit in range(10)},
    "kp_decimal": (".", "n"), "kp_divide": ("/", "o"), "kp_multiply": ("*", "j"),
    "kp_subtract": ("-", "m"), "kp_add": ("+", "k"), "kp_enter": ("\r", "M"),
    "kp_equal": ("=", "X"), "kp_separator": (",", "l"),
}  # fmt: skip
"""What a keypad key types, and its SS3 final in application mode."""

KEYPAD_BY_FINAL: Final = {final: name for name, (_, final) in KEYPAD.items()}

NAMED_CHARACTERS: Final = {
    "space": " ", "exclamation_mark": "!", "quotation_mark": '"', "number_sign": "#",
    "dollar_sign": "$", "percent_sign": "%", "ampersand": "&", "apostrophe": "'",
    "left_parenthesis": "(", "right_parenthesis": ")", "asterisk": "*", "plus": "+",
    "plus_sign": "+", "comma": ",", "minus": "-", "hyphen_minus": "-", "full_stop": ".",
    "slash": "/", "solidus": "/", "colon": ":", "semicolon": ";", "less_than_sign": "<",
    "equals_sign": "=", "greater_than_sign": ">", "question_mark": "?", "at": "@",
    "commercial_at": "@", "left_square_bracket": "[", "backslash": "\\", "reverse_solidus": "\\",
    "right_square_bracket": "]", "circumflex_accent": "^", "underscore": "_", "low_line": "_",
    "grave_accent": "`", "left_curly_bracket": "{", "vertical_line": "|",
    "right_curly_bracket": "}", "tilde": "~",
}  # fmt: skip
"""Textual's names of printable characters."""
