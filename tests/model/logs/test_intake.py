"""Connections joined to one log: every line exactly once."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.model.logs.blocks import LogStore
from apolo_tui.model.logs.intake import Intake
from apolo_tui.model.logs.stamps import Stamp, split_stamp

CUT = "apolo-tui-cut-5e1f"


def clock(microseconds: int, digits: int = 9) -> bytes:
    seconds, micros = divmod(microseconds, 1_000_000)
    fraction = f"{micros:06d}000"[:digits]
    return f"2026-11-22T07:{seconds // 60:02d}:{seconds % 60:02d}.{fraction}Z".encode()


def line(number: int, text: bytes | None = None, digits: int = 9, step: int = 100_000) -> bytes:
    body = b"line %d" % number if text is None else text
    return clock(number * step, digits) + b" " + body + b"\n"


def texts(store: LogStore) -> list[bytes]:
    found = []
    for raw in store.lines(store.first, store.end):
        _, start = split_stamp(raw)
        found.append(raw[start:])
    return found


def numbered(count: int) -> list[bytes]:
    return [b"line %d" % number for number in range(count)]


def joined(*streams: bytes, chunk: int = 1 << 20, separator: str = CUT) -> tuple[LogStore, Intake]:
    store = LogStore()
    intake = Intake(store)
    for stream in streams:
        intake.connect(separator)
        for position in range(0, len(stream), chunk):
            intake.feed(stream[position : position + chunk])
    intake.finish()
    return store, intake


def test_one_connection_is_taken_as_it_is() -> None:
    store, _ = joined(b"".join(line(number) for number in range(50)), chunk=13)
    assert texts(store) == numbered(50)


def test_the_separator_is_left_out_wherever_it_is_cut() -> None:
    stream = line(0) + line(1) + CUT.encode() + b"\n" + line(2) + line(3)
    for chunk in range(1, len(stream)):
        store, intake = joined(stream, chunk=chunk)
        assert texts(store) == numbered(4)
        assert intake.live


def test_output_that_is_a_common_separator_is_kept() -> None:
    text = b"=== Live logs ==="
    store, _ = joined(line(0, text) + CUT.encode() + b"\n" + line(1, text))
    assert texts(store) == [text, text]


def test_the_archive_and_the_live_part_overlap() -> None:
    archive = b"".join(line(number, digits=6) for number in range(20))
    live = b"".join(line(number) for number in range(10, 30))
    store, intake = joined(archive + CUT.encode() + b"\n" + live, chunk=37)
    assert texts(store) == numbered(30)
    assert intake.joined


@pytest.mark.parametrize("digits", [3, 6, 9])
def test_a_new_connection_repeats_lines(digits: int) -> None:
    first = b"".join(line(number) for number in range(20))
    again = b"".join(line(number, digits=digits) for number in range(12, 40))
    store, intake = joined(first, again, chunk=50)
    assert texts(store) == numbered(40)
    assert intake.joined


def test_the_same_text_at_other_times_is_kept() -> None:
    first = b"".join(line(number, b"tick") for number in range(20))
    again = b"".join(line(number, b"tick") for number in range(15, 25))
    store, _ = joined(first, again)
    assert texts(store) == [b"tick"] * 25


def test_the_same_text_at_one_time_is_counted() -> None:
    first = line(0) + line(1, b"tick") * 3
    store, _ = joined(first, line(1, b"tick") * 5 + line(2))
    assert texts(store) == [b"line 0", *[b"tick"] * 5, b"line 2"]


def test_lines_that_are_out_of_order_are_not_lost() -> None:
    early = line(9, b"from stderr")
    first = line(5) + line(10)
    store, _ = joined(first, line(5) + early + line(10) + line(11))
    assert texts(store) == [b"line 5", b"line 10", b"from stderr", b"line 11"]


def test_a_line_cut_in_the_middle_comes_whole() -> None:
    whole = b"".join(line(number) for number in range(6))
    for cut in range(len(whole)):
        start = whole.rfind(b"\n", 0, max(0, cut - 60)) + 1
        store, _ = joined(whole[:cut], whole[start:])
        assert texts(store) == numbered(6), cut


def test_half_a_line_that_is_never_sent_again_is_kept() -> None:
    store, _ = joined(line(0) + line(1)[:-3], line(0) + line(5))
    assert texts(store) == [b"line 0", b"line", b"line 5"]


def test_half_a_line_at_the_end_of_the_log_is_its_last_line() -> None:
    store, _ = joined(line(0) + line(1)[:-1])
    assert texts(store) == numbered(2)


def test_a_growing_line_shows_before_its_end() -> None:
    store = LogStore()
    intake = Intake(store)
    intake.connect(CUT)
    intake.feed(line(0) + clock(200_000) + b"   1%")
    assert texts(store) == [b"line 0", b"  1%"]
    intake.connect(CUT)
    intake.feed(line(0) + clock(200_000) + b"   1%\r  2%")
    assert texts(store) == [b"line 0", b"  1%\r  2%"]
    intake.feed(b"\r100%\n" + line(3))
    assert texts(store) == [b"line 0", b"  1%\r  2%\r100%", b"line 3"]


def test_it_says_from_when_to_ask_again() -> None:
    store, intake = joined(b"".join(line(number) for number in range(100)))
    since = intake.connect(CUT).since
    last = store.stamp(99)
    assert since is not None
    assert last is not None
    assert timedelta(seconds=1) < last.time - since < timedelta(seconds=3)
    assert Intake(LogStore()).connect(CUT).since is None


def test_many_lines_of_one_moment_are_remembered_as_far_as_needed() -> None:
    same = [b"2026-11-22T07:41:00.123Z n%d\n" % number for number in range(6000)]
    after = [b"2026-11-22T07:41:00.124Z m%d\n" % number for number in range(10)]
    store, _ = joined(b"".join(same), b"".join(same + after))
    assert len(store) == 6010


def test_nothing_that_joins_is_said() -> None:
    _, intake = joined(line(0) + line(1), line(50) + line(51))
    assert not intake.joined


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1 << 32),
    step=st.sampled_from([1, 7, 500, 20_000, 700_000]),
    digits=st.sampled_from([6, 9]),
)
def test_any_cuts_and_any_chunks(seed: int, step: int, digits: int) -> None:
    chance = random.Random(seed)
    lines = [line(number, digits=digits, step=step) for number in range(300)]
    store = LogStore()
    intake = Intake(store)
    sent = 0
    for _ in range(8):
        since = intake.connect(CUT).since
        floor = 0 if since is None else Stamp.of(since.replace(microsecond=0)).ns
        start = next(
            (n for n, raw in enumerate(lines) if (split_stamp(raw)[0] or Stamp(0)).ns >= floor), 0
        )
        sent = max(sent, start) + chance.randrange(0, 80)
        border = chance.randrange(start, sent + 1)
        stream = b"".join(lines[start:border]) + CUT.encode() + b"\n"
        stream += b"".join(lines[max(start, border - 3) : sent])
        stream = stream[: chance.randrange(len(stream) + 1)]
        while stream:
            size = chance.randrange(1, 200)
            intake.feed(stream[:size])
            stream = stream[size:]
    since = intake.connect(CUT).since
    intake.feed(b"".join(lines))
    intake.finish()
    assert texts(store) == numbered(300)


def test_lines_of_many_megabytes_are_repeated_once() -> None:
    store = LogStore()
    intake = Intake(store)
    lines = [b"before", b"x" * 3_000_000, b"y" * 3_000_000, b"y" * 3_000_001]
    text = b"".join(b"2026-11-22T07:41:00.5Z %b\n" % line for line in lines)
    for _ in range(3):
        intake.connect("")
        for at in range(0, len(text), 65_536):
            intake.feed(text[at : at + 65_536])
    assert b"".join(store.chunks()) == text
    assert intake.new_bytes == 0


@pytest.mark.parametrize("together", [1, 7, 480, 3000, 20_000])
def test_lines_that_have_one_time_are_not_cut_apart(together: int) -> None:
    """A program that writes in bursts: a resumed connection begins within none of them."""
    lines = []
    for number in range(30_000):
        seconds, micros = divmod(number // together * 50_000, 1_000_000)
        stamp = b"2026-11-22T07:%02d:%02d.%06dZ" % (seconds // 60, seconds % 60, micros)
        lines.append(b"%b line %d\n" % (stamp, number))
    store = LogStore()
    intake = Intake(store)
    intake.connect("")
    intake.feed(b"".join(lines))
    since = intake.connect("").since
    assert since is not None
    again = [line for line in lines if (split_stamp(line)[0] or Stamp(0)).ns >= Stamp.of(since).ns]
    assert 40 <= len(again) < 30_000 or together == 20_000
    intake.feed(b"".join(again) + b"2026-11-22T07:50:00Z new\n")
    assert b"".join(store.chunks()) == b"".join(lines) + b"2026-11-22T07:50:00Z new\n"
