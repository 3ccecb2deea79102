"""The tokenizer: bytes in, whole control sequences and runs of text out.

One regular expression cuts a chunk into tokens in a single call. What it cannot match whole (a
sequence that the chunk cuts in two, a control character inside a sequence, a malformed one) goes
through a slower path that follows ECMA-48 and the DEC parser. Tokens are one of

- text: printable characters only
- a C0 control; CR LF is one token, and plain lines that follow it belong to that token
- an escape or control sequence, whole, without controls inside
- a string sequence (OSC, DCS, APC, PM, SOS) with its terminator

C1 controls are turned into their 7-bit form, DEL and NUL are dropped, bytes that are not UTF-8
become U+FFFD.
"""

import codecs
import re
from typing import Final

SEQUENCE_LIMIT: Final = 2_048
"""Characters kept of an unfinished control sequence. One with more than 1,024 characters of
parameters or 8 intermediates is swallowed up to its final."""

STRING_LIMIT: Final = 1_048_576
"""Longest string sequence, in characters; a longer one is swallowed up to its terminator."""

_LINES = r"(?:(?:[ -~]++|\x1b\[[0-9;]{0,1024}+m)*+\r\n)*+"
_CSI = r"\x1b\[[0-?]{0,1024}+[ -/]{0,8}+[@-~]"
_STRING = r"\x1b(?:\][^\x07\x18\x1a\x1b]*+(?:\x07|\x1b\\)|[PX^_][^\x18\x1a\x1b]*+\x1b\\)"
_ESCAPE = r"\x1b(?:[ -/]{1,8}+[0-~]|[0-OQ-WYZ\\`-~])"

_TOKEN: Final = re.compile(
    rf"[^\x00-\x1f]++|{_CSI}|\r\n{_LINES}|[\x01-\x1a\x1c-\x1f]|{_STRING}|{_ESCAPE}|\x1b(?s:.*)"
).findall
_TOKEN_ALONE: Final = re.compile(
    rf"[^\x00-\x1f]++|{_CSI}|\r\n|[\x01-\x1a\x1c-\x1f]|{_STRING}|{_ESCAPE}"
).findall
_WHOLE: Final = re.compile(rf"{_CSI}|{_STRING}|{_ESCAPE}").fullmatch
_C1: Final = re.compile("[\x80-\x9f]")
_STRING_END: Final = re.compile("[\x07\x18\x1a\x1b]")


def separate(lines: str) -> list[str]:
    """The tokens of a stretch of plain lines, each line end a token of its own."""
    return _TOKEN_ALONE(lines)


