"""The telemetry of a job in as many lines as there are: a line a metric, or an area of several.

Pure: facts in, lines out.
"""

from collections.abc import Sequence
from operator import itemgetter

from apolo_tui.model.cells import width
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.series import extents
from apolo_tui.model.usage import Telemetry
from apolo_tui.widgets import figures
from apolo_tui.widgets.chart_canvas import Canvas
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line, fitted
from apolo_tui.widgets.telemetry_text import (
    LABEL,
    METRICS,
    VALUE,
    Metric,
    figure_of,
    in_steps,
    meter,
    reading_of,
    sample_state,
    telemetry_lines,
    window_of,
)

MOST_ROWS = 6
"""Lines of one metric at the most: a higher one is no easier to read."""
WITHOUT_GPU = ("cpu", "memory")


def metrics_of(known: Telemetry) -> Sequence[Metric]:
    """What the job's samples tell: nothing of a GPU where it has none."""
    last = known.last
    has_gpu = last is not None and last.gpu_duty_cycle is not None
    return [METRICS[key] for key in (METRICS if has_gpu else WITHOUT_GPU)]


def panel_lines(
    job: JobDescription,
    known: Telemetry | None,
    look: JobLook,
    room: int,
    height: int,
    *,
    window: float,
) -> list[Line]:
    """At most `height` lines: each metric over at most `window` seconds, and how fresh."""
    if known is None or known.last is None or job.status is not JobStatus.RUNNING:
        return telemetry_lines(job, known, look, room, window=window)
    window = window_of(known, look.facts.now.timestamp(), window)
    state, style = sample_state(known, look)
    shown = metrics_of(known)
    below = 1 if state and height > len(shown) else 0
    lines = areas(shown, job, known, look, room, height - below, window=window)
    if below:
        lines.append([(f" {state}", style)])
    elif state and lines:
        lines[-1] = [*fitted(lines[-1], max(0, room - width(state) - 2)), (f"  {state}", style)]
    return lines[:height]


def telemetry_page(
    job: JobDescription,
    known: Telemetry | None,
    look: JobLook,
    room: int,
    height: int,
    *,
    window: float,
) -> list[Line]:
    """The telemetry tab: how far back and how fresh, and each metric as high as there is room."""
    if known is None or known.last is None or job.status is not JobStatus.RUNNING:
        return telemetry_lines(job, known, look, room, window=window)
    state, style = sample_state(known, look)
    head = [(f" last {figures.span(window)}", "muted"), ("   , . window", "key")]
    lines: list[Line] = [[*head, (f"   {state}", style)], []]
    shown = metrics_of(known)
    rows = max(1, min(MOST_ROWS, (height - len(lines)) // len(shown) - 1))
    still = in_steps(look, room - LABEL - VALUE, window)
    for metric in shown:
        lines += [*area(metric, job, known, still, room, rows, window=window), []]
    return lines[:-1]


def areas(
    shown: Sequence[Metric],
    job: JobDescription,
    known: Telemetry,
    look: JobLook,
    room: int,
    height: int,
    *,
    window: float,
) -> list[Line]:
    """The metrics below each other, all as high as the lines allow."""
    rows = max(1, min(MOST_ROWS, height // max(1, len(shown))))
    still = in_steps(look, room - LABEL - VALUE, window)
    return [
        line
        for metric in shown
        for line in area(metric, job, known, still, room, rows, window=window)
    ]


def area(
    metric: Metric,
    job: JobDescription,
    known: Telemetry,
    look: JobLook,
    room: int,
    rows: int,
    *,
    window: float,
) -> list[Line]:
    """One metric in `rows` lines; from two on with the greatest value of the window."""
    cells = room - LABEL - VALUE
    if rows < 2 or cells < 1:
        return [meter(metric, job, known, look, room, window)]
    found = reading_of(metric, job, known, look, window)
    canvas = Canvas(cells, rows, look.glyphs.marks)
    columns = extents(found.points, start=found.start, end=found.end, columns=canvas.columns)
    styles = [metric.series] * len(columns)
    if metric.key in look.thresholds:
        styles = [
            ""
            if extent is None
            else look.level(metric.key, 100 * extent.high / found.top) or metric.series
            for extent in columns
        ]
    canvas.draw(columns, styles, bottom=0.0, top=found.top, filled=True)
    highest = max(map(itemgetter(1), found.points), default=None)
    beside = [(found.text, found.level)]
    beside.append(("" if highest is None else f"max {figure_of(metric, highest)}", "muted"))
    beside += [("", "")] * (rows - 2)
    names = [metric.label, *[""] * (rows - 1)]
    return [
        [(f" {name:<{LABEL - 1}}", "muted"), *runs, (f"{text:>{VALUE}}", style)]
        for name, runs, (text, style) in zip(names, canvas.lines(), beside, strict=True)
    ]
