"""The characters that the dashboard draws with: those of Unicode, or only ASCII."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field

from apolo_tui.model.job import JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of characters."""

    ascii_only: bool = False
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
    none: str = "–"
    no_limit: str = "∞"
    times: str = "×"
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


def ascii_terminal(environ: Mapping[str, str], encoding: str | None) -> bool:
    """Whether the terminal shows only ASCII: by the locale, and by what Python would write."""
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if locale.upper() in ("C", "POSIX"):
        return True
    if encoding is None:
        return False
    try:
        return codecs.lookup(encoding).name not in ("utf-8", "utf-16", "utf-32")
    except LookupError:
        return False
