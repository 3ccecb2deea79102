"""Points reduced to columns, and summed up."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.series import (
    GAP,
    WINDOWS,
    Extent,
    Point,
    extents,
    nearest,
    summarize,
    window_after,
)


def every(seconds: float, values: list[float | None]) -> list[Point]:
    return [(at * seconds, value) for at, value in enumerate(values)]


def test_a_column_has_the_least_and_the_greatest_value() -> None:
    points = every(1, [1, 9, 5, 2, 2, 7, 3, 3])
    assert extents(points, start=0, end=8, columns=2) == [Extent(1, 9), Extent(2, 7)]


def test_gaps_are_gaps() -> None:
    points: list[Point] = [(0, 1), (1, 1), (2, None), (3, math.nan), (9, 4), (10, 4)]
    assert extents(points, start=0, end=11, columns=11) == [
        *[Extent(1, 1)] * 2,
        *[None] * 7,
        *[Extent(4, 4)] * 2,
    ]


def test_six_silent_seconds_leave_a_hole() -> None:
    points = [(float(at), 50.0) for at in range(60) if not 30 <= at < 36]
    columns = extents(points, start=0, end=60, columns=60)
    assert [at for at, column in enumerate(columns) if column is None] == list(range(30, 36))


def test_a_missed_sample_is_bridged_on_the_line_between_its_neighbours() -> None:
    points: list[Point] = [(0, 10), (1, 20), (3, 40)]
    assert extents(points, start=0, end=4, columns=4)[2] == Extent(30, 30)


def test_rare_samples_are_joined_when_they_always_come_rarely() -> None:
    points = every(60, [10.0] * 10)
    columns = extents(points, start=0, end=600, columns=60)
    assert columns[0] == Extent(10, 10)
    assert columns[1:6] == [None] * 5
    assert all(column == Extent(10, 10) for column in columns[6:55])


def test_nothing_to_show() -> None:
    assert extents([], start=0, end=10, columns=3) == [None] * 3
    assert extents([(1, 1)], start=10, end=0, columns=2) == [None] * 2
    assert extents([(1, 1)], start=0, end=10, columns=0) == []
    assert summarize([(1, None)], start=0, end=10) is None


values = st.lists(
    st.tuples(st.floats(0, 100), st.none() | st.just(math.nan) | st.floats(-1e6, 1e6)), max_size=30
)


@given(values, st.integers(1, 40))
def test_columns_lie_within_the_values(points: list[Point], columns: int) -> None:
    points = sorted(points, key=lambda point: point[0])
    finite = [
        value for at, value in points if 10 <= at <= 90 and value is not None and value == value
    ]
    found = [column for column in extents(points, start=10, end=90, columns=columns) if column]
    assert bool(found) == bool(finite)
    if finite:
        slack = 1e-6 * (1 + max(map(abs, finite)))
        assert min(column.low for column in found) == pytest.approx(min(finite), abs=slack)
        assert max(column.high for column in found) == pytest.approx(max(finite), abs=slack)
        assert all(column.low <= column.high for column in found)


def test_a_summary() -> None:
    points = every(1, [float(value) for value in range(1, 101)])
    summary = summarize(points, start=0, end=200)
    assert summary is not None
    assert (summary.count, summary.low, summary.high) == (100, 1, 100)
    assert (summary.mean, summary.p95) == (50.5, 95)
    part = summarize(points, start=0, end=1)
    assert part is not None
    assert (part.count, part.p95) == (2, 2)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50))
def test_a_summary_is_in_order(numbers: list[float]) -> None:
    summary = summarize(every(1, list(numbers)), start=0, end=1e6)
    assert summary is not None
    assert summary.low <= summary.p95 <= summary.high
    assert summary.mean == pytest.approx(statistics.fmean(numbers))
    above = sum(number > summary.p95 for number in numbers)
    assert above <= 0.05 * len(numbers)


def test_the_value_nearest_to_a_moment() -> None:
    points: list[Point] = [(0, 1), (10, 2), (12, None), (20, 3)]
    assert nearest(points, 9, within=5) == (10, 2)
    assert nearest(points, 12, within=5) == (10, 2)
    assert nearest(points, 15.1, within=5) == (20, 3)
    assert nearest(points, 5, within=2) is None
    assert nearest([], 5, within=2) is None


def test_windows() -> None:
    assert window_after(300, 1) == 900
    assert window_after(300, -1) == WINDOWS[0] == 300
    assert window_after(7 * 86400, 1) == WINDOWS[-1]
    assert window_after(1000, 1) == 3600
    assert GAP > 1
