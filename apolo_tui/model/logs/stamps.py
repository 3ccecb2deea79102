"""The time in front of each log line (docs/protocol.md section 6.2).

A line is `TIME SPACE TEXT`. One line has different time texts from different sources: 0 to 9
fraction digits, `Z`, an offset or nothing at all. Here a time is a number of nanoseconds, and two
times are compared with the tolerance that their sources call for, never by their text.
"""

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

SECOND = 1_000_000_000
"""Nanoseconds."""
MILLISECOND = 1_000_000
MICROSECOND = 1_000

STAMP = re.compile(
    rb"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):?(\d\d))?(?: |$)"
)
"""A time and the space after it. Without a zone it is UTC."""

LONGEST_STAMP = 48
"""Bytes: no time with its space is longer."""


class Stamp(NamedTuple):
    """The time of a line: nanoseconds since 1970 in UTC, and how many digits its source gave."""

    ns: int
    digits: int = 9

    @property
    def tolerance(self) -> int:
        """How far, in nanoseconds, another source's time of the same line may be away."""
        return MILLISECOND if self.digits <= 3 else MICROSECOND

    def same_time(self, other: "Stamp") -> bool:
        return abs(self.ns - other.ns) <= max(self.tolerance, other.tolerance)

    @property
    def time(self) -> datetime:
        """In UTC, cut to microseconds."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.ns // 1000)

    @classmethod
    def of(cls, moment: datetime) -> "Stamp":
        """The stamp of an aware datetime."""
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
        micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return cls(micros * 1000, 6)


@lru_cache(maxsize=4096)
def _seconds(text: bytes) -> int | None:
    try:
        return timegm(datetime.fromisoformat(text.decode("ascii")).timetuple())
    except ValueError:
        return None


def split_stamp(raw: bytes) -> tuple[Stamp | None, int]:
    """The time of a raw line, and where its text begins: 0 when there is no time in front."""
    match = STAMP.match(raw)
    if match is None:
        return None, 0
    seconds = _seconds(match[1])
    if seconds is None:
        return None, 0
    fraction = match[2] or b""
    ns = seconds * SECOND + (int(fraction.ljust(9, b"0")) if fraction else 0)
    if match[3]:
        offset = (int(match[4]) * 60 + int(match[5])) * 60 * SECOND
        ns += offset if match[3] == b"-" else -offset
    return Stamp(ns, len(fraction)), match.end()


class TimeMode(StrEnum):
    """How the time of a line is shown."""

    NONE = "none"
    TIME = "time"
    FULL = "full"
    AGO = "ago"

    @property
    def next(self) -> "TimeMode":
        modes = list(TimeMode)
        return modes[(modes.index(self) + 1) % len(modes)]

    @property
    def cells(self) -> int:
        """The width of the column, with the space after it; the same for every line."""
        return {"none": 0, "time": 9, "full": 24, "ago": 5}[self.value]


def ago(seconds: float) -> str:
    """An age in at most four characters: `now`, `12s`, `47m`, `3h`, `12d`."""
    whole = int(seconds)
    if whole < 1:
        return "now"
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 86_400:
        return f"{whole // 3600}h"
    return f"{min(whole // 86_400, 999)}d"


def show_stamp(stamp: Stamp | None, mode: TimeMode, *, now: datetime, zone: tzinfo) -> str:
    """The time column of a line, padded to `mode.cells`; blank for a line without a time."""
    if stamp is None or mode is TimeMode.NONE:
        return " " * mode.cells
    if mode is TimeMode.AGO:
        return f"{ago((now - stamp.time).total_seconds()):>4} "
    local = stamp.time.astimezone(zone)
    if mode is TimeMode.TIME:
        return f"{local:%H:%M:%S} "
    return f"{local:%Y-%m-%d %H:%M:%S}.{stamp.ns // MILLISECOND % 1000:03d} "
