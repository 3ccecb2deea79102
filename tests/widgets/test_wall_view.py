"""The wall's drawing: cards of exact size, and only the cells that differ are painted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apolo_tui.model.cells import width
from apolo_tui.model.link import Live, Retrying
from apolo_tui.model.query_facts import NO_LIMIT, Facts
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.usage import Series, Telemetry
from apolo_tui.model.wall import Card
from apolo_tui.widgets.glyphs import ASCII
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import plain
from apolo_tui.widgets.wall_card import card_lines, sampled
from apolo_tui.widgets.wall_view import difference
from tests.model.jobs import NOON, make_job

NOW = NOON.timestamp()
JOB = make_job(name="train-resnet")


def telemetry(age: float = 0.0, *, in_turn: bool = False, gpu: int | None = 98) -> Telemetry:
    series = Series()
    for second in range(60):
        at = NOW - age - 60 + second
        series.append(JobTelemetry(6.1, 2**30, at, gpu, None if gpu is None else 2**33))
    return Telemetry(series, Live(), received_at=NOW - age, in_turn=in_turn)


def look(known: Telemetry | None = None, later: float = 0.0) -> JobLook:
    now = datetime.fromtimestamp(NOW + later, UTC)
    found = JobLook(facts=Facts(now=now, answered_at=NOON))
    found.telemetry = {} if known is None else {JOB.id: known}
    return found


def text(found: JobLook, *, problem: bool = False, note: str = "", left: float = 2820.0) -> str:
    lines = card_lines(Card(JOB, left, problem), found, room=60, height=11, note=note)
    return "\n".join(plain(line) for line in lines)


@pytest.mark.parametrize(("room", "height"), [(60, 11), (80, 10), (50, 12), (30, 4)])
@pytest.mark.parametrize("known", [None, telemetry(), telemetry(gpu=None)])
def test_a_card_has_exactly_its_size(room: int, height: int, known: Telemetry | None) -> None:
    lines = card_lines(Card(JOB, 60.0, problem=True), look(known), room=room, height=height)
    assert len(lines) == height
    assert {width(plain(line)) for line in lines} == {room}


def test_a_card_tells_its_job() -> None:
    shown = text(look(telemetry()), problem=True, note="ends in 47 min")
    for words in ("● train-resnet", "98% GPU", "0h47m left", " !", "gpu ", "6.1/1", "● live"):
        assert words in shown
    assert "! ends in 47 min" in shown
    assert "● live   last 1m " in shown, "how much time its lines show"
    assert "last 10m" in text(look(telemetry(), later=570.0))
    assert "no limit" in text(look(telemetry()), left=NO_LIMIT)
    assert "waiting for the first sample" in text(look())


def test_ascii_only() -> None:
    found = look(telemetry())
    found.glyphs = ASCII
    assert text(found).isascii()


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (telemetry(), "● live"),
        (telemetry(23, in_turn=True), "sampled 20s ago"),
        (telemetry(12), "stale 10s"),
        (replace(telemetry(12), link=Retrying("cut", 1.0)), "reconnecting, 10s old"),
        (Telemetry(telemetry().series, Live()), "from the last session"),
    ],
)
def test_how_old_the_figures_are(known: Telemetry, words: str) -> None:
    assert sampled(known, look(known))[0] == words


def test_what_is_steady_stands_still() -> None:
    """A second later the card of constant figures looks the same."""
    known = telemetry()
    start = 16.0 - NOW % 16.0
    shown = {
        text(look(replace(known, received_at=NOW + at), later=at)) for at in (start, start + 1)
    }
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("before", "after", "cells"),
    [
        ([("abc", ""), ("def", "x")], [("abc", ""), ("dEf", "x")], (4, 5)),
        ([("abc", ""), ("def", "x")], [("abc", ""), ("def", "y")], (3, 6)),
        ([("12:00:01", "t"), ("x", "")], [("12:00:02", "t"), ("x", "")], (7, 8)),
        ([("aaaa", "")], [("aa", ""), ("bb", "")], (2, 4)),
        ([("漢a字", "")], [("漢b字", "")], (2, 3)),
        ([("abab", "")], [("ab", ""), ("ab", "x")], (2, 4)),
    ],
)
def test_only_the_cells_that_differ(
    before: list[tuple[str, str]], after: list[tuple[str, str]], cells: tuple[int, int]
) -> None:
    first, last = difference(before, after)
    assert first <= cells[0]
    assert last >= cells[1]
    if len(before) == len(after):
        assert (first, last) == cells
