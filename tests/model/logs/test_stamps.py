"""Times of all sources, and how they are shown."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apolo_tui.model.logs.stamps import Stamp, TimeMode, ago, show_stamp, split_stamp

AT = Stamp.of(datetime(2026, 11, 22, 7, 41, tzinfo=UTC)).ns


@pytest.mark.parametrize(
    ("raw", "ns", "digits", "text"),
    [
        (b"2026-11-22T07:41:00.123456789Z hello", 123_456_789, 9, b"hello"),
        (b"2026-11-22T07:41:00.123457Z hello", 123_457_000, 6, b"hello"),
        (b"2026-11-22T07:41:00.123Z hello", 123_000_000, 3, b"hello"),
        (b"2026-11-22T07:41:00.123456789 hello", 123_456_789, 9, b"hello"),
        (b"2026-11-22T07:41:00Z hello", 0, 0, b"hello"),
        (b"2026-11-22T09:41:00.2+02:00 hello", 200_000_000, 1, b"hello"),
        (b"2026-11-22T05:11:00.2-0230 hello", 200_000_000, 1, b"hello"),
        (b"2026-11-22T07:41:00.5Z ", 500_000_000, 1, b""),
        (b"2026-11-22T07:41:00.5Z", 500_000_000, 1, b""),
        (b"2026-11-22T07:41:00.5Z  two spaces", 500_000_000, 1, b" two spaces"),
    ],
)
def test_the_forms_of_the_sources(raw: bytes, ns: int, digits: int, text: bytes) -> None:
    stamp, start = split_stamp(raw)
    assert stamp == Stamp(AT + ns, digits)
    assert raw[start:] == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"2026-13-45T99:00:00Z hello",
        b"2026-11-22 07:41:00 hello",
        b"2026-11-22T07:4",
    ],
)
def test_what_has_no_time_is_all_text(raw: bytes) -> None:
    assert split_stamp(raw) == (None, 0)


def test_times_of_two_sources_are_the_same_within_their_precision() -> None:
    live = Stamp(AT + 123_456_789, 9)
    assert live.same_time(Stamp(AT + 123_457_000, 6))
    assert live.same_time(Stamp(AT + 123_000_000, 3))
    assert not live.same_time(Stamp(AT + 123_459_000, 6))
    assert not live.same_time(Stamp(AT + 125_000_000, 3))


def test_a_stamp_is_its_moment() -> None:
    moment = datetime(2026, 11, 22, 7, 41, 0, 123456, tzinfo=UTC)
    assert Stamp.of(moment).time == moment


def test_the_time_column() -> None:
    stamp = Stamp(AT + 123_456_789)
    now = stamp.time + timedelta(minutes=3)
    east = timezone(timedelta(hours=2))
    shown = {mode: show_stamp(stamp, mode, now=now, zone=east) for mode in TimeMode}
    assert shown == {
        TimeMode.NONE: "",
        TimeMode.TIME: "09:41:00 ",
        TimeMode.FULL: "2026-11-22 09:41:00.123 ",
        TimeMode.AGO: "  3m ",
    }
    for mode, text in shown.items():
        assert len(text) == mode.cells == len(show_stamp(None, mode, now=now, zone=UTC))


def test_the_modes_go_round() -> None:
    mode, seen = TimeMode.NONE, []
    for _ in TimeMode:
        seen.append(mode)
        mode = mode.next
    assert mode is TimeMode.NONE
    assert set(seen) == set(TimeMode)


def test_ages_are_short() -> None:
    ages = [ago(seconds) for seconds in (-5, 0.4, 12, 47 * 60, 3 * 3600 + 5, 12 * 86400, 1e9)]
    assert ages == ["now", "now", "12s", "47m", "3h", "12d", "999d"]
