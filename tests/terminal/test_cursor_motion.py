"""Cursor motion, margins, tab stops, saving and restoring."""

import pytest

from tests.terminal.feeding import lines, run


@pytest.mark.parametrize(
    ("data", "position"),
    [
        ("\x1b[3;5H", (4, 2)),
        ("\x1b[3;5f", (4, 2)),
        ("\x1b[99;99H", (19, 5)),
        ("\x1b[0;0H", (0, 0)),
        ("\x1b[;5H", (4, 0)),
        ("\x1b[3;5H\x1b[A", (4, 1)),
        ("\x1b[3;5H\x1b[9A", (4, 0)),
        ("\x1b[3;5H\x1b[2B\x1b[3C\x1b[D", (6, 4)),
        ("\x1b[3;5H\x1b[2E", (0, 4)),
        ("\x1b[3;5H\x1b[F", (0, 1)),
        ("\x1b[3;5H\x1b[7G", (6, 2)),
        ("\x1b[3;5H\x1b[7`", (6, 2)),
        ("\x1b[3;5H\x1b[2d", (4, 1)),
        ("\x1b[3;5H\x1b[2a\x1b[2e", (6, 4)),
        ("\x1b[3;5H\x1b[2j\x1b[k", (2, 1)),
        ("\x1b[3;5H\b\b", (2, 2)),
        ("\b", (0, 0)),
        ("abc\x1b7\x1b[5;5H\x1b8", (3, 0)),
        ("abc\x1b[s\x1b[5;5H\x1b[u", (3, 0)),
        ("\x1b8", (0, 0)),
        ("ab\n", (2, 1)),
        ("ab\x0b\x0c", (2, 2)),
        ("ab\x1bD", (2, 1)),
        ("ab\x1bE", (0, 1)),
        ("\x1b[20hab\n", (0, 1)),
        ("\n\n\x1bM", (0, 1)),
        ("\x1b[3;5H\x1b6", (3, 2)),
        ("\x1b[3;5H\x1b9", (5, 2)),
        ("\x1b[2;4r", (0, 0)),
        ("\x1b[2;4r\x1b[?6h\x1b[9;9H", (8, 3)),
        ("\x1b[2;4r\x1b[?6h\x1b[2dx", (1, 2)),
        ("\x1b[2;4r\x1b[3;1H\x1b[9A", (0, 1)),
        ("\x1b[2;4r\x1b[3;1H\x1b[9B", (0, 3)),
        ("\x1b[2;4r\x1b[1;1H\x1b[9A", (0, 0)),
        ("\x1b[2;4r\x1b[6;1H\x1b[9B", (0, 5)),
        ("\x1b[4;2r\x1b[3;3H", (2, 2)),
        ("\x1b[?69h\x1b[5;10s\x1b[1;7H\x1b[9D", (4, 0)),
        ("\x1b[?69h\x1b[5;10s\x1b[1;7H\x1b[99C", (9, 0)),
        ("\x1b[?69h\x1b[5;10s\x1b[1;7H\r", (4, 0)),
        ("\x1b[?69h\x1b[5;10s\x1b[1;2H\r", (0, 0)),
        ("\x1b[?69h\x1b[5;10s\x1b[?6h\x1b[2;3H", (6, 1)),
        ("\t", (8, 0)),
        ("\t\t", (16, 0)),
        ("\t\t\t\t", (19, 0)),
        ("\x1b[2I", (16, 0)),
        ("\x1b[1;19H\x1b[2Z", (8, 0)),
        ("\x1b[3g\t", (19, 0)),
        ("\x1b[1;4H\x1bH\r\t", (3, 0)),
        ("\x1b[1;9H\x1b[g\r\t", (16, 0)),
        ("\x1b[3g\x1b[?5W\r\t", (8, 0)),
        ("\x1b[?45h\r\n\x1b[2;1H\b", (0, 1)),
        ("\x1b[?45h" + "x" * 20 + "y\b\b", (19, 0)),
    ],
)  # fmt: skip
def test_position(data: str, position: tuple[int, int]) -> None:
    screen = run(data)
    assert (screen.x, screen.y) == position


def test_scrolling_region() -> None:
    assert lines("1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[4;1H\nx") == ["1", "3", "4", "x", "5"]
    assert lines("1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[2;1H\x1bMx") == ["1", "x", "2", "3", "5"]


def test_saving_keeps_pen_charset_and_origin() -> None:
    screen = run("\x1b[31m\x1b(0\x1b[?6h\x1b7\x1b[m\x1b(B\x1b[?6l\x1b8q")
    assert screen.row(0).spans(20)[0][0] == "─"
    assert screen.row(0).spans(20)[0][1].foreground == 1
    assert screen.origin


def test_left_and_right_margins_confine_wrapping_and_scrolling() -> None:
    assert lines("\x1b[?69h\x1b[5;8sabcdefghij") == ["abcdefgh", "    ij"]
    assert lines("aaaaaaaa\r\nbbbbbbbb\x1b[?69h\x1b[3;5s\x1b[2S") == ["aa   aaa", "bb   bbb"]
    assert lines("aaaaaaaa\r\nbbbbbbbb\x1b[?69h\x1b[3;5s\x1b[T") == [
        "aa   aaa",
        "bbaaabbb",
        "  bbb",
    ]


def test_index_functions_at_the_margins_shift_columns() -> None:
    assert lines("abc\r\ndef\x1b[1;1H\x1b6") == [" abc", " def"]
    assert lines("abc\r\ndef\x1b[1;20H\x1b9") == ["bc", "ef"]
