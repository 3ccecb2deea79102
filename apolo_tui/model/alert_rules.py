"""What the user wants to be told, and how loudly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apolo_tui.model.alerts import LIFE_SPAN_MARKS, QuietHours
from apolo_tui.model.notices import Channel
from apolo_tui.model.units import parse_duration

WHEN: Final = ("unfocused", "always", "never")
NOTIFY: Final = ("auto", *(channel.value for channel in Channel))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """The `[alerts]` table of the configuration."""

    mine: bool = True
    """Only the user's own jobs."""
    marks: tuple[float, ...] = LIFE_SPAN_MARKS
    """Seconds of life span left at which there is an alert."""
    bell: str = "unfocused"
    """When the terminal's bell rings: one of WHEN."""
    notify: str = "auto"
    """How the terminal is asked for a notification: one of NOTIFY; when is as for the bell."""
    quiet_hours: QuietHours | None = None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _marks(value: Any) -> tuple[float, ...]:
    written = value if isinstance(value, list) else [value]
    try:
        found = {parse_duration(str(item)).total_seconds() for item in written}
    except ValueError as error:
        raise ValueError(f'must be durations such as ["60m", "15m", "5m"]: {error}') from None
    if not found or min(found) <= 0:
        raise ValueError('must be durations longer than zero, such as ["60m", "15m", "5m"]')
    return tuple(sorted(found, reverse=True))


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}, not {value!r}")
        return str(value)

    return parse


def _hours(value: Any) -> QuietHours | None:
    return QuietHours.parse(str(value)) if value else None


PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "mine": _flag,
    "marks": _marks,
    "bell": _one_of(WHEN),
    "notify": _one_of(NOTIFY),
    "quiet_hours": _hours,
}
"""How each key of the table is read. They raise ValueError with a text for the user."""
