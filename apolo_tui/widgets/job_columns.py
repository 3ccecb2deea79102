"""The columns of the job list, and what they draw from."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apolo_tui.config import Threshold
from apolo_tui.model.cells import Align
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query_facts import Facts, run_time, time_left
from apolo_tui.model.usage import Telemetry
from apolo_tui.widgets import figures
from apolo_tui.widgets.cause import phase
from apolo_tui.widgets.glyphs import UNICODE, Glyphs
from apolo_tui.widgets.sparkline import sparkline
from apolo_tui.widgets.table_columns import Cell, Column

if TYPE_CHECKING:
    from apolo_tui.model.config import Preset

SPARK_CELLS = 5
SPARK_SECONDS = 60.0


@dataclass(slots=True)
class JobLook:
    """What the cells know besides the job. The screen replaces its parts as they change."""

    facts: Facts = field(default_factory=lambda: Facts(now=datetime.now(UTC)))
    telemetry: Mapping[str, Telemetry] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    """What the last action on a job failed with."""
    dying: frozenset[str] = frozenset()
    """Jobs whose kill waits for the time to undo."""
    presets: "Mapping[str, Preset]" = field(default_factory=dict)
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    glyphs: Glyphs = UNICODE
    stale_after: float = 5.0
    """Seconds without a sample after which figures are old."""

    def level(self, metric: str, percent: float) -> str:
        """The style of a value by the user's thresholds."""
        limits = self.thresholds.get(metric)
        if limits is None or percent < limits.warning:
            return ""
        return "danger" if percent >= limits.critical else "warning"

    def gpu_memory_total(self, job: JobDescription) -> int | None:
        """Bytes over all the job's GPUs; None when the platform does not say."""
        preset = self.presets.get(job.preset_name or "")
        return None if preset is None else preset.gpu_memory

    def fresh(self, job: JobDescription) -> Telemetry | None:
        """The telemetry of a running job that has been heard of."""
        if job.status is not JobStatus.RUNNING:
            return None
        found = self.telemetry.get(job.id)
        return found if found is not None and found.last is not None else None


Draw = Callable[[JobDescription, JobLook], Cell | str]


def _status(job: JobDescription, look: JobLook) -> Cell:
    style = "unknown" if job.status is JobStatus.UNKNOWN else job.status.value
    return Cell(look.glyphs.status[job.status], style)


def _name(job: JobDescription, look: JobLook) -> Cell | str:
    return job.name or job.id


def _left(job: JobDescription, look: JobLook) -> Cell:
    seconds = time_left(job, look.facts)
    text = figures.left(seconds, none=look.glyphs.none, no_limit=look.glyphs.no_limit)
    style = figures.left_style(seconds)
    return Cell(text + ("!" if style in ("warning", "danger") else ""), style)


def _run(job: JobDescription, look: JobLook) -> str:
    seconds = run_time(job, look.facts)
    return look.glyphs.none if seconds is None else figures.span(seconds)


def _gpu(job: JobDescription, look: JobLook) -> Cell | str:
    found = look.fresh(job)
    if found is None or found.last is None or found.last.gpu_duty_cycle is None:
        return look.glyphs.none
    duty = found.last.gpu_duty_cycle
    return Cell(f"{duty}%", _aged(found, look) or look.level("gpu", duty))


def _gpu_memory(job: JobDescription, look: JobLook) -> Cell | str:
    found = look.fresh(job)
    if found is None or found.last is None or found.last.gpu_memory_bytes is None:
        return look.glyphs.none
    used, total = found.last.gpu_memory_bytes, look.gpu_memory_total(job)
    level = look.level("gpu_memory", 100 * used / total) if total else ""
    return Cell(figures.size(used), _aged(found, look) or level)


def _cpu(job: JobDescription, look: JobLook) -> Cell | str:
    found = look.fresh(job)
    if found is None or found.last is None:
        return look.glyphs.none
    cores = job.container.resources.cpu or 1
    level = look.level("cpu", 100 * found.last.cpu / cores)
    return Cell(figures.cores(found.last.cpu), _aged(found, look) or level)


def _memory(job: JobDescription, look: JobLook) -> Cell | str:
    found = look.fresh(job)
    if found is None or found.last is None:
        return look.glyphs.none
    total = job.container.resources.memory
    level = look.level("memory", 100 * found.last.memory_bytes / total) if total else ""
    return Cell(figures.size(found.last.memory_bytes), _aged(found, look) or level)


