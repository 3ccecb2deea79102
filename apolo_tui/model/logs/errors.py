"""The pattern of the lines at which errors begin."""

from array import array

from apolo_tui.model.logs.levels import ERROR_NEEDLES, TRACEBACK, Level, level_of
from apolo_tui.model.logs.needles import Escapes
from apolo_tui.model.logs.patterns import Pattern, text_of
from apolo_tui.model.logs.records import traceback_end


def _text(raw: bytes) -> str:
    return text_of(raw).decode("utf-8", "replace")


def _is_error(raw: bytes) -> bool:
    return level_of(_text(raw)) is Level.ERROR


class ErrorPattern(Pattern):
    """Finds where errors begin: a traceback with the message before it counts once."""

    __slots__ = ()

    def offsets(
        self, data: bytes, lines: int, escapes: Escapes, *, known: bool = False
    ) -> "array[int]":
        found = array("I")
        hits = self._found(data, escapes)
        if not hits:
            return found
        all_lines = data.split(b"\n")

        def text_at(offset: int) -> str | None:
            return _text(all_lines[offset]) if 0 <= offset < lines else None

        covered = 0
        for hit in hits:
            if hit < covered:
                continue
            found.append(hit)
            for header in (hit, hit + 1):
                text = text_at(header)
                begins = None if text is None else TRACEBACK.match(text)
                if begins is not None:
                    covered = traceback_end(text_at, header, begins["prefix"])
                    break
        return found

    def count(self, data: bytes, lines: int, escapes: Escapes) -> int:
        return len(self.offsets(data, lines, escapes))


def error_pattern() -> ErrorPattern:
    """The pattern of errors, for an index."""
    return ErrorPattern(accepts=_is_error, needles=ERROR_NEEDLES, fold=True)
