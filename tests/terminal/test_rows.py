"""Rows, versions, dirty rows, the scrollback and floods of lines."""

import pytest

from apolo_tui.terminal.rows import Row, packed
from apolo_tui.terminal.screen import Screen
from apolo_tui.terminal.scrollback import Scrollback
from apolo_tui.terminal.styles import DEFAULT, StyleTable
from tests.terminal.feeding import state
from tests.terminal.oracles import new_screen

STYLES = StyleTable()
RED, BLUE_GROUND = STYLES.intern(foreground=1), STYLES.intern(background=4)


def test_a_version_changes_with_every_mutation_and_moves_with_the_row() -> None:
    screen = new_screen(20, 4)
    screen.feed(b"one\r\ntwo\r\nthree\r\nfour")
    versions = [screen.row(y).version for y in range(4)]
    assert len(set(versions)) == 4
    assert [screen.row(y).version for y in range(4)] == versions
    screen.row(1).finished = "strip"
    screen.feed(b"\r\n")
    assert [screen.row(y).version for y in range(3)] == versions[1:]
    assert screen.row(0).finished == "strip"
    assert screen.row(-1).version == versions[0]
    screen.feed(b"\x1b[1;1HT")
    assert screen.row(0).finished is None
    assert screen.row(0).version not in versions


@pytest.mark.parametrize(
    "mutation",
    [
        "x",
        "\x1b[K",
        "\x1b[1K",
        "\x1b[2K",
        "\x1b[J",
        "\x1b[X",
        "\x1b[@",
        "\x1b[P",
        "\x1b[4hx",
        "漢",
        "\u0301",
        "\x1b[42;1;1;1;1$x",
        "\x1b[1;1;1;9$z",
        "\x1b[1;1;1;9;7$r",
        "\x1b[1;9;1;9;1;1;1;1$v",
        "\x1b[1'}",
        "\x1b[ @",
        "\x1b[?2K",
        "\x1b[L",
        "\x1b[M",
        "\x1b#8",
        "\x1bc",
        "\x1b[?1049h",
        "\x1b[42m\x1b[K",
        "\x1b[?69h\x1b[1;5s\x1b[S",
        "\x1b[3b",
    ],
)
@pytest.mark.parametrize(
    "before", ["abcdefgh\x1b[1;4H", "ab\x1b[31mcd\x1b[m\x1b[1;1Hz\x1b[1;3H", "abc"]
)
def test_no_mutation_leaves_a_finished_strip(before: str, mutation: str) -> None:
    screen = new_screen(20, 3)
    screen.feed(before.encode())
    screen.take_dirty()
    spans = screen.row(0).spans(20)
    screen.row(0).finished = "strip"
    screen.feed(mutation.encode())
    if screen.row(0).spans(20) != spans:
        assert screen.row(0).finished is None
        assert 0 in screen.take_dirty()


def test_dirty_rows() -> None:
    screen = new_screen(20, 4)
    assert screen.take_dirty() == [0, 1, 2, 3]
    assert screen.take_dirty() == []
    screen.feed(b"a\x1b[3;1Hb")
    assert screen.take_dirty() == [0, 2]
    screen.feed(b"\x1b[4;1H\n")
    assert screen.take_dirty() == [0, 1, 2, 3]
    screen.feed(b"\x1b[?5h")
    assert screen.take_dirty() == [0, 1, 2, 3]
    screen.feed(b"\x1b[1;2H\x1b[1;31m")
    assert screen.take_dirty() == []
    screen.resize(20, 6)
    assert screen.take_dirty() == [0, 1, 2, 3, 4, 5]


def test_spans_fill_the_row_exactly() -> None:
    row = Row(BLUE_GROUND, "abc", RED)
    assert row.spans(5) == [("abc", RED), ("  ", BLUE_GROUND)]
    assert row.spans(2) == [("ab", RED)]
    row.append_run(3, DEFAULT)
    row.text += "d"
    assert row.spans(5) == [("abc", RED), ("d", DEFAULT), (" ", BLUE_GROUND)]
    assert row.spans(3) == [("abc", RED)]
    wide = packed(["漢", "", "x"], [RED, RED, DEFAULT])
    assert wide.spans(4) == [("漢", RED), ("x ", DEFAULT)]
    assert wide.spans(1) == [(" ", RED)]


@pytest.mark.parametrize(
    ("chars", "styles"),
    [
        ([], []),
        (list("abc  "), [RED, RED, DEFAULT, DEFAULT, DEFAULT]),
        (["漢", "", "e\u0301", "x"], [RED, RED, DEFAULT, RED]),
        (list("ab  "), [DEFAULT, DEFAULT, BLUE_GROUND, BLUE_GROUND]),
        (list("    "), [RED, RED, RED, RED]),
    ],
)
def test_packing_keeps_the_cells(chars: list[str], styles: list[object]) -> None:
    row = Row()
    row.chars, row.styles = chars[:], styles[:]  # type: ignore[assignment]  # one list a case
    before = row.cells(8)[: len(chars)]
    row.pack()
    assert row.chars is None
    assert row.cells(8)[: len(chars)] == before


