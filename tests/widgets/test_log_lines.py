"""Lines as rows: wrapped, coloured, highlighted, selected, titled."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.cells import printable, width
from apolo_tui.model.link import Connecting, Ended, Failed, Link, Live, Retrying
from apolo_tui.model.logs import Gap, LogStore, Query, Restart, TimeMode, compile_query
from apolo_tui.model.logs.text import PLAIN, Pen
from apolo_tui.widgets.lines import line_width, plain
from apolo_tui.widgets.log_lines import (
    LineOptions,
    LogLines,
    Row,
    cut_cells,
    highlighted,
    matches_of,
    rule_row,
    slice_cells,
    wrapped,
)
from apolo_tui.widgets.log_selection import Point, Selection, point_of
from apolo_tui.widgets.log_title import LogCounts, LogFacts, title_line

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
BARE = LineOptions(40, times=TimeMode.NONE)


def lines_of(*texts: bytes, options: LineOptions = BARE, end: bytes = b"\n") -> LogLines:
    store = LogStore()
    for text in texts[:-1]:
        store.append(b"2026-11-22T07:41:00.5Z " + text + b"\n")
    store.append(b"2026-11-22T07:41:00.5Z " + texts[-1] + end)
    return LogLines(store, options)


def rows_of(lines: LogLines, number: int = 0) -> list[Row]:
    return lines.rows(number, now=NOW, zone=UTC)


def texts_of(lines: LogLines, number: int = 0) -> list[str]:
    return ["".join(text for text, _, _ in row.runs) for row in rows_of(lines, number)]


@given(st.text(max_size=80), st.integers(1, 30))
def test_wrapping_keeps_every_character_and_the_width(text: str, room: int) -> None:
    shown = printable(text)
    rows = wrapped([(shown, "", PLAIN)], room)
    assert "".join(piece for row in rows for piece, _, _ in row) == shown
    for row in rows:
        assert width("".join(piece for piece, _, _ in row)) <= max(room, 2)


@given(st.text(max_size=40), st.integers(0, 50), st.integers(0, 50))
def test_slices_are_by_cells(text: str, start: int, stop: int) -> None:
    shown = printable(text)
    head, tail = cut_cells(shown, start)
    assert head + tail == shown
    assert width(head) <= start
    assert slice_cells(shown, start, max(start, stop)) in shown


def test_wide_characters_wrap_whole() -> None:
    lines = lines_of("漢字漢字漢字".encode(), options=replace(BARE, room=9, wrap=True))
    assert texts_of(lines) == ["漢字漢字", "漢字"]
    assert [row.start for row in rows_of(lines)] == [0, 8]


def test_times_stand_apart_from_the_text() -> None:
    lines = lines_of(b"hello there", options=LineOptions(17, wrap=True))
    assert texts_of(lines) == ["07:41:00 hello th", "         ere"]
    assert [row.text for row in rows_of(lines)] == ["hello th", "ere"]
    lines.change(lines.store, replace(lines.options, times=TimeMode.AGO))
    assert texts_of(lines)[0].startswith(" 18m hello")


def test_progress_is_one_row_and_raw_shows_all() -> None:
    ticks = b"\r".join(b"%3d%%" % number for number in range(101))
    lines = lines_of(ticks)
    assert texts_of(lines) == ["100%"]
    assert not rows_of(lines)[0].growing
    lines.change(lines.store, replace(BARE, raw=True))
    assert texts_of(lines)[0].startswith("  0%␍  1%␍")


def test_a_line_that_is_still_written_is_marked() -> None:
    lines = lines_of(b"  1%\r  2%", end=b"")
    assert rows_of(lines)[0].growing
    lines.store.append(b"\r100%\n")
    assert texts_of(lines) == ["100%"]
    assert not rows_of(lines)[0].growing


def test_markup_is_only_text() -> None:
    assert texts_of(lines_of(b"[red]x[/red] [::] [/]")) == ["[red]x[/red] [::] [/]"]


def test_levels_and_the_lines_of_a_traceback() -> None:
    lines = lines_of(
        b"ERROR x", b"Traceback (most recent call last):", b'  File "a"', b"KeyError: 1", b"WARN y"
    )
    names = [rows_of(lines, number)[0].runs[0][1] for number in range(5)]
    assert names == ["error", "error", "error", "error", "warning"]


def test_the_jobs_colours_lie_over_the_levels() -> None:
    runs = rows_of(lines_of(b"ERROR \x1b[32mgreen"))[0].runs
    assert runs == (("ERROR ", "error", PLAIN), ("green", "error", Pen(fg=2)))


def test_pretty_lays_out_what_is_structured() -> None:
    lines = lines_of(b'{"level":"warn","msg":"slow","took":3}', b"plain {}")
    lines.change(lines.store, replace(BARE, pretty=True))
    assert texts_of(lines) == ["warn slow", "  took: 3"]
    assert texts_of(lines, 1) == ["plain {}"]
    assert [row.part for row in rows_of(lines)] == [0, 1]


def test_one_line_can_be_zoomed() -> None:
    lines = lines_of(b"x" * 100, b"y" * 100)
    lines.zoom(1)
    assert (len(rows_of(lines)), len(rows_of(lines, 1))) == (1, 3)
    lines.zoom(1)
    assert len(rows_of(lines, 1)) == 1


def test_rules_say_what_happened() -> None:
    gap = rule_row(Gap(12.4), 60)
    assert gap.runs[0][0].strip("─") == " 12s gap "
    assert gap.text == ""
    restart = rule_row(Restart(1, NOW, "Restarting"), 80, ascii_only=True)
    assert restart.runs[0][0].strip("=") == " restart #1  08:00:00  reason Restarting "
    assert width(rule_row(Gap(12), 10).runs[0][0]) <= 10


def test_matches_are_highlighted_across_runs() -> None:
    row = rows_of(lines_of(b"che\x1b[31mcksum", options=LineOptions(40)))[0]
    spans = matches_of(row, compile_query(Query("checksum")))
    runs = highlighted(row.runs, spans, "match")
    assert [text for text, name, _ in runs if name == "match"] == ["che", "cksum"]
    assert runs[0][1] == "time"
    assert matches_of(row, compile_query(Query("checksum", inverse=True))) == []


def test_a_selection_of_wrapped_lines_keeps_them_whole() -> None:
    lines = lines_of(b"abcdefghijkl", b"", b"mnop", options=replace(BARE, room=8, wrap=True))
    first, second = rows_of(lines, 0)
    selection = Selection(point_of(rows_of(lines, 2)[0], 2, 2), point_of(first, 0, 5))
    assert selection.text([0, 1, 2], lambda number: rows_of(lines, number)) == "fghijkl\n\nmn"
    assert selection.cells(first, 0) == (5, 8)
    assert selection.cells(second, 0) == (0, 4)
    assert selection.cells(rows_of(lines, 2)[0], 2) == (0, 2)
    assert Selection(Point(0, 0, 1), Point(0, 0, 1)).empty


def test_a_selection_leaves_times_and_rules_out() -> None:
    lines = lines_of(b"one", b"two", options=LineOptions(40))
    selection = Selection(point_of(rows_of(lines)[0], 0, 2), point_of(rows_of(lines, 1)[0], 1, 11))
    rows = {0: [rule_row(Gap(1), 40), *rows_of(lines)], 1: rows_of(lines, 1)}
    assert selection.text([0, 1], lambda number: rows[number]) == "one\ntw"


FACTS = LogFacts(name="train-resnet", window="15m", link=Live())
COUNTS = LogCounts(lines=12340, dropped=0, matches="2/17")


def test_the_title_has_all_there_is_to_know() -> None:
    assert plain(title_line(FACTS, COUNTS, 100)) == (
        " train-resnet  ● follow  since 15m  12 340 lines  -0 dropped  2/17"
    )


def test_the_title_counts_what_there_is_and_says_when_it_waits() -> None:
    assert " 1 line  -0 dropped" in plain(title_line(FACTS, replace(COUNTS, lines=1), 100))
    nothing = replace(COUNTS, lines=0, matches="")
    waits = replace(FACTS, link=Connecting(), waiting=True)
    assert plain(title_line(waits, nothing, 100)) == " train-resnet  ◌ waiting"
    assert "-7 dropped" in plain(title_line(FACTS, replace(nothing, dropped=7), 100))


@pytest.mark.parametrize("room", range(20, 100, 7))
def test_the_title_gives_way(room: int) -> None:
    line = title_line(
        replace(FACTS, activity="saving 40 %", trouble="disk full"),
        replace(COUNTS, modes=("wrap", "raw"), new=5, following=False, block=3),
        room,
    )
    assert plain(line).startswith(" train-resnet")
    assert line_width(line) <= max(room, 30)


@pytest.mark.parametrize(
    ("link", "paused", "text"),
    [
        (Connecting(), False, "connecting"),
        (Retrying("x", 3.2), False, "reconnecting in 3s"),
        (Ended(), False, "ended"),
        (Failed("x"), False, "no connection"),
        (Live(), True, "paused"),
    ],
)
def test_the_title_says_how_it_stands(link: Link, paused: bool, text: str) -> None:
    assert text in plain(title_line(replace(FACTS, link=link, paused=paused), COUNTS, 100))
