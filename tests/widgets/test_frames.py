"""What is sent to the terminal: only what differs, and the terminal shows the same as with all."""

import io
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.frames import (
    GAP,
    PLAIN,
    SINGLE,
    Frame,
    Shown,
    SparingApp,
    all_single,
    look_of,
    mostly_other,
    stretches,
)
from apolo_tui.widgets.lines import Lines

WIDTHS = (7, 13)
"""Cells of the pieces of a line."""
LINES = 3
STYLES = (
    *("", "red", "on blue", "bold #d5dbe5 on #1c2530", "reverse", "dim italic underline"),
    *("bold red", "color(200) on default"),
)
TEXTS = ("step 100", "loss 0.25", " ", "    ", "ab", "⣿⡇", "█▌", "世界", "e\u0301", "·", "x·y…")

pieces = st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(STYLES)), max_size=5)
changes = st.lists(
    st.tuples(st.integers(0, LINES - 1), st.integers(0, len(WIDTHS) - 1), pieces), max_size=4
)


def strip(found: Sequence[tuple[str, str]], width: int) -> Strip:
    segments = [Segment(text, Style.parse(style)) for text, style in found]
    return Strip(segments).adjust_cell_length(width, Style.parse("white on black"))


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")


def cells_of(screen: Screen, y: int) -> list[tuple[str, str]]:
    """The character and the style of each cell of a line, in words."""
    return [(text, repr(style)) for text, style in screen.row(y).cells(screen.columns)]


def starts() -> list[int]:
    return [0, *accumulate(WIDTHS)][:-1]


def whole(lines: Sequence[Sequence[Strip]]) -> LayoutUpdate:
    return LayoutUpdate(list(lines), Region(0, 0, sum(WIDTHS), len(lines)))


def parts(lines: Sequence[Sequence[Strip]], changed: set[tuple[int, int]]) -> ChopsUpdate:
    """The pieces `changed`, by line and place, as Textual tells of them."""
    ends = list(accumulate(WIDTHS))
    return ChopsUpdate(
        [
            {
                x: piece if (y, at) in changed else None
                for at, (x, piece) in enumerate(zip(starts(), line, strict=True))
            }
            for y, line in enumerate(lines)
        ],
        [(y, starts()[at], ends[at]) for y, at in sorted(changed)],
        [ends] * len(lines),
    )


def blank() -> list[list[Strip]]:
    return [[strip((), width) for width in WIDTHS] for _ in range(LINES)]


@given(st.lists(changes, max_size=6))
def test_the_terminal_shows_what_it_would_show_with_all_that_textual_sends(
    frames: list[list[tuple[int, int, list[tuple[str, str]]]]],
) -> None:
    size = (sum(WIDTHS), LINES)
    spared = Screen(*size, width=get_character_cell_size)
    lines, shown, console = blank(), Shown(), terminal()
    spared.feed(Frame(whole(lines), shown).render_segments(console).encode())
    for frame in frames:
        for y, at, found in frame:
            lines[y][at] = strip(found, WIDTHS[at])
        if frame:
            update = parts(lines, {(y, at) for y, at, _ in frame})
            spared.feed(Frame(update, shown).render_segments(console).encode())
    full = Screen(*size, width=get_character_cell_size)
    for y, line in enumerate(lines):
        for x, piece in zip(starts(), line, strict=True):
            full.feed(f"\x1b[{y + 1};{x + 1}H{piece.render(console)}".encode())
    for y in range(LINES):
        assert cells_of(spared, y) == cells_of(full, y)


def test_what_is_there_already_is_not_sent_again() -> None:
    lines, shown, console = blank(), Shown(), terminal()
    lines[1][0] = strip([("step 10", "red")], 7)
    Frame(whole(lines), shown).render_segments(console)
    lines[1][0] = strip([("step 10", "red")], 7)
    assert Frame(parts(lines, {(1, 0)}), shown).render_segments(console) == ""
    lines[1][0] = strip([("step 11", "red")], 7)
    sent = Frame(parts(lines, {(1, 0)}), shown).render_segments(console)
    assert sent == "\x1b[2;7H\x1b[31m1\x1b[0m"


def test_a_line_with_little_in_common_is_sent_whole() -> None:
    assert mostly_other("a" * 40, "b" * 40)
    assert not mostly_other("step 100 loss 0.25", "step 101 loss 0.24")
    lines, shown, console = blank(), Shown(), terminal()
    Frame(whole(lines), shown).render_segments(console)
    lines[0][1] = strip([("a" * 10 + "   ", "red")], 13)
    sent = Frame(parts(lines, {(0, 1)}), shown).render_segments(console)
    assert "a" * 10 + "   " in sent


def test_a_whole_frame_is_sent_whole() -> None:
    """The terminal may have lost what it showed: that is what such a frame is asked for."""
    lines, shown, console = blank(), Shown(), terminal()
    first = Frame(whole(lines), shown).render_segments(console)
    assert Frame(whole(lines), shown).render_segments(console) == first
    assert first.count("\x1b[") > LINES


