"""Only printable characters and colours come out, and nothing readable is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.cells import width
from apolo_tui.model.logs.text import (
    LONGEST_SHOWN,
    PLAIN,
    Pen,
    last_state,
    plain,
    raw_runs,
    runs,
)


def text(data: bytes) -> str:
    return "".join(piece for piece, _ in runs(data))


def pens(data: bytes) -> list[tuple[str, Pen]]:
    return runs(data)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"hello", "hello"),
        (b"", ""),
        (b"[red]x[/red] and [::]", "[red]x[/red] and [::]"),
        (b"a\tb", "a       b"),
        (b"\x1b[31m\ta", "        a"),
        (b"\x1b]0;title\x07after", "after"),
        (b"\x1b]52;c;cHduZWQ=\x1b\\after", "after"),
        (b"\x1bP1$r\x1b\\after", "after"),
        (b"\x1b[2J\x1b[Hafter", "after"),
        (b"\x1b[?1000h\x1b[?2004hafter", "after"),
        (b"\x1bcafter", "after"),
        (b"\x1b(0after", "after"),
        (b"\x1b[6nafter", "after"),
        (b"\x9b2Jafter", "\ufffd2Jafter"),
        ("\x9b2Jafter".encode(), "after"),
        ("\x9d0;title\x9cafter".encode(), "after"),
        (b"\x1b]0;no end", "\u241b]0;no end"),
        (b"bell\x07", "bell\u2407"),
        (b"nul\x00del\x7f", "nul\u2400del\u2421"),
        (b"bad \xff\xfe utf", "bad \ufffd\ufffd utf"),
        ("汉字 \N{ROCKET}".encode(), "汉字 \N{ROCKET}"),
        ("\u202eright to left\u202c".encode(), "right to left"),
        ("no\u200dn joined\u00a0space".encode(), "non joined space"),
    ],
)
def test_what_is_shown(data: bytes, shown: str) -> None:
    assert text(data) == shown


@pytest.mark.parametrize(
    ("sgr", "pen"),
    [
        (b"1;31", Pen(fg=1, bold=True)),
        (b"97;104", Pen(fg=15, bg=12)),
        (b"38;5;208", Pen(fg=208)),
        (b"48;2;1;2;300", Pen(bg=(1, 2, 255))),
        (b"38:2::10:20:30", Pen(fg=(10, 20, 30))),
        (b"4:3", Pen(underline=True)),
        (b"4:0", PLAIN),
        (b"2;3;4;7;9", Pen(dim=True, italic=True, underline=True, reverse=True, strike=True)),
        (b"1;22;31;39", PLAIN),
        (b"5;8", PLAIN),
        (b"", PLAIN),
        (b"38;5", PLAIN),
        (b"99999999999999", PLAIN),
    ],
)
def test_colours_are_kept(sgr: bytes, pen: Pen) -> None:
    assert pens(b"\x1b[" + sgr + b"mx") == [("x", pen)]


def test_colours_end_where_they_end() -> None:
    assert pens(b"a\x1b[32mb\x1b[1mc\x1b[0md") == [
        ("a", PLAIN),
        ("b", Pen(fg=2)),
        ("c", Pen(fg=2, bold=True)),
        ("d", PLAIN),
    ]


@given(st.binary(max_size=200))
def test_no_control_ever_comes_out(data: bytes) -> None:
    for pieces in (runs(data), raw_runs(data)):
        for piece, _ in pieces:
            assert all(char.isprintable() for char in piece)
            assert width(piece) >= 0
    assert all(char.isprintable() for char in plain(data))


@given(st.text(max_size=60).map(lambda value: "\x1b[2K\x1b]0;" + value))
def test_no_control_of_hostile_text_comes_out(value: str) -> None:
    assert all(char.isprintable() for char in text(value.encode("utf-8", "replace")))


def test_raw_shows_each_control() -> None:
    shown = "".join(piece for piece, _ in raw_runs(b" 1%\r\x1b[31m 2%\x1b[0m"))
    assert shown == " 1%\u240d\u241b[31m 2%\u241b[0m"


def test_plain_is_the_text_of_the_runs() -> None:
    for data in (b"a\tb\x1b[1m\tc", b"\x1b[31mred", "汉\x1b[0m字\x07".encode()):
        assert plain(data) == text(data)


def test_a_very_long_line_is_cut_and_says_so() -> None:
    shown = text(b"x" * (LONGEST_SHOWN + 12_345))
    assert len(shown) < LONGEST_SHOWN + 50
    assert shown.endswith("… 12 345 bytes more")


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"plain", b"plain"),
        (b"dos\r", b"dos"),
        (b" 1%\r 2%\r100%", b"100%"),
        (b"\r 1%\r 2%\r", b" 2%"),
        (b" 99%\r      \r", b" 99%"),
        (b" 50%\r\x1b[2K", b" 50%"),
        (b"\r\x1b[2K\x1b[32m60%\x1b[0m", b"\x1b[2K\x1b[32m60%\x1b[0m"),
        (b"\r\r\r", b""),
    ],
)
def test_progress_collapses_into_its_last_state(data: bytes, state: bytes) -> None:
    assert last_state(data) == state
