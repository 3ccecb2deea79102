"""The table in an app: keys, mouse, and that only changed lines are painted."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot

from apolo_tui.theme import THEMES
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_columns import Cell, Column
from apolo_tui.widgets.table_lines import ASCII_GLYPHS
from apolo_tui.widgets.table_rows import Heading
from tests.widgets.stage import Stage, screen_lines

SIZE = (60, 12)
ROOM = SIZE[1] - 1


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    name: str
    state: str = "running"
    cost: float = 0.0


COLUMNS: list[Column[Item]] = [
    Column(
        key="st",
        title="ST",
        render=lambda item: Cell(item.state[0].upper(), item.state),
        min_width=2,
        frozen=True,
    ),
    Column(
        key="name",
        title="NAME",
        render=lambda item: item.name,
        min_width=10,
        max_width=20,
        weight=1,
        frozen=True,
    ),
    Column(
        key="cost",
        title="COST",
        render=lambda item: f"{item.cost:.1f}",
        min_width=6,
        align="right",
    ),
]
WIDE = [
    Column[Item](key=f"c{at}", title=f"C{at}", render=lambda item: item.name, min_width=12)
    for at in range(6)
]


def items(count: int, start: int = 0) -> list[Item]:
    return [Item(number, f"job-{number}") for number in range(start, start + count)]


class Table(LineTable[Item]):
    """Remembers what was posted and which lines were asked to be painted."""

    def __init__(self, columns: Sequence[Column[Item]] = COLUMNS) -> None:
        super().__init__(columns, key=lambda item: item.number)
        self.posted: list[Message] = []
        self.painted: list[int] = []

    def post_message(self, message: Message) -> bool:
        self.posted.append(message)
        return super().post_message(message)

    def refresh(self, *regions: Region, **kwargs: bool) -> "Table":
        if hasattr(self, "painted"):
            self.painted += [y for region in regions for y in region.line_range] or [-1]
        return super().refresh(*regions, **kwargs)

    def said(self, kind: type[Message]) -> list[Message]:
        """The messages of a kind since the last time."""
        heard = [message for message in self.posted if isinstance(message, kind)]
        self.posted = [message for message in self.posted if message not in heard]
        return heard


@asynccontextmanager
async def staged(
    table: Table, *, rows: int = 50, size: tuple[int, int] = SIZE
) -> AsyncIterator[Pilot[None]]:
    app = Stage(table)
    async with app.run_test(size=size) as pilot:
        table.focus()
        table.set_rows(items(rows))
        await pilot.pause()
        table.painted.clear()
        yield pilot


async def turn_wheel(pilot: Pilot[None], table: Table, *, down: bool, shift: bool = False) -> None:
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    table.post_message(kind(table, 5, 5, 0, 0, 0, shift, False, False, 5, 5))
    await pilot.pause()


def lines(table: Table) -> list[str]:
    return screen_lines(table.app)


def cursor_line(table: Table) -> int:
    return next(y for y, line in enumerate(lines(table)) if line.startswith(("▶", "✱")))


async def test_rows_are_on_screen() -> None:
    table = Table()
    async with staged(table, rows=3):
        shown = lines(table)
    assert [line.rstrip() for line in shown[:5]] == [
        " ST NAME                   COST",
        "▶R  job-0                   0.0",
        " R  job-1                   0.0",
        " R  job-2                   0.0",
        "",
    ]
    assert all(len(line) == SIZE[0] for line in shown)


async def test_a_changed_row_paints_one_line() -> None:
    table = Table()
    async with staged(table) as pilot:
        assert table.update_row(Item(3, "job-3", "failed"))
        assert table.painted == [4]
        assert not table.update_row(Item(999, "nobody"))
        assert table.update_row(Item(40, "job-40", "failed"))
        assert table.painted == [4]
        await pilot.pause()
        table.painted.clear()
        table.set_rows([*items(50)[:5], Item(5, "renamed"), *items(44, 6)])
        assert table.painted == [4, 6]
        await pilot.pause()
        table.painted.clear()
        table.set_rows([replace(item) for item in items(50)])
        assert table.painted == [6]


async def test_moving_the_cursor_paints_two_lines() -> None:
    table = Table()
    async with staged(table) as pilot:
        await pilot.press("j")
        assert table.painted == [1, 2]
        assert cursor_line(table) == 2


async def test_live_cells_are_rendered_again_when_asked() -> None:
    clock = {"now": "0s"}
    live = Column[Item](key="t", title="T", render=lambda item: clock["now"], min_width=4)
    table = Table([*COLUMNS, live])
    async with staged(table, rows=2) as pilot:
        clock["now"] = "5s"
        table.refresh_cells()
        await pilot.pause()
        assert table.painted == [1, 2]
        assert lines(table)[1].rstrip().endswith("5s")
        table.painted.clear()
        table.refresh_cells()
        assert table.painted == []


async def test_the_cursor_follows_its_key_through_sorting_and_removal() -> None:
    table = Table()
    async with staged(table, rows=10) as pilot:
        await pilot.press("j", "j")
        table.said(LineTable.RowHighlighted)
        table.set_rows(list(reversed(items(10))))
        await pilot.pause()
        assert cursor_line(table) == 8
        assert table.cursor_row == Item(2, "job-2")
        assert table.said(LineTable.RowHighlighted) == []
        table.remove_rows([2])
        await pilot.pause()
        assert cursor_line(table) == 8
        assert table.cursor_key == 1
        [message] = table.said(LineTable.RowHighlighted)
        assert isinstance(message, LineTable.RowHighlighted)
        assert (message.key, message.row) == (1, Item(1, "job-1"))
        assert message.control is table


async def test_a_row_that_sorts_out_of_view_is_scrolled_to() -> None:
    table = Table()
    async with staged(table) as pilot:
        table.set_rows(list(reversed(items(50))))
        await pilot.pause()
        assert 0 in table.visible_keys
        assert table.cursor_key == 0


async def test_the_view_does_not_jump_to_a_cursor_that_was_scrolled_away() -> None:
    table = Table()
    async with staged(table) as pilot:
        for _ in range(5):
            await turn_wheel(pilot, table, down=True)
        seen = table.visible_keys
        assert 0 not in seen
        table.set_rows(items(50))
        assert table.visible_keys == seen
        await pilot.press("j")
        assert table.cursor_key == 1
        assert 1 in table.visible_keys


async def test_the_edge_scrolls_by_half_a_page() -> None:
    table = Table()
    async with staged(table) as pilot:
        await pilot.press(*"j" * (ROOM - 1))
        assert table.visible_keys[0] == 0
        await pilot.press("j")
        assert table.cursor_key == ROOM
        assert table.visible_keys[0] == ROOM - ROOM // 2
        await pilot.press(*"k" * (ROOM // 2))
        assert table.visible_keys[0] == ROOM - ROOM // 2
        await pilot.press("k")
        assert table.cursor_key in table.visible_keys
        assert table.visible_keys[0] < ROOM - ROOM // 2


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (["pagedown"], ROOM - 1),
        (["pagedown", "pageup"], 0),
        (["ctrl+d"], ROOM // 2),
        (["G"], 49),
        (["end", "ctrl+u"], 49 - ROOM // 2),
        (["end", "home"], 0),
        (["G", "g"], 0),
        (["down", "down", "up"], 1),
        (["end", "down"], 49),
        (["up"], 0),
    ],
)
async def test_keys(keys: list[str], cursor: int) -> None:
    table = Table()
    async with staged(table) as pilot:
        await pilot.press(*keys)
        assert table.cursor_key == cursor
        assert cursor in table.visible_keys
        assert len(table.visible_keys) == ROOM


async def test_a_page_is_one_paint_of_each_line() -> None:
    table = Table()
    async with staged(table) as pilot:
        await pilot.press("pagedown")
        assert len(table.painted) == len(set(table.painted)) <= SIZE[1]


async def test_keys_in_an_empty_table_do_nothing() -> None:
    table = Table()
    async with staged(table, rows=0) as pilot:
        await pilot.press("j", "k", "pagedown", "pageup", "G", "g", "ctrl+d", "shift+right")
        table.action_select()
        table.toggle_mark()
        table.mark_range()
        assert table.cursor_key is None
        assert table.marked == frozenset()
        assert table.said(LineTable.RowSelected) == []


async def test_marks() -> None:
    table = Table()
    async with staged(table, rows=6) as pilot:
        table.toggle_mark()
        await pilot.press("j", "j")
        table.mark_range()
        await pilot.pause()
        assert [line[0] for line in lines(table)[1:5]] == ["*", "*", "✱", " "]
        table.set_rows(items(6)[1:])
        assert table.marked == {0, 1, 2}
        table.mark_all()
        assert table.marked == {0, 1, 2, 3, 4, 5}
        table.clear_marks()
        table.set_marks([4])
        await pilot.pause()
        assert [line[0] for line in lines(table)[1:6]] == [" ", "▶", " ", "*", " "]
        changes = table.said(LineTable.MarksChanged)
        assert isinstance(changes[-1], LineTable.MarksChanged)
        assert changes[-1].keys == {4}


async def test_panning_keeps_the_name() -> None:
    table = Table([*COLUMNS, *WIDE])
    async with staged(table, rows=2) as pilot:
        assert table.shown_columns == ["st", "name", "cost", "c0", "c1"]
        await pilot.press("shift+right")
        assert table.shown_columns == ["st", "name", "c0", "c1", "c2"]
        await turn_wheel(pilot, table, down=True, shift=True)
        assert table.shown_columns == ["st", "name", "c1", "c2", "c3"]
        await pilot.press(*["shift+right"] * 9)
        assert table.shown_columns[:2] == ["st", "name"]
        assert table.shown_columns[-1] == "c5"
        assert "job-0" in lines(table)[1]
        await pilot.press("shift+left")
        assert table.shown_columns[-1] == "c4"
        await pilot.press(*["shift+left"] * 9)
        assert table.shown_columns[2] == "cost"


async def test_the_mouse() -> None:
    table = Table()
    async with staged(table) as pilot:
        await pilot.click(Table, offset=(5, 4))
        assert table.cursor_key == 3
        assert table.said(LineTable.RowSelected) == []
        await pilot.double_click(Table, offset=(5, 6))
        [chosen] = table.said(LineTable.RowSelected)
        assert isinstance(chosen, LineTable.RowSelected)
        assert chosen.key == 5
        await pilot.click(Table, offset=(29, 0))
        [header] = table.said(LineTable.HeaderSelected)
        assert isinstance(header, LineTable.HeaderSelected)
        assert header.column == "cost"
        await pilot.click(Table, offset=(SIZE[0] - 1, SIZE[1] - 1))
        assert table.visible_keys[-1] == 49


async def test_the_end_is_told_once_for_each_number_of_rows() -> None:
    table = Table()
    async with staged(table) as pilot:
        assert table.said(LineTable.ReachedEnd) == []
        await pilot.press("G", "k", "j")
        assert len(table.said(LineTable.ReachedEnd)) == 1
        table.append_rows(items(50, 50))
        assert table.said(LineTable.ReachedEnd) == []
        assert table.cursor_key == 49
        await pilot.press("G")
        assert len(table.said(LineTable.ReachedEnd)) == 1
        await pilot.press("G")
        assert len(table.said(LineTable.ReachedEnd)) == 1


async def test_placeholder_and_tail() -> None:
    table = Table()
    async with staged(table, rows=0) as pilot:
        table.placeholder = "No job matches /x.\nesc clears the filter."
        await pilot.pause()
        assert "No job matches /x." in "\n".join(lines(table))
        table.set_rows(items(2))
        table.tail = "loading older jobs…"
        await pilot.pause()
        shown = lines(table)
        assert "No job" not in "\n".join(shown)
        assert shown[3].strip() == "loading older jobs…"
        table.set_rows(items(50))
        await pilot.press("G")
        assert lines(table)[-2].startswith("▶R  job-49")
        assert lines(table)[-1].strip() == "loading older jobs…"


async def test_headings() -> None:
    table = Table()
    async with staged(table, rows=0) as pilot:
        table.set_rows([Heading("ann", "ann 2 0.8cr/h"), *items(2), Heading("bob", "bob 1 8cr/h")])
        table.append_rows(items(1, 7))
        await pilot.pause()
        assert [line.rstrip(" ") for line in lines(table)[1:6]] == [
            " ann 2 0.8cr/h",
            "▶R  job-0                   0.0",
            " R  job-1                   0.0",
            " bob 1 8cr/h",
            " R  job-7                   0.0",
        ]
        await pilot.press("j", "j")
        assert table.cursor_key == 7
        assert table.row_count == 3


async def test_ascii_glyphs() -> None:
    table = Table()
    async with staged(table, rows=40) as pilot:
        table.set_glyphs(ASCII_GLYPHS)
        table.show_sort("cost", descending=True)
        table.toggle_mark()
        await pilot.pause()
        shown = lines(table)
        assert all(line.isascii() for line in shown)
        assert shown[1].startswith("#")
        assert "COSTv" in shown[0]


@pytest.mark.parametrize("theme", sorted(THEMES))
async def test_the_cursor_is_seen_in_every_theme(theme: str) -> None:
    table = Table()
    app = Stage(table, theme=theme)
    async with app.run_test(size=SIZE) as pilot:
        table.focus()
        table.set_rows(items(3))
        await pilot.pause()
        cursor, other = table.render_line(1), table.render_line(2)
        assert {segment.style for segment in cursor} != {segment.style for segment in other}


async def test_a_border_is_drawn_around_and_colours_change_with_the_theme() -> None:
    table = Table()
    async with staged(table, rows=3) as pilot:
        table.styles.border = ("round", "white")
        await pilot.pause()
        assert lines(table)[0].startswith("╭")
        assert lines(table)[2].startswith("│▶R  job-0")
        await pilot.click(Table, offset=(5, 3))
        assert table.cursor_key == 1
        before = table.render_line(3)
        pilot.app.theme = "light"
        await pilot.pause()
        assert table.render_line(3) != before


async def test_resizing_keeps_the_cursor_in_view() -> None:
    table = Table()
    async with staged(table) as pilot:
        await pilot.press(*"j" * 9)
        await pilot.resize_terminal(40, 6)
        assert table.cursor_key == 9
        assert 9 in table.visible_keys
        await pilot.resize_terminal(20, 2)
        assert table.visible_keys == [9]
        await pilot.resize_terminal(20, 1)
        assert table.visible_keys == []
        await pilot.press("j")
        await pilot.resize_terminal(60, 12)
        assert 10 in table.visible_keys
        assert all(len(line) == 60 for line in lines(table))


async def test_the_same_rows_again_are_rendered_only_when_they_are_to_be() -> None:
    rendered: list[int] = []
    prices = {1: "1", 2: "2"}

    def price(item: Item) -> str:
        rendered.append(item.number)
        return prices.get(item.number, "")

    table = Table([Column[Item](key="price", title="PRICE", render=price, min_width=6)])
    async with staged(table) as pilot:
        rows = items(3)
        table.set_rows(rows)
        await pilot.pause()
        rendered.clear()
        table.painted.clear()
        prices[2] = "3"
        table.set_rows(rows)
        assert (rendered, table.painted) == ([], [])
        table.set_rows(rows, refresh=True)
        assert sorted(rendered) == [0, 1, 2]
        assert table.painted == [3]
