import pytest
from rich.cells import cell_len

from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.terminal_copy import CopyMode, Match, Then


def mode() -> CopyMode:
    """Lines "line 0" to "line 98", five of them on the screen, whose last row is empty."""
    screen = Screen(20, 5, width=cell_len)
    for number in range(99):
        screen.feed(b"line %d\r\n" % number)
    return CopyMode(screen, page=5)


def test_it_begins_at_the_cursor() -> None:
    assert mode().line == 99


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["up"], 98),
        (["k", "k", "j"], 98),
        (["pageup"], 95),
        (["ctrl+u"], 97),
        (["g"], 0),
        (["home", "down"], 1),
        (["g", "k"], 0),
        (["g", "G"], 99),
        (["end", "j"], 99),
    ],
)
def test_the_keys_of_a_pager_move(keys: list[str], line: int) -> None:
    copy = mode()
    for key in keys:
        assert copy.key(key) is Then.STAY
    assert copy.line == line


def test_lines_are_marked_from_where_it_began() -> None:
    copy = mode()
    assert copy.marked == (99, 99)
    for key in ("k", "v", "k", "k"):
        copy.key(key)
    assert copy.marked == (96, 98)
    assert "3 marked" in copy.words
    copy.key("v")
    assert copy.marked == (96, 96)


@pytest.mark.parametrize(
    ("key", "then"),
    [
        ("q", Then.LEAVE),
        ("escape", Then.LEAVE),
        ("y", Then.COPY),
        ("enter", Then.COPY),
        ("/", Then.ASK),
    ],
)
def test_how_it_ends(key: str, then: Then) -> None:
    assert mode().key(key) is then


def test_a_search_goes_up_from_the_cursor_and_round() -> None:
    copy = mode()
    copy.search("line 1$")
    assert (copy.line, copy.matches) == (1, [Match(1, 0, 6)])
    copy.search("LINE 9")
    assert copy.matches == []
    copy.search("line 9")
    assert len(copy.matches) == 10
    copy.key("G")
    copy.search("line 9")
    assert copy.line == 98
    copy.key("n")
    assert copy.line == 97
    copy.key("N")
    copy.key("N")
    assert copy.line == 9
    assert "/line 9 1/10" in copy.words


def test_columns_of_a_match_are_cells() -> None:
    screen = Screen(20, 5, width=cell_len)
    screen.feed("你好 x".encode())
    copy = CopyMode(screen, page=5)
    copy.search("x")
    assert copy.matches == [Match(0, 5, 6)]


def test_what_is_no_pattern_is_told() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        mode().search("(")
