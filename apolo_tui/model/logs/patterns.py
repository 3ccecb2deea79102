"""What a search looks for: a pattern, and how to find its lines in a block of a log fast.

A line matches by its text as it is shown: without the time, without colours, in its last state.
Python's `re` is slow where nothing matches, so a block is first searched for a text that each
match must contain (`bytes.find`); only the lines that have it are looked at.
"""

import re
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from apolo_tui.model.logs.block_search import (
    finder,
    found_in,
    has_wide_line,
    lines_of,
    sure_lines,
)
from apolo_tui.model.logs.needles import (
    NOT_IN_SGR,
    NOT_IN_STAMP,
    Escapes,
    lacks,
    needle_of,
    required_texts,
)
from apolo_tui.model.logs.slowness import (
    BLOCK_SECONDS,
    LINE_SECONDS,
    MOST_STRIKES,
    Limit,
    SlowExpressionError,
    no_limit,
)
from apolo_tui.model.logs.stamps import STAMP
from apolo_tui.model.logs.text import ESCAPE, SGR, last_state

DENSE = 8
"""Candidate lines looked at in a block before the rest of it is searched as a whole."""

ANCHORS = re.compile(r"\\[AZ]|\(\?|[\^$]")
MANY_LINES = re.compile(r"\[\^|\\[sWDnrx0-7uUN]|\n|\(\?|\[[^\]]*[^\w\]\\,.-]")
"""What an expression has that may match the end of a line."""
LITERAL_START = re.compile(r"(?:[\w ,:;=/-]|\\[^\w])(?![*?{|])")

