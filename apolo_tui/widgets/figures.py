"""Figures as the screens show them: always as wide, never more exact than they are."""

from datetime import datetime
from decimal import Decimal

from apolo_tui.model.query_facts import NO_LIMIT
from apolo_tui.model.units import format_credits, format_size

NONE = "\N{EN DASH}"
"""Where there is no figure."""

MINUTE, HOUR, DAY = 60, 3600, 86400


def span(seconds: float) -> str:
    """A duration in two parts at most: `45s`, `12m`, `5h12m`, `1d02h`, `120d`."""
    total = max(0, int(seconds))
    if total < MINUTE:
        return f"{total}s"
    if total < HOUR:
        return f"{total // MINUTE}m"
    if total < DAY:
        return f"{total // HOUR}h{total % HOUR // MINUTE:02}m"
    if total < 100 * DAY:
        return f"{total // DAY}d{total % DAY // HOUR:02}h"
    return f"{total // DAY}d"


def exact_span(seconds: float) -> str:
    """A short duration to the second: `52s`, `0m52s`, `12m05s`; longer ones as `span`."""
    total = max(0, int(seconds))
    return f"{total // MINUTE}m{total % MINUTE:02}s" if total < HOUR else span(seconds)


def left(seconds: float | None, *, none: str, no_limit: str) -> str:
    """The time left: hours and minutes under a day, so that the column keeps its width."""
    if seconds is None:
        return none
    if seconds == NO_LIMIT:
        return no_limit
    total = int(seconds)
    if total < DAY:
        return f"{total // HOUR}h{total % HOUR // MINUTE:02}m"
    return span(total)


def left_style(seconds: float | None) -> str:
    """By how little is left: under an hour, a quarter of an hour, five minutes."""
    if seconds is None or seconds == NO_LIMIT:
        return ""
    if seconds < 5 * MINUTE:
        return "danger"
    if seconds < 15 * MINUTE:
        return "warning"
    return "notice" if seconds < HOUR else ""


def size(count: float | None, *, none: str = NONE) -> str:
    return none if count is None else format_size(count)


def cores(value: float) -> str:
    """Cores with one decimal, without one from ten on."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"


def credits_of(amount: Decimal | None, *, none: str = NONE) -> str:
    return none if amount is None else format_credits(amount)


def age(seconds: float) -> str:
    """How old something is: to the tenth of a second while it is fresh."""
    return f"{seconds:.1f}s" if seconds < 10 else span(seconds)


def clock(moment: datetime | None, now: datetime) -> str:
    """A time of the day, with the date when it is not today's. Local time."""
    if moment is None:
        return "?"
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return local.strftime("%H:%M:%S")
    if local.year == today.year:
        return local.strftime("%m-%d %H:%M")
    return local.strftime("%Y-%m-%d")


def meter(share: float, room: int, *, full: str, empty: str) -> str:
    """A bar of `room` cells, `share` of it full."""
    filled = round(max(0.0, min(1.0, share)) * room)
    return full * filled + empty * (room - filled)
