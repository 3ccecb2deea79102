"""Resizing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.terminal.screen import Screen
from tests.terminal.oracles import new_screen


def filled(text: str, columns: int = 20, rows: int = 6) -> Screen:
    screen = new_screen(columns, rows)
    screen.feed(text.encode())
    return screen


def everything(screen: Screen) -> list[str]:
    return [*screen.scrollback.texts(), *screen.text().rstrip("\n").split("\n")]


def test_wrapped_lines_are_wrapped_anew() -> None:
    screen = filled("The quick brown fox jumps over the lazy dog\r\nshort\r\n$ ")
    screen.resize(30, 6)
    assert everything(screen) == ["The quick brown fox jumps over", " the lazy dog", "short", "$"]
    assert (screen.x, screen.y) == (2, 3)
    screen.resize(50, 6)
    assert everything(screen)[0] == "The quick brown fox jumps over the lazy dog"
    assert (screen.x, screen.y) == (2, 2)
    screen.resize(10, 6)
    assert everything(screen)[:3] == ["The quick", "brown fox", "jumps over"]
    screen.resize(20, 6)
    assert everything(screen)[-2:] == ["short", "$"]


def test_line_ends_of_the_program_stay() -> None:
    screen = filled("12345678901234567890\r\nnext")
    screen.resize(30, 6)
    assert everything(screen) == ["12345678901234567890", "next"]


def test_the_cursor_stays_with_its_text() -> None:
    screen = filled("abcdefghijklmnop\x1b[1;5H")
    screen.resize(3, 6)
    assert (screen.x, screen.y) == (1, 1)
    screen.feed(b"E")
    screen.resize(30, 6)
    assert screen.text().startswith("abcdEfgh")
    assert (screen.x, screen.y) == (5, 0)


def test_a_pending_wrap_goes_on_behind_its_text() -> None:
    screen = filled("12345678901234567890")
    screen.resize(30, 6)
    screen.feed(b"x")
    assert screen.text().startswith("12345678901234567890x")


def test_wide_characters_are_never_cut_in_two() -> None:
    screen = filled("漢字仮名漢字仮名漢字仮名", 20)
    for columns in (19, 7, 5, 3, 2):
        screen.resize(columns, 6)
        for y in range(6):
            for x, (char, _) in enumerate(screen.row(y).cells(columns)):
                assert char != "" or screen.row(y).cells(columns)[x - 1][0] not in ("", " ")
    screen.resize(40, 6)
    assert screen.text().startswith("漢字仮名漢字仮名漢字仮名") or len(screen.scrollback)


def test_styles_move_with_their_cells() -> None:
    screen = filled("plain \x1b[31mred red red red red\x1b[m plain")
    screen.resize(40, 6)
    assert [(text.strip(), style.foreground) for text, style in screen.row(0).spans(40)] == [
        ("plain", -1),
        ("red red red red red", 1),
        ("plain", -1),
    ]


def test_fewer_rows_push_the_top_away_and_more_bring_it_back() -> None:
    screen = filled("1\r\n2\r\n3\r\n4\r\n5\r\n6")
    screen.resize(20, 3)
    assert list(screen.scrollback.texts()) == ["1", "2", "3"]
    assert screen.text() == "4\n5\n6"
    assert screen.y == 2
    screen.resize(20, 6)
    assert screen.text() == "1\n2\n3\n4\n5\n6"
    assert len(screen.scrollback) == 0


def test_blank_rows_at_the_bottom_go_first() -> None:
    screen = filled("1\r\n2")
    screen.resize(20, 3)
    assert screen.text() == "1\n2\n"
    assert (len(screen.scrollback), screen.y) == (0, 1)


def test_a_cleared_screen_stays_cleared() -> None:
    screen = filled("x\r\n" * 30 + "\x1b[H\x1b[2J$ ")
    screen.resize(20, 10)
    assert screen.text().strip() == "$"
    assert screen.y == 0


def test_the_alternate_screen_is_cropped_and_the_main_one_wrapped() -> None:
    screen = filled(
        "The quick brown fox jumps over the lazy dog\x1b[?1049h\x1b[HFull screen row\x1b[6;9H"
    )
    screen.resize(8, 4)
    assert screen.text().split("\n")[0] == ""
    assert (screen.x, screen.y) == (7, 3)
    screen.resize(50, 6)
    screen.feed(b"\x1b[?1049l!")
    assert everything(screen) == ["The quick brown fox jumps over the lazy dog!"]


def test_margins_and_tab_stops() -> None:
    screen = filled("\x1b[2;4r\x1b[?69h\x1b[3;9s")
    screen.resize(40, 10)
    assert (screen.top, screen.bottom, screen.left, screen.right) == (0, 9, 0, 39)
    assert sorted(screen.tabs) == [8, 16, 24, 32]


def test_lines_of_a_flood_are_wrapped_too() -> None:
    screen = filled("".join(f"line {i} \x1b[32mwith some colour\x1b[m\r\n" for i in range(60)), 40)
    screen.resize(10, 6)
    assert list(screen.scrollback.texts())[:3] == ["line 0 wit", "h some col", "our"]
    assert screen.scrollback[1].spans(10)[0][1].foreground == 2
    screen.resize(40, 6)
    assert next(screen.scrollback.texts()) == "line 0 with some colour"


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (0, 0), (-5, 3), (500, 200)])
def test_extreme_sizes(columns: int, rows: int) -> None:
    screen = filled("漢字 text\r\n" * 8)
    screen.resize(columns, rows)
    screen.feed("漢字 text\r\n".encode() * 3)
    assert screen.columns == max(columns, 1)
    assert screen.rows == max(rows, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("ab 漢é", max_size=50), min_size=1, max_size=8),
    st.lists(st.integers(2, 60), min_size=1, max_size=4),
)
def test_no_text_is_lost_or_made_up(texts: list[str], widths: list[int]) -> None:
    texts = [text.replace(" ", "_") for text in texts]
    screen = new_screen(20, 12)
    screen.feed("\r\n".join(texts).encode())
    for width in widths:
        screen.resize(width, 12)
        found = "".join(everything(screen)).replace(" ", "")
        assert found == "".join(texts)
    screen.resize(120, 12)
    assert [line for line in everything(screen) if line] == [text for text in texts if text]
