"""The telemetry of a job as lines, and the strip of the selected job. Pure: facts in, lines out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from apolo_tui.model.cells import cut, width
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.link import Connecting, Failed, Retrying
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.usage import Telemetry
from apolo_tui.widgets import figures
from apolo_tui.widgets.chart_plot import Line as ChartLine
from apolo_tui.widgets.chart_plot import Plot, Thresholds
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.job_text import cause_card, place
from apolo_tui.widgets.lines import Line, Run, fitted
from apolo_tui.widgets.sparkline import sparkline

SPANS = (60, 300, 600)
"""Seconds that a panel shows of a job that has run for less than its window."""
LEAST_STEP = 2.0
"""Seconds for which a line stands still at the least: each step paints all of it."""
LABEL = 6
VALUE = 11

Read = Callable[[JobTelemetry], float | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the four figures of a job."""

    key: str
    """Its name in the configuration."""
    label: str
    read: Read
    series: str
    """The style of its line."""


def _gpu(sample: JobTelemetry) -> float | None:
    return None if sample.gpu_duty_cycle is None else float(sample.gpu_duty_cycle)


def _gpu_memory(sample: JobTelemetry) -> float | None:
    return None if sample.gpu_memory_bytes is None else float(sample.gpu_memory_bytes)


METRICS: Mapping[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("gpu", "gpu", _gpu, "series-1"),
        Metric("gpu_memory", "gmem", _gpu_memory, "series-2"),
        Metric("cpu", "cpu", lambda sample: sample.cpu, "series-3"),
        Metric("memory", "mem", lambda sample: float(sample.memory_bytes), "series-4"),
    )
}


def limit(metric: Metric, job: JobDescription, look: JobLook) -> float | None:
    """The most that the metric can reach: percent, bytes or cores; None when not known."""
    if metric.key == "gpu":
        return 100.0
    if metric.key == "gpu_memory":
        total = look.gpu_memory_total(job)
        return float(total) if total else None
    resources = job.container.resources
    return (resources.cpu if metric.key == "cpu" else float(resources.memory)) or None


def written(metric: Metric, value: float | None, top: float | None, none: str) -> str:
    """A value with its limit: `98%`, `6.1/12`, `38G/90G`."""
    if value is None:
        return none
    if metric.key == "gpu":
        return f"{value:.0f}%"
    if metric.key == "cpu":
        return f"{figures.cores(value)}/{top:g}" if top else figures.cores(value)
    return f"{figures.size(value)}/{figures.size(top)}" if top else figures.size(value)


def strip(
    job: JobDescription, look: JobLook, room: int, *, window: float = 600.0, log: Sequence[str] = ()
) -> list[Line]:
    """Five lines: what it is, two of telemetry, two of log or of why there is none."""
    rule = look.glyphs.rule
    head = cut(_head(job, rule, room - 2), room - 2)
    title = [(rule, "muted"), (head, "title"), (rule * max(0, room - 1 - width(head)), "muted")]
    lines: list[Line] = [title]
    known = look.telemetry.get(job.id) if job.status is JobStatus.RUNNING else None
    lines += telemetry_lines(job, known, look, room, window=window)
    card = cause_card(job, look, room)
    rest: list[Line] = [[(" ", ""), *line[1:]] for line in card]
    rest += [[(f" {text}", "")] for text in log[-2:]]
    return [*lines, *rest][:5]


def _head(job: JobDescription, rule: str, room: int) -> str:
    """What the job is and costs. Where it is goes first for room, then its id."""
    price, spent = job.price_credits_per_hour, job.total_price_credits
    parts = {"name": job.name or job.id}
    if job.name:
        parts["id"] = cut(job.id, 14)
    parts["place"] = place(job)
    if price is not None:
        parts["price"] = f"{figures.credits_of(price)}cr/h"
    if spent is not None:
        parts["spent"] = f"{figures.credits_of(spent)}cr so far"
    for least in ("place", "id"):
        if sum(width(part) + 3 for part in parts.values()) - 1 > room:
            parts.pop(least, None)
    return f" {f' {rule} '.join(parts.values())} "


def telemetry_lines(
    job: JobDescription,
    known: Telemetry | None,
    look: JobLook,
    room: int,
    *,
    window: float = 600.0,
) -> list[Line]:
    """Two lines of sparklines with value and limit, or one that says why there are none."""
    if job.status is not JobStatus.RUNNING:
        return [[(" no telemetry: the job does not run", "muted")]]
    last = known.last if known is not None else None
    if known is None or last is None:
        return [[(f" {_no_sample(known)}", "muted")]]
    half = (room - 1) // 2
    window = window_of(known, look.facts.now.timestamp(), window)
    cells = [meter(metric, job, known, look, half, window) for metric in METRICS.values()]
    lines: list[Line] = [[*cells[0], (" ", ""), *cells[1]], [*cells[2], (" ", ""), *cells[3]]]
    state = sample_state(known, look)
    if state[0]:
        lines[1] = [
            *fitted(lines[1], max(0, room - width(state[0]) - 2)),
            (f"  {state[0]}", state[1]),
        ]
    return lines


