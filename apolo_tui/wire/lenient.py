"""Reading JSON that may lack a key, hold null, or hold something else than it should.

Each function takes what a key holds, whatever that is, and gives a value of its type or the
default (docs/protocol.md section 11, pitfalls 1-7). Numbers also pass as numeric strings,
because the platform stores and returns them as they were sent (section 5.2).
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from yarl import URL

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for text that is not JSON, or too deeply nested to be read."""


def text(value: Any, default: str = "") -> str:
    return value if isinstance(value, str) else default


def optional_text(value: Any) -> str | None:
    """A text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def flag(value: Any, default: bool = False) -> bool:
    return value if isinstance(value, bool) else default


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool | int | float | str):
        try:
            found = float(value)
        except (ValueError, OverflowError):
            return None
        if math.isfinite(found):
            return found
    return None


def integer(value: Any) -> int | None:
    """A whole number, its fraction cut off, or None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = number(value)
    return None if found is None else int(found)


def decimal(value: Any) -> Decimal | None:
    """An amount of credits, which travels as a string, or None."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            return None
        if found.is_finite():
            return found
    return None


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in sequence(value) if isinstance(item, str))


def url(value: Any) -> URL:
    """A URL; an empty one when there is none, or none that can be read."""
    try:
        return URL(text(value))
    except ValueError:
        return URL()


def time(value: Any) -> datetime | None:
    """An ISO 8601 time; one without an offset is UTC. None when it cannot be read."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
