"""The place in a log, against a plain list of all its rows."""

from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.widgets.log_viewport import Viewport


class Numbers:
    """Lines with any numbers, such as those that match."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers

    def next(self, number: int) -> int | None:
        at = bisect_left(self.numbers, number)
        return self.numbers[at] if at < len(self.numbers) else None

    def previous(self, number: int) -> int | None:
        at = bisect_left(self.numbers, number)
        return self.numbers[at - 1] if at else None


HEIGHTS = st.dictionaries(st.integers(0, 60), st.integers(1, 9), max_size=25)
MOVES = st.lists(st.integers(-30, 30), max_size=8)


def viewport_of(heights: dict[int, int], height: int) -> tuple[Viewport, list[tuple[int, int]]]:
    numbers = sorted(heights)
    viewport = Viewport(Numbers(numbers), lambda number: heights[number])
    viewport.height = height
    return viewport, [(number, row) for number in numbers for row in range(heights[number])]


@settings(deadline=None)
@given(HEIGHTS, st.integers(1, 20), MOVES)
def test_scrolling_is_that_of_one_long_page(
    heights: dict[int, int], height: int, moves: list[int]
) -> None:
    viewport, rows = viewport_of(heights, height)
    top = 0
    last = max(0, len(rows) - height)
    for move in moves:
        viewport.scroll(move)
        top = max(0, min(top + move, last))
        assert viewport.rows() == rows[top : top + height]
        assert viewport.at_bottom == (top >= last)


@given(HEIGHTS, st.integers(1, 20))
def test_the_bottom_shows_the_last_rows(heights: dict[int, int], height: int) -> None:
    viewport, rows = viewport_of(heights, height)
    viewport.to_bottom()
    assert viewport.rows() == rows[-height:]
    assert viewport.at_bottom


@settings(deadline=None)
@given(HEIGHTS.filter(bool), st.integers(1, 20), st.integers(0, 200), st.booleans(), st.data())
def test_a_revealed_line_is_on_the_screen(
    heights: dict[int, int], height: int, start: int, centre: bool, data: st.DataObject
) -> None:
    viewport, rows = viewport_of(heights, height)
    viewport.scroll(start)
    number = data.draw(st.sampled_from(sorted(heights)))
    viewport.reveal(number, centre=centre)
    shown = [place for place in viewport.rows() if place[0] == number]
    assert shown
    if not centre:
        assert len(shown) == min(height, heights[number])
    assert viewport.rows() == rows[rows.index(viewport.rows()[0]) :][:height]
    assert len(viewport.rows()) == min(height, len(rows))


def test_a_top_that_is_gone_moves_to_the_next_line() -> None:
    viewport, _ = viewport_of({5: 1, 8: 2, 9: 1}, 3)
    viewport.top = (6, 4)
    assert viewport.rows() == [(8, 0), (8, 1), (9, 0)]
    viewport.top = (100, 0)
    assert viewport.rows() == [(9, 0)]


def test_nothing_shows_nothing() -> None:
    viewport, _ = viewport_of({}, 5)
    viewport.scroll(3)
    viewport.to_bottom()
    viewport.reveal(3)
    assert viewport.rows() == []
    assert viewport.at_bottom
