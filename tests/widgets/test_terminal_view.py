from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from apolo_tui.terminal.events import ClipboardWrite, TitleChanged
from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.terminal_canvas import Wires
from apolo_tui.widgets.terminal_leader import Command, Does
from apolo_tui.widgets.terminal_view import LARGE_PASTE, TerminalView
from tests.until import until


class Harness(App[None], inherit_bindings=False):
    """One terminal, and what the user and the program did with it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "TerminalView { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self.typed = b""
        self.sizes: list[tuple[int, int]] = []
        self.heard: list[Any] = []
        self.terminal = Screen(40, 10, width=cell_len)

    def compose(self) -> ComposeResult:
        yield TerminalView(id="view")

    @property
    def view(self) -> TerminalView:
        return self.query_one(TerminalView)

    def on_mount(self) -> None:
        self.view.show(self.terminal, Wires(type=self.note, resize=self.resize))
        self.view.focus()

    def note(self, data: bytes) -> None:
        self.typed += data

    def resize(self, columns: int, rows: int) -> None:
        self.sizes.append((columns, rows))
        self.terminal.resize(columns, rows)

    @on(TerminalView.Copied)
    def copied(self, event: TerminalView.Copied) -> None:
        self.heard.append(event.text)

    @on(TerminalView.Commanded)
    def commanded(self, event: TerminalView.Commanded) -> None:
        self.heard.append(event.command)

    @on(TerminalView.Asked)
    def asked(self, event: TerminalView.Asked) -> None:
        self.heard.append(event.event)

    @on(TerminalView.LinkClicked)
    def link_clicked(self, event: TerminalView.LinkClicked) -> None:
        self.heard.append(event.uri)

    @on(TerminalView.LargePaste)
    def large_paste(self, event: TerminalView.LargePaste) -> None:
        self.heard.append(len(event.text))

    def print(self, data: bytes) -> None:
        self.terminal.feed(data)
        self.view.output_arrived()

    def lines(self) -> list[str]:
        """What the pane shows, as the compositor has it."""
        return [
            "".join(segment.text for segment in strip).rstrip()
            for strip in self.screen._compositor.render_strips()
        ]


@asynccontextmanager
async def shown() -> AsyncIterator[tuple[Harness, Pilot[None]]]:
    app = Harness()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_the_program_gets_the_size_of_the_pane() -> None:
    async with shown() as (app, pilot):
        assert app.sizes[-1] == (40, 10)
        await pilot.resize_terminal(50, 12)
        await until(lambda: app.sizes[-1] == (50, 12))


async def test_what_the_program_prints_is_on_the_screen() -> None:
    async with shown() as (app, _):
        app.print(b"hello\r\n\x1b[31mred\x1b[m \xe4\xbd\xa0\xe5\xa5\xbd")
        await until(lambda: app.lines()[:2] == ["hello", "red 你好"])


async def test_a_flood_ends_with_its_last_line_on_the_screen() -> None:
    async with shown() as (app, _):
        for number in range(500):
            app.print(b"line %d\r\n" % number)
        await until(lambda: app.lines()[8] == "line 499")


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("a", b"a"),
        ("enter", b"\r"),
        ("escape", b"\x1b"),
        ("tab", b"\t"),
        ("shift+tab", b"\x1b[Z"),
        ("ctrl+c", b"\x03"),
        ("ctrl+q", b"\x11"),
        ("ctrl+z", b"\x1a"),
        ("ctrl+p", b"\x10"),
        ("up", b"\x1b[A"),
        ("f1", b"\x1bOP"),
    ],
)
async def test_every_key_goes_to_the_program(key: str, data: bytes) -> None:
    async with shown() as (app, pilot):
        await pilot.press(key)
        await until(lambda: app.typed == data)


async def test_keys_follow_the_modes_of_the_program() -> None:
    async with shown() as (app, pilot):
        app.print(b"\x1b[?1h")
        await pilot.press("up")
        await until(lambda: app.typed == b"\x1bOA")


async def test_after_the_leader_a_key_is_a_command_and_goes_nowhere_else() -> None:
    async with shown() as (app, pilot):
        await pilot.press("ctrl+right_square_bracket", "d")
        await pilot.press("ctrl+right_square_bracket", "3")
        await pilot.press("ctrl+right_square_bracket", "q", "escape")
        await until(lambda: len(app.heard) == 3)
        assert app.heard == [Command(Does.LEAVE), Command(Does.SELECT, 3), Command(Does.NOTHING)]
        assert app.typed == b""


async def test_the_pair_of_the_apolo_command_leaves_and_history_still_works() -> None:
    async with shown() as (app, pilot):
        await pilot.press("ctrl+p", "ctrl+q")
        await until(lambda: app.heard == [Command(Does.LEAVE)])
        assert app.typed == b"\x10"
        await pilot.press("ctrl+p", "x", "ctrl+q")
        await until(lambda: app.typed == b"\x10\x10x\x11")
        assert len(app.heard) == 1


async def test_the_leader_twice_is_meant_for_the_program() -> None:
    async with shown() as (app, pilot):
        await pilot.press("ctrl+right_square_bracket", "ctrl+right_square_bracket")
        await until(lambda: app.heard == [Command(Does.SEND)])
        app.view.type_leader()
        assert app.typed == b"\x1d"


async def test_pasted_text_cannot_end_its_own_brackets() -> None:
    async with shown() as (app, _):
        app.print(b"\x1b[?2004h")
        app.view.paste("rm\n\x1b[201~-rf")
        assert app.typed == b"\x1b[200~rm\r[201~-rf\x1b[201~"


async def test_a_large_paste_is_asked_about_first() -> None:
    async with shown() as (app, _):
        from textual.events import Paste

        app.view.post_message(Paste("x" * (LARGE_PASTE + 1)))
        await until(lambda: app.heard == [LARGE_PASTE + 1])
        assert app.typed == b""


async def test_a_drag_selects_text_and_gives_it_up_for_the_clipboard() -> None:
    async with shown() as (app, pilot):
        app.print(b"hello world\r\nsecond line")
        await pilot.mouse_down("#view", offset=(6, 0))
        await pilot.hover("#view", offset=(6, 1))
        assert app.view.selected_text == "world\nsecond"
        await pilot.mouse_up("#view", offset=(6, 1))
        await until(lambda: app.heard == ["world\nsecond"])


async def test_a_double_click_selects_a_word() -> None:
    async with shown() as (app, pilot):
        app.print(b"ls /etc/passwd now")
        await pilot.click("#view", offset=(6, 0), times=2)
        await until(lambda: "/etc/passwd" in app.heard)


async def test_a_program_that_wants_the_mouse_gets_it_and_shift_still_selects() -> None:
    async with shown() as (app, pilot):
        app.print(b"\x1b[?1000h\x1b[?1006hhello")
        await pilot.click("#view", offset=(2, 0))
        await until(lambda: app.typed == b"\x1b[<0;3;1M\x1b[<0;3;1m")
        await pilot.mouse_down("#view", offset=(0, 0), shift=True)
        await pilot.hover("#view", offset=(5, 0))
        await pilot.mouse_up("#view", offset=(5, 0), shift=True)
        assert app.heard == ["hello"]
        assert app.typed == b"\x1b[<0;3;1M\x1b[<0;3;1m"


async def test_looking_back_stays_in_its_place_while_more_comes() -> None:
    async with shown() as (app, _):
        for number in range(100):
            app.terminal.feed(b"line %d\r\n" % number)
        app.view.output_arrived()
        await until(lambda: app.lines()[0] == "line 91")
        app.view.scroll_back(50)
        await until(lambda: app.lines()[0] == "line 41")
        app.print(b"more\r\n" * 5)
        await until(lambda: app.view.back == 55)
        assert app.lines()[0] == "line 41"
        app.view.type_raw(b"x")
        await until(lambda: app.lines()[8] == "more")


async def test_what_the_program_asks_goes_up_and_nothing_is_done_about_it() -> None:
    async with shown() as (app, _):
        app.print(b"\x1b]2;title\x07\x1b]52;c;aGVsbG8=\x07")
        await until(lambda: len(app.heard) == 2)
        assert app.heard == [TitleChanged("title"), ClipboardWrite("c", "hello")]
        assert app.clipboard == ""


async def test_a_link_opens_with_control_and_a_click() -> None:
    async with shown() as (app, pilot):
        app.print(b"\x1b]8;;https://example.test/x\x1b\\here\x1b]8;;\x1b\\")
        await pilot.click("#view", offset=(1, 0), control=True)
        await until(lambda: app.heard == ["https://example.test/x"])


async def test_the_cursor_is_where_the_program_put_it() -> None:
    async with shown() as (app, _):
        app.print(b"ab\x1b[1;2H")
        await until(lambda: cursor_columns(app) == [1])
        app.print(b"\x1b[?25l")
        await until(lambda: cursor_columns(app) == [])


def cursor_columns(app: Harness) -> list[int]:
    """The columns of the first row that are drawn in reverse."""
    columns: list[int] = []
    at = 0
    for segment in app.screen._compositor.render_strips()[0]:
        if segment.style is not None and segment.style.reverse:
            columns += range(at, at + segment.cell_length)
        at += segment.cell_length
    return columns


async def test_a_picture_that_is_held_back_is_shown_in_the_end() -> None:
    async with shown() as (app, _):
        app.print(b"\x1b[?2026hhalf")
        await until(lambda: app.lines()[0] == "half")


async def test_looking_back_with_the_keyboard_finds_and_copies_lines() -> None:
    async with shown() as (app, pilot):
        for number in range(100):
            app.terminal.feed(b"line %d\r\n" % number)
        app.view.output_arrived()
        app.view.enter_copy_mode()
        app.view.search("line 50")
        await until(lambda: "line 50" in app.lines())
        await pilot.press("v", "j", "y")
        await until(lambda: app.heard == ["line 50\nline 51"])
        assert app.typed == b""
        await until(lambda: app.lines()[8] == "line 99")
        await pilot.press("x")
        await until(lambda: app.typed == b"x")


async def test_without_a_terminal_the_pane_is_blank_and_keys_go_nowhere() -> None:
    async with shown() as (app, pilot):
        app.print(b"text")
        app.view.show(None, None)
        await pilot.press("x")
        await until(lambda: app.lines()[0] == "")
        assert app.typed == b""