def test_the_scrollback_drops_the_oldest_lines() -> None:
    screen = new_screen(20, 5, scrollback=100)
    for number in range(1_000):
        screen.feed(b"line %d\r\n" % number)
    kept = len(screen.scrollback)
    assert 100 <= kept <= 164
    assert screen.scrollback.dropped + kept == 996
    assert list(screen.scrollback.texts())[-1] == "line 995"
    assert screen.row(-1).plain() == "line 995"
    assert screen.row(-kept).plain() == f"line {996 - kept}"
    with pytest.raises(IndexError):
        screen.row(-kept - 1)
    with pytest.raises(IndexError):
        screen.row(5)


def test_lines_of_a_flood_become_rows_when_looked_at() -> None:
    history = Scrollback(10, STYLES)
    history.extend(["plain", ("a\x1b[31mb\x1b[mc", RED), ("red", RED)], 2)
    assert list(history.texts()) == ["plain", "abc", "red"]
    assert history[1].spans(3) == [("a", RED), ("b", RED), ("c", DEFAULT)] or history[1].spans(
        3
    ) == [("ab", RED), ("c", DEFAULT)]
    assert history[2].spans(3) == [("red", RED)]
    assert history[1] is history[1]
    history.clear()
    assert (len(history), history.dropped) == (0, 3)


FLOODS = {
    "plain": b"".join(b"line %d of a log\r\n" % i for i in range(100)),
    "coloured": b"".join(
        b"\x1b[3%dmline\x1b[0m %d \x1b[1mend\x1b[m\r\n" % (i % 8, i) for i in range(100)
    ),
    "colour that stays": b"".join(b"\x1b[3%dmline %d\r\n" % (i % 8, i) for i in range(100)),
    "background that stays": b"".join(b"\x1b[4%dmline %d\r\n" % (i % 8, i) for i in range(50)),
    "long lines": b"".join(b"x%d " % i * 30 + b"\r\n" for i in range(60)),
    "long coloured lines": b"".join(
        b"\x1b[3%dm" % (i % 8) + b"w%d " % i * 30 + b"\x1b[m\r\n" for i in range(60)
    ),
    "long by colours": b"".join(b"\x1b[31ma\x1b[32mb\x1b[m" * 8 + b"\r\n" for i in range(60)),
    "exactly one row": b"".join(b"%020d\r\n" % i for i in range(100)),
    "empty lines": b"\r\n" * 300,
    "blank lines": b"   \r\n" * 300,
    "wide in between": ("line\r\n" * 60 + "漢字\r\n" + "line\r\n" * 60).encode(),
    "without the last line end": b"line\r\n" * 100 + b"tail",
    "motion in between": b"line\r\n" * 60 + b"\x1b[2;2Hxx\r\n" + b"line\r\n" * 60,
}
STARTS = {
    "top": b"",
    "bottom": b"\x1b[6;1H",
    "after text": b"some text\r\nand more",
    "over text": b"aaaaaaaaaaaaaaa\r\n" * 8 + b"\x1b[1;1H",
    "at the bottom of text": b"aaaaaaaaaaaaaaa\r\n" * 8,
    "region": b"\x1b[2;4r",
    "margins": b"\x1b[?69h\x1b[3;9s",
    "insert": b"\x1b[4h",
    "no autowrap": b"\x1b[?7l",
    "coloured pen": b"\x1b[31m",
    "coloured ground": b"\x1b[41m",
    "coloured rows": b"\x1b[41m\x1b[2J\x1b[m",
    "alternate": b"\x1b[?1049h",
    "line drawing": b"\x1b(0",
    "link": b"\x1b]8;;http://x\x07",
    "new line mode": b"\x1b[20h",
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_the_same_as_its_characters_one_by_one(flood: str, start: str) -> None:
    def fed(size: int) -> Screen:
        screen = new_screen(20, 6, scrollback=40)
        screen.feed(STARTS[start])
        data = FLOODS[flood]
        for at in range(0, len(data), size):
            screen.feed(data[at : at + size])
        screen.scrollback.trim()
        return screen

    slow, fast, pieces = fed(3), fed(1 << 20), fed(700)
    for screen in (slow, fast, pieces):
        assert len(screen.scrollback) <= 40
    assert state(fast) == state(slow)
    assert state(pieces) == state(slow)
    looks = [[row.spans(20) for row in screen.scrollback.rows()] for screen in (slow, fast)]
    flat = [
        [
            cell
            for row in rows
            for text, style in row
            for cell in zip(text, [style.key] * len(text), strict=True)
        ]
        for rows in looks
    ]
    assert flat[0] == flat[1]
    wrapped = [[row.wrapped for row in screen.scrollback.rows()] for screen in (slow, fast)]
    assert wrapped[0] == wrapped[1]
    slow.feed(b"\x1b[b!")
    fast.feed(b"\x1b[b!")
    assert state(fast) == state(slow)
