"""Where columns stand, and the lines of a table as text."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.cells import width
from apolo_tui.widgets.table_columns import Cell, Column, Layout, column_at, lay_out
from apolo_tui.widgets.table_lines import (
    ASCII_GLYPHS,
    UNICODE_GLYPHS,
    header_runs,
    in_ascii,
    join,
    placeholder_lines,
    row_cells,
    row_runs,
    thumb_lines,
)

Row = dict[str, str]


def column(key: str, min_width: int, **rules: object) -> Column[Row]:
    return Column(
        key=key,
        title=key.upper(),
        render=lambda row: row[key],
        min_width=min_width,
        **rules,  # type: ignore[arg-type]  # the rules of a Column by name
    )


COLUMNS = [
    column("st", 2, frozen=True),
    column("name", 8, max_width=14, weight=1, frozen=True),
    column("left", 6, align="right"),
    column("gpu", 4, align="right"),
    column("cost", 6, align="right"),
]


def shown(room: int, pan: int = 0) -> list[str]:
    return [COLUMNS[span.column].key for span in lay_out(COLUMNS, room=room, pan=pan).spans]


def test_whole_columns_only() -> None:
    assert shown(30) == ["st", "name", "left", "gpu", "cost"]
    assert shown(29) == ["st", "name", "left", "gpu"]
    assert shown(23) == ["st", "name", "left", "gpu"]
    assert shown(22) == ["st", "name", "left"]
    assert shown(11) == ["st", "name"]


def test_spare_room_goes_to_the_column_with_a_weight_up_to_its_maximum() -> None:
    widths = [span.width for span in lay_out(COLUMNS, room=33).spans]
    assert widths == [2, 11, 6, 4, 6]
    widths = [span.width for span in lay_out(COLUMNS, room=99).spans]
    assert widths == [2, 14, 6, 4, 6]


def test_panning_keeps_the_frozen_columns_and_stops_at_the_last_one() -> None:
    assert shown(24, pan=1) == ["st", "name", "gpu", "cost"]
    assert lay_out(COLUMNS, room=24, pan=1).more is False
    assert lay_out(COLUMNS, room=24, pan=0).more is True
    assert lay_out(COLUMNS, room=24, pan=9).pan == 1
    assert lay_out(COLUMNS, room=99, pan=9).pan == 0


def test_a_column_is_cut_only_where_there_is_room_for_none() -> None:
    layout = lay_out([column("wide", 20), column("next", 3)], room=7)
    assert [(span.column, span.width) for span in layout.spans] == [(0, 7)]
    assert layout.more


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3), st.integers(0, 20)), max_size=8),
    st.integers(0, 2),
    st.integers(0, 120),
    st.integers(0, 9),
)
def test_columns_never_overlap_and_never_leave_the_room(
    rules: list[tuple[int, int, int]], frozen: int, room: int, pan: int
) -> None:
    columns = [
        column(str(at), least, weight=weight, max_width=least + more, frozen=at < frozen)
        for at, (least, weight, more) in enumerate(rules)
    ]
    layout = lay_out(columns, room=room, left=1, pan=pan)
    x = 1
    for span in layout.spans:
        assert span.x >= x
        x = span.x + span.width
    assert x <= 1 + max(0, room)
    if len(layout.spans) > 1:
        assert all(span.width >= columns[span.column].min_width for span in layout.spans)
    if columns and not layout.more and layout.pan == 0:
        assert len(layout.spans) == len(columns)


def test_the_column_under_a_click() -> None:
    layout = lay_out(COLUMNS, room=30, left=1)
    assert [column_at(layout, x) for x in (0, 1, 3, 4, 12, 13, 99)] == [None, 0, 0, 1, 1, 2, None]


def drawn(
    row: Row, columns: Sequence[Column[Row]], layout: Layout, *, room: int = 32, gutter: str = " "
) -> list[tuple[str, str]]:
    cells = row_cells(row, columns, layout, style="")
    return row_runs(
        cells, columns, layout, room=room, gutter=gutter, style="", glyphs=UNICODE_GLYPHS
    )


def line(row: Row, *, room: int = 32, gutter: str = " ") -> str:
    layout = lay_out(COLUMNS, room=room - 1, left=1)
    runs = drawn(row, COLUMNS, layout, room=room, gutter=gutter)
    return "".join(text for text, _ in runs)


@pytest.mark.parametrize(
    "name",
    [
        "train",
        "数据处理训练任务",
        "👨\u200d👩\u200d👧-x",
        "שלום",
        "e\u0301",
        "a-name-that-is-too-long",
    ],
)
def test_columns_stay_straight(name: str) -> None:
    row = {"st": "●R", "name": name, "left": "0h47m", "gpu": "98%", "cost": "41.6"}
    text = line(row)
    assert width(text) == 32
    assert text.endswith("  0h47m  98%   41.6")


def test_the_header_has_an_arrow_at_the_sorted_column() -> None:
    layout = lay_out(COLUMNS, room=24, left=1)
    runs = header_runs(
        COLUMNS, layout, room=26, sort="left", descending=True, glyphs=UNICODE_GLYPHS
    )
    assert (
        "".join(text for text, _ in runs)
        == " ST NAME       LEFT↓  GPU\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    )
    assert [text.strip() for text, style in runs if style == "sorted"] == ["LEFT↓"]
    layout = lay_out(COLUMNS, room=24, left=1, pan=1)
    runs = header_runs(COLUMNS, layout, room=26, sort="cost", descending=False, glyphs=ASCII_GLYPHS)
    assert "".join(text for text, _ in runs) == "<ST NAME       GPU  COST^ "


def test_few_runs_show_the_same() -> None:
    runs = [("a", ""), ("b", ""), ("  ", "red"), ("c", "red"), (" ", ""), ("d", "")]
    assert join(runs) == [("ab  ", ""), ("c ", "red"), ("d", "")]


def test_a_row_of_one_style_is_one_run() -> None:
    layout = lay_out(COLUMNS, room=30, left=1)
    row = dict.fromkeys(("st", "name", "left", "gpu", "cost"), "x")
    runs = drawn(row, COLUMNS, layout)
    assert len(runs) == 1
    red = Column[Row](key="st", title="ST", render=lambda row: Cell("x", "danger"), min_width=2)
    runs = drawn(row, [red, *COLUMNS[1:]], layout)
    assert [style for _, style in runs] == ["", "danger", ""]


def test_ascii_only() -> None:
    assert in_ascii("数据-é👍") == "????-???"
    assert in_ascii("plain") == "plain"


def test_a_placeholder_is_wrapped_and_centred() -> None:
    lines = placeholder_lines(
        "No job matches.\nPress esc to clear.", room=20, height=6, glyphs=UNICODE_GLYPHS
    )
    assert len(lines) == 6
    assert [line.strip() for line in lines if line.strip()] == [
        "No job matches.",
        "Press esc to",
        "clear.",
    ]
    assert all(width(line) == 20 for line in lines)


@given(st.integers(0, 500), st.integers(1, 60), st.integers(0, 600))
def test_the_thumb_is_at_the_top_at_the_top_and_at_the_bottom_at_the_bottom(
    total: int, visible: int, top: int
) -> None:
    top = min(top, max(0, total - visible))
    thumb = thumb_lines(top=top, visible=visible, total=total)
    if total <= visible:
        assert not thumb
        return
    assert 0 <= thumb.start < thumb.stop <= visible
    assert (thumb.start == 0) or top > 0
    assert (thumb.stop == visible) or top < total - visible
