"""The panels of the monitor wall beside its cards: capacity, events, the queue. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

from apolo_tui.model.alerts import Alert
from apolo_tui.model.capacity import Offer
from apolo_tui.model.cells import fit
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.widgets import figures
from apolo_tui.widgets.cause import phase
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line, Run, line_width
from apolo_tui.widgets.preset_columns import trend_text
from apolo_tui.widgets.wall_card import framed

TRENDS = (8, 5, 3)
"""Cells of the trend of a preset: the longest that lets all presets have a place."""
MORE = "+{} more"
SEVERITIES: Mapping[str, str] = {"information": "", "warning": "warning", "error": "danger"}
DAY = timedelta(days=1)


def capacity_panel(offers: Sequence[Offer], *, room: int, glyphs: Glyphs) -> list[Line]:
    """Three lines: as many presets as there is room for, in their order, and how many more."""
    runs = _offers_line(offers, room - 3, glyphs)
    bullet = glyphs.bullet
    title: Line = [(f" Capacity  slots free now {bullet} last 1h ", "title")]
    return framed(title, [runs], room=room, height=3, style="muted", glyphs=glyphs)


def _offers_line(offers: Sequence[Offer], room: int, glyphs: Glyphs) -> list[Run]:
    """All presets, with shorter trends if need be; else the first, and how many are left out."""
    for cells in TRENDS:
        shown = [_offer_runs(offer, cells, glyphs) for offer in offers]
        widths = [line_width(runs) for runs in shown]
        if sum(widths) <= room:
            return [(" ", ""), *chain.from_iterable(shown)]
    left = room - len(MORE.format(len(offers)))
    count = 0
    while count < len(shown) and widths[count] <= left:
        left -= widths[count]
        count += 1
    more = MORE.format(len(offers) - count)
    return [(" ", ""), *chain.from_iterable(shown[:count]), (more, "muted")]


def _offer_runs(offer: Offer, cells: int, glyphs: Glyphs) -> list[Run]:
    """A preset, how many of it are free, and how that was in the last hour."""
    free = glyphs.none if offer.free is None else str(offer.free)
    trend = trend_text(offer.trend, cells=cells, marks=glyphs.marks) if offer.trend else ""
    return [
        (f"{offer.preset.name} ", ""),
        (f"{free:>3} ", "good" if offer.free else "warning"),
        (trend, "accent"),
        ("   ", ""),
    ]


def event_lines(alerts: Sequence[Alert], now: datetime, *, most: int) -> list[Line]:
    """The newest alerts, one a line."""
    lines: list[Line] = []
    for alert in alerts[:most]:
        when = figures.clock(datetime.fromtimestamp(alert.at, UTC), now)
        lines.append([(f" {when:<11} ", "muted"), (alert.text, SEVERITIES[alert.severity])])
    return lines or [[(" nothing has happened yet", "muted")]]


def events_panel(
    alerts: Sequence[Alert], now: datetime, *, room: int, height: int, glyphs: Glyphs
) -> list[Line]:
    body = event_lines(alerts, now, most=height - 2)
    title: Line = [(" Events ", "title")]
    return framed(title, body, room=room, height=height, style="muted", glyphs=glyphs)


def queue_title(jobs: Iterable[JobDescription], look: JobLook) -> Line:
    """`◌ queue 2   ✗ failed today 1   ✓ done today 5`."""
    since = look.facts.now - DAY
    counts: Counter[JobStatus] = Counter()
    for job in jobs:
        ended = job.finished_at if job.status.is_finished else None
        if not job.status.is_finished or (ended is not None and ended > since):
            counts[job.status] += 1
    glyphs = look.glyphs.status
    waiting = counts[JobStatus.PENDING] + counts[JobStatus.SUSPENDED]
    return [
        (f" {glyphs[JobStatus.PENDING][0]} queue {waiting}  ", "pending"),
        (f" {glyphs[JobStatus.FAILED][0]} failed today {counts[JobStatus.FAILED]}  ", "failed"),
        (f" {glyphs[JobStatus.SUCCEEDED][0]} done today {counts[JobStatus.SUCCEEDED]} ", "good"),
    ]


def queue_lines(
    jobs: Sequence[JobDescription], look: JobLook, *, free: Mapping[str, int]
) -> list[Line]:
    """Who waits for what and since when, then who failed today."""
    now = look.facts.now
    waiting = [job for job in jobs if job.status.is_pending]
    waiting.sort(key=lambda job: job.created_at or now)
    lines: list[Line] = []
    for job in waiting:
        since = job.history.changed_at or job.created_at
        age = figures.span((now - since).total_seconds()) if since is not None else ""
        slots = free.get(job.preset_name or "")
        room = "" if slots is None else f"{slots} free "
        lines.append(
            [
                (f" {fit(job.name or job.id, 20)} ", ""),
                (f"waits {job.preset_name or ''} ", "pending"),
                (f"{age} {room}{phase(job)}", "muted"),
            ]
        )
    failed = [
        job
        for job in jobs
        if job.status is JobStatus.FAILED
        and job.finished_at is not None
        and job.finished_at > now - DAY
    ]
    failed.sort(key=lambda job: job.finished_at or now, reverse=True)
    for job in failed:
        when = figures.clock(job.finished_at, now)
        lines.append(
            [
                (f" {fit(job.name or job.id, 20)} ", ""),
                (f"{phase(job)} ", "failed"),
                (when, "muted"),
            ]
        )
    return lines or [[(" nobody waits", "muted")]]


def queue_card(
    jobs: Sequence[JobDescription],
    look: JobLook,
    *,
    free: Mapping[str, int],
    room: int,
    height: int,
) -> list[Line]:
    body = queue_lines(jobs, look, free=free)
    title = queue_title(jobs, look)
    return framed(title, body, room=room, height=height, style="muted", glyphs=look.glyphs)
