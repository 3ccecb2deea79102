"""The cards of the monitor wall: a job each, and the queue. Pure: facts in, lines out."""

from collections.abc import Sequence
from dataclasses import dataclass

from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Failed, Retrying
from apolo_tui.model.query_facts import NO_LIMIT
from apolo_tui.model.usage import Telemetry
from apolo_tui.model.wall import Card
from apolo_tui.widgets import figures
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line, Run, fitted, line_width
from apolo_tui.widgets.telemetry_panel import areas, metrics_of
from apolo_tui.widgets.telemetry_text import window_of

WINDOW = 600.0
"""Seconds that the lines of a card show."""
FRESH = 5.0
"""A sample that is not older is live."""
STEP = 5
"""Ages are told in steps of so many seconds: a card is read from afar."""


@dataclass(frozen=True, slots=True)
class Corners:
    """What a frame is drawn with."""

    top_left: str = "┌"
    top_right: str = "┐"
    bottom_left: str = "└"
    bottom_right: str = "┘"
    across: str = "─"
    down: str = "│"


UNICODE_CORNERS = Corners()
ASCII_CORNERS = Corners("+", "+", "+", "+", "-", "|")


def corners(glyphs: Glyphs) -> Corners:
    return ASCII_CORNERS if glyphs.ascii_only else UNICODE_CORNERS


def framed(
    title: Line, body: Sequence[Line], *, room: int, height: int, style: str, glyphs: Glyphs
) -> list[Line]:
    """The body in a frame of exactly `room` cells and `height` lines, the title in its top."""
    marks = corners(glyphs)
    head = fitted_title(title, room - 4)
    rule = marks.across * max(0, room - 4 - line_width(head))
    lines: list[Line] = [
        [
            (f"{marks.top_left}{marks.across}", style),
            *head,
            (f"{rule}{marks.across}{marks.top_right}", style),
        ]
    ]
    for number in range(height - 2):
        inner = body[number] if number < len(body) else []
        lines.append([(marks.down, style), *fitted(inner, room - 2), (marks.down, style)])
    lines.append([(f"{marks.bottom_left}{marks.across * (room - 2)}{marks.bottom_right}", style)])
    return lines[:height]


def fitted_title(title: Line, room: int) -> list[Run]:
    """The title in at most `room` cells."""
    return list(title) if line_width(title) <= room else fitted(title, room)


def card_lines(card: Card, look: JobLook, *, room: int, height: int, note: str = "") -> list[Line]:
    """One card in exactly `room` cells and `height` lines. `note` is its latest alert."""
    job, known = card.job, look.telemetry.get(card.job.id)
    body: list[Line] = []
    if known is None or known.last is None:
        body.append([(f" {_silent(known)}", "muted")])
    else:
        state, style = sampled(known, look)
        spare = height - 4 - bool(note)
        body += areas(metrics_of(known), job, known, look, room - 2, spare, window=WINDOW)
        shown = window_of(known, look.facts.now.timestamp(), WINDOW)
        body.append([(f" {state}", style), (f"   last {figures.span(shown)}", "muted")])
    if note:
        body.append([(f" ! {note}", "warning")])
    body.append([(f" {_about(job, look)}", "muted")])
    frame = "danger" if card.problem else "muted"
    head = _title(card, known, look, room - 6)
    return framed(head, body, room=room, height=height, style=frame, glyphs=look.glyphs)


def sampled(known: Telemetry, look: JobLook) -> Run:
    """How old the figures are: `live`, `sampled 20s ago`, or what is wrong."""
    age = known.age(look.facts.now.timestamp())
    if isinstance(known.link, Retrying):
        return f"reconnecting, {_steps(age)} old", "warning"
    if isinstance(known.link, Failed):
        return known.link.reason, "warning"
    if age is None:
        return "from the last session", "stale"
    if age < FRESH and not known.in_turn:
        return f"{look.glyphs.live} live", "live"
    if known.in_turn:
        return f"sampled {_steps(age)} ago", "muted"
    return f"stale {_steps(age)}", "stale"


def _steps(age: float | None) -> str:
    """An age that does not change every second."""
    seconds = int(age or 0) // STEP * STEP
    return figures.span(seconds)


def _silent(known: Telemetry | None) -> str:
    if known is not None and isinstance(known.link, Retrying | Failed):
        return f"no telemetry: {known.link.reason}"
    return "waiting for the first sample"


def _title(card: Card, known: Telemetry | None, look: JobLook, room: int) -> Line:
    """`● train-resnet   98% GPU   0h47m left !`, the name cut where it must be."""
    job = card.job
    glyphs = look.glyphs
    left_text = figures.left(card.left, none=glyphs.none, no_limit=glyphs.no_limit)
    left = f"{left_text} left" if card.left != NO_LIMIT else "no limit"
    style = figures.left_style(card.left)
    duty = ""
    if known is not None and known.last is not None and known.last.gpu_duty_cycle is not None:
        duty = f"  {known.last.gpu_duty_cycle:>3}% GPU"
    tail: list[Run] = [(duty, ""), (f"  {left}", style), (" !" if card.problem else "", "danger")]
    name = [(f" {glyphs.status[job.status][0]} ", job.status.value), (job.name or job.id, "title")]
    spare = room - line_width(tail)
    return [*fitted(name, max(8, spare)), *tail, (" ", "")]


def _about(job: JobDescription, look: JobLook) -> str:
    parts = [job.preset_name or "", job.owner]
    if job.price_credits_per_hour is not None:
        parts.append(f"{figures.credits_of(job.price_credits_per_hour)}cr/h")
    if job.history.restarts:
        parts.append(f"restarts {job.history.restarts}")
    return "  ".join(part for part in parts if part)
