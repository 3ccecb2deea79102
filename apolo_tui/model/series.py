"""Figures over time, reduced to what a chart of some columns shows, and summed up.

A point is a Unix time in seconds and a value; None and NaN are no value. Points are in order.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

Point = tuple[float, float | None]

GAP = 5.0
"""Seconds without a value after which the line breaks off."""
SLOWER = 2.5
"""Points that always come rarely make a line all the same: one that comes after at most this
many times what the point before it took is joined to it."""

WINDOWS = (300, 900, 3600, 3 * 3600, 12 * 3600, 86400, 7 * 86400)
"""The spans of time that a chart shows, in seconds."""


class Extent(NamedTuple):
    """The least and the greatest value within a column."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A window of a series in a few figures. `p95` is the nearest rank."""

    count: int
    low: float
    high: float
    mean: float
    p95: float


def known(points: Sequence[Point], start: float, end: float) -> Iterator[tuple[float, float]]:
    """The points from `start` to `end`, both included, that have a value."""
    for at, value in points:
        if start <= at <= end and value is not None and math.isfinite(value):
            yield at, value


def extents(
    points: Sequence[Point], *, start: float, end: float, columns: int, gap: float = GAP
) -> list[Extent | None]:
    """Each column's least and greatest value; None where there is a gap.

    Columns between two points that are no more than `gap` seconds apart lie on the line between
    them; see SLOWER for points that come more rarely.
    """
    found: list[Extent | None] = [None] * max(0, columns)
    if columns <= 0 or end <= start:
        return found
    scale = columns / (end - start)
    first, beyond = bisect_left(points, start, key=_time), bisect_right(points, end, key=_time)
    # NaN compares as false: before the second point there is no step to hold an interval against.
    earlier = before = math.nan
    column, low, high, last = -1, 0.0, 0.0, 0.0
    for at, value in islice(points, first, beyond):
        # What is not finite is not equal to itself less itself.
        if value is None or value - value != 0.0:
            continue
        place = int((at - start) * scale)
        if place >= columns:
            place = columns - 1
        if place == column:
            if value < low:
                low = value
            elif value > high:
                high = value
        else:
            if column >= 0:
                found[column] = Extent(low, high)
                apart = at - before
                if place > column + 1 and (apart <= gap or apart <= (before - earlier) * SLOWER):
                    rise = (value - last) / (place - column)
                    for between in range(1, place - column):
                        level = last + rise * between
                        found[column + between] = Extent(level, level)
            column, low, high = place, value, value
        earlier, before, last = before, at, value
    if column >= 0:
        found[column] = Extent(low, high)
    return found


def _time(point: Point) -> float:
    return point[0]


def summarize(points: Sequence[Point], *, start: float, end: float) -> Summary | None:
    """The values from `start` to `end` in a few figures; None when there is none."""
    values = sorted(value for _, value in known(points, start, end))
    if not values:
        return None
    rank = max(1, math.ceil(0.95 * len(values)))
    return Summary(
        len(values), values[0], values[-1], math.fsum(values) / len(values), values[rank - 1]
    )


def nearest(points: Sequence[Point], at: float, *, within: float) -> tuple[float, float] | None:
    """The point with a value nearest to the time `at`, no more than `within` seconds off."""
    first = bisect_left(points, at - within, key=_time)
    best: tuple[float, float] | None = None
    for time, value in known(points[first:], at - within, at + within):
        if best is not None and abs(time - at) >= abs(best[0] - at):
            break
        best = (time, value)
    return best


def window_after(seconds: float, by: int) -> int:
    """The window `by` steps longer than `seconds`, or shorter; it stops at the ends of WINDOWS."""
    place = min(range(len(WINDOWS)), key=lambda index: abs(WINDOWS[index] - seconds))
    return WINDOWS[max(0, min(place + by, len(WINDOWS) - 1))]
