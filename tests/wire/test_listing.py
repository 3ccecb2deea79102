from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.errors import ProtocolError, TooLargeError
from apolo_tui.model.job import JobStatus
from apolo_tui.wire.listing import Lines, error_line, list_query, split_listing

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_query_with_everything() -> None:
    query = list_query(
        statuses={JobStatus.RUNNING, JobStatus.PENDING, JobStatus.UNKNOWN},
        name="train-7",
        tags=["a", "b"],
        owners=["mira"],
        cluster_name="harbor",
        org_names=["tidepool"],
        project_names=["reef"],
        since=SINCE,
        until=SINCE.astimezone(timezone(timedelta(hours=2))),
        reverse=True,
        limit=3,
    )
    assert query == [
        ("status", "pending"),
        ("status", "running"),
        ("name", "train-7"),
        ("tag", "a"),
        ("tag", "b"),
        ("owner", "mira"),
        ("since", "2026-01-01T00:00:00+00:00"),
        ("until", "2026-01-01T02:00:00+02:00"),
        ("cluster_name", "harbor"),
        ("reverse", "1"),
        ("limit", "3"),
        ("being_dropped", "False"),
        ("logs_removed", "False"),
        ("org_name", "tidepool"),
        ("project_name", "reef"),
    ]


def test_a_naive_time_is_local_and_gets_an_offset() -> None:
    (value,) = [
        value
        for key, value in list_query(cluster_name="c", since=SINCE.replace(tzinfo=None))
        if key == "since"
    ]
    assert datetime.fromisoformat(value).tzinfo is not None


LINES = st.lists(st.binary(min_size=1).filter(lambda b: b"\n" not in b and bool(b.strip())))


@given(LINES, st.lists(st.integers(min_value=0, max_value=200)), st.booleans())
def test_lines_are_whole_however_they_were_cut(
    lines: list[bytes], cuts: list[int], ended: bool
) -> None:
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    reader, found, last = Lines(), list[bytes](), 0
    for cut in sorted(min(cut, len(data)) for cut in cuts):
        found += reader.feed(data[last:cut])
        last = cut
    found += reader.feed(data[last:])
    rest = reader.end()
    assert found + ([rest] if rest is not None else []) == lines


def test_a_line_without_an_end_is_an_error_before_it_fills_the_memory() -> None:
    reader = Lines(limit=10)
    reader.feed(b"12345")
    with pytest.raises(TooLargeError):
        reader.feed(b"678901")


def test_an_error_line_is_told_from_a_job() -> None:
    error = error_line(b'{"error": "Unexpected exception TimeoutError"}')
    assert error is not None
    assert "TimeoutError" in error.message
    assert error_line(b'{"id": "job-1", "error": "x"}') is None
    assert error_line(b'{"id": "job-1"}') is None
    assert error_line(b'{"error"') is None


def test_a_listing_in_one_object_is_split_without_decoding_the_jobs() -> None:
    assert split_listing(b'{"jobs": [{"id": "a"}, {"id":"b"}], "x": 1}') == [
        b'{"id": "a"}',
        b'{"id":"b"}',
    ]
    for body in (b"", b"[]", b'{"jobs": 1}', b"<html>"):
        with pytest.raises(ProtocolError):
            split_listing(body)


@given(st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")), max_size=8))
def test_views_are_the_lines_without_a_copy(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    for width in (1, 2, 3, 7, 1000):
        copies, views = Lines(), Lines()
        chunks = [data[start : start + width] for start in range(0, len(data), width)]
        wanted = [line for chunk in chunks for line in copies.feed(chunk)]
        found = [bytes(view) for chunk in chunks for view in views.views(chunk)]
        assert [line for line in found if line.strip()] == wanted
        assert views.end() == copies.end()
