"""Modes, the alternate screen, resets, reports and settings."""

import pytest

from apolo_tui.terminal.modes import CursorShape, MouseEncoding, MouseTracking
from tests.terminal.feeding import lines, run
from tests.terminal.oracles import new_screen


def replies(data: bytes | str) -> bytes:
    return run(data).take_replies()


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        (1, "application_cursor"),
        (5, "reverse_screen"),
        (66, "application_keypad"),
        (67, "backarrow_sends_backspace"),
        (1004, "focus_reports"),
        (2004, "bracketed_paste"),
        (2026, "synchronized"),
    ],
)
def test_flags_are_set_reset_and_reported(mode: int, name: str) -> None:
    assert not getattr(run(b"").modes, name)
    assert getattr(run(f"\x1b[?{mode}h").modes, name)
    assert not getattr(run(f"\x1b[?{mode}h\x1b[?{mode}l").modes, name)
    assert replies(f"\x1b[?{mode}$p\x1b[?{mode}h\x1b[?{mode}$p") == (
        f"\x1b[?{mode};2$y\x1b[?{mode};1$y".encode()
    )


def test_several_modes_in_one_sequence() -> None:
    modes = run("\x1b[?1002;1006;2004h").modes
    assert modes.mouse is MouseTracking.DRAG
    assert modes.mouse_encoding is MouseEncoding.SGR
    assert modes.bracketed_paste


def test_mouse_modes_replace_each_other() -> None:
    assert run("\x1b[?1000h\x1b[?1003h").modes.mouse is MouseTracking.ANY
    assert run("\x1b[?1003h\x1b[?1000l").modes.mouse is MouseTracking.ANY
    assert run("\x1b[?1003h\x1b[?1003l").modes.mouse is MouseTracking.OFF
    assert run("\x1b[?1015h\x1b[?1005h").modes.mouse_encoding is MouseEncoding.UTF8


def test_unknown_modes_are_reported_as_such() -> None:
    assert replies("\x1b[?4242$p\x1b[99$p\x1b[4h\x1b[4$p\x1b[20$p") == (
        b"\x1b[?4242;0$y\x1b[99;0$y\x1b[4;1$y\x1b[20;2$y"
    )


def test_modes_are_saved_and_restored() -> None:
    modes = run("\x1b[?1h\x1b[?1;2004s\x1b[?1l\x1b[?2004h\x1b[?1;2004r").modes
    assert modes.application_cursor
    assert not modes.bracketed_paste


@pytest.mark.parametrize(
    ("parameter", "shape", "blinks"),
    [("0", 0, True), ("1", 0, True), ("2", 0, False), ("3", 1, True), ("4", 1, False),
     ("5", 2, True), ("6", 2, False)],
)  # fmt: skip
def test_cursor_style(parameter: str, shape: int, blinks: bool) -> None:
    screen = run(f"\x1b[{parameter} q\x1bP$q q\x1b\\")
    assert (screen.cursor.shape, screen.cursor.blinks) == (CursorShape(shape), blinks)
    assert screen.take_replies() == f"\x1bP1$r{max(int(parameter), 1)} q\x1b\\".encode()
    assert not run("\x1b[?25l").cursor.visible


def test_the_alternate_screen_keeps_the_main_one() -> None:
    data = "main\x1b[31m\x1b[?1049h\x1b[Halternate\x1b[42m"
    assert lines(data) == ["alternate"]
    assert run(data).modes.alternate_screen
    screen = run(data + "\x1b[?1049l!")
    assert screen.text().startswith("main!")
    assert screen.pen.background == -1
    assert not screen.modes.alternate_screen


def test_the_alternate_screen_has_no_scrollback() -> None:
    assert len(run("\x1b[?1049h" + "x\r\n" * 20).scrollback) == 0
    assert len(run("\x1b[?1049h" + "x\r\n" * 200).scrollback) == 0
    assert len(run("x\r\n" * 20).scrollback) == 15


def test_the_older_modes_of_the_alternate_screen() -> None:
    assert lines("m\x1b[?47h\rA\x1b[?47l\x1b[?47h") == ["A"]
    assert lines("m\x1b[?1047h\rA\x1b[?1047l\x1b[?1047h") == [""]
    assert lines("m\x1b[?1048h\x1b[5;5H\x1b[?1048lx") == ["mx"]


def test_soft_reset() -> None:
    screen = run("abc\x1b[31;4m\x1b[?6h\x1b[4h\x1b[2;3r\x1b[?25l\x1b(0\x1b[!pq")
    assert (screen.top, screen.bottom, screen.origin, screen.insert) == (0, 5, False, False)
    assert screen.cursor.visible
    assert screen.row(1).spans(20)[0][0][0] == "q"


def test_full_reset() -> None:
    screen = run("x\r\n" * 9 + "\x1b[31m\x1b[?1049h\x1b[?2004h\x1b[3g\x1b]4;1;#fff\x07\x1bc")
    assert screen.text().strip() == ""
    assert len(screen.scrollback) == 0
    assert (screen.x, screen.y, screen.pen.foreground) == (0, 0, -1)
    assert not screen.modes.bracketed_paste
    assert not screen.modes.alternate_screen
    assert 8 in screen.tabs
    assert screen.colors.palette == {}


