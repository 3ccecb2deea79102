"""Text taken out of the screen and its scrollback."""

from apolo_tui.terminal.selection import (
    Position,
    Range,
    find,
    first_line,
    line_range,
    row_at,
    text_of,
    top_line,
    word_range,
)
from tests.terminal.oracles import new_screen


def test_lines_are_numbered_from_the_first_of_the_session() -> None:
    screen = new_screen(20, 4, scrollback=10)
    for number in range(300):
        screen.feed(b"line %d\r\n" % number)
    assert top_line(screen) == 297
    row = row_at(screen, 299)
    assert row is not None
    assert row.plain() == "line 299"
    oldest = row_at(screen, first_line(screen))
    assert oldest is not None
    assert oldest.plain() == f"line {first_line(screen)}"
    assert row_at(screen, first_line(screen) - 1) is None
    assert row_at(screen, 301) is None


def test_text_of_a_selection() -> None:
    screen = new_screen(10, 4)
    screen.feed("one two\r\nthis is wrapped\r\n漢字 x".encode())
    assert text_of(screen, Range(Position(0, 4), Position(0, 9))) == "two"
    assert text_of(screen, Range(Position(0, 4), Position(2, 3))) == "two\nthis is wrappe"
    assert text_of(screen, Range(Position(2, 3), Position(0, 4))) == "two\nthis is wrappe"
    assert text_of(screen, Range(Position(3, 1), Position(3, 2))) == "漢字"
    assert text_of(screen, Range(Position(0, 4), Position(1, 6)), block=True) == "two\n is"


def test_a_word_goes_over_the_end_of_a_row() -> None:
    screen = new_screen(10, 4)
    screen.feed(b"go http://example.com/a?b now")
    word = word_range(screen, Position(1, 3))
    assert text_of(screen, word) == "http://example.com/a?b"
    assert text_of(screen, word_range(screen, Position(0, 0))) == "go"
    assert word_range(screen, Position(0, 2)) == (Position(0, 2), Position(0, 2))
    assert text_of(screen, line_range(screen, 1)) == "go http://example.com/a?b now"


def test_search_finds_the_newest_first() -> None:
    screen = new_screen(30, 4)
    for number in range(40):
        screen.feed(b"line %d Needle and needle\r\n" % number)
    screen.feed("漢字 needle".encode())
    found = list(find(screen, "needle"))
    assert len(found) == 81
    assert found[0] == (Position(40, 5), Position(40, 10))
    assert [text_of(screen, each) for each in found[1:3]] == ["needle", "Needle"]
    assert [each.start.line for each in found[1:]] == sorted(
        [each.start.line for each in found[1:]], reverse=True
    )
    assert len(list(find(screen, "needle", ignore_case=False))) == 41
    assert list(find(screen, "")) == []
    assert list(find(screen, "(")) == []
