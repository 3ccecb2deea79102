"""Structured log lines (JSON objects, logfmt) laid out for reading."""

import json
import re
from typing import Any, Literal

from apolo_tui.model.logs.text import plain

Role = Literal["key", "value", "message", "level"]

Row = list[tuple[str, Role]]
"""One row of a laid out line: its pieces, printable."""

FIRST_FIELDS = (
    "level",
    "lvl",
    "severity",
    "levelname",
    "logger",
    "name",
    "message",
    "msg",
    "event",
)
"""The fields of the first row, in this order."""
LEVELS = frozenset({"level", "lvl", "severity", "levelname"})
MESSAGES = frozenset({"message", "msg", "event"})

LOGFMT = re.compile(r"([A-Za-z_][\w.@/-]*)=(\"(?:[^\"\\]|\\.)*\"|[^\s\"]*)(?:\s+|$)")
FEWEST_PAIRS = 2
LONGEST = 256 * 1024
"""Characters: a longer line stays as it is."""


def _logfmt(text: str) -> dict[str, Any] | None:
    fields: dict[str, Any] = {}
    position = 0
    while position < len(text):
        found = LOGFMT.match(text, position)
        if found is None:
            return None
        value = found[2]
        fields[found[1]] = value[1:-1].replace('\\"', '"') if value.startswith('"') else value
        position = found.end()
    return fields if len(fields) >= FEWEST_PAIRS else None


def fields_of(text: str) -> dict[str, Any] | None:
    """The fields of a line that is one JSON object or all logfmt; None for any other line."""
    stripped = text.strip()
    if len(stripped) > LONGEST:
        return None
    if stripped.startswith("{") and stripped.endswith("}"):
        try:
            value = json.loads(stripped)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None
    return _logfmt(stripped)


def _rows_of(value: Any) -> list[str]:
    if isinstance(value, str):
        lines = value.splitlines() or [""]
    elif isinstance(value, dict | list) and value:
        lines = json.dumps(value, ensure_ascii=False, indent=2).splitlines()
    else:
        lines = [json.dumps(value, ensure_ascii=False)]
    # A string of JSON may hold any character, so it is made printable like the line itself.
    return [plain(line.encode("utf-8", "replace")) for line in lines]


def layout(text: str, first_fields: tuple[str, ...] = FIRST_FIELDS) -> list[Row] | None:
    """A structured line as rows: the chosen fields first, then one row a field.

    None for a line that is not structured.
    """
    fields = fields_of(text)
    if fields is None:
        return None
    first: Row = []
    more: list[Row] = []
    shown = set()
    for name in first_fields:
        if name not in fields or fields[name] in ("", None):
            continue
        rows = _rows_of(fields[name])
        role: Role = "level" if name in LEVELS else "message" if name in MESSAGES else "value"
        if first:
            first.append((" ", "value"))
        first.append((rows[0], role))
        more += [[("  " + row, "message")] for row in rows[1:]]
        shown.add(name)
    rest = {name: value for name, value in fields.items() if name not in shown}
    for name, value in rest.items():
        key = plain(name.encode("utf-8", "replace"))
        head, *others = _rows_of(value)
        more.append([(f"  {key}", "key"), (": ", "key"), (head, "value")])
        more += [[("    " + row, "value")] for row in others]
    if not first and more:
        name_piece, colon, value_piece = more[0][0], more[0][1], more[0][2]
        more[0] = [(name_piece[0].lstrip(), "key"), colon, value_piece]
        return more
    return [first or [("{}", "value")], *more]