def test_column_mode_only_clears_unless_the_caller_follows() -> None:
    screen = run("abc\x1b[?40h\x1b[?3h")
    assert (screen.columns, screen.text().strip()) == (20, "")
    assert run("abc\x1b[?3h").text().startswith("abc")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("\x1b[5n", "\x1b[0n"),
        ("\x1b[3;4H\x1b[6n", "\x1b[3;4R"),
        ("\x1b[3;4H\x1b[?6n", "\x1b[?3;4;1R"),
        ("\x1b[2;4r\x1b[?6h\x1b[2;3H\x1b[6n", "\x1b[2;3R"),
        ("\x1b[c", "\x1b[?64;1;6;21;22;28c"),
        ("\x1b[0c", "\x1b[?64;1;6;21;22;28c"),
        ("\x1bZ", "\x1b[?64;1;6;21;22;28c"),
        ("\x1b[1c", ""),
        ("\x1b[>c", "\x1b[>41;380;0c"),
        ("\x1b[=c", "\x1bP!|00000000\x1b\\"),
        ("\x1b[>q", "\x1bP>|apolo-tui\x1b\\"),
        ("\x1b[x", "\x1b[2;1;1;128;128;1;0x"),
        ("\x1b[1x", "\x1b[3;1;1;128;128;1;0x"),
        ("\x1b[?15n", "\x1b[?13n"),
        ("\x1b[?63;7n", "\x1bP7!~0000\x1b\\"),
        ("\x1b[18t", "\x1b[8;6;20t"),
        ("\x1b[11t", "\x1b[1t"),
        ("\x1b]2;evil\x07\x1b[21t", "\x1b]l\x1b\\"),
        ("\x1b]1;evil\x07\x1b[20t", "\x1b]L\x1b\\"),
        ("\x1b[3;4;5t", ""),
        ("\x1b[8;99;99t", ""),
        ("\x1b[2;4r\x1bP$qr\x1b\\", "\x1bP1$r2;4r\x1b\\"),
        ("\x1b[?69h\x1b[2;4s\x1bP$qs\x1b\\", "\x1bP1$r2;4s\x1b\\"),
        ("\x1b[1;4:3;38:2::1:2:3;44m\x1bP$qm\x1b\\", "\x1bP1$r0;1;4:3;38:2::1:2:3;44m\x1b\\"),
        ("\x1b[95;48;5;99;58;5;7m\x1bP$qm\x1b\\", "\x1bP1$r0;95;48:5:99;58:5:7m\x1b\\"),
        ('\x1b[1"q\x1bP$q"q\x1b\\', '\x1bP1$r1"q\x1b\\'),
        ('\x1bP$q"p\x1b\\', '\x1bP1$r64;1"p\x1b\\'),
        ("\x1bP$qx\x1b\\", "\x1bP0$r\x1b\\"),
        ("\x1bP+q544e\x1b\\", "\x1bP1+r544e=787465726D2D323536636F6C6F72\x1b\\"),
        ("\x1bP+qzz\x1b\\", "\x1bP0+r\x1b\\"),
        ("\x1b[2$w", "\x1bP2$u9/17\x1b\\"),
        ("\x1b[1;3H\x1b[1$w", "\x1bP1$u1;3;1;@;@;@;0;2;@;BBBB\x1b\\"),
        ("\x05", ""),
    ],
)
def test_answers(query: str, answer: str) -> None:
    assert replies(query) == answer.encode()


def test_tab_stops_are_restored() -> None:
    assert run("\x1bP2$t3/7\x1b\\\t\t").x == 6


def test_a_program_cannot_make_the_terminal_say_what_it_likes() -> None:
    """What was stored never comes back: neither titles, nor checksummed text, nor settings."""
    marker = "rm -rf"
    stores = [
        f"\x1b]0;{marker}\x07", f"\x1b]2;{marker}\x1b\\", f"\x1b]1;{marker}\x07", f"{marker}\r",
        f"\x1b]8;;{marker}\x07", f"\x1b]52;c;{marker}\x07", f"\x1b]4;1;{marker}\x07",
        f"\x1b]9;{marker}\x07", f"\x1b]7;{marker}\x07", f"\x1bP$q{marker}\x1b\\",
    ]  # fmt: skip
    queries = "\x1b[20t\x1b[21t\x1b[22t\x1b[23t\x05\x1b[c\x1b[>c\x1b[=c\x1b[>q\x1b[6n\x1b[?6n\x1b[x"
    queries += "\x1b[1$w\x1b[2$w\x1b]4;1;?\x07\x1b]10;?\x07\x1b]52;c;?\x07\x1b[1;1;1;1;1;6*y"
    screen = new_screen(40, 6)
    screen.feed("".join(stores).encode() + queries.encode())
    answer = screen.take_replies()
    assert answer
    assert marker.encode() not in answer
    assert b"\r" not in answer
    assert b"\n" not in answer


def test_modify_other_keys() -> None:
    assert run("\x1b[>4;2m").modes.modify_other_keys == 2
    assert run("\x1b[>4;2m\x1b[>4m").modes.modify_other_keys == 0
    assert run("\x1b[>4;1m\x1b[>4n").modes.modify_other_keys == 0
    assert replies("\x1b[>4;1m\x1b[?4m") == b"\x1b[>4;1m"


def test_kitty_flags() -> None:
    assert replies("\x1b[?u\x1b[>1u\x1b[?u\x1b[=2;2u\x1b[?u\x1b[=1;3u\x1b[?u\x1b[<u\x1b[?u") == (
        b"\x1b[?0u\x1b[?1u\x1b[?3u\x1b[?2u\x1b[?0u"
    )
    assert run("\x1b[>5u\x1b[>9u\x1b[<99u").modes.kitty_flags == 0
    screen = new_screen(10, 3)
    screen.feed(b"\x1b[>1u" * 1_000)
    assert len(screen.modes.kitty_stack) == 16


def test_keypad() -> None:
    assert run("\x1b=").modes.application_keypad
    assert not run("\x1b=\x1b>").modes.application_keypad