def _aged(found: Telemetry, look: JobLook) -> str:
    """Values that were sampled a while ago are grey."""
    age = found.age(look.facts.now.timestamp())
    return "muted" if age is not None and age > look.stale_after else ""


def _spark(job: JobDescription, look: JobLook) -> Cell | str:
    """The last minute of the GPU, or of the CPU of a job without one."""
    found = look.fresh(job)
    if found is None or found.last is None:
        return ""
    end = found.last.timestamp
    samples = found.series.since(end - SPARK_SECONDS)
    points: list[tuple[float, float]]
    if found.last.gpu_duty_cycle is not None:
        points = [(item.timestamp, float(item.gpu_duty_cycle or 0)) for item in samples]
        top = 100.0
    else:
        points = [(item.timestamp, item.cpu) for item in samples]
        top = job.container.resources.cpu or 1.0
    text = sparkline(
        points,
        cells=SPARK_CELLS,
        start=end - SPARK_SECONDS,
        end=end,
        top=top,
        marks=look.glyphs.marks,
    )
    return Cell(text, "accent")


def _progress(job: JobDescription, look: JobLook) -> Cell | str:
    """The phase, the reason or the end; what went wrong goes first."""
    if job.id in look.failures:
        return Cell(f"! {look.failures[job.id]}", "danger")
    if job.id in look.dying:
        return Cell("kill waits, U undoes", "warning")
    if job.id in look.gone:
        return Cell(look.gone[job.id], "muted")
    if job.status is JobStatus.UNKNOWN:
        return Cell(f"? {job.status_text or 'unknown'}", "unknown")
    parts = [phase(job)] if phase(job) else []
    restarts = job.history.restarts
    if restarts and job.status is JobStatus.SUSPENDED:
        parts = [f"preempted {look.glyphs.times}{restarts}"]
    elif restarts:
        parts = [part for part in parts if part != "Restarting"]
        parts.append(f"restarted {look.glyphs.times}{restarts}")
    styles = {JobStatus.FAILED: "danger", JobStatus.SUSPENDED: "warning"}
    return Cell(" ".join(parts), styles.get(job.status, "muted" if parts else ""))


def _cost(job: JobDescription, look: JobLook) -> str:
    return figures.credits_of(job.total_price_credits, none=look.glyphs.none)


def _price(job: JobDescription, look: JobLook) -> str:
    return figures.credits_of(job.price_credits_per_hour, none=look.glyphs.none)


def _owner(job: JobDescription, look: JobLook) -> str:
    return "YOU" if job.owner == look.facts.me else job.owner


def _moment(read: Callable[[JobDescription], datetime | None]) -> Draw:
    def draw(job: JobDescription, look: JobLook) -> str:
        moment = read(job)
        return look.glyphs.none if moment is None else figures.clock(moment, look.facts.now)

    return draw


@dataclass(frozen=True, slots=True)
class Spec:
    """A column before it is bound to a look."""

    key: str
    title: str
    draw: Draw
    least: int
    most: int | None = None
    weight: int = 0
    align: Align = "left"
    sortable: bool = True


SPECS: Mapping[str, Spec] = {
    spec.key: spec
    for spec in (
        Spec("status", "ST", _status, 2),
        Spec("name", "NAME", _name, 14, 40, 2),
        Spec("left", "LEFT", _left, 6, align="right"),
        Spec("gpu", "GPU", _gpu, 4, align="right"),
        Spec("spark", "TREND", _spark, SPARK_CELLS, sortable=False),
        Spec("gmem", "GMEM", _gpu_memory, 5, align="right"),
        Spec("cpu", "CPU", _cpu, 4, align="right"),
        Spec("mem", "MEM", _memory, 5, align="right"),
        Spec("reason", "PROGRESS", _progress, 13, None, 2),
        Spec("preset", "PRESET", lambda job, look: job.preset_name or look.glyphs.none, 8, 16, 1),
        Spec("run", "RUN", _run, 6, align="right"),
        Spec("owner", "OWNER", _owner, 8, 24, 1),
        Spec("price", "CR/H", _price, 6, align="right"),
        Spec("cost", "COST", _cost, 7, align="right"),
        Spec(
            "restarts",
            "RST",
            lambda job, look: str(job.history.restarts or look.glyphs.none),
            3,
            align="right",
        ),
        Spec("created", "CREATED", _moment(lambda job: job.history.created_at), 11),
        Spec("finished", "ENDED", _moment(lambda job: job.finished_at), 11),
        Spec("tag", "TAGS", lambda job, look: ",".join(job.tags), 8, 24, 1),
        Spec("image", "IMAGE", lambda job, look: job.container.image_str, 12, 40, 1),
        Spec("project", "PROJECT", lambda job, look: job.project_name, 10, 30, 1),
        Spec("cluster", "CLUSTER", lambda job, look: job.cluster_name, 10, 24, 1),
        Spec("org", "ORG", lambda job, look: job.org_name or look.glyphs.none, 8, 24, 1),
        Spec("id", "ID", lambda job, look: job.id, 12, 40, 1),
    )
}

