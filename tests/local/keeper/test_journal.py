"""Logs on disk: written, bounded, compressed, found again, read while they grow."""

import errno
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.local.keeper.api import LogChunk, LogPosition
from apolo_tui.local.keeper.journal import Journal, lines_dropped
from apolo_tui.local.keeper.lines import Lines, LogText
from apolo_tui.local.keeper.reading import EPOCH, LogReader
from apolo_tui.local.keeper.segments import (
    COMPRESSED,
    HALF_COMPRESSED,
    RAW,
    Segment,
    compress,
    segments,
    sweep_folder,
    take_compressed,
)


class Clock:
    """A clock that goes on by a second a look, or as it is set."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        self.time += 1
        return self.time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "job-a"


def everything(reader: LogReader) -> list[LogChunk]:
    return list(iter_chunks(reader))


def iter_chunks(reader: LogReader) -> Iterator[LogChunk]:
    while chunks := reader.read():
        yield from chunks


def read(
    folder: Path, *, since: datetime | None = None, after: LogPosition | None = None
) -> list[LogChunk]:
    with LogReader(folder, since=since, after=after) as reader:
        return everything(reader)


def texts(chunks: list[LogChunk]) -> list[bytes]:
    lines = Lines()
    return [line.text for line in lines.feed(chunks) + lines.finish()]


def fill(journal: Journal, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        journal.append(0, 1, b"line %06d\n" % number)


def test_what_was_appended_is_read_with_its_time_run_and_stream(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, now=clock)
    journal.append(0, 1, b"one\ntw")
    journal.append(0, 1, b"o\n")
    journal.append(1, 1, b"three")
    chunks = read(folder)
    assert [(c.run, c.stream, c.data, c.line_start) for c in chunks] == [
        (0, 1, b"one\ntw", True),
        (0, 1, b"o\n", False),
        (1, 1, b"three", True),
    ]
    assert [(c.time - EPOCH) / timedelta(seconds=1) for c in chunks] == [
        1_800_000_001,
        1_800_000_002,
        1_800_000_003,
    ]
    assert [c.end for c in chunks] == sorted(c.end for c in chunks)
    journal.close()
    assert read(folder) == chunks


def test_a_stream_that_interrupts_the_other_starts_a_line(folder: Path) -> None:
    journal = Journal(folder, now=Clock())
    for stream, data in ((1, b"one\nhalf"), (2, b"warning\nand"), (1, b" a line\n"), (2, b".\n")):
        journal.append(0, stream, data)
    journal.close()
    chunks = read(folder)
    assert [chunk.line_start for chunk in chunks] == [True] * 4
    assert texts(chunks) == [b"one", b"half", b"warning", b"and", b" a line", b"."]
    text = LogText()
    assert b"".join(map(text.render, chunks)) == b"one\nhalf\nwarning\nand\n a line\n.\n"


def test_times_never_go_back(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, now=clock)
    journal.append(0, 1, b"a\n")
    clock.time -= 1000
    journal.append(0, 1, b"b\n")
    journal.close()
    again = Journal(folder, now=clock)
    again.append(1, 1, b"c\n")
    again.close()
    times = [chunk.time for chunk in read(folder)]
    assert times[0] == times[1] == times[2]


def test_a_reader_follows_a_log_as_it_grows(folder: Path) -> None:
    journal = Journal(folder, limit=1 << 20)
    with LogReader(folder) as reader:
        assert reader.read() == []
        found = []
        for number in range(2000):
            # Some end in a newline, some not; segments change on the way.
            text = b"%d;%s" % (number, b"x" * 400 + b"\n" * (number % 3))
            journal.append(0, 1, text)
            chunks = reader.read()
            assert b"".join(chunk.data for chunk in chunks) == text
            found += chunks
            assert reader.read() == []
        assert len(segments(folder)) > 4
        journal.close()
        assert reader.read() == []
    assert found == read(folder)


def test_a_log_is_bounded_and_tells_how_many_lines_went(folder: Path) -> None:
    limit = 40_000
    journal = Journal(folder, limit=limit)
    count = 10_000
    fill(journal, count)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= limit
    kept = texts(read(folder))
    dropped = lines_dropped(folder)
    assert dropped > 0
    assert len(kept) + dropped == count
    assert kept == [b"line %06d" % number for number in range(dropped, count)]
    journal.close()


def test_a_segment_starts_with_a_line_however_the_output_was_cut(folder: Path) -> None:
    limit = 100_000
    journal = Journal(folder, limit=limit)
    count = 20_000
    output = b"".join(b"line %06d\n" % number for number in range(count))
    for start in range(0, len(output), 4096):
        journal.append(0, 1, output[start : start + 4096])
    assert len(segments(folder)) > 4
    assert all(read_first(segment).line_start for segment in segments(folder))
    kept = texts(read(folder))
    assert kept == [b"line %06d" % number for number in range(lines_dropped(folder), count)]
    journal.close()


def read_first(segment: Segment) -> LogChunk:
    with LogReader(segment.folder, after=LogPosition(segment.number, 0)) as reader:
        return reader.read()[0]


def test_a_line_longer_than_the_log_does_not_break_its_bound(folder: Path) -> None:
    limit = 64_000
    journal = Journal(folder, limit=limit)
    journal.append(0, 1, b"first\n")
    for _ in range(10):
        journal.append(0, 1, b"y" * 50_000)
    journal.append(0, 1, b"end\nlast\n")
    journal.close()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= limit
    # The start of the long line is gone, so the first whole line comes first.
    assert texts(read(folder)) == [b"last"]
    assert lines_dropped(folder) == 2


def test_a_reader_that_the_limit_overtook_goes_on_with_a_whole_line(folder: Path) -> None:
    journal = Journal(folder, limit=40_000)
    fill(journal, 10)
    with LogReader(folder) as reader:
        assert texts(everything(reader)) == [b"line %06d" % number for number in range(10)]
        fill(journal, 10_000, first=10)
        found = texts(everything(reader))
    journal.close()
    numbers = [int(text.split()[1]) for text in found]
    assert numbers[-1] == 10_009
    assert all(len(text) == len(b"line 000000") for text in found)
    assert numbers == sorted(set(numbers))


def test_since_gives_the_lines_that_start_then_or_later(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, limit=100_000, now=clock)
    fill(journal, 3000)
    journal.close()
    assert len(segments(folder)) > 3
    chunks = read(folder)
    for index in (0, 1, 700, 1500, len(chunks) - 1):
        since = chunks[index].time
        assert read(folder, since=since) == chunks[index:]
        assert read(folder, since=since + timedelta(microseconds=1)) == chunks[index + 1 :]


def test_since_tells_no_rest_of_a_line_that_started_before(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, now=clock)
    for text in (b"a\nold ", b"still old", b" its end\nnew\n", b"newer\n"):
        journal.append(0, 1, text)
    chunks = read(folder)
    assert texts(read(folder, since=chunks[1].time)) == [b"new", b"newer"]
    assert texts(read(folder, since=chunks[2].time)) == [b"new", b"newer"]
    whole = [b"a", b"old still old its end", b"new", b"newer"]
    assert texts(read(folder, since=chunks[0].time)) == whole
    journal.close()


def test_since_opens_no_segment_that_is_older(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, limit=100_000, now=clock)
    fill(journal, 3000)
    journal.close()
    last = read(folder)[-1]
    for segment in segments(folder)[:-1]:
        os.truncate(segment.path(), 0)
        segment.path().chmod(0)
    assert read(folder, since=last.time) == [last]


def test_after_goes_on_exactly_where_a_reader_stopped(folder: Path) -> None:
    journal = Journal(folder, limit=100_000)
    for number in range(500):
        journal.append(0, 1, b"part %d" % number + b"\n" * (number % 2))
    chunks = read(folder)
    for index in range(0, len(chunks), 37):
        assert read(folder, after=chunks[index].end) == chunks[index + 1 :]
    position = LogPosition(*journal.position)
    assert read(folder, after=position) == []
    journal.append(0, 1, b"new")
    assert [chunk.data for chunk in read(folder, after=position)] == [b"new"]
    journal.close()
    position = LogPosition(*journal.position)
    again = Journal(folder)
    assert read(folder, after=position) == []
    again.append(1, 1, b"newer")
    assert [chunk.data for chunk in read(folder, after=position)] == [b"newer"]
    again.close()


def test_compressed_segments_read_as_before(folder: Path) -> None:
    journal = Journal(folder, limit=200_000)
    fill(journal, 3000)
    before = read(folder)
    *finished, _ = segments(folder)
    for segment in finished:
        compress(segment)
        assert read(folder) == before
        take_compressed(segment)
        assert not segment.path(RAW).exists()
    size = sum(segment.path(COMPRESSED).stat().st_size for segment in finished)
    assert size * 3 < sum(segment.raw_size() for segment in finished)
    assert read(folder) == before
    middle = before[len(before) // 2]
    assert read(folder, after=middle.end) == before[len(before) // 2 + 1 :]
    journal.close()
    # The bound counts what they were, so the log goes on as if they had not been compressed.
    again = Journal(folder, limit=200_000)
    fill(again, 10_000, first=3000)
    again.close()
    kept = texts(read(folder))
    assert kept == [b"line %06d" % number for number in range(lines_dropped(folder), 13_000)]


def test_a_segment_dropped_while_it_is_compressed_stays_dropped(folder: Path) -> None:
    journal = Journal(folder, limit=40_000)
    fill(journal, 1000)
    segment = segments(folder)[0]
    compress(segment)
    segment.path().unlink()
    take_compressed(segment)
    assert segment not in segments(folder)
    assert not segment.path(HALF_COMPRESSED).exists()
    journal.close()


def test_a_new_keeper_finds_what_is_to_be_compressed(tmp_path: Path, folder: Path) -> None:
    journal = Journal(folder, limit=40_000)
    fill(journal, 1000)
    journal.close()
    first, *rest = segments(folder)
    compress(first)
    take_compressed(first)
    compress(rest[0])
    assert sweep_folder(tmp_path) == rest
    assert not rest[0].path(HALF_COMPRESSED).exists()


def test_a_frame_torn_by_a_kill_is_told_as_far_as_it_goes(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(0, 1, b"whole\n")
    journal.append(0, 1, b"torn in two\n")
    (segment,) = segments(folder)
    os.truncate(segment.path(), segment.path().stat().st_size - 7)
    # While it is the last, the rest may still come.
    assert texts(read(folder)) == [b"whole"]
    again = Journal(folder)
    again.append(1, 1, b"next\n")
    again.close()
    assert texts(read(folder)) == [b"whole", b"torn ", b"next"]
    os.truncate(segment.path(), 3)
    assert texts(read(folder)) == [b"next"]


def test_a_disk_that_takes_no_more_loses_only_the_new(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder)
    journal.append(0, 1, b"before\n")

    write = os.write

    def half(fd: int, buffers: object) -> int:
        return write(fd, b"half a frame")

    def none(fd: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "writev", half)
        patch.setattr(os, "write", none)
        journal.append(0, 1, b"lost\n")
    journal.append(0, 1, b"after\n")
    journal.close()
    assert texts(read(folder)) == [b"before", b"after"]


def test_a_log_that_is_not_there_is_empty(folder: Path) -> None:
    assert read(folder) == []
    assert lines_dropped(folder) == 0
    assert Segment(1, 2, 3, folder).raw_size() == 0


def test_a_log_is_for_this_user_alone(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(0, 1, b"secret\n")
    (segment,) = segments(folder)
    assert segment.path().stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    compress(segment)
    assert segment.path(HALF_COMPRESSED).stat().st_mode & 0o777 == 0o600
    journal.close()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(1, 2),
            st.lists(st.sampled_from([b"a", b"\n", b"\r", b"bc"]), min_size=1).map(b"".join),
        ),
        max_size=30,
    )
)
def test_text_and_lines_agree(written: list[tuple[int, int, bytes]]) -> None:
    ordered = sorted(written, key=lambda item: item[0])
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), now=Clock())
        for run, stream, data in ordered:
            journal.append(run, stream, data)
        journal.close()
        chunks = read(Path(folder))
    assert b"".join(chunk.data for chunk in chunks) == b"".join(data for *_, data in ordered)
    plain, stamped = LogText(), LogText(timestamps=True)
    text = b"".join(map(plain.render, chunks)) + plain.finish()
    with_times = b"".join(map(stamped.render, chunks)) + stamped.finish()
    lines = Lines()
    found = lines.feed(chunks) + lines.finish()
    assert text == b"".join(line.text + b"\n" for line in found)
    assert with_times == b"".join(
        line.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ ").encode() + line.text + b"\n" for line in found
    )
