"""The user's input while a terminal has the focus: raw bytes in, events out.

The bytes are what the user's own terminal sends: text, legacy and kitty key sequences, SGR mouse
reports, bracketed pastes, focus reports, and replies to queries of the dashboard. Keys come out
as the bytes that xterm would send in the modes of the emulated screen.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from apolo_tui.terminal.input.keys import encode_key
from apolo_tui.terminal.input.kitty import MODIFIER_KEYS, decode_key
from apolo_tui.terminal.input.mouse import Mouse, decode_mouse
from apolo_tui.terminal.input.names import KEYPAD_BY_FINAL
from apolo_tui.terminal.input.paste import END, START
from apolo_tui.terminal.input.press import ALT, CTRL, LOCKS, SHIFT, KeyPress
from apolo_tui.terminal.modes import Modes

LEADER: Final = KeyPress("]", CTRL)
_LEAVE_FIRST: Final = KeyPress("p", CTRL)
_LEAVE_SECOND: Final = KeyPress("q", CTRL)


@dataclass(frozen=True, slots=True)
class Typed:
    """Bytes for the job, and the key that they are, where it was one key."""

    data: bytes
    key: KeyPress | None = None


@dataclass(frozen=True, slots=True)
class LeaderPressed:
    """The leader was pressed; the next key is a command for the dashboard."""


@dataclass(frozen=True, slots=True)
class LeavePressed:
    """ctrl+p ctrl+q: the ctrl+p has gone to the job, the ctrl+q has not."""


@dataclass(frozen=True, slots=True)
class MouseMoved:
    """A mouse report in cells of the user's terminal; `raw` is for the dashboard's own parser."""

    mouse: Mouse
    raw: bytes


@dataclass(frozen=True, slots=True)
class Pasted:
    """A whole bracketed paste, as it came. `encode_paste` makes it safe to send."""

    text: str


@dataclass(frozen=True, slots=True)
class FocusChanged:
    """The user's terminal got or lost the focus; `raw` is for the dashboard's own parser."""

    gained: bool
    raw: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a query of the dashboard, for its own parser: never for the job."""

    raw: bytes


InputEvent = Typed | LeaderPressed | LeavePressed | MouseMoved | Pasted | FocusChanged | Reply

_ITEM: Final = re.compile(
    rb"(?P<text>[^\x00-\x1f\x7f]+)"
    rb"|\x1b\[<(?P<code>\d{1,5});(?P<column>-?\d{1,7});(?P<row>-?\d{1,7})(?P<kind>[Mm])"
    rb"|\x1b\[M(?P<old_mouse>[\s\S]{3})"
    rb"|\x1b\[\[(?P<console>[A-E])"
    rb"|\x1b\[(?P<parameters>[0-?]*)(?P<intermediates>[ -/]*)(?P<final>[@-LN-Z\\-~]|(?<=\d)M)"
    rb"|\x1bO(?P<modifier>\d?)(?P<ss3>[ -~])"
    rb"|(?P<string>\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\))"
    rb"|\x1b(?P<alt>[\x00-\x1a\x1c-NQ-Z\\`-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}"
    rb"|[\xf0-\xf4][\x80-\xbf]{3})"
    rb"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
)
_UNFINISHED: Final = re.compile(
    rb"\x1b(?:\[(?:<[\d;-]{0,24}|M[\s\S]{0,2}|\[|[0-?]{0,64}[ -/]{0,8})?|O\d?"
    rb"|\][^\x07\x1b]{0,4096}\x1b?|[P_^][^\x1b]{0,4096}\x1b?"
    rb"|[\xc2-\xf4][\x80-\xbf]{0,2})?"
)
_REPLY_FINALS: Final = frozenset("Rcntxy")
_SS3_NAMES: Final = {
    "A": "up", "B": "down", "C": "right", "D": "left", "E": "kp_begin", "F": "end", "H": "home",
    "P": "f1", "Q": "f2", "R": "f3", "S": "f4",
}  # fmt: skip
_CONTROL_NAMES: Final = {0x00: "space", 0x1C: "\\", 0x1D: "]", 0x1E: "^", 0x1F: "_"}


