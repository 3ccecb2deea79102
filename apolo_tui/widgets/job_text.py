"""The detail of a job as lines: overview, causes, history. Pure: facts in, lines out."""

from datetime import datetime

from apolo_tui.model.cells import cut, width
from apolo_tui.model.job import JobDescription, JobStatus, JobStatusItem
from apolo_tui.model.query_facts import NO_LIMIT, run_time, time_left
from apolo_tui.model.units import format_duration
from apolo_tui.widgets import figures
from apolo_tui.widgets.cause import cause
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import LINK, Line, Run, cell, fitted

LABEL = 9
TIMES = "\N{MULTIPLICATION SIGN}"
SHOWN_PHASES = 200
"""A job may have transitions without number: the first and the last are shown."""


def overview(job: JobDescription, look: JobLook, room: int) -> list[Line]:
    """What a job is, how it stands and what it costs."""
    lines: list[Line] = [
        [(f"{job.name or job.id}", "title"), ("  ", ""), (job.id if job.name else "", "muted")],
        _row("status", *_status(job, look)),
    ]
    lines += cause_card(job, look, room)
    if job.id in look.gone:
        lines.append(_row("note", (look.gone[job.id], "warning")))
    if job.id in look.failures:
        lines.append(_row("failed", (look.failures[job.id], "danger")))
    lines += [
        _row("left", *_left(job, look)),
        _row("preset", (_preset(job), "")),
        _row("cost", *_cost(job, look)),
        _row("owner", (job.owner, ""), (f"  {place(job)}", "muted")),
    ]
    if str(job.http_url):
        url = str(job.http_url)
        link = f"{LINK}{url}" if url.isprintable() else "accent"
        lines.append(_row("http", (url, link), ("  b", "key")))
    lines.append(_row("image", (job.container.image_str or str(job.container.image), "")))
    if job.container.command:
        lines.append(_row("command", (" ".join(job.container.command.split()), "")))
    if job.tags:
        lines.append(_row("tags", (" ".join(job.tags), "")))
    if job.description:
        lines.append(_row("about", (job.description, "muted")))
    return [line for wide in lines for line in _wrapped(wide, room)]


def cause_card(job: JobDescription, look: JobLook, room: int) -> list[Line]:
    """Why it stands as it does, what shows it, and what to do."""
    known = look.telemetry.get(job.id)
    found = cause(job, known.last if known else None)
    if found is None:
        return []
    lines: list[Line] = [_row("cause", (found.title, found.severity))]
    if found.evidence:
        lines.append(_row("", (found.evidence, "muted")))
    if found.next_step:
        lines.append(_row("", (f"{look.glyphs.arrow} {found.next_step}", "key")))
    return lines


def _row(label: str, *runs: Run) -> Line:
    return [(f"{label:<{LABEL}}", "muted"), *runs]


def _wrapped(line: Line, room: int) -> list[Line]:
    """A row whose value is too long goes on below it."""
    total = sum(width(text) for text, _ in line)
    if total <= room or room <= LABEL + 10 or len(line) < 2 or width(line[0][0]) != LABEL:
        return [fitted(line, room)]
    text = "".join(text for text, _ in line[1:])
    style = line[1][1]
    lines: list[Line] = []
    label = line[0]
    while text:
        piece = cut(text, room - LABEL, ellipsis="")
        if len(piece) < len(text) and " " in piece[10:]:
            piece = piece[: piece.rindex(" ") + 1]
        lines.append([label, (piece, style)])
        text = text[len(piece) :] if piece else ""
        label = (" " * LABEL, "muted")
    return lines[:6]


def _status(job: JobDescription, look: JobLook) -> list[Run]:
    name = job.status_text or job.status.value
    style = job.status.value
    runs: list[Run] = [(f"{look.glyphs.status[job.status]} {name}", style)]
    changed = job.history.changed_at
    if job.status is JobStatus.RUNNING:
        ran = run_time(job, look.facts)
        runs.append((f" {figures.span(ran)}" if ran is not None else "", ""))
    elif changed is not None:
        ago = (look.facts.now - changed).total_seconds()
        words = "ago" if job.status.is_finished else "so far"
        runs.append((f" {figures.span(ago)} {words}", ""))
    if job.history.restarts:
        runs.append((f"   restarts {job.history.restarts}", "warning"))
    if job.restart_policy.value != "never":
        runs.append((f"   restart {job.restart_policy.value}", "muted"))
    runs.append((f"   priority {(job.priority_text or job.priority.name).lower()}", "muted"))
    return runs