def test_pieces_that_are_cut_otherwise_are_sent_again() -> None:
    """A piece across others takes their place, also when they come back."""
    shown, console = Shown(), terminal()
    lines = blank()
    Frame(whole(lines), shown).render_segments(console)
    across = ChopsUpdate([{0: strip([("=" * 20, "")], 20)}], [(0, 0, 20)], [[20]])
    assert "=" * 20 in Frame(across, shown).render_segments(console)
    again = Frame(parts(lines, {(0, 0), (0, 1)}), shown).render_segments(console)
    assert again.count(" ") == 20


def test_of_a_style_only_what_differs_is_sent() -> None:
    shown, console = Shown(), terminal()
    lines = blank()
    lines[0][0] = strip([("abc", "red on blue"), ("defg", "green on blue")], 7)
    sent = Frame(whole(lines), shown).render_segments(console)
    assert "\x1b[31;44mabc\x1b[32mdefg" in sent


def test_an_attribute_ends_where_its_text_does() -> None:
    shown, console = Shown(), terminal()
    lines = blank()
    lines[0][0] = strip([("abc", "bold red on blue"), ("defg", "red on blue")], 7)
    sent = Frame(whole(lines), shown).render_segments(console)
    assert "\x1b[1;31;44mabc\x1b[0;31;44mdefg" in sent


def test_a_link_is_opened_and_closed() -> None:
    shown, console = Shown(), terminal()
    lines = blank()
    lines[0][0] = Strip([Segment("docs   ", Style(link="https://example.com"))])
    sent = Frame(whole(lines), shown).render_segments(console)
    assert ";https://example.com\x1b\\docs   \x1b]8;;\x1b\\" in sent


def test_what_a_style_says_to_the_app_is_no_look() -> None:
    assert look_of(Style.from_meta({"offset": (1, 2)}), ColorSystem.TRUECOLOR) == PLAIN


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([], []),
        ([3], [(3, 4)]),
        ([3, 5], [(3, 6)]),
        ([3, 4 + GAP], [(3, 5 + GAP)]),
        ([3, 5 + GAP], [(3, 4), (5 + GAP, 6 + GAP)]),
    ],
)
def test_cells_near_each_other_are_sent_in_one_go(
    cells: list[int], expected: list[tuple[int, int]]
) -> None:
    assert [*stretches(cells)] == expected


def test_every_single_character_takes_one_cell() -> None:
    bounds = zip(SINGLE[::3], SINGLE[2::3], strict=True)
    characters = [chr(code) for low, high in bounds for code in range(ord(low), ord(high) + 1)]
    assert {cell_len(character) for character in characters} == {1}
    assert all_single("".join(characters))
    assert not all_single("世")
    assert not all_single("e\u0301")


class Noted(Lines):
    """Notes which of its lines are asked for."""

    def __init__(self) -> None:
        super().__init__(lambda room: [[(self.word, "")]] * LINES)
        self.word = "first"
        self.asked: list[int] = []

    def render_lines(self, crop: Region) -> list[Strip]:
        self.asked += crop.line_range
        return super().render_lines(crop)


class Column(SparingApp):
    """Three widgets below each other."""

    CSS = f"Noted {{ height: {LINES}; }}"

    def __init__(self) -> None:
        super().__init__()
        self.parts = [Noted() for _ in range(3)]

    def compose(self) -> ComposeResult:
        yield from self.parts


async def test_only_the_lines_that_are_painted_are_asked_for() -> None:
    app = Column()
    async with app.run_test(size=(20, 3 * LINES)) as pilot:
        upper, middle, lower = app.parts
        await pilot.pause()
        for part in app.parts:
            part.asked.clear()
        upper.refresh(Region(0, 1, 20, 1))
        lower.refresh(Region(0, 2, 20, 1))
        await pilot.pause()
        assert (upper.asked, middle.asked, lower.asked) == ([1], [], [2])


async def test_a_screen_of_which_little_is_painted_shows_what_it_should() -> None:
    app = Column()
    async with app.run_test(size=(20, 3 * LINES)) as pilot:
        upper, _, lower = app.parts
        await pilot.pause()
        updates: list[ChopsUpdate] = []
        app._display = lambda screen, update: updates.append(update)  # type: ignore[assignment, arg-type, method-assign]
        for part in (upper, lower):
            part.word = "second"
            part.redraw()
        await pilot.pause()
        texts = {
            y: "".join(strip.text for strip in update.chops[y].values() if strip is not None)
            for update in updates
            for y, _, _ in update.spans
        }
        changed = [*range(LINES), *range(2 * LINES, 3 * LINES)]
        assert texts == {y: "second".ljust(20) for y in changed}


async def test_a_screen_that_is_painted_anew_is_sent_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may have written over it."""
    sent: list[str] = []

    def display(app: App[int], screen: object, frame: object) -> None:
        if isinstance(frame, Frame):
            sent.append(frame.render_segments(terminal()))

    monkeypatch.setattr(App, "_display", display)
    app = Column()
    async with app.run_test(size=(20, 3 * LINES)) as pilot:
        await pilot.pause()
        sent.clear()
        app.screen.refresh()
        await pilot.pause()
        assert "".join(sent).count("first") == 3 * LINES
