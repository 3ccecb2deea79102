"""Printing: wrapping, insertion, wide and combining characters, charsets."""

import re

import pytest
from rich.cells import cell_len, get_character_cell_size

from apolo_tui.terminal import printing
from tests.terminal.feeding import lines, run
from tests.terminal.oracles import new_screen


def test_text_wraps_at_the_last_column_only_when_more_comes() -> None:
    screen = run("12345678901234567890")
    assert (screen.x, screen.y, screen.wrap_next) == (19, 0, True)
    screen.feed(b"x")
    assert screen.text().split("\n")[:2] == ["12345678901234567890", "x"]
    assert screen.row(0).wrapped
    assert not screen.row(1).wrapped


def test_text_longer_than_several_rows() -> None:
    assert lines("a" * 45) == ["a" * 20, "a" * 20, "a" * 5]


def test_without_autowrap_the_last_column_is_overwritten() -> None:
    assert lines("\x1b[?7l" + "1234567890" * 2 + "xyz") == ["1234567890123456789z"]


def test_a_carriage_return_cancels_the_wrap() -> None:
    assert lines("12345678901234567890\rA") == ["A2345678901234567890"]


def test_insert_mode_shifts_the_rest() -> None:
    assert lines("world\r\x1b[4hhello \x1b[4l!") == ["hello !orld"]


def test_insert_mode_drops_what_leaves_the_row() -> None:
    assert lines("12345678901234567890\r\x1b[4hab") == ["ab123456789012345678"]


def test_wide_characters_take_two_columns() -> None:
    screen = run("漢字x")
    assert [char for char, _ in screen.row(0).cells(20)[:6]] == ["漢", "", "字", "", "x", " "]
    assert screen.x == 5


def test_a_wide_character_does_not_fit_in_the_last_column() -> None:
    assert lines("1234567890123456789漢") == ["1234567890123456789", "漢"]


def test_a_wide_character_without_autowrap_stays_in_the_row() -> None:
    assert lines("\x1b[?7l1234567890123456789漢") == ["123456789012345678漢"]


def test_a_wide_character_in_a_page_of_one_column_is_not_shown() -> None:
    assert lines("漢x", 1, 2) == ["x"]


@pytest.mark.parametrize(
    ("over", "expected"),
    [("\x1b[1;2Hx", [" x字"]), ("\x1b[1;1Hx", ["x 字"]), ("\x1b[1;2H漢", [" 漢"])],
)
def test_half_of_a_wide_character_is_replaced_by_a_blank(over: str, expected: list[str]) -> None:
    assert lines("漢字" + over) == expected


def test_erasing_and_shifting_never_leaves_half_a_character() -> None:
    assert lines("漢字仮名\x1b[1;2H\x1b[X") == ["  字仮名"]
    assert lines("漢字仮名\x1b[1;2H\x1b[P") == [" 字仮名"]
    assert lines("漢字仮名\x1b[1;4H\x1b[K") == ["漢"]
    assert lines("漢字仮名\x1b[1;2H\x1b[@x") == [" x 字仮名"]


def test_combining_marks_join_the_cell_before() -> None:
    screen = run("e\u0301x漢\u0301")
    cells = [char for char, _ in screen.row(0).cells(20)[:5]]
    assert cells == ["e\u0301", "x", "漢\u0301", "", " "]
    assert screen.x == 4


def test_a_combining_mark_at_the_last_column_joins_it() -> None:
    screen = run("1234567890123456789e\u0301")
    assert screen.row(0).plain().endswith("9e\u0301")
    assert screen.wrap_next


def test_combining_marks_in_one_cell_are_bounded() -> None:
    screen = new_screen(20, 2)
    screen.feed(("e" + "\u0301" * 1_000).encode())
    assert len(screen.row(0).cells(20)[0][0]) == printing.MARKS_LIMIT + 1


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧 end",
        "❤\ufe0f end",
        "🇩🇪 end",
        "👋🏽 end",
        "가\u1161\u11a8 end",
        "☺\ufe0e end",
    ],
)
def test_clusters_never_shift_the_rest_of_the_row(text: str) -> None:
    screen = run(text)
    for y in range(screen.rows):
        spans = screen.row(y).spans(20)
        assert cell_len("".join(part for part, _ in spans)) == 20
    column = screen.row(0).cells(20).index(("d", screen.row(0).cells(20)[-1][1]))
    assert column == screen.x - 1


def test_the_fixed_sets_have_the_widths_of_the_drawing_function() -> None:
    for width, pattern in ((1, printing.NARROW), (2, printing.WIDE)):
        matches = re.compile(f"[{pattern}]").fullmatch
        chars = [chr(code) for code in range(0x20, 0x10000) if matches(chr(code))]
        assert len(chars) > 1_000
        assert {get_character_cell_size(char) for char in chars} == {width}


def test_line_drawing() -> None:
    assert lines("\x1b(0lqqk\x1b(B lqk") == ["┌──┐ lqk"]
    assert lines("\x1b)0a\x0eq\x0fa") == ["a─a"]
    assert lines("\x1b*0a\x1bNqq") == ["a─q"]
    assert lines("\x1b+0\x1bOqq\x1boqq") == ["─q──"]
    assert lines("\x1b(A#\x1b(B#") == ["£#"]


def test_repeat() -> None:
    assert lines("ab\x1b[3b") == ["abbbb"]
    assert lines("\x1b[3b") == [""]
    screen = run("x\x1b[999999b")
    assert screen.row(4).plain() == "x" * 20


def test_bytes_that_are_not_utf8_become_replacement_characters() -> None:
    assert lines(b"a\xff\xc3(b") == ["a\ufffd\ufffd(b"]


def test_delete_and_null_are_nothing() -> None:
    assert lines("a\x00b\x7fc\x1b[\x7f31\x00mx") == ["abcx"]


def test_c1_controls_in_utf8_are_controls() -> None:
    assert lines("a\u009b2Cb\u0085c") == ["a  b", "c"]
    assert run("\u009d2;title\u009cx").title == "title"
