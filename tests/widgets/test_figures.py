"""Figures in words: as wide as each other, never more exact than they are."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from apolo_tui.widgets import figures

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC).astimezone()


@pytest.mark.parametrize(
    ("seconds", "text", "exact"),
    [
        (-5, "0s", "0m00s"),
        (0, "0s", "0m00s"),
        (59.9, "59s", "0m59s"),
        (60, "1m", "1m00s"),
        (3599, "59m", "59m59s"),
        (3600, "1h00m", "1h00m"),
        (5 * 3600 + 12 * 60, "5h12m", "5h12m"),
        (86399, "23h59m", "23h59m"),
        (86400 + 7200, "1d02h", "1d02h"),
        (120 * 86400, "120d", "120d"),
    ],
)
def test_spans(seconds: float, text: str, exact: str) -> None:
    assert figures.span(seconds) == text
    assert figures.exact_span(seconds) == exact


@pytest.mark.parametrize(
    ("seconds", "text", "style"),
    [
        (None, "-", ""),
        (math.inf, "oo", ""),
        (59, "0h00m", "danger"),
        (14 * 60, "0h14m", "warning"),
        (59 * 60, "0h59m", "notice"),
        (3600, "1h00m", ""),
        (2 * 86400, "2d00h", ""),
    ],
)
def test_the_time_left(seconds: float | None, text: str, style: str) -> None:
    assert figures.left(seconds, none="-", no_limit="oo") == text
    assert figures.left_style(seconds) == style


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.0"), (6.14, "6.1"), (9.94, "9.9"), (9.95, "10"), (96, "96")]
)
def test_cores(value: float, text: str) -> None:
    assert figures.cores(value) == text


def test_ages_are_exact_while_they_are_fresh() -> None:
    assert [figures.age(seconds) for seconds in (0.04, 9.94, 10, 75)] == [
        "0.0s",
        "9.9s",
        "10s",
        "1m",
    ]


def test_a_clock_names_the_day_when_it_is_another() -> None:
    moments = [NOW, NOW - timedelta(days=1), NOW - timedelta(days=400), None]
    shown = [figures.clock(moment, NOW) for moment in moments]
    assert shown == [
        NOW.strftime("%H:%M:%S"),
        moments[1].strftime("%m-%d %H:%M") if moments[1] else "",
        moments[2].strftime("%Y-%m-%d") if moments[2] else "",
        "?",
    ]


@pytest.mark.parametrize(
    ("share", "bar"), [(-1, "...."), (0, "...."), (0.5, "##.."), (0.9, "####"), (3, "####")]
)
def test_a_meter_is_as_wide_as_its_room(share: float, bar: str) -> None:
    assert figures.meter(share, 4, full="#", empty=".") == bar
