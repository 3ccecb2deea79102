"""What a search looks for: a pattern, and how to find its lines in a block of a log fast.

A line matches by its text as it is shown: without the time, without colours, in its last state.
Python's `re` is slow where nothing matches, so a block is first searched for a text that each
match must contain (`bytes.find`); only the lines that have it are looked at.
"""

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass

from apolo_tui.model.logs.stamps import LONGEST_STAMP, STAMP
from apolo_tui.model.logs.text import ESCAPE, SGR, last_state

DENSE = 8
"""Candidate lines looked at in a block before the rest of it is searched as a whole."""
CROWDED = 4
"""Where one of so many lines matches, all lines are searched one by one."""

SHORTEST_NEEDLE = 4

QUANTIFIER = re.compile(r"\{\d*(?:,\d*)?\}")
ANCHORS = re.compile(r"\\[AZ]|\(\?|[\^$]")


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


def text_of(raw: bytes) -> bytes:
    """The searched part of a raw line: no time, no escape sequences, the last state."""
    stamp = STAMP.match(raw)
    text = raw[stamp.end() :] if stamp else raw
    if b"\r" in text:
        text = last_state(text)
    if b"\x1b" in text:
        text = SGR.sub(b"", text)
        if b"\x1b" in text:
            text = ESCAPE.sub("", text.decode("utf-8", "replace")).encode()
    return text


def joins_of(data: bytes) -> frozenset[bytes]:
    """The bytes that stand right before an escape, where a colour may split a word."""
    return frozenset(part[-1:] for part in data.split(b"\x1b")[:-1])


@dataclass(frozen=True, slots=True)
class Query:
    """What the user typed, and how it is meant."""

    text: str
    regex: bool = True
    inverse: bool = False


