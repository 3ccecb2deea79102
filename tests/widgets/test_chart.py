"""Charts as text, and in an app."""

import math
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from apolo_tui.model.cells import width
from apolo_tui.model.series import Point
from apolo_tui.widgets.chart import Chart
from apolo_tui.widgets.chart_focus import FocusChart, figures, reading
from apolo_tui.widgets.chart_plot import Line, Plot, Thresholds, ago, chart_lines, plain_number
from apolo_tui.widgets.chart_plotext import runs_of
from apolo_tui.widgets.chart_strip import Meter, SparkStrip, strip_lines
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.table_lines import Run
from tests.widgets.stage import Stage, screen_lines

LIMITS = Thresholds(warning=80, critical=90)
WAVE: list[Point] = [(float(at), 50 + 45 * math.sin(at / 20)) for at in range(300)]
STEADY: list[Point] = [(float(at), 38.0) for at in range(300)]

PLOT = Plot(
    lines=[
        Line(label="gpu", value=" 95%", points=WAVE, thresholds=LIMITS),
        Line(label="mem", value="38/90G", points=STEADY, style="series-2"),
    ],
    start=0,
    end=300,
    top=100,
)


def text(lines: list[list[Run]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


def styles(lines: list[list[Run]]) -> set[str]:
    return {style for line in lines for part, style in line if part.strip()}


def test_a_chart_has_values_axes_and_times() -> None:
    lines = text(chart_lines(PLOT, room=60, height=12, marks=Marks.BRAILLE))
    assert lines[0].rstrip() == "gpu  95%  mem 38/90G"
    assert lines[1].startswith("  100┤")
    assert lines[-2].startswith("    0┤")
    assert lines[-1].startswith("     └-5m──")
    assert lines[-1].endswith("──now")
    assert "-150s" in lines[-1]


def test_a_chart_in_ascii_has_a_symbol_for_each_line() -> None:
    lines = text(chart_lines(PLOT, room=60, height=12, marks=Marks.ASCII))
    assert all(line.isascii() for line in lines)
    assert lines[0].startswith("* gpu  95%  o mem 38/90G")
    assert any("o" in line for line in lines[1:-1])


def test_values_over_a_threshold_have_its_colour() -> None:
    lines = chart_lines(PLOT, room=60, height=12, marks=Marks.BRAILLE)
    assert {"danger", "warning", "series-1", "series-2"} <= styles(lines)
    calm = replace(PLOT, lines=PLOT.lines[1:])
    assert "danger" not in styles(chart_lines(calm, room=60, height=12, marks=Marks.BRAILLE))


def test_a_stale_chart_is_grey_and_says_how_old_it_is() -> None:
    stale = replace(PLOT, stale="stale 6s")
    lines = chart_lines(stale, room=60, height=12, marks=Marks.BRAILLE)
    assert text(lines)[0].endswith("stale 6s")
    assert styles(lines) == {"stale", "muted"}


def test_the_top_follows_what_is_shown_and_the_limit() -> None:
    plot = replace(PLOT, top=None, lines=[Line(label="cpu", points=[(0, 3.0), (10, 6.0)])])
    assert text(chart_lines(plot, room=40, height=6, marks=Marks.BRAILLE))[1].startswith("    6┤")
    limited = replace(plot, limit=12)
    lines = chart_lines(limited, room=40, height=6, marks=Marks.BRAILLE)
    assert text(lines)[1].startswith("   12┤")
    assert "⠁" in text(lines)[1]
    empty = replace(PLOT, top=None, lines=[])
    assert text(chart_lines(empty, room=40, height=6, marks=Marks.BRAILLE))[1].startswith("    1┤")


@given(
    st.integers(0, 90),
    st.integers(0, 14),
    st.sampled_from(Marks),
    st.lists(st.tuples(st.floats(0, 300), st.none() | st.floats(allow_infinity=True)), max_size=9),
)
def test_every_size_is_kept_exactly(
    room: int, height: int, marks: Marks, points: list[Point]
) -> None:
    points.sort(key=lambda point: point[0])
    plot = replace(PLOT, lines=[*PLOT.lines, Line(label="数", value="9", points=points)])
    lines = text(chart_lines(plot, room=room, height=height, marks=marks))
    assert len(lines) == (height if room else 0)
    assert all(width(line) == room for line in lines)


def test_numbers_and_times() -> None:
    assert [plain_number(value) for value in (0, 0.123, 41.9, 100, 12345)] == [
        "0",
        "0.123",
        "41.9",
        "100",
        "12345",
    ]
    assert [ago(seconds) for seconds in (30, 90, 300, 5400, 7200, 86400)] == [
        "-30s",
        "-90s",
        "-5m",
        "-90m",
        "-2h",
        "-1d",
    ]


METERS = [
    Meter(label="gpu", points=WAVE, end=300, value="98%", latest=98, top=100, thresholds=LIMITS),
    Meter(label="gmem", points=STEADY, end=300, value="71/80G", latest=71, top=100),
    Meter(label="cpu", points=STEADY, end=300, value="6.1/12", latest=6.1, top=12),
    Meter(label="mem", points=STEADY, end=300, value="38/90G", top=90, stale=True),
    Meter(label="gpu", value="\N{EN DASH}"),
]


def test_meters_stand_in_columns() -> None:
    lines = strip_lines(METERS, room=60, columns=2, marks=Marks.BRAILLE)
    shown = text(lines)
    assert [width(line) for line in shown] == [60, 60, 60]
    assert [line.index("mem") for line in shown[:2]] == [32, 31]
    assert shown[0][:29].endswith("   98%")
    assert shown[1][:29].endswith("6.1/12")
    assert shown[2].split() == ["gpu", "\N{EN DASH}"]
    by_value = {part.strip(): style for line in lines for part, style in line}
    assert by_value["98%"] == "danger"
    assert by_value["38/90G"] == "stale"
    assert by_value["71/80G"] == ""


@given(st.integers(0, 80), st.integers(0, 4), st.integers(0, 5), st.sampled_from(Marks))
def test_meters_keep_every_width(room: int, columns: int, count: int, marks: Marks) -> None:
    lines = strip_lines(METERS[:count], room=room, columns=columns, marks=marks)
    assert all(width("".join(text([line]))) == room for line in lines)


async def test_a_new_value_paints_only_the_lines_that_differ() -> None:
    painted: list[int] = []

    class Watched(SparkStrip):
        def refresh(self, *regions: Region, **kwargs: bool) -> "Watched":
            painted.extend(y for region in regions for y in region.line_range)
            return super().refresh(*regions, **kwargs)

    strip = Watched(columns=2)
    app = Stage(strip)
    async with app.run_test(size=(60, 6)) as pilot:
        strip.show(METERS)
        await pilot.pause()
        painted.clear()
        strip.show([replace(meter) for meter in METERS])
        assert painted == []
        strip.show([*METERS[:2], replace(METERS[2], value="9.9/12"), *METERS[3:]])
        assert painted == [1]
        await pilot.pause()
        assert "9.9/12" in screen_lines(app)[1]
        strip.set_marks(Marks.ASCII)
        await pilot.pause()
        assert screen_lines(app)[0].isascii()


async def test_a_chart_fits_its_widget_through_resizing_and_themes() -> None:
    chart = Chart()
    app = Stage(chart)
    async with app.run_test(size=(60, 10)) as pilot:
        chart.show(PLOT)
        await pilot.pause()
        assert screen_lines(app) == text(chart_lines(PLOT, room=60, height=10, marks=chart.marks))
        await pilot.resize_terminal(40, 4)
        assert screen_lines(app) == text(chart_lines(PLOT, room=40, height=4, marks=chart.marks))
        before = chart.render_line(1)
        app.theme = "light"
        await pilot.pause()
        assert chart.render_line(1) != before


def test_readings_at_a_moment() -> None:
    plot = replace(PLOT, lines=[*PLOT.lines, Line(label="loss", points=[(0, 0.4)])])
    runs = reading(plot, 31, within=5, clock=lambda at: f"{at:.0f}s", marks=Marks.BRAILLE)
    assert "".join(part for part, _ in runs) == "31s   gpu 95   mem 38   loss -"
    assert dict(runs)["   gpu 95"] == "danger"


def test_figures_of_the_window() -> None:
    plot = replace(PLOT, start=0, end=9, lines=[*PLOT.lines[1:], Line(label="x", points=[])])
    assert text(figures(plot)) == [
        "mem   min 38   avg 38   p95 38   max 38",
        "x     no data in this window",
    ]


async def test_the_cursor_of_the_large_chart_reads_values() -> None:
    chart = FocusChart(clock=lambda at: f"t{at:.0f}")
    app = Stage(chart)
    async with app.run_test(size=(70, 20)) as pilot:
        chart.show(PLOT)
        await pilot.pause()
        assert screen_lines(app)[0].startswith("t300   gpu 80.9")
        chart.move_cursor(-10)
        await pilot.pause()
        assert chart.cursor == 300 - 10 * chart.step
        assert screen_lines(app)[0].startswith(f"t{chart.cursor:.0f}   gpu ")
        assert not screen_lines(app)[0].startswith("t300")
        chart.move_cursor(99)
        assert chart.cursor is None
        chart.move_cursor(-999)
        assert chart.cursor == 0
        chart.show(replace(PLOT, start=100, end=300))
        assert chart.cursor is None
        await pilot.pause()
        assert "avg" in screen_lines(app)[-1]
        assert all(width(line) == 70 for line in screen_lines(app))


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (30, 8), (12, 3), (1, 1)])
@pytest.mark.parametrize("marks", Marks)
async def test_the_large_chart_at_every_size(size: tuple[int, int], marks: Marks) -> None:
    chart = FocusChart(clock=lambda at: f"t{at:.0f}", marks=marks)
    app = Stage(chart)
    async with app.run_test(size=size) as pilot:
        for plot in (PLOT, Plot(), replace(PLOT, limit=90, stale="stale 6s", lines=PLOT.lines[:1])):
            chart.show(plot)
            chart.move_cursor(-3)
            await pilot.pause()
            lines = screen_lines(app)
            assert [width(line) for line in lines] == [size[0]] * size[1]
            assert marks is not Marks.ASCII or all(line.isascii() for line in lines)


async def test_the_large_chart_has_a_hole_where_there_is_a_gap() -> None:
    half = [point for point in STEADY if not 100 <= point[0] < 200]
    chart = FocusChart(marks=Marks.ASCII, clock=lambda at: "")
    app = Stage(chart)
    async with app.run_test(size=(70, 12)) as pilot:
        chart.show(replace(PLOT, lines=[Line(label="mem", points=half)]))
        await pilot.pause()
        [line] = [line for line in screen_lines(app) if "***" in line]
        assert len(line[line.index("*") : line.rindex("*")].split("*" * 3)) > 2
        assert " " * 15 in line.strip("| +")


def test_plotext_is_imported_only_when_a_large_chart_is_drawn() -> None:
    code = (
        "import sys, apolo_tui.widgets.chart_focus, apolo_tui.widgets.chart;"
        "sys.exit('plotext' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_escape_codes_become_styles() -> None:
    line = "a\x1b[38;2;1;0;0mb\x1b[0mc\x1b[38;5;3md\x1b[38;2;250;0;0me\x1b[0m"
    assert runs_of(line) == [("a", ""), ("b", "series-1"), ("c", ""), ("d", ""), ("e", "")]
