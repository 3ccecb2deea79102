"""The text of a log line: what of its bytes is for reading, and in which colours.

Only printable characters and colours come out of here. A program may also print escape sequences
that set titles, clear screens, write to the clipboard or move the cursor. Those are left out, and
a control character that stands alone becomes a visible mark.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from apolo_tui.model.cells import clusters

SGR = re.compile(rb"\x1b\[[0-9;:]*m")
"""The sequences that set colours and styles."""

ESCAPE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]+[0-~]"
    r"|\x1b[0-Z\\^-~]"
)
"""All escape sequences, with 7 and with 8 bits, strings with their payload."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

LONGEST_SHOWN = 128 * 1024
"""Bytes of a line that are made ready for the screen; what is more is counted."""
TAB = 8
"""Cells."""

Colour = int | tuple[int, int, int] | None
"""One of the 256, or red, green and blue, or the terminal's own."""


@dataclass(frozen=True, slots=True)
class Pen:
    """How a piece of a line is drawn."""

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Pen()

Runs = list[tuple[str, Pen]]
"""A line in pieces of one style. The texts are printable, with known widths."""

SWITCHES = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
}


def _extended(values: list[int]) -> tuple[Colour, int]:
    """The colour of `5;N` or `2;R;G;B`, and how many values it took."""
    if len(values) >= 2 and values[0] == 5:
        return min(values[1], 255), 2
    if len(values) >= 4 and values[0] == 2:
        red, green, blue = (min(value, 255) for value in values[1:4])
        return (red, green, blue), 4
    return None, len(values)


@lru_cache(maxsize=4096)
def apply_sgr(pen: Pen, parameters: str) -> Pen:
    """The pen after the parameters of an SGR sequence. Blinking and hiding are not obeyed."""
    values: list[int] = []
    for part in parameters.split(";"):
        pieces = part.split(":")
        head = int(pieces[0] or 0) if len(pieces[0]) <= 9 else 0
        if len(pieces) == 1 or head not in (38, 48):
            values.append(24 if head == 4 and pieces[1:2] == ["0"] else head)
            continue
        numbers = [int(piece) for piece in pieces[1:] if piece and len(piece) <= 9]
        if numbers[:1] == [2] and len(numbers) > 4:
            del numbers[1]  # the colour space, which terminals ignore
        values += [head, *numbers]
    index = 0
    while index < len(values):
        value = values[index]
        index += 1
        if value == 0:
            pen = PLAIN
        elif value in SWITCHES:
            pen = replace(pen, **SWITCHES[value])
        elif 30 <= value <= 37 or 90 <= value <= 97:
            pen = replace(pen, fg=value - 30 if value < 90 else value - 82)
        elif 40 <= value <= 47 or 100 <= value <= 107:
            pen = replace(pen, bg=value - 40 if value < 100 else value - 92)
        elif value in (38, 48):
            colour, used = _extended(values[index:])
            index += used
            pen = replace(pen, fg=colour) if value == 38 else replace(pen, bg=colour)
        elif value == 39:
            pen = replace(pen, fg=None)
        elif value == 49:
            pen = replace(pen, bg=None)
    return pen


def mark(control: str) -> str:
    """The visible mark of a control character."""
    code = ord(control)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"


def _shown(text: str) -> str:
    """Printable, with controls as marks."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(shown for shown, _ in clusters(CONTROL.sub(lambda found: mark(found[0]), text)))


def _expand_tabs(text: str, column: int) -> str:
    return (" " * (column % TAB) + text).expandtabs(TAB)[column % TAB :] if "\t" in text else text


def _decoded(data: bytes) -> tuple[str, int]:
    left_out = max(0, len(data) - LONGEST_SHOWN)
    return data[:LONGEST_SHOWN].decode("utf-8", "replace"), left_out


def runs(data: bytes) -> Runs:
    """The pieces of a line's text, for the screen."""
    text, left_out = _decoded(data)
    if text.isprintable() and text.isascii():
        pieces = [(text, PLAIN)] if text else []
    else:
        pieces, pen, position, column = [], PLAIN, 0, 0
        for found in [*ESCAPE.finditer(text), None]:
            stop = len(text) if found is None else found.start()
            if stop > position:
                piece = _shown(_expand_tabs(text[position:stop], column))
                if piece:
                    pieces.append((piece, pen))
                column += len(piece)
            if found is not None:
                position = found.end()
                if found["sgr"] is not None:
                    pen = apply_sgr(pen, found["sgr"])
    if left_out:
        pieces.append((f" … {left_out:,} bytes more".replace(",", " "), Pen(dim=True)))
    return pieces


def raw_runs(data: bytes) -> Runs:
    """The same with every control character as a mark, escape sequences and all."""
    text, left_out = _decoded(data)
    pieces: Runs = []
    position = 0
    for found in CONTROL.finditer(text):
        if found.start() > position:
            pieces.append((_shown(text[position : found.start()]), PLAIN))
        pieces.append((mark(found[0]), Pen(dim=True)))
        position = found.end()
    if position < len(text):
        pieces.append((_shown(text[position:]), PLAIN))
    if left_out:
        pieces.append((f" … {left_out:,} bytes more".replace(",", " "), Pen(dim=True)))
    return pieces


def plain(data: bytes) -> str:
    """The text of a line as it is shown, without colours."""
    text = data.decode("utf-8", "replace")
    if text.isascii() and text.isprintable():
        return text
    return _shown(_expand_tabs(ESCAPE.sub("", text), 0))


def coloured(data: bytes) -> str:
    """The text of a line as it is shown, with its colours as SGR sequences and nothing else."""
    text = data.decode("utf-8", "replace")
    if text.isascii() and text.isprintable():
        return text
    pieces: list[str] = []
    position = 0
    sgr = False
    for found in ESCAPE.finditer(text):
        pieces.append(_shown(_expand_tabs(text[position : found.start()], 0)))
        position = found.end()
        if found["sgr"] is not None:
            pieces.append(found[0])
            sgr = True
    pieces.append(_shown(_expand_tabs(text[position:], 0)))
    return "".join(pieces) + ("\x1b[0m" if sgr else "")


def last_state(data: bytes) -> bytes:
    """What a line shows in the end, where a program went back to its start to write over it.

    Progress bars do this with `\\r`. A blank last state (a bar that was wiped) leaves the one
    before it.
    """
    if b"\r" not in data:
        return data
    end = len(data)
    while end > 0:
        start = data.rfind(b"\r", 0, end) + 1
        state = data[start:end]
        if state and (not state.isspace()) and _has_ink(state):
            return state
        end = start - 1
    return b""


def _has_ink(state: bytes) -> bool:
    if b"\x1b" not in state:
        return True
    return bool(ESCAPE.sub("", state.decode("utf-8", "replace")).strip())
