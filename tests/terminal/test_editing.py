"""Erasing, inserting, deleting, scrolling, rectangles and protection."""

import pytest

from apolo_tui.terminal.styles import BOLD, REVERSE
from tests.terminal.feeding import lines, run

FIVE = "11111\r\n22222\r\n33333\r\n44444\r\n55555"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("\x1b[2;3H\x1b[K", ["11111", "22", "33333", "44444", "55555"]),
        ("\x1b[2;3H\x1b[1K", ["11111", "   22", "33333", "44444", "55555"]),
        ("\x1b[2;3H\x1b[2K", ["11111", "", "33333", "44444", "55555"]),
        ("\x1b[2;3H\x1b[J", ["11111", "22"]),
        ("\x1b[2;3H\x1b[1J", ["", "   22", "33333", "44444", "55555"]),
        ("\x1b[2J", [""]),
        ("\x1b[2;3H\x1b[2X", ["11111", "22  2", "33333", "44444", "55555"]),
        ("\x1b[2;3H\x1b[2@", ["11111", "22  222", "33333", "44444", "55555"]),
        ("\x1b[2;3H\x1b[2P", ["11111", "222", "33333", "44444", "55555"]),
        ("\x1b[2;3H\x1b[2L", ["11111", "", "", "22222", "33333", "44444"]),
        ("\x1b[2;3H\x1b[2M", ["11111", "44444", "55555"]),
        ("\x1b[2S", ["33333", "44444", "55555"]),
        ("\x1b[T", ["", "11111", "22222", "33333", "44444", "55555"]),
        ("\x1b[2;4r\x1b[3;1H\x1b[M", ["11111", "22222", "44444", "", "55555"]),
        ("\x1b[2;4r\x1b[3;1H\x1b[L", ["11111", "22222", "", "33333", "55555"]),
        ("\x1b[2;4r\x1b[1;1H\x1b[L", ["11111", "22222", "33333", "44444", "55555"]),
        ("\x1b[1;2H\x1b[2'}", ["1  1111", "2  2222", "3  3333", "4  4444", "5  5555"]),
        ("\x1b[1;2H\x1b[2'~", ["111", "222", "333", "444", "555"]),
        ("\x1b[2 @", ["111", "222", "333", "444", "555"]),
        ("\x1b[2 A", ["  11111", "  22222", "  33333", "  44444", "  55555"]),
        ("\x1b[42;2;2;3;4$x", ["11111", "2***2", "3***3", "44444", "55555"]),
        ("\x1b[2;2;3;4$z", ["11111", "2   2", "3   3", "44444", "55555"]),
        ("\x1b[2;2;3;4${", ["11111", "2   2", "3   3", "44444", "55555"]),
        ("\x1b[1;1;2;2;1;4;5;1$v", ["11111", "22222", "33333", "444411", "555522"]),
        ("\x1b[2;4r\x1b[?6h\x1b[42;1;1;1;3$x", ["11111", "***22", "33333", "44444", "55555"]),
        ("\x1b[3;3;2;2$z", ["11111", "22222", "33333", "44444", "55555"]),
    ],
)
def test_text_after(data: str, expected: list[str]) -> None:
    assert lines(FIVE + data) == expected


def test_huge_counts_end() -> None:
    for final in "@PXLMSTABCDEFGIZ`adeb":
        run(f"{FIVE}\x1b[3;3H\x1b[999999999{final}x")
    for final in ("'}", "'~", " @", " A"):
        run(f"{FIVE}\x1b[3;3H\x1b[65535{final}x")
    run(f"{FIVE}\x1b[65535;65535;65535;65535$z\x1b[1;1;65535;65535;1;2;2;1$v")


def test_erasing_uses_the_background_and_nothing_else_of_the_pen() -> None:
    screen = run("abc\x1b[1;31;44m\x1b[2K")
    ((text, style),) = screen.row(0).spans(20)
    assert (text, style.background, style.foreground, style.attributes) == (" " * 20, 4, -1, 0)
    screen = run("\x1b[44m\x1b[6;1H\n")
    assert screen.row(5).spans(20)[0][1].background == 4


def test_the_part_behind_short_text_takes_the_background() -> None:
    screen = run("abc\x1b[42m\x1b[K\x1b[m\x1b[1;10Hx")
    spans = [(text, style.background) for text, style in screen.row(0).spans(20)]
    assert spans == [("abc", -1), ("      ", 2), ("x", -1), (" " * 10, 2)]


def test_selective_erase_spares_protected_characters() -> None:
    assert lines('a\x1b[1"qb\x1b[2"qc\x1b[?2K') == [" b"]
    assert lines('a\x1b[1"qb\x1b[0"qc\x1b[?2J') == [" b"]
    assert lines('a\x1b[1"qb\x1b[0"qc\x1b[1;1;1;9${') == [" b"]
    assert lines('a\x1b[1"qb\x1b[m\x1b[0"qc\x1b[2K') == [""]


def test_change_and_reverse_attributes() -> None:
    screen = run(FIVE + "\x1b[2*x\x1b[1;2;2;3;1;7$r")
    cells = screen.row(0).cells(20)
    assert [style.attributes for _, style in cells[:4]] == [0, BOLD | REVERSE, BOLD | REVERSE, 0]
    screen = run(FIVE + "\x1b[2*x\x1b[1;2;1;3;1$r\x1b[1;1;1;2;1$t")
    assert [style.attributes for _, style in screen.row(0).cells(20)[:4]] == [BOLD, 0, BOLD, 0]
    screen = run(FIVE + "\x1b[1;4;2;2;1$r")
    assert [style.attributes for _, style in screen.row(0).cells(20)[2:5]] == [0, BOLD, BOLD]
    assert [style.attributes for _, style in screen.row(1).cells(20)[:3]] == [BOLD, BOLD, 0]


def test_checksum_of_an_area() -> None:
    screen = run("AB\x1b[7;1;1;1;1;2*y")
    assert screen.take_replies() == b"\x1bP7!~0083\x1b\\"


def test_alignment_pattern() -> None:
    assert lines("\x1b[2;3r\x1b#8", 4, 3) == ["EEEE"] * 3


def test_deleted_lines_are_not_kept_but_scrolled_ones_are() -> None:
    screen = run(FIVE + "\x1b[1;1H\x1b[2M")
    assert len(screen.scrollback) == 0
    screen = run(FIVE + "\x1b[2S")
    assert list(screen.scrollback.texts()) == ["11111", "22222"]
    screen = run(FIVE + "\x1b[3J")
    assert len(screen.scrollback) == 0
