"""Telemetry in as many lines as there are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apolo_tui.config import Threshold
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.link import Live, Retrying
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.usage import Telemetry
from apolo_tui.widgets.glyphs import UNICODE, glyphs_of
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import line_width, plain
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.telemetry_panel import panel_lines, telemetry_page
from apolo_tui.widgets.telemetry_text import LABEL, METRICS, VALUE, plot_of, strip, written
from tests.model.jobs import NOON, make_job

GIB = 1 << 30
ROOM = 60


def known_of(
    *, gpu: bool = True, samples: int = 40, link: Live | Retrying | None = None
) -> Telemetry:
    """Samples of the last `samples` seconds, a steady load."""
    known = Telemetry(link=link or Live())
    for at in range(samples):
        known.series.append(
            JobTelemetry(
                timestamp=NOON.timestamp() - samples + 1 + at,
                cpu=0.5,
                memory_bytes=GIB // 2,
                gpu_duty_cycle=98 if gpu else None,
                gpu_memory_bytes=20 * GIB if gpu else None,
            )
        )
    return known


def drawn(
    known: Telemetry | None,
    height: int,
    *,
    job: JobDescription | None = None,
    window: float = 600.0,
    look: JobLook | None = None,
) -> list[str]:
    look = look or JobLook(facts=Facts(now=NOON))
    lines = panel_lines(job or make_job(), known, look, ROOM, height, window=window)
    for line in lines:
        assert line_width(line) <= ROOM
    return [plain(line) for line in lines]


@pytest.mark.parametrize(("height", "rows"), [(4, 1), (7, 1), (8, 2), (16, 4), (40, 6)])
def test_each_metric_is_as_high_as_there_is_room(height: int, rows: int) -> None:
    lines = drawn(known_of(), height)
    assert len(lines) == 4 * rows
    assert [line[:5].strip() for line in lines[::rows]] == ["gpu", "gmem", "cpu", "mem"]
    assert lines[0].endswith("98%")
    assert ("max 98%" in lines[1]) is (rows > 1)


def test_without_a_gpu_there_are_two() -> None:
    lines = drawn(known_of(gpu=False), 8)
    assert [line[:5].strip() for line in lines[::4]] == ["cpu", "mem"]
    assert "0%" not in "".join(lines)


@pytest.mark.parametrize("marks", list(Marks))
def test_a_high_value_fills_more_lines_than_a_low_one(marks: Marks) -> None:
    look = JobLook(facts=Facts(now=NOON), glyphs=glyphs_of(marks))
    lines = drawn(known_of(samples=600), 16, look=look)
    inked = [sum(cell != " " for cell in line[6:49]) for line in lines]
    assert min(inked[0:4]) > 30
    assert inked[8] == 0
    assert min(inked[10:12]) > 30
    if marks is Marks.ASCII:
        assert "".join(lines).isascii()


def test_a_short_past_is_drawn_as_wide_as_a_long_one() -> None:
    young = drawn(known_of(samples=50), 4)[0]
    assert young.count("█") > 30
    long_window = drawn(known_of(samples=50), 4, window=300.0)[0]
    assert long_window.count("█") == young.count("█")
    with_gap = known_of(samples=50)
    with_gap.series.put_before(
        [JobTelemetry(timestamp=NOON.timestamp() - 590, cpu=1, memory_bytes=1)]
    )
    assert drawn(with_gap, 4)[0].count("█") < 8


def test_what_is_steady_stands_still() -> None:
    step = 600.0 / (ROOM - LABEL - VALUE)
    begin = NOON.timestamp() // step * step
    known = known_of(samples=600)
    pictures = []
    for seconds in (1.0, step - 1.0, step + 1.0):
        now = datetime.fromtimestamp(begin + seconds, UTC)
        pictures.append(drawn(known, 16, look=JobLook(facts=Facts(now=now))))
    assert pictures[0] == pictures[1] != pictures[2]


@pytest.mark.parametrize("height", [4, 9])
def test_old_values_say_so(height: int) -> None:
    lines = drawn(known_of(link=Retrying("cut", 1.0)), height)
    assert "reconnecting, 0s old" in lines[-1]
    assert len(lines) <= height


def test_why_there_is_nothing() -> None:
    assert "connecting" in drawn(None, 8)[0]
    waiting = drawn(Telemetry(link=Live()), 8)
    assert "waiting for the first sample" in waiting[0]
    done = drawn(known_of(), 8, job=make_job(status=JobStatus.SUCCEEDED))
    assert "does not run" in done[0]


def test_thresholds_colour_what_is_over_them() -> None:
    look = JobLook(facts=Facts(now=NOON), thresholds={"gpu": Threshold(warning=50, critical=95)})
    lines = panel_lines(make_job(), known_of(), look, ROOM, 8, window=600.0)
    styles = {style for _, style in lines[0]}
    assert "danger" in styles
    assert "series-1" not in styles


def test_the_page_leaves_a_line_between() -> None:
    look = JobLook(facts=Facts(now=NOON))
    lines = telemetry_page(make_job(), known_of(), look, ROOM, 22, window=300.0)
    texts = [plain(line).strip() for line in lines]
    assert texts[0].startswith("last 5m")
    assert len(texts) <= 22
    assert texts.count("") == 4
    few = telemetry_page(make_job(), None, look, ROOM, 22, window=300.0)
    assert len(few) == 1


@pytest.mark.parametrize(
    ("metric", "value", "top", "text"),
    [
        ("gpu", 97.6, 100, "98%"),
        ("gpu", None, 100, "\N{EN DASH}"),
        ("cpu", 6.14, 12, "6.1/12"),
        ("cpu", 11.6, None, "12"),
        ("memory", 38 * GIB, 90 * GIB, "38G/90G"),
        ("gpu_memory", 0, 80 * GIB, "0/80G"),
    ],
)
def test_values_with_their_limits(
    metric: str, value: float | None, top: float | None, text: str
) -> None:
    assert written(METRICS[metric], value, top, UNICODE.none) == text


def test_a_look_is_not_changed_by_drawing() -> None:
    look = JobLook(facts=Facts(now=NOON))
    before = replace(look)
    panel_lines(make_job(), known_of(), look, ROOM, 16, window=600.0)
    assert look == before


@pytest.mark.parametrize("room", [40, 60, 80, 120])
def test_the_strip_tells_the_cost_before_where_the_job_is(room: int) -> None:
    job = make_job(name="a-name-of-some-length", cost="4.5", price="8")
    title = plain(strip(job, JobLook(facts=Facts(now=NOON)), room)[0])
    assert title.startswith("─ a-name-of-some-length ─")
    if room >= 60:
        assert "8cr/h ─ 4.5cr so far" in title
    assert (job.project_name in title) == (room == 120)


@pytest.mark.parametrize(
    ("metric", "value", "words"), [("gpu_memory", 40 * 2**30, "40G"), ("gpu", 75.0, "75%")]
)
def test_the_axis_of_one_metric_has_its_unit(metric: str, value: float, words: str) -> None:
    job = make_job()
    plot = plot_of([METRICS[metric]], job, known_of(), JobLook(facts=Facts(now=NOON)), window=60)
    assert plot.label(value) == words