@dataclass(slots=True)
class Pattern:
    """Finds lines. `accepts` decides on one raw line; the rest makes it fast."""

    accepts: Callable[[bytes], bool]
    needles: tuple[bytes, ...] | None = None
    """Every line that is accepted has one of these; in lower case with `fold`."""
    fold: bool = False
    exact: bytes | None = None
    """All that is looked for, where the pattern is a plain text; in lower case with `fold`."""
    in_bytes: re.Pattern[bytes] | None = None
    in_text: re.Pattern[str] | None = None
    """The pattern for ASCII lines and for all others; None where only `accepts` knows."""
    anchored: bool = False
    """It may depend on where the text begins and ends."""
    inverse: bool = False
    note: str = ""
    """Why the query is not read as it is meant, for the user."""

    def offsets(self, data: bytes, lines: int, joins: frozenset[bytes] | None) -> "array[int]":
        """Which of the `lines` lines of a block match, as offsets from its first line."""
        found = self._found(data, joins)
        if not self.inverse:
            return array("I", found)
        hits = set(found)
        return array("I", (offset for offset in range(lines) if offset not in hits))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a shown text matches, for the highlight."""
        if self.in_text is None:
            return []
        found = self.in_text.finditer(text)
        return [match.span() for match in found if match.end() > match.start()]

    def _found(self, data: bytes, joins: frozenset[bytes] | None) -> list[int]:
        if self.needles is None:
            return self._whole(data, crowded=True)
        if joins and self._may_be_split(self.needles, joins):
            data = SGR.sub(b"", data)
        folded = data.lower() if self.fold else data
        if len(self.needles) == 1:
            return self._by_needle(data, folded, self.needles[0])
        found: set[int] = set()
        for needle in self.needles:
            if needle in folded:
                found.update(self._by_needle(data, folded, needle))
        return sorted(found)

    def _may_be_split(self, needles: tuple[bytes, ...], joins: frozenset[bytes]) -> bool:
        before = b"".join(joins)
        together = frozenset(before.lower() if self.fold else before)
        return any(not together.isdisjoint(needle[:-1]) for needle in needles)

    def _by_needle(self, data: bytes, folded: bytes, needle: bytes) -> list[int]:
        """Looks at the lines that have the needle, unless there are many of them."""
        found: list[int] = []
        position = folded.find(needle)
        line = counted = looked_at = 0
        while position >= 0:
            start = data.rfind(b"\n", counted, position) + 1 or counted
            end = data.find(b"\n", position)
            end = len(data) if end < 0 else end
            line += data.count(b"\n", counted, start)
            counted = start
            if self.accepts(data[start:end]):
                found.append(line)
            looked_at += 1
            if looked_at == DENSE:
                rest = self._whole(data[end + 1 :], crowded=line < DENSE * CROWDED)
                return found + [line + 1 + offset for offset in rest]
            position = folded.find(needle, end)
        return found

    def _whole(self, data: bytes, *, crowded: bool) -> list[int]:
        """The matching lines of many; `crowded` says that a large part of them may match."""
        if b"\x1b" in data:
            data = SGR.sub(b"", data)
        data = data.removesuffix(b"\n")
        if not data:
            return []
        if self.in_text is None or b"\x1b" in data or b"\r" in data:
            accepts = self.accepts
            return [offset for offset, raw in enumerate(data.split(b"\n")) if accepts(raw)]
        if self.exact is not None:
            return self._whole_exact(data, self.exact, crowded=crowded)
        if self.in_bytes is None or not data.isascii():
            search_text = self.in_text.search
            return [
                offset
                for offset, text in enumerate(data.decode("utf-8", "replace").split("\n"))
                if search_text(text[text.find(" ") + 1 :] if text[10:11] in "Tt" else text)
            ]
        search = self.in_bytes.search
        if self.anchored:
            return [
                offset
                for offset, line in enumerate(data.split(b"\n"))
                if search(line[line.find(b" ") + 1 :] if line[10:11] in b"Tt" else line)
            ]
        if crowded:
            return [
                offset
                for offset, line in enumerate(data.split(b"\n"))
                if search(line, line.find(b" ") + 1 if line[10:11] in b"Tt" else 0)
            ]
        return self._hits(data, _finder(search, data))

    def _whole_exact(self, data: bytes, exact: bytes, *, crowded: bool) -> list[int]:
        hay = data.lower() if self.fold else data
        if not crowded:
            return self._hits(data, lambda at: (hay.find(exact, at), len(exact)))
        return [
            offset
            for offset, line in enumerate(hay.split(b"\n"))
            if line.find(exact, line.find(b" ") + 1 if line[10:11] in b"Tt" else 0) >= 0
        ]

    def _hits(self, data: bytes, find: Callable[[int], tuple[int, int]]) -> list[int]:
        """The lines of hits in the raw data; one that is not clearly in the text is looked at."""
        found: list[int] = []
        line = counted = 0
        at, length = find(0)
        while at >= 0:
            start = data.rfind(b"\n", counted, at) + 1 or counted
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            line += data.count(b"\n", counted, start)
            counted = start
            sure = at > data.find(b" ", start, start + LONGEST_STAMP) and at + length <= end
            if sure or self.accepts(data[start:end]):
                found.append(line)
            at, length = find(end)
        return found


def _finder(
    search: Callable[[bytes, int], re.Match[bytes] | None], data: bytes
) -> Callable[[int], tuple[int, int]]:
    def find(position: int) -> tuple[int, int]:
        match = search(data, position)
        return (-1, 0) if match is None else (match.start(), match.end() - match.start())

    return find


def _needle(text: str, fold: bool) -> bytes:
    """The part of a required text to look for: one without spaces, where colours often change."""
    word = max(text.split(), key=len, default="")
    chosen = word if len(word) >= SHORTEST_NEEDLE else text
    return (chosen.lower() if fold else chosen).encode()


def _smart_case(text: str) -> bool:
    """Whether case counts: only when the text has a capital letter of its own."""
    return any(char.isupper() for char in re.sub(r"\\.", "", text))


def compile_query(query: Query) -> Pattern:
    """The pattern of a query. What is no regular expression is searched for as plain text."""
    note = ""
    expression = query.text if query.regex else re.escape(query.text)
    flags = re.NOFLAG if _smart_case(query.text) else re.IGNORECASE
    try:
        shown = re.compile(expression, flags)
    except (re.error, OverflowError, RecursionError) as error:
        note = f"read as plain text: {error}"
        expression = re.escape(query.text)
        shown = re.compile(expression, flags)
    fold = bool(flags)
    needles = exact = None
    texts = required_texts(expression)
    if texts is not None and not (fold and not all(text.isascii() for text in texts)):
        needles = tuple(_needle(text, fold) for text in texts)
        if len(texts) == 1 and re.escape(texts[0]) == re.escape(query.text):
            exact = (texts[0].lower() if fold else texts[0]).encode()
    in_bytes = re.compile(expression.encode(), flags) if expression.isascii() else None

    def accepts(line: bytes) -> bool:
        text = text_of(line)
        if in_bytes is not None and text.isascii():
            return in_bytes.search(text) is not None
        return shown.search(text.decode("utf-8", "replace")) is not None

    return Pattern(
        accepts=accepts,
        needles=needles,
        fold=fold,
        exact=exact,
        in_bytes=in_bytes,
        in_text=shown,
        anchored=ANCHORS.search(expression) is not None,
        inverse=query.inverse,
        note=note,
    )
