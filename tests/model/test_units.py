from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.units import (
    format_credits,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
    whole_minutes,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("1d", 86400), ("90m", 5400), ("1d1h1m1s", 90061), ("45s", 45), ("0h", 0)],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "2w", "1m1h", "-1h", "1.5h", "1h ", "٣h", "9" * 20 + "d"]
)
def test_what_is_no_duration_is_refused_with_the_text_in_the_message(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_duration_survives_the_round_trip(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == timedelta(seconds=seconds)


def test_a_negative_duration_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="negative"):
        format_duration(timedelta(seconds=-1))


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0.5, 1), (59, 1), (60, 1), (60.001, 2), (90, 2), (3600, 60)]
)
def test_a_life_span_is_rounded_up_to_whole_minutes(seconds: float, minutes: int) -> None:
    assert whole_minutes(seconds) == minutes


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_life_span_of_nothing_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="life span"):
        whole_minutes(seconds)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024", 1024),
        ("16M", 16 * 10**6),
        ("16Mi", 16 * 2**20),
        ("16MiB", 16 * 2**20),
        ("1k", 1000),
        ("2GB", 2 * 10**9),
        ("1Pi", 2**50),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1.5G", "16 M", "1i", "1Xi"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"),
        (512, "512"),
        (1023, "1.0K"),
        (1024, "1K"),
        (512 * 2**20, "512M"),
        (int(7.5 * 2**30), "7.5G"),
        (90 * 2**30, "90G"),
        (3 * 2**50, "3P"),
        (5000 * 2**50, "5000P"),
    ],
)
def test_sizes_are_written_short(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("384.123", "384"),
        ("41.62", "41.6"),
        ("8.00", "8"),
        ("0.352", "0.35"),
        ("0.00421", "0.0042"),
        ("-12.34", "-12.3"),
    ],
)
def test_credits_have_the_decimals_that_matter(amount: str, text: str) -> None:
    assert format_credits(Decimal(amount)) == text