def _left(job: JobDescription, look: JobLook) -> list[Run]:
    seconds = time_left(job, look.facts)
    glyphs = look.glyphs
    text = figures.left(seconds, none=glyphs.none, no_limit=f"{glyphs.no_limit} no limit")
    runs: list[Run] = [(text, figures.left_style(seconds))]
    if job.life_span is None or seconds is None or seconds == NO_LIMIT:
        if job.life_span is not None and seconds is None:
            runs.append((f"  of {format_duration(job.life_span)}", "muted"))
        return runs
    bar = figures.meter(1 - seconds / job.life_span, 14, full=glyphs.full, empty=glyphs.empty)
    runs.append((f" of {format_duration(job.life_span)}  ", ""))
    runs.append((bar, "accent"))
    if job.status is JobStatus.RUNNING:
        end = datetime.fromtimestamp(look.facts.now.timestamp() + seconds, look.facts.now.tzinfo)
        runs.append((f"  ends {figures.clock(end, look.facts.now)}", ""))
    else:
        runs.append(("  the clock stands while it does not run", "muted"))
    return runs


def _preset(job: JobDescription) -> str:
    resources = job.container.resources
    parts = [job.preset_name or "", f"{resources.cpu:g} cpu"]
    parts.append(figures.size(resources.memory))
    if resources.gpu:
        parts.append(f"{resources.gpu}{TIMES}{resources.gpu_model or 'GPU'}")
    parts += [f"{count}{TIMES}MIG {name}" for name, count in resources.nvidia_migs.items()]
    if resources.tpu_type:
        parts.append(f"TPU {resources.tpu_type}")
    if job.preemptible_node or job.scheduler_enabled:
        parts.append("preemptible")
    return "  ".join(part for part in parts if part)


def _cost(job: JobDescription, look: JobLook) -> list[Run]:
    if job.total_price_credits is None and job.price_credits_per_hour is None:
        return [("the platform does not say", "muted")]
    spent, hourly = job.total_price_credits, job.price_credits_per_hour
    runs: list[Run] = [(f"{figures.credits_of(spent)} cr so far", "")]
    if hourly is not None:
        runs.append((f"   {figures.credits_of(hourly)} cr/h", ""))
        seconds = time_left(job, look.facts)
        if seconds not in (None, NO_LIMIT) and spent is not None and seconds is not None:
            end = spent + hourly * int(seconds) / 3600
            runs.append((f"   at life-span end {figures.credits_of(end)} cr", "muted"))
    return runs


def place(job: JobDescription) -> str:
    """Where a job runs: cluster, org and project."""
    return "/".join(part for part in (job.cluster_name, job.org_name, job.project_name) if part)


def history(job: JobDescription, look: JobLook, room: int) -> list[Line]:
    """Each transition with its reason, and how long that phase took."""
    items = list(job.history.transitions)
    lines: list[Line] = [
        [
            (cell("WHEN", 12)[0], "heading"),
            (cell("STATUS", 13)[0], "heading"),
            (cell("TOOK", 9)[0], "heading"),
            ("REASON", "heading"),
        ]
    ]
    hidden = max(0, len(items) - SHOWN_PHASES)
    for index, item in enumerate(items):
        if hidden and index == SHOWN_PHASES // 2:
            lines.append([(f"{look.glyphs.ellipsis} {hidden} more", "muted")])
        if hidden and SHOWN_PHASES // 2 <= index < SHOWN_PHASES // 2 + hidden:
            continue
        following = items[index + 1] if index + 1 < len(items) else None
        lines += _phase_lines(item, following, job, look, room)
    return lines


def _phase_lines(
    item: JobStatusItem,
    following: JobStatusItem | None,
    job: JobDescription,
    look: JobLook,
    room: int,
) -> list[Line]:
    start = item.transition_time
    end = following.transition_time if following is not None else None
    if following is None and not job.status.is_finished:
        end = look.facts.now
    took = "" if start is None or end is None else figures.exact_span((end - start).total_seconds())
    reason = item.reason
    if item.exit_code is not None:
        code = f"exit code {item.exit_code}"
        reason = f"{reason}, {code}" if reason else code
    lines: list[Line] = [
        [
            (cell(figures.clock(start, look.facts.now), 12)[0], ""),
            (
                cell(
                    f"{look.glyphs.status[item.status][0]} {item.status_text or item.status.value}",
                    13,
                )[0],
                item.status.value,
            ),
            (cell(took, 9)[0], ""),
            (reason, ""),
        ]
    ]
    if item.description:
        lines.append(
            [(" " * 12, ""), (cut(" ".join(item.description.split()), room - 12), "muted")]
        )
    return lines
