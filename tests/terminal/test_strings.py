"""OSC: titles, links, colours, clipboard, notifications. All of them are events or state only."""

import base64

import pytest

from apolo_tui.terminal.clipboard import clipboard_reply
from apolo_tui.terminal.colors import palette_color, parse_color
from apolo_tui.terminal.events import (
    Bell,
    ClipboardQuery,
    ClipboardWrite,
    Event,
    Notification,
    TitleChanged,
)
from apolo_tui.terminal.links import Link
from tests.terminal.feeding import run
from tests.terminal.oracles import new_screen


@pytest.mark.parametrize(
    ("data", "events"),
    [
        ("\x1b]0;both\x07", [TitleChanged("both")]),
        ("\x1b]2;漢字; and more\x1b\\", [TitleChanged("漢字; and more")]),
        ("\x1b]1;icon\x07", []),
        ("\x1b]2;a\x07\x1b]2;a\x07", [TitleChanged("a")]),
        ("\x1b]2;a\x07\x1b[22t\x1b]2;b\x07\x1b[23t",
         [TitleChanged("a"), TitleChanged("b"), TitleChanged("a")]),
        ("\x07\x07\x07", [Bell()]),
        ("\x1b]52;c;aGVsbG8=\x07", [ClipboardWrite("c", "hello")]),
        ("\x1b]52;;aGVsbG8=\x07", [ClipboardWrite("c", "hello")]),
        ("\x1b]52;p;?\x1b\\", [ClipboardQuery("p")]),
        ("\x1b]52;c;!!!\x07", []),
        ("\x1b]52;c\x07", []),
        ("\x1b]9;done\x07", [Notification("", "done")]),
        ("\x1b]9;4;1;50\x07", []),
        ("\x1b]777;notify;title;the body\x07", [Notification("title", "the body")]),
        ("\x1b]777;other;x\x07", []),
        ("\x1b]99;i=1:d=0;Hello\x1b\\", [Notification("Hello", "")]),
        ("\x1b]99;i=1:p=body;World\x1b\\", [Notification("", "World")]),
        ("\x1b]7;file:///tmp\x07\x1b]133;A\x07", []),
    ],
)  # fmt: skip
def test_events(data: str, events: list[Event]) -> None:
    screen = run(data)
    assert screen.take_events() == events
    assert screen.take_events() == []
    assert screen.take_replies() == b""
    assert screen.text().strip() == ""


def test_titles_are_cut_and_without_controls() -> None:
    screen = new_screen(20, 3)
    screen.feed(b"\x1b]2;" + b"x\ty" * 1_000 + b"\x07")
    assert len(screen.title) <= 1_024
    assert "\t" not in screen.title


def test_a_large_clipboard_is_refused() -> None:
    screen = new_screen(20, 3)
    screen.feed(b"\x1b]52;c;" + base64.b64encode(b"x" * 900_000) + b"\x07")
    assert screen.take_events() == []
    screen.feed(b"\x1b]52;c;" + base64.b64encode(b"x" * 90_000) + b"\x07")
    assert screen.take_events() == [ClipboardWrite("c", "x" * 90_000)]


def test_the_answer_to_a_clipboard_query() -> None:
    assert clipboard_reply("c", "é") == b"\x1b]52;c;w6k=\x1b\\"


def test_links_are_part_of_the_style() -> None:
    screen = run("a\x1b]8;id=7;http://x/y\x07bc\x1b[31md\x1b[m\x1b]8;;\x07e")
    links = [style.link for _, style in screen.row(0).cells(20)[:5]]
    link = Link("http://x/y", "7")
    assert links == [None, link, link, link, None]
    assert screen.row(0).cells(20)[3][1].foreground == 1


def test_a_link_ends_with_the_erasing_of_its_cells() -> None:
    screen = run("\x1b]8;;http://x\x07ab\x1b[2K")
    assert {style.link for _, style in screen.row(0).cells(20)} == {None}


def test_overlong_links_are_none() -> None:
    screen = new_screen(20, 3)
    screen.feed(b"\x1b]8;;http://" + b"x" * 3_000 + b"\x07a")
    assert screen.row(0).cells(20)[0][1].link is None


def test_colours_are_answered_in_the_theme_of_the_caller() -> None:
    screen = new_screen(20, 3)
    screen.colors.foreground, screen.colors.background = (1, 2, 3), (0x10, 0x20, 0x30)
    screen.feed(b"\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]10;?;?\x07\x1b]4;1;?;255;?\x07")
    assert screen.take_replies() == (
        b"\x1b]10;rgb:0101/0202/0303\x07\x1b]11;rgb:1010/2020/3030\x1b\\"
        b"\x1b]10;rgb:0101/0202/0303\x07\x1b]11;rgb:1010/2020/3030\x07"
        b"\x1b]4;1;rgb:cdcd/0000/0000\x07\x1b]4;255;rgb:eeee/eeee/eeee\x07"
    )


def test_colours_are_changed_and_reset() -> None:
    screen = new_screen(20, 3)
    screen.take_dirty()
    screen.feed(b"\x1b]4;1;#102030;300;#fff;x;y\x07\x1b]11;rgb:f/0/8\x07")
    assert screen.colors.of_palette(1) == (0x10, 0x20, 0x30)
    assert screen.colors.of_dynamic(11) == (255, 0, 136)
    assert screen.take_dirty() == [0, 1, 2]
    screen.feed(b"\x1b]104\x07\x1b]111\x07")
    assert screen.colors.of_palette(1) == (205, 0, 0)
    assert screen.colors.of_dynamic(11) == (0, 0, 0)
    screen.feed(b"\x1b]4;1;#fff;2;#fff\x07\x1b]104;1\x07")
    assert set(screen.colors.palette) == {2}


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#fff", (240, 240, 240)),
        ("#102030", (16, 32, 48)),
        ("rgb:ffff/8000/0000", (255, 127, 0)),
        ("rgb:ff/00/80", (255, 0, 128)),
        ("red", None),
        ("rgb:1/2", None),
        ("#12345", None),
    ],
)
def test_colour_names(text: str, color: tuple[int, int, int] | None) -> None:
    assert parse_color(text) == color


def test_the_palette_of_xterm() -> None:
    assert [palette_color(i) for i in (9, 16, 21, 231, 232)] == [
        (255, 0, 0), (0, 0, 0), (0, 0, 255), (255, 255, 255), (8, 8, 8),
    ]  # fmt: skip