WIDTHS: Mapping[str, tuple[str, ...]] = {
    "tiny": ("status", "name", "left"),
    "compact": ("status", "name", "left", "gpu", "reason"),
    "normal": ("status", "name", "preset", "run", "left", "gpu", "gmem", "cpu", "reason"),
    "wide": (
        *("status", "name", "owner", "preset", "run", "left", "gpu", "spark", "gmem", "cpu"),
        *("mem", "price", "cost", "restarts", "reason", "created", "tag"),
    ),
}

APOLO_NAMES: Mapping[str, str] = {
    "when": "created",
    "started": "created",
    "tags": "tag",
    "cluster_name": "cluster",
    "org_name": "org",
    "project_name": "project",
    "life_span": "left",
    "memory": "mem",
    "gpu_memory": "gmem",
}
"""Columns of the `apolo` command that have another name here (docs/protocol.md section A.4)."""

FIELD = re.compile(r"\{(?P<body>[^{}]*)\}|(?P<word>[^\s,{}]+)")


def parse_format(text: str) -> tuple[Spec, ...]:
    """The columns of a format such as `{id;max=8} name`, in apolo's `ps-format` syntax.

    Raises ValueError, with a text for the user.
    """
    found: list[Spec] = []
    for match in FIELD.finditer(text):
        parts = [part.strip() for part in (match["body"] or match["word"] or "").split(";")]
        spec = SPECS[column_key(parts[0].split("/")[0])]
        least, most, align, title = spec.least, spec.most, spec.align, spec.title
        for option in filter(None, parts[1:]):
            name, separator, value = option.partition("=")
            if not separator:
                title = option
            elif name == "align" and value in ("left", "right", "center"):
                align = "left" if value == "left" else "right" if value == "right" else "center"
            elif name in ("min", "max", "width") and value.isdigit() and int(value) > 0:
                least = int(value) if name in ("min", "width") else min(least, int(value))
                most = int(value) if name in ("max", "width") else most
            else:
                raise ValueError(f"{option!r} is not an option of a column; write {{id;max=8}}")
        found.append(Spec(spec.key, title, spec.draw, least, most, 1, align, spec.sortable))
    if not found:
        raise ValueError("name at least one column, for example: {id;max=8} name status")
    return tuple(found)


def column_key(written: str) -> str:
    """The column that is meant: ours or apolo's name, or an unambiguous beginning of one.

    Raises ValueError, with a text for the user.
    """
    word = written.strip().lower()
    if word in SPECS:
        return word
    if word in APOLO_NAMES:
        return APOLO_NAMES[word]
    known = {**{key: key for key in SPECS}, **APOLO_NAMES}
    near = sorted({key for name, key in known.items() if word and name.startswith(word)})
    if len(near) == 1:
        return near[0]
    there = ", ".join(SPECS)
    raise ValueError(f"there is no column {written!r}; there are {there}")


def columns(specs: Sequence[Spec], look: JobLook) -> list[Column[JobDescription]]:
    """The columns of a table, drawn with `look`. Status and name come first, also when panned."""
    frozen = {"status", "name"}
    ordered = [spec for spec in specs if spec.key in frozen]
    ordered += [spec for spec in specs if spec.key not in frozen]
    return [
        Column(
            key=spec.key,
            title=spec.title,
            render=_bound(spec.draw, look),
            min_width=spec.least,
            max_width=spec.most if spec.weight else spec.least,
            weight=spec.weight,
            align=spec.align,
            frozen=spec.key in frozen,
            sortable=spec.sortable,
        )
        for spec in ordered
    ]


def _bound(draw: Draw, look: JobLook) -> Callable[[JobDescription], Cell | str]:
    return lambda job: draw(job, look)
