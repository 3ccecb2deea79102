"""Dots on cells, compared with a plain drawing of each dot."""

from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.series import Extent
from apolo_tui.widgets.chart_canvas import BLANK_BRAILLE, BRAILLE_BITS, Canvas
from apolo_tui.widgets.sparkline import Marks


def text(canvas: Canvas) -> list[str]:
    return ["".join(part for part, _ in line) for line in canvas.lines()]


def level(*values: float | None) -> list[Extent | None]:
    return [None if value is None else Extent(value, value) for value in values]


def test_a_line_in_each_kind_of_marks() -> None:
    rising = level(0, 1, 2, 3)
    braille = Canvas(2, 1, Marks.BRAILLE)
    braille.draw(rising, ["a"] * 4, bottom=0, top=3)
    assert text(braille) == ["⡠⠊"]
    block = Canvas(4, 2, Marks.BLOCK)
    block.draw(rising, ["a"] * 4, bottom=0, top=3)
    assert text(block) == ["  ▄▀", "▄▀  "]
    plain = Canvas(4, 4, Marks.ASCII)
    plain.draw(rising, ["a"] * 4, bottom=0, top=3, number=1)
    assert text(plain) == ["   o", "  o ", " o  ", "o   "]


def test_a_steep_line_is_joined_and_a_gap_is_not() -> None:
    canvas = Canvas(4, 4, Marks.ASCII)
    canvas.draw(level(0, 3, None, 0), ["a"] * 4, bottom=0, top=3)
    assert text(canvas) == [" *  ", " *  ", " *  ", "*  *"]


def test_filled() -> None:
    canvas = Canvas(3, 3, Marks.ASCII)
    canvas.draw(level(2, 0, None), ["a"] * 3, bottom=0, top=2, filled=True)
    assert text(canvas) == ["*  ", "*  ", "** "]


def test_values_beyond_the_edges_are_drawn_at_them() -> None:
    canvas = Canvas(2, 2, Marks.ASCII)
    canvas.draw(level(-5, 99), ["a"] * 2, bottom=0, top=1)
    assert text(canvas) == [" *", "* "]


def test_what_is_drawn_later_has_the_colour() -> None:
    canvas = Canvas(3, 1, Marks.BRAILLE)
    canvas.draw(level(*[0] * 6), ["under"] * 6, bottom=0, top=1)
    canvas.draw(level(None, None, 0, 0, None, None), ["over"] * 6, bottom=0, top=1)
    assert [(len(part), style) for part, style in canvas.lines()[0]] == [
        (1, "under"),
        (1, "over"),
        (1, "under"),
    ]


def test_a_level_is_dotted_where_nothing_else_is() -> None:
    canvas = Canvas(6, 1, Marks.ASCII)
    canvas.draw(level(0, None, None, None, None, None), ["line"] * 6, bottom=0, top=1)
    canvas.level(0.4, "limit", bottom=0, top=1)
    canvas.level(7, "limit", bottom=0, top=1)
    assert text(canvas) == ["* . . "]


@given(st.lists(st.none() | st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=8))
def test_braille_has_the_dots_of_a_plain_drawing(spans: list[tuple[int, int] | None]) -> None:
    columns = [None if span is None else Extent(min(span), max(span)) for span in spans]
    columns += [None] * (8 - len(columns))
    canvas = Canvas(4, 3, Marks.BRAILLE)
    canvas.draw(columns, [""] * 8, bottom=0, top=11)
    expected = set()
    before: Extent | None = None
    for x, extent in enumerate(columns):
        if extent is not None:
            low, high = int(extent.low), int(extent.high)
            if before is not None and before.low > high:
                high = int(before.low) - 1
            elif before is not None and before.high < low:
                low = int(before.high) + 1
            expected |= {(x, 11 - y) for y in range(low, high + 1)}
        before = extent
    found = {
        (2 * cell + x, 4 * row + y)
        for row, line in enumerate(text(canvas))
        for cell, character in enumerate(line)
        for x in range(2)
        for y in range(4)
        if character != " " and (ord(character) - BLANK_BRAILLE) & BRAILLE_BITS[x][y]
    }
    assert found == expected