def sample_state(known: Telemetry, look: JobLook) -> Run:
    """`stale 6s`, `sampled 20s ago`, `reconnecting`, or nothing when the values are fresh."""
    age = known.age(look.facts.now.timestamp())
    if isinstance(known.link, Retrying | Connecting) and known.link != Connecting():
        return f"reconnecting, {figures.span(age or 0)} old", "warning"
    if isinstance(known.link, Failed):
        return known.link.reason, "warning"
    if age is None or age < look.stale_after:
        return "", ""
    if known.in_turn:
        return f"sampled {figures.span(age)} ago", "muted"
    return f"stale {figures.span(age)}", "stale"


def _no_sample(known: Telemetry | None) -> str:
    if known is None or isinstance(known.link, Connecting):
        return "telemetry: connecting"
    if isinstance(known.link, Retrying | Failed):
        return f"telemetry: {known.link.reason}"
    return "telemetry: waiting for the first sample"


def figure_of(metric: Metric, value: float) -> str:
    """One figure of a metric, without its limit."""
    return written(metric, value, None, "")


def points_of(metric: Metric, known: Telemetry, start: float) -> list[tuple[float, float]]:
    """Time and value of what is known since `start`; moments without a value are left out."""
    return [
        (item.timestamp, value)
        for item in known.series.since(start)
        if (value := metric.read(item)) is not None
    ]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is drawn of a metric: its points from `start` to `end` (Unix seconds), up to `top`."""

    points: Sequence[tuple[float, float]]
    start: float
    end: float
    top: float
    text: str
    """The last value, with its limit."""
    level: str
    """The style of the last value."""


def reading_of(
    metric: Metric, job: JobDescription, known: Telemetry, look: JobLook, window: float
) -> Reading:
    """The metric over the last `window` seconds."""
    last = known.last
    value = metric.read(last) if last is not None else None
    top = limit(metric, job, look)
    end = look.facts.now.timestamp()
    if last is not None and not -5 < end - last.timestamp < window:
        end = last.timestamp
    points = points_of(metric, known, end - window)
    return Reading(
        points=points,
        start=end - window,
        end=end,
        top=top or max((reading for _, reading in points), default=1.0) or 1.0,
        text=written(metric, value, top, look.glyphs.none),
        level=look.level(metric.key, 100 * value / top) if value is not None and top else "",
    )


def window_of(known: Telemetry | None, now: float, most: float) -> float:
    """The seconds to show: enough for all samples, as long as they are no more than `most`."""
    found = known.series.since(now - most) if known is not None else []
    if not found:
        return most
    spans = [span for span in SPANS if now - found[0].timestamp <= span < most]
    return float(spans[0]) if spans else most


def in_steps(look: JobLook, cells: int, window: float) -> JobLook:
    """The same with a time that goes on by whole cells of a line: what is steady stands still."""
    step = max(LEAST_STEP, window / max(1, cells))
    now = math.ceil(look.facts.now.timestamp() / step) * step
    return replace(look, facts=replace(look.facts, now=datetime.fromtimestamp(now, UTC)))


def meter(
    metric: Metric,
    job: JobDescription,
    known: Telemetry,
    look: JobLook,
    room: int,
    window: float,
) -> list[Run]:
    """` gpu ▇▇▇▇▇  98%` in `room` cells, over the last `window` seconds."""
    found = reading_of(metric, job, known, look, window)
    drawn = sparkline(
        found.points,
        cells=max(0, room - LABEL - VALUE),
        start=found.start,
        end=found.end,
        top=found.top,
        marks=look.glyphs.marks,
    )
    return [
        (f" {metric.label:<{LABEL - 1}}", "muted"),
        (drawn, metric.series),
        (f"{found.text:>{VALUE}}", found.level),
    ]


def plot_of(
    metrics: Sequence[Metric],
    job: JobDescription,
    known: Telemetry | None,
    look: JobLook,
    *,
    window: float,
) -> Plot:
    """The chart of some metrics of a job over the last `window` seconds."""
    end = look.facts.now.timestamp()
    if known is None:
        return Plot(start=end - window, end=end)
    last = known.last
    lines = []
    tops = [limit(metric, job, look) for metric in metrics]
    for metric, top in zip(metrics, tops, strict=True):
        value = metric.read(last) if last is not None else None
        limits = look.thresholds.get(metric.key)
        scale = (top or 0) / 100
        lines.append(
            ChartLine(
                label=metric.label,
                points=points_of(metric, known, end - window),
                value=written(metric, value, top, look.glyphs.none),
                style=metric.series,
                thresholds=Thresholds(
                    warning=limits.warning * scale if limits and scale else None,
                    critical=limits.critical * scale if limits and scale else None,
                ),
                number=partial(figure_of, metric),
            )
        )
    state, _ = sample_state(known, look)
    plot = Plot(lines=lines, start=end - window, end=end, stale=state)
    if len(metrics) != 1:
        return plot
    return replace(plot, top=tops[0], limit=tops[0], label=partial(figure_of, metrics[0]))
