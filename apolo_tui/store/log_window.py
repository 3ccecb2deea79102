"""How far back a log is read: the look-back windows, and the way to the end of a long log.

The platform has no "last N lines". A log is opened at its end by asking for a short time and
widening it until there are enough lines (docs/protocol.md section 6.2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apolo_tui.model.job import JobDescription

SLACK = timedelta(seconds=2)
"""The platform's clock and its records of a job's times may differ by as much."""


def end_of_log(job: JobDescription | None, now: datetime) -> datetime:
    """Where a window counts back from: now, or when the job finished."""
    if job is not None and job.status.is_finished and job.history.finished_at is not None:
        return job.history.finished_at + SLACK
    return now


@dataclass(frozen=True, slots=True)
class Window:
    """The last `length` of a log, or all of it."""

    label: str
    length: timedelta | None = None

    def since(self, job: JobDescription | None, now: datetime) -> datetime | None:
        """From when to ask for lines; None for all there are."""
        if self.length is None:
            return None
        since = end_of_log(job, now) - self.length
        created = None if job is None else job.created_at
        return None if created is not None and since <= created else since


MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ALL = Window("all")

LOOK_BACK = (
    Window("now", timedelta(0)),
    Window("1m", MINUTE),
    Window("5m", 5 * MINUTE),
    Window("15m", 15 * MINUTE),
    Window("30m", 30 * MINUTE),
    Window("1h", HOUR),
    Window("3h", 3 * HOUR),
    Window("12h", 12 * HOUR),
    Window("1d", DAY),
    ALL,
)
"""By the digit of the key."""

OPENING = (LOOK_BACK[3], LOOK_BACK[5], LOOK_BACK[7], LOOK_BACK[8], ALL)
"""Tried in this order until there are enough lines."""

FAR = 2 * MINUTE
"""A log whose reading is still so far from its end is read from nearer to it."""
FLOODED = LOOK_BACK[1]
"""For a job that prints so much that its last quarter of an hour takes long to read."""