class Tokenizer:
    """Cuts a stream of bytes into tokens; keeps what a chunk leaves unfinished.

    `dropped` counts the sequences that were malformed or too long.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""  # an unfinished escape or control sequence
        self._string: list[str] = []  # the parts of an unfinished string sequence
        self._string_length = 0
        self._swallowing = False  # up to the end of a sequence that is too long
        self.dropped = 0

    def reset(self) -> None:
        """Forget what is unfinished."""
        self._pending = ""
        self._string.clear()
        self._swallowing = False

    def split(self, data: bytes) -> list[str]:
        """The tokens that `data` completes."""
        text = self._decoder.decode(data)
        if not text.isascii():
            text = _C1.sub(lambda match: "\x1b" + chr(ord(match[0]) - 0x40), text)
        if "\x7f" in text:
            text = text.replace("\x7f", "")
        if "\x00" in text:
            text = text.replace("\x00", "")
        tokens: list[str] = []
        if self._string:
            text = self._go_on_with_string(text, tokens)
        if self._pending:
            text = self._pending + text
            self._pending = ""
        while text:
            found = _TOKEN(text)
            last = found[-1]
            if last[0] != "\x1b" or _WHOLE(last) is not None:
                tokens += found
                break
            del found[-1]
            tokens += found
            text = self._slow(last, tokens)
        return tokens

    def _slow(self, text: str, tokens: list[str]) -> str:
        """Take one sequence that the fast path does not know off `text`; returns the rest."""
        kind = text[1:2]
        if kind == "[":
            return self._control_sequence(text, tokens)
        if kind and kind in "]PX^_":
            self._string = [text[:2]]
            self._string_length = 2
            self._swallowing = False
            return self._go_on_with_string(text[2:], tokens)
        return self._escape_sequence(text, tokens)

    def _control_sequence(self, text: str, tokens: list[str]) -> str:
        """A CSI with controls inside, cut off, or malformed. Controls inside act at once."""
        kept = ["\x1b["]
        for at in range(2, len(text)):
            char = text[at]
            if char == "\x1b":
                self.dropped += 1
                return text[at:]
            if char in "\x18\x1a":
                self.dropped += 1
                return text[at + 1 :]
            if char < " ":
                tokens.append(char)
            elif char > "~":
                self.dropped += 1
                return text[at + 1 :]
            elif char >= "@":
                kept.append(char)
                sequence = "".join(kept)
                if _WHOLE(sequence) is not None:
                    tokens.append(sequence)
                else:
                    self.dropped += 1
                return text[at + 1 :]
            elif len(kept) <= SEQUENCE_LIMIT:
                kept.append(char)
        self._pending = "".join(kept)
        return ""

    def _escape_sequence(self, text: str, tokens: list[str]) -> str:
        """ESC, cut off or followed by a control or by something that is no sequence."""
        kept = ["\x1b"]
        for at in range(1, len(text)):
            char = text[at]
            if char == "\x1b":
                return text[at:]
            if char in "\x18\x1a":
                return text[at + 1 :]
            if char < " ":
                tokens.append(char)
            elif char > "~":
                self.dropped += 1
                return text[at + 1 :]
            elif char >= "0" or len(kept) == 1:
                kept.append(char)
                sequence = "".join(kept)
                if sequence in ("\x1b[", "\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_"):
                    return sequence + text[at + 1 :]
                if char < "0":
                    continue
                if _WHOLE(sequence) is not None:
                    tokens.append(sequence)
                else:
                    self.dropped += 1
                return text[at + 1 :]
            elif len(kept) <= SEQUENCE_LIMIT:
                kept.append(char)
        self._pending = "".join(kept)
        return ""

    def _go_on_with_string(self, text: str, tokens: list[str]) -> str:
        """Look for the end of the string sequence in `text` alone; returns what follows it."""
        parts = self._string
        is_osc = parts[0][:2] == "\x1b]"
        at = 0
        if parts[-1] == "\x1b":  # the last chunk ended between ESC and, perhaps, a backslash
            if not text:
                return ""
            parts.pop()
            if text[0] == "\\":
                self._finish_string("\x1b\\", tokens)
                return text[1:]
            self._give_up_string()
            return "\x1b" + text
        while True:
            match = _STRING_END.search(text, at)
            if match is None:
                self._keep(text)
                return ""
            end = match.start()
            control = text[end]
            if control == "\x07" and not is_osc:
                at = end + 1
                continue
            self._keep(text[:end])
            if control == "\x07":
                self._finish_string("\x07", tokens)
                return text[end + 1 :]
            if control != "\x1b":
                self._give_up_string()
                return text[end + 1 :]
            if end + 1 == len(text):
                parts.append("\x1b")
                return ""
            if text[end + 1] == "\\":
                self._finish_string("\x1b\\", tokens)
                return text[end + 2 :]
            self._give_up_string()
            return text[end:]

    def _keep(self, part: str) -> None:
        self._string_length += len(part)
        if self._string_length > STRING_LIMIT:
            self._swallowing = True
        if self._swallowing:
            del self._string[1:]
        elif part:
            self._string.append(part)

    def _finish_string(self, terminator: str, tokens: list[str]) -> None:
        if self._swallowing:
            self.dropped += 1
        else:
            tokens.append("".join(self._string) + terminator)
        self._string.clear()
        self._swallowing = False

    def _give_up_string(self) -> None:
        self.dropped += 1
        self._string.clear()
        self._swallowing = False
