"""What every match of an expression contains, and where it may not be looked for as bytes."""

import re
from dataclasses import dataclass

from apolo_tui.model.logs.text import SGR

SHORTEST_NEEDLE = 4

QUANTIFIER = re.compile(r"\{\d*(?:,\d*)?\}")

NOT_IN_STAMP = re.compile(rb"[^\d\-:.+TtZz ]|[Tt]\D|[Zz][^ ]")
"""What begins so does not begin in the time of a line."""
NOT_IN_SGR = re.compile(rb"[^\d\[;:m\x1b]")
"""What begins so does not begin in a colour sequence."""


def required_texts(pattern: str) -> tuple[str, ...] | None:
    """Texts of which every match of a pattern contains at least one; None if none is certain.

    Only what is certain at a glance counts: groups and classes are passed over.
    """
    branches: list[list[str]] = [[""]]
    position = 0
    while position < len(pattern):
        char = pattern[position]
        runs = branches[-1]
        position += 1
        if char == "\\":
            if position == len(pattern) or pattern[position] in "xuUN0123456789":
                return None
            char = pattern[position]
            position += 1
            if char.isalnum():
                runs.append("")
            else:
                runs[-1] += char
        elif char == "(":
            skipped = _skip_group(pattern, position)
            if skipped is None:
                return None
            position = skipped
            runs.append("")
        elif char == "[":
            skipped = _skip_class(pattern, position)
            if skipped is None:
                return None
            position = skipped
            runs.append("")
        elif char == "|":
            branches.append([""])
        elif char in "*?+" or (char == "{" and QUANTIFIER.match(pattern, position - 1)):
            if char != "+":
                runs[-1] = runs[-1][:-1]
            if char == "{":
                position = pattern.index("}", position) + 1
            if pattern[position : position + 1] in ("?", "+"):
                position += 1
            runs.append("")
        elif char in ".^$":
            runs.append("")
        else:
            runs[-1] += char
    best = tuple(max(runs, key=len) for runs in branches)
    return best if all(best) else None


def _skip_class(pattern: str, position: int) -> int | None:
    if pattern[position : position + 1] == "^":
        position += 1
    if pattern[position : position + 1] == "]":
        position += 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position + 1 if position < len(pattern) else None


def _skip_group(pattern: str, position: int) -> int | None:
    """The position after a group, None for one that changes how the rest is read."""
    if pattern.startswith("?", position) and pattern[position + 1 : position + 2] not in "P:=!<":
        return None
    depth = 1
    while position < len(pattern):
        char = pattern[position]
        position += 2 if char == "\\" else 1
        if char == "[":
            skipped = _skip_class(pattern, position)
            if skipped is None:
                return None
            position = skipped
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position
    return None


def needle_of(text: str, *, fold: bool) -> bytes:
    """The part of a required text to look for: one without spaces, where colours often change."""
    word = max(text.split(), key=len, default="")
    chosen = word if len(word) >= SHORTEST_NEEDLE else text
    return (chosen.lower() if fold else chosen).encode()


def lacks(data: bytes, needle: bytes, *, fold: bool) -> bool:
    """Whether a text is not in a block. One rare letter that is not there settles it fast."""
    if not fold:
        return any(byte not in data for byte in needle) or needle not in data
    cases = ((byte, byte - 32 if 97 <= byte <= 122 else byte) for byte in needle)
    if any(lower not in data and upper not in data for lower, upper in cases):
        return True
    return needle not in data.lower()


@dataclass(slots=True)
class Escapes:
    """What a search has to know of the escape sequences of a block."""

    before: frozenset[bytes] = frozenset()
    """The bytes that stand right before one, where a colour may split a word."""
    _only_colours: bool | None = None

    def only_colours(self, data: bytes) -> bool:
        """Whether those of this block are colours and nothing else; looked at once."""
        if self._only_colours is None:
            self._only_colours = len(SGR.findall(data)) == data.count(b"\x1b")
        return self._only_colours

    def may_split(self, needles: tuple[bytes, ...], *, fold: bool) -> bool:
        """Whether there may be one inside of a needle."""
        if not self.before:
            return False
        joined = b"".join(self.before)
        together = frozenset(joined.lower() if fold else joined)
        return any(not together.isdisjoint(needle[:-1]) for needle in needles)


def escapes_of(data: bytes) -> Escapes:
    """The escape sequences of a block."""
    return Escapes(frozenset(part[-1:] for part in data.split(b"\x1b")[:-1]))
