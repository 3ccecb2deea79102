"""Rows by key: the cursor and the marks follow keys through every change."""

from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.widgets.table_rows import Heading, Rows


def rows_of(*items: str | Heading) -> Rows[str]:
    rows = Rows[str](key=lambda row: row[0])
    rows.replace(items)
    return rows


def test_the_cursor_stays_with_its_key() -> None:
    rows = rows_of("a", "b", "c", "d")
    rows.place_cursor(2)
    rows.replace(["d", "c2", "a"])
    assert (rows.cursor, rows.cursor_row) == (1, "c2")
    rows.insert(0, ["x", "y"])
    assert (rows.cursor, rows.cursor_key) == (3, "c")
    rows.remove(["x", "a"])
    assert (rows.cursor, rows.cursor_key) == (2, "c")


def test_the_cursor_stays_in_place_when_its_key_goes() -> None:
    rows = rows_of("a", "b", "c", "d")
    rows.place_cursor(2)
    rows.replace(["a", "b", "d", "e"])
    assert (rows.cursor, rows.cursor_key) == (2, "d")
    rows.remove(["a", "d"])
    assert (rows.cursor, rows.cursor_key) == (1, "e")
    rows.replace(["z"])
    assert (rows.cursor, rows.cursor_key) == (0, "z")
    rows.replace([])
    assert (rows.cursor, rows.cursor_row, rows.cursor_key) == (None, None, None)
    rows.insert(0, ["q"])
    assert rows.cursor_key == "q"


def test_a_row_is_updated_in_place() -> None:
    rows = rows_of("a1", "b1")
    assert rows.update("b2") == 1
    assert rows.update("c1") is None
    assert [rows[0], rows[1]] == ["a1", "b2"]


def test_the_cursor_passes_over_headings() -> None:
    rows = rows_of(Heading("1", "one"), "a", "b", Heading("2", "two"), "c")
    assert rows.count == 3
    seen = [rows.cursor_key]
    for index, toward in ((3, 1), (3, -1), (0, -1)):
        rows.place_cursor(index, toward=toward)
        seen.append(rows.cursor_key)
    assert seen == ["a", "c", "b", "a"]
    rows.replace([Heading("1", "one")])
    assert rows.cursor is None
    assert len(rows) == 1


def test_marks() -> None:
    rows = rows_of("a", "b", Heading("h", ""), "c", "d")
    rows.place_cursor(1)
    rows.toggle_mark()
    assert rows.is_marked("b")
    rows.place_cursor(3)
    rows.mark_range()
    assert rows.marked == {"b", "c"}
    rows.place_cursor(0)
    rows.mark_range()
    assert rows.marked == {"a", "b", "c"}
    rows.toggle_mark()
    assert rows.marked == {"b", "c"}
    rows.replace(["d"])
    assert rows.marked == {"b", "c"}
    rows.mark_all()
    assert rows.marked == {"b", "c", "d"}
    rows.clear_marks()
    rows.mark_range()
    assert rows.marked == {"d"}


def test_the_range_starts_at_the_cursor_when_its_start_is_gone() -> None:
    rows = rows_of("a", "b", "c")
    rows.toggle_mark()
    rows.replace(["b", "c"])
    rows.place_cursor(1)
    rows.mark_range()
    assert rows.marked == {"a", "c"}


keys = st.lists(st.integers(0, 20), unique=True, max_size=10)
changes = st.one_of(
    st.tuples(st.just("replace"), keys),
    st.tuples(st.just("remove"), keys),
    st.tuples(st.just("insert"), keys),
    st.tuples(st.just("cursor"), st.lists(st.integers(0, 12), min_size=1, max_size=1)),
)


@given(st.lists(changes, max_size=12))
def test_any_changes_leave_the_cursor_on_a_row(steps: list[tuple[str, list[int]]]) -> None:
    rows = Rows[int](key=lambda row: row)
    model: list[Hashable] = []
    for name, values in steps:
        before = rows.cursor_key
        if name == "replace":
            rows.replace(values)
            model = list(values)
        elif name == "remove":
            rows.remove(values)
            model = [key for key in model if key not in values]
        elif name == "insert":
            fresh = [value for value in values if value not in model]
            at = len(model) // 2 if values else len(model)
            rows.insert(at, fresh)
            model[at:at] = fresh
        else:
            rows.place_cursor(values[0])
            before = rows.cursor_key
        assert rows.keys() == model
        assert [rows.index_of(key) for key in model] == list(range(len(model)))
        assert (rows.cursor is None) == (not model)
        if before is not None and before in model:
            assert rows.cursor_key == before


def test_the_same_rows_again_are_no_change() -> None:
    first, second = Heading("1", "one"), "a"
    rows = rows_of(first, second)
    assert not rows.replace([first, second])
    assert rows.replace([second, first])
    assert rows.replace([])
    assert rows.replace([])


@pytest.mark.parametrize("move", [1, 5, 2000])
def test_the_cursor_finds_its_row_near_and_far(move: int) -> None:
    items = [(number, "x") for number in range(5000)]
    rows: Rows[tuple[int, str]] = Rows(lambda row: row[0])
    rows.replace(items)
    rows.place_cursor(700)
    for changed in (items[move:] + items[:move], [(number, "y") for number, _ in items[::-1]]):
        rows.replace(changed, headings=0)
        assert rows.cursor_key == 700
        assert rows.cursor == rows.index_of(700)
