"""Two jobs side by side: what differs in how they were started, and in their figures. Pure."""

from collections.abc import Mapping
from typing import Any

from apolo_tui.model.cells import cut, fit, width
from apolo_tui.model.job import JobDescription
from apolo_tui.model.query_facts import run_time
from apolo_tui.model.series import summarize
from apolo_tui.model.usage import Telemetry
from apolo_tui.widgets import figures
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line
from apolo_tui.widgets.spec_text import document
from apolo_tui.widgets.telemetry_text import METRICS, points_of, written

IDENTITY = frozenset(
    {"id", "uri", "http_url", "http_url_named", "internal_hostname", "internal_hostname_named"}
)
"""Differs between any two jobs, so it says nothing."""


def flat(node: Any, prefix: str = "") -> dict[str, str]:
    """Every value of a document by its path."""
    if isinstance(node, Mapping):
        found: dict[str, str] = {}
        for name, value in node.items():
            if prefix or name not in IDENTITY:
                found |= flat(value, f"{prefix}{name}.")
        return found
    if isinstance(node, list) and any(isinstance(item, Mapping | list) for item in node):
        found = {}
        for index, value in enumerate(node):
            found |= flat(value, f"{prefix}{index}.")
        return found
    text = ", ".join(str(item) for item in node) if isinstance(node, list) else str(node)
    return {prefix.rstrip("."): text}


def differences(
    first: JobDescription, second: JobDescription, *, mask: str
) -> tuple[list[tuple[str, str, str]], int]:
    """Path, value of the first and value of the second for what differs; and how many there are.

    Masked values are compared behind their masks and never shown.
    """
    a = flat(document(first, mask=mask, revealed=True))
    b = flat(document(second, mask=mask, revealed=True))
    hidden_a, hidden_b = flat(document(first, mask=mask)), flat(document(second, mask=mask))
    paths = list(dict.fromkeys((*a, *b)))
    found = [
        (path, hidden_a.get(path, ""), hidden_b.get(path, ""))
        for path in paths
        if a.get(path) != b.get(path)
    ]
    return found, len(paths)


def diff_lines(
    first: JobDescription, second: JobDescription, look: JobLook, room: int
) -> list[Line]:
    """The differences as lines: removed from A, added in B."""
    found, total = differences(first, second, mask=look.glyphs.masked)
    lines: list[Line] = [[(f" Spec: {len(found)} of {total} fields differ", "heading")]]
    for path, old, new in found:
        name = path.removeprefix("container.")
        if len(name) + len(old) + len(new) + 8 <= room:
            arrow = look.glyphs.arrow
            lines.append(
                [(f" {name}  ", ""), (old, "removed"), (f" {arrow} ", "muted"), (new, "added")]
            )
            continue
        lines.append([(f" {name}", "")])
        old, new = where_they_differ(old, new, room - 4, look.glyphs.ellipsis)
        lines.append([("  - ", "removed"), (cut(old, room - 4), "removed")])
        lines.append([("  + ", "added"), (cut(new, room - 4), "added")])
    return lines


def where_they_differ(old: str, new: str, room: int, ellipsis: str) -> tuple[str, str]:
    """Without so much of what both begin with that the first difference is within `room` cells."""
    if max(width(old), width(new)) <= room:
        return old, new
    shorter = min(len(old), len(new))
    alike = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    start = alike - room // 3
    return (old, new) if start <= 0 else (f"{ellipsis}{old[start:]}", f"{ellipsis}{new[start:]}")


def table_lines(
    first: JobDescription, second: JobDescription, look: JobLook, room: int
) -> list[Line]:
    """The figures of both."""
    cells = max(10, min(28, (room - 14) // 2))
    lines: list[Line] = [
        [(f" {'':<11}", ""), (fit("A", cells), "series-1"), (fit("B", cells), "series-2")]
    ]
    rows = [("status", _status(first), _status(second))]
    rows.append(("ran", _ran(first, look), _ran(second, look)))
    rows.append(("cost", _cost(first), _cost(second)))
    for metric in METRICS.values():
        pair = [_mean_and_peak(look.telemetry.get(job.id), metric.key) for job in (first, second)]
        if any(pair):
            rows.append((metric.label, pair[0] or "not seen", pair[1] or "not seen"))
    for name, a, b in rows:
        lines.append([(f" {name:<11}", "muted"), (fit(a, cells), ""), (fit(b, cells), "")])
    return lines


def _status(job: JobDescription) -> str:
    reason = job.history.reason
    return f"{job.status_text or job.status.value} {reason}".strip()


def _ran(job: JobDescription, look: JobLook) -> str:
    seconds = run_time(job, look.facts)
    return figures.span(seconds) if seconds is not None else look.glyphs.none


def _cost(job: JobDescription) -> str:
    return f"{figures.credits_of(job.total_price_credits)} cr"


def _mean_and_peak(known: Telemetry | None, key: str) -> str:
    metric = METRICS[key]
    if known is None or known.last is None:
        return ""
    points = points_of(metric, known, 0.0)
    summary = summarize(points, start=0.0, end=known.last.timestamp)
    if summary is None:
        return ""
    mean, peak = (written(metric, value, None, "") for value in (summary.mean, summary.high))
    return f"avg {mean} max {peak}"
