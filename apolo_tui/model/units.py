"""Durations, sizes and credits as people write them (docs/protocol.md section 9)."""

import math
import re
from datetime import timedelta
from decimal import Decimal

DURATION = re.compile(r"(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?", re.ASCII)
SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}

SIZE = re.compile(r"(?P<number>\d+)(?P<prefix>[kKMGTP]?)(?P<binary>i?)[bB]?", re.ASCII)
POWERS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}

MIB = 2**20
GIB = 2**30


def parse_duration(text: str) -> timedelta:
    """`1d2h3m4s` in that order, each part optional; `0` is zero.

    Raises ValueError, with a text for the user, for anything else.
    """
    if text == "0":
        return timedelta(0)
    match = DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a duration; write it like 1d2h3m4s, 90m or 45s")
    seconds = sum(int(number) * SECONDS[unit] for unit, number in match.groupdict("0").items())
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is too long a duration") from None


def format_duration(duration: timedelta | float) -> str:
    """The form that `parse_duration` reads, of a timedelta or of seconds; no part that is 0.

    Fractions of a second are cut off. Raises ValueError for a negative duration.
    """
    seconds = math.floor(duration.total_seconds() if isinstance(duration, timedelta) else duration)
    if seconds < 0:
        raise ValueError(f"a duration cannot be negative: {seconds} s")
    if seconds == 0:
        return "0"
    text = ""
    for unit, length in SECONDS.items():
        number, seconds = divmod(seconds, length)
        if number:
            text += f"{number}{unit}"
    return text


def whole_minutes(seconds: float) -> int:
    """Seconds as the platform takes a life span: whole minutes, rounded up.

    Raises ValueError for zero, less than zero and what is not a finite number.
    """
    if not math.isfinite(seconds) or seconds <= 0:
        raise ValueError(f"a life span must be longer than zero, not {seconds} s")
    return math.ceil(seconds / 60)


def parse_size(text: str) -> int:
    """Bytes of `16M` (10**6), `16Mi` or `16MiB` (2**20), `1024`.

    Raises ValueError, with a text for the user, for anything else.
    """
    match = SIZE.fullmatch(text)
    if match is None or (match["binary"] and not match["prefix"]):
        raise ValueError(f"{text!r} is not a size; write it like 512M, 16Gi or 1048576")
    base = 1024 if match["binary"] else 1000
    return int(match["number"]) * int(base ** POWERS[match["prefix"]])


def format_size(size: float) -> str:
    """Bytes in binary units with at most one decimal: `512M`, `7.5G`, `90G`."""
    value, unit = float(size), ""
    for unit in ("", "K", "M", "G", "T", "P"):
        if abs(value) < 999.5 or unit == "P":
            break
        value /= 1024
    if unit == "" or value >= 9.95 or value == round(value):
        return f"{value:.0f}{unit}"
    return f"{value:.1f}{unit}"


def format_credits(amount: Decimal) -> str:
    """Credits with as many decimals as matter: `384`, `41.6`, `0.35`, `0.0042`."""
    value = abs(amount)
    places = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= Decimal("0.1") else 4
    text = f"{amount:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