REST_OF_LINE = rb"[^\n]*"


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
    to_line_end: re.Pattern[bytes] | None = None
    """The pattern with the rest of the line, where a match never leaves its line; for text in
    lower case with `fold`."""
    sure_start: bool = False
    """No match begins in the time of a line."""
    anchored: bool = False
    """It may depend on where the text begins and ends."""
    inverse: bool = False
    note: str = ""
    """Why the query is not read as it is meant, for the user."""
    limit: Limit = no_limit
    gave_up: bool = False
    """The expression is too slow for this log: nothing is found any more; `note` says so."""
    strikes: int = 0
    """How often it took too long."""

    def offsets(
        self, data: bytes, lines: int, escapes: Escapes, *, known: bool = False
    ) -> "array[int]":
        """Which of the `lines` lines of a block match, as offsets from its first line.

        A block that is known to take no longer than it may is not watched over again.
        """
        found = self._in_time(data, escapes, no_limit if known else self.limit)
        if found is None:
            return array("I")
        if not self.inverse:
            return array("I", found)
        hits = set(found)
        return array("I", (offset for offset in range(lines) if offset not in hits))

    def count(self, data: bytes, lines: int, escapes: Escapes) -> int:
        """How many lines of a block match; often faster than to tell which."""
        if not self.gave_up and self.in_text is not None:
            with suppress(SlowExpressionError), self.limit(BLOCK_SECONDS):
                found = self._counted(data, escapes)
                if found is not None:
                    return lines - found if self.inverse else found
        return len(self.offsets(data, lines, escapes))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a shown text matches, for the highlight; nowhere where that takes too long."""
        if self.in_text is None or self.gave_up:
            return []
        limit = self.limit if self.exact is None else no_limit
        try:
            with limit(LINE_SECONDS):
                found = [match.span() for match in self.in_text.finditer(text)]
        except SlowExpressionError:
            self._strike("some matches are not marked")
            return []
        return [(start, stop) for start, stop in found if stop > start]

    # What takes too long

    def _in_time(self, data: bytes, escapes: Escapes, limit: Limit) -> list[int] | None:
        """The matching lines of a block; None when the pattern is given up."""
        if self.gave_up:
            return None
        try:
            with limit(BLOCK_SECONDS):
                return self._found(data, escapes)
        except SlowExpressionError:
            return self._one_by_one(data)

    def _one_by_one(self, data: bytes) -> list[int] | None:
        """The matching lines of a block that took too long, without those that do."""
        self._strike("")
        found: list[int] = []
        for offset, raw in enumerate(data.removesuffix(b"\n").split(b"\n")):
            if self.gave_up:
                return None
            try:
                with self.limit(LINE_SECONDS):
                    if self.accepts(raw):
                        found.append(offset)
            except SlowExpressionError:
                self._strike("lines that take too long are left out")
        return found

    def _strike(self, note: str) -> None:
        self.strikes += 1
        self.gave_up = self.strikes > MOST_STRIKES
        if self.gave_up:
            self.note = "given up: it takes too long, as (a+)+$ does; make it simpler"
        elif note:
            self.note = note

    # Searching a block

    def _counted(self, data: bytes, escapes: Escapes) -> int | None:
        """How many lines match, where that can be told at once."""
        if (
            self.needles is not None
            and not escapes.may_split(self.needles, fold=self.fold)
            and all(lacks(data, needle, fold=self.fold) for needle in self.needles)
        ):
            return 0
        hay = self._sure(data, escapes)
        if hay is None or self.to_line_end is None:
            return None
        return len(self.to_line_end.findall(hay))

    def _clear_of(self, escapes: Escapes) -> bool:
        """Whether no colour sequence has a part of what is looked for, nor splits it."""
        exact = self.exact
        if exact is None or not NOT_IN_SGR.match(exact):
            return False
        return not escapes.may_split((exact,), fold=self.fold)

    def _sure(self, data: bytes, escapes: Escapes) -> bytes | None:
        """The data in which `to_line_end` finds the matching lines and no others, if there is."""
        if self.to_line_end is None or not self.sure_start or b"\r" in data:
            return None
        if b"\x1b" in data:
            if not escapes.only_colours(data):
                return None
            if not self._clear_of(escapes):
                data = SGR.sub(b"", data)
        if self.exact is None and (not data.isascii() or has_wide_line(data)):
            return None
        return data.lower() if self.fold else data

    def _found(self, data: bytes, escapes: Escapes) -> list[int]:
        if self.needles is None:
            return self._whole(data, escapes)
        if escapes.before and escapes.may_split(self.needles, fold=self.fold):
            data, escapes = SGR.sub(b"", data), Escapes()
        folded = data.lower() if self.fold else data
        if len(self.needles) == 1:
            return self._by_needle(data, folded, self.needles[0], escapes)
        found: set[int] = set()
        for needle in self.needles:
            if needle in folded:
                found.update(self._by_needle(data, folded, needle, escapes))
        return sorted(found)

    def _by_needle(self, data: bytes, folded: bytes, needle: bytes, escapes: Escapes) -> list[int]:
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
                rest = self._whole(data[end + 1 :], escapes)
                return found + [line + 1 + offset for offset in rest]
            position = folded.find(needle, end)
        return found

    def _whole(self, data: bytes, escapes: Escapes) -> list[int]:
        """The matching lines of many."""
        if self.in_text is None:
            return self._each(data)
        hay = self._sure(data, escapes)
        if hay is not None and self.to_line_end is not None:
            return lines_of(hay, self.to_line_end.finditer(hay))
        if b"\x1b" in data:
            data = SGR.sub(b"", data)
        if b"\x1b" in data or b"\r" in data or has_wide_line(data):
            return self._each(data)
        data = data.removesuffix(b"\n")
        if not data:
            return []
        if self.in_bytes is None or not data.isascii():
            return self._each_text(data, self.in_text)
        if self.to_line_end is not None:
            hay = data.lower() if self.fold else data
            stamp = STAMP.match(data)
            if stamp is None or self.in_bytes.search(stamp[0]) is None:
                return sure_lines(data, finder(self.to_line_end.search, hay), self.accepts)
        return self._each_ascii(data, self.in_bytes)

    def _each(self, data: bytes) -> list[int]:
        if not data:
            return []
        accepts, lines = self.accepts, data.removesuffix(b"\n").split(b"\n")
        return [offset for offset, raw in enumerate(lines) if accepts(raw)]

    def _each_text(self, data: bytes, expression: re.Pattern[str]) -> list[int]:
        search = expression.search
        return [
            offset
            for offset, text in enumerate(data.decode("utf-8", "replace").split("\n"))
            if search(text[text.find(" ") + 1 :] if text[10:11] in "Tt" else text)
        ]

    def _each_ascii(self, data: bytes, expression: re.Pattern[bytes]) -> list[int]:
        search, lines = expression.search, data.split(b"\n")
        if self.anchored:
            return [
                offset
                for offset, line in enumerate(lines)
                if search(line[line.find(b" ") + 1 :] if line[10:11] in b"Tt" else line)
            ]
        return [
            offset
            for offset, line in enumerate(lines)
            if search(line, line.find(b" ") + 1 if line[10:11] in b"Tt" else 0)
        ]


def _smart_case(text: str) -> bool:
    """Whether case counts: only when the text has a capital letter of its own."""
    return any(char.isupper() for char in re.sub(r"\\.", "", text))


def _to_line_end(expression: str) -> re.Pattern[bytes] | None:
    """The expression with the rest of its line; None where a match may leave its line."""
    if not expression.isascii() or MANY_LINES.search(expression) or ANCHORS.search(expression):
        return None
    return re.compile(b"(?:" + expression.encode() + b")" + REST_OF_LINE)


def _has_sure_start(expression: str) -> bool:
    """Whether each match begins with a character that no time of a line has."""
    if "|" in expression or not LITERAL_START.match(expression):
        return False
    return NOT_IN_STAMP.match(expression.removeprefix("\\")[:1].encode()) is not None


def compile_query(query: Query, *, limit: Limit = no_limit) -> Pattern:
    """The pattern of a query. What is no regular expression is searched for as plain text.

    `limit` bounds the time that the expression may take.
    """
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
        needles = tuple(needle_of(text, fold=fold) for text in texts)
        if len(texts) == 1 and re.escape(texts[0]) == re.escape(query.text):
            exact = (texts[0].lower() if fold else texts[0]).encode()
    in_bytes = re.compile(expression.encode(), flags) if expression.isascii() else None
    to_line_end: re.Pattern[bytes] | None
    if exact is not None:
        # With the empty group findall makes no copy of a line.
        to_line_end = re.compile(re.escape(exact) + b"()" + REST_OF_LINE)
        sure_start = NOT_IN_STAMP.match(exact) is not None
    else:
        to_line_end = _to_line_end(expression)
        sure_start = _has_sure_start(expression)

    def accepts(line: bytes) -> bool:
        text = text_of(line)
        if in_bytes is not None and text.isascii():
            return found_in(in_bytes, text)
        return found_in(shown, text.decode("utf-8", "replace"))

    return Pattern(
        accepts=accepts,
        needles=needles,
        fold=fold,
        exact=exact,
        in_bytes=in_bytes,
        in_text=shown,
        to_line_end=to_line_end,
        sure_start=sure_start,
        anchored=ANCHORS.search(expression) is not None,
        inverse=query.inverse,
        note=note,
        limit=limit,
    )