class Translator:
    """Splits the stream of the user's input; keeps what a read cuts in two.

    `pending` is true while bytes wait for more. A lone ESC is a key or the start of a sequence:
    when nothing came for a while (the caller's decision), call `flush`.
    """

    def __init__(self, *, leader: KeyPress = LEADER) -> None:
        self._leader = leader
        self._buffer = b""
        self._paste: list[bytes] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._after_ctrl_p = False

    @property
    def pending(self) -> bool:
        """Bytes wait for more, other than those of a paste."""
        return bool(self._buffer) and self._paste is None

    @property
    def pasting(self) -> bool:
        """A bracketed paste has begun and not ended."""
        return self._paste is not None

    def translate(self, raw: bytes, modes: Modes) -> list[InputEvent]:
        """The events that `raw` completes."""
        data = self._buffer + raw
        self._buffer = b""
        events: list[InputEvent] = []
        at = 0
        while at < len(data):
            if self._paste is not None:
                at = self._go_on_with_paste(data, at, events)
                continue
            match = _ITEM.match(data, at)
            if match is None:
                if _UNFINISHED.fullmatch(data, at) is not None:
                    self._buffer = data[at:]
                    break
                self._key(KeyPress("escape"), b"\x1b", modes, events)
                at += 1
                continue
            at = match.end()
            self._item(match, modes, events)
        return events

    def flush(self, modes: Modes) -> list[InputEvent]:
        """Take what waits for more as it is: a lone ESC is the escape key."""
        if not self.pending:
            return []
        data, self._buffer = self._buffer, b""
        events: list[InputEvent] = []
        if data == b"\x1b":
            self._key(KeyPress("escape"), data, modes, events)
        elif len(data) == 2:  # ESC [, ESC O, ESC ]: alt and that character
            self._key(KeyPress(chr(data[1]), ALT), data, modes, events)
        else:
            self._after_ctrl_p = False
            events.append(Typed(data))
        return events

    def _go_on_with_paste(self, data: bytes, at: int, events: list[InputEvent]) -> int:
        assert self._paste is not None
        end = data.find(END, at)
        if end >= 0:
            self._paste.append(data[at:end])
            text = b"".join(self._paste).decode("utf-8", "replace")
            self._paste = None
            events.append(Pasted(text))
            return end + len(END)
        # The end marker may be cut in two: as much of it as the data ends with has to wait.
        keep = next(
            (size for size in range(len(END) - 1, 0, -1) if data.endswith(END[:size], at)), 0
        )
        self._paste.append(data[at : len(data) - keep])
        self._buffer = data[len(data) - keep :]
        return len(data)

    def _item(self, match: re.Match[bytes], modes: Modes, events: list[InputEvent]) -> None:
        raw = match[0]
        kind = match.lastgroup
        if kind == "text":
            self._text(raw, modes, events)
        elif kind == "kind":
            mouse = decode_mouse(
                int(match["code"]),
                int(match["column"]),
                int(match["row"]),
                released=match["kind"] == b"m",
            )
            events.append(Reply(raw) if mouse is None else MouseMoved(mouse, raw))
        elif kind == "old_mouse":
            code, column, row = (byte - 32 for byte in match["old_mouse"])
            mouse = decode_mouse(code, column, row, released=code & 3 == 3 and not code & 32)
            events.append(Reply(raw) if mouse is None else MouseMoved(mouse, raw))
        elif kind == "console":
            number = b"ABCDE".index(match["console"]) + 1
            self._key(KeyPress(f"f{number}"), raw, modes, events)
        elif kind == "final":
            self._sequence(match, modes, events)
        elif kind == "ss3":
            self._ss3(match, modes, events)
        elif kind == "string":
            events.append(Reply(raw))
        elif kind == "alt":
            char = match["alt"].decode()
            key = control_key(ord(char)) if char < " " or char == "\x7f" else KeyPress(char)
            self._key(KeyPress(key.name, key.modifiers | ALT), raw, modes, events)
        else:
            self._key(control_key(raw[0]), raw, modes, events)

    def _text(self, raw: bytes, modes: Modes, events: list[InputEvent]) -> None:
        self._after_ctrl_p = False
        if not modes.kitty_flags:
            key = KeyPress(chr(raw[0]), 0, chr(raw[0])) if len(raw) == 1 and raw < b"\x7f" else None
            events.append(Typed(raw, key))
            return
        for char in self._decoder.decode(raw):
            name = "space" if char == " " else char
            data = encode_key(KeyPress(name, 0, char), modes)
            events.append(Typed(data))

    def _sequence(self, match: re.Match[bytes], modes: Modes, events: list[InputEvent]) -> None:
        raw = match[0]
        parameters, final = match["parameters"].decode(), match["final"].decode()
        if raw == START:
            self._paste = []
            self._after_ctrl_p = False
        elif raw in (b"\x1b[I", b"\x1b[O"):
            events.append(FocusChanged(final == "I", raw))
        elif parameters[:1] in ("?", ">", "<", "=") or match["intermediates"]:
            events.append(Reply(raw))
        elif final == "Z":
            self._key(KeyPress("tab", SHIFT), raw, modes, events)
        else:
            key = decode_key(parameters, final)
            if key is not None and (final != "R" or parameters.startswith("1;")):
                self._key(key, raw, modes, events)
            elif final in _REPLY_FINALS:
                events.append(Reply(raw))
            else:
                self._after_ctrl_p = False
                events.append(Typed(raw))

    def _ss3(self, match: re.Match[bytes], modes: Modes, events: list[InputEvent]) -> None:
        final = match["ss3"].decode()
        bits = int(match["modifier"] or b"1") - 1
        name = _SS3_NAMES.get(final) or KEYPAD_BY_FINAL.get(final)
        if name is not None:
            self._key(KeyPress(name, bits & 7), match[0], modes, events)
        elif len(match[0]) == 3:
            # alt+O and a character that follows it
            self._key(KeyPress("O", ALT), b"\x1bO", modes, events)
            self._text(final.encode(), modes, events)
        else:
            events.append(Typed(match[0]))

    def _key(self, key: KeyPress, raw: bytes, modes: Modes, events: list[InputEvent]) -> None:
        chord = (key.name, key.modifiers & ~LOCKS)
        if chord == (self._leader.name, self._leader.modifiers):
            if not key.released:
                self._after_ctrl_p = False
                events.append(LeaderPressed())
            return
        if not key.released and key.name not in MODIFIER_KEYS:
            after, self._after_ctrl_p = self._after_ctrl_p, False
            if after and chord == (_LEAVE_SECOND.name, _LEAVE_SECOND.modifiers):
                events.append(LeavePressed())
                return
            self._after_ctrl_p = chord == (_LEAVE_FIRST.name, _LEAVE_FIRST.modifiers)
        as_it_came = _may_be_two(key, raw) and not modes.kitty_flags
        data = raw if as_it_came else encode_key(key, modes)
        if data:
            events.append(Typed(data, key))


def _may_be_two(key: KeyPress, raw: bytes) -> bool:
    """Whether it is alt and a character, or as well escape and that character, typed in haste.

    Programs know both readings of these bytes, and tell them apart by what they wait for: a vim
    that asked for xterm's modifyOtherKeys must not be told that it was alt.
    """
    return key.name != "backspace" and raw[:1] == b"\x1b" and len(raw[1:].decode()) == 1


def control_key(code: int) -> KeyPress:
    """The key of a C0 control or DEL as terminals send it."""
    known = {0x0D: "enter", 0x09: "tab", 0x1B: "escape", 0x7F: "backspace"}.get(code)
    if known is not None:
        return KeyPress(known)
    return KeyPress(_CONTROL_NAMES.get(code) or chr(code + 0x60), CTRL)
