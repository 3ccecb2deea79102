"""The characters that the dashboard draws with: those of Unicode, or only ASCII."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from apolo_tui.model.job import JobStatus
from apolo_tui.widgets.figures import NONE
from apolo_tui.widgets.sparkline import Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of characters."""

    ascii_only: bool = False
    marks: Marks = Marks.BRAILLE
    status: Mapping[JobStatus, str] = field(
        default_factory=lambda: {
            JobStatus.RUNNING: "●R",
            JobStatus.PENDING: "◌P",
            JobStatus.SUSPENDED: "◐S",
            JobStatus.SUCCEEDED: "✓D",
            JobStatus.FAILED: "✗F",
            JobStatus.CANCELLED: "⊘C",
            JobStatus.UNKNOWN: "?U",
        }
    )
    live: str = "●"
    broken: str = "◌"
    none: str = NONE
    no_limit: str = "∞"
    times: str = "\N{MULTIPLICATION SIGN}"
    arrow: str = "→"
    bullet: str = "·"
    masked: str = "••••••"
    full: str = "▇"
    empty: str = "▁"
    rule: str = "─"
    ellipsis: str = "…"


UNICODE = Glyphs()
ASCII = Glyphs(
    ascii_only=True,
    marks=Marks.ASCII,
    status={
        JobStatus.RUNNING: "*R",
        JobStatus.PENDING: ".P",
        JobStatus.SUSPENDED: "~S",
        JobStatus.SUCCEEDED: "+D",
        JobStatus.FAILED: "xF",
        JobStatus.CANCELLED: "-C",
        JobStatus.UNKNOWN: "?U",
    },
    live="*",
    broken="o",
    none="-",
    no_limit="oo",
    times="x",
    arrow="->",
    bullet="-",
    masked="******",
    full="#",
    empty=".",
    rule="-",
    ellipsis="~",
)


BLOCK = replace(UNICODE, marks=Marks.BLOCK)


def glyphs_of(marks: Marks) -> Glyphs:
    """The set that goes with what the terminal can show of a chart."""
    return {Marks.BRAILLE: UNICODE, Marks.BLOCK: BLOCK, Marks.ASCII: ASCII}[marks]
