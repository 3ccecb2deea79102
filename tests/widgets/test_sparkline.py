"""Sparklines as strings, and the marks that a terminal can show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.series import Point
from apolo_tui.widgets.sparkline import BARS, Marks, bars, marks_of, sparkline

RAMP: list[Point] = [(float(at), at * 100 / 7) for at in range(8)]


def test_a_ramp() -> None:
    assert sparkline(RAMP, cells=8, start=0, end=8, top=100) == "▁▂▃▄▅▆▇█"
    assert sparkline(RAMP, cells=8, start=0, end=8, top=100, ascii_only=True) == "_.-:=+*#"
    assert sparkline(RAMP, cells=8, start=0, end=8, top=100, marks=Marks.BLOCK) == "___▄▄███"


def test_zero_is_a_bar_and_a_gap_is_none() -> None:
    points: list[Point] = [(0, 0), (1, None), (8, 50), (9, 100)]
    assert sparkline(points, cells=10, start=0, end=10, top=100) == "▁       ▅█"


def test_without_a_top_the_greatest_value_is_the_top() -> None:
    assert sparkline([(0, 1), (1, 2)], cells=2, start=0, end=2) == "▅█"
    assert sparkline([(0, 0), (1, 0)], cells=2, start=0, end=2) == "▁▁"
    assert sparkline([], cells=3, start=0, end=2) == "   "


def test_values_beyond_the_ends_stay_within() -> None:
    assert sparkline([(0, -5), (1, 500)], cells=2, start=0, end=2, top=100) == "▁█"


@given(
    st.lists(st.tuples(st.floats(0, 60), st.none() | st.floats()), max_size=20),
    st.integers(0, 30),
    st.sampled_from(Marks),
)
def test_as_many_characters_as_cells(points: list[Point], cells: int, marks: Marks) -> None:
    points = sorted(points, key=lambda point: point[0])
    line = sparkline(points, cells=cells, start=0, end=60, top=100, marks=marks)
    assert len(line) == cells
    assert set(line) <= set(BARS[marks]) | {" "}


def test_no_columns() -> None:
    assert bars([], bottom=0, top=1) == ""


@pytest.mark.parametrize(
    ("environ", "marks"),
    [
        ({"LANG": "en_US.UTF-8", "TERM": "xterm-256color"}, Marks.BRAILLE),
        ({"LANG": "C.utf8", "TERM": "tmux-256color"}, Marks.BRAILLE),
        ({"LANG": "de_DE.UTF-8@euro"}, Marks.BRAILLE),
        ({"LANG": "C", "TERM": "xterm"}, Marks.ASCII),
        ({"LANG": "POSIX"}, Marks.ASCII),
        ({"LANG": "de_DE.ISO-8859-1"}, Marks.ASCII),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, Marks.ASCII),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, Marks.BRAILLE),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, Marks.BLOCK),
        ({"LANG": "en_US.UTF-8", "TERM": "vt220"}, Marks.ASCII),
        ({"LANG": "en_US.UTF-8", "TERM": "dumb"}, Marks.ASCII),
        ({"LANG": "xx.nonsense"}, Marks.ASCII),
        ({}, Marks.ASCII),
    ],
)
def test_marks_by_locale_and_terminal(environ: dict[str, str], marks: Marks) -> None:
    assert marks_of(environ) is marks


def test_marks_can_be_forced_and_the_encoding_decides_without_a_charset() -> None:
    assert marks_of({"LANG": "en_US.UTF-8"}, forced=Marks.ASCII) is Marks.ASCII
    assert marks_of({}, encoding="utf-8") is Marks.BRAILLE
    assert marks_of({"LANG": "en_US"}, encoding="latin-1") is Marks.ASCII
    assert marks_of({"LANG": "C"}, encoding="utf-8") is Marks.ASCII
