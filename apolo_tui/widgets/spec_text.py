"""How a job was started, as YAML or JSON, with values masked. Pure: a job in, lines out."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from apolo_tui.model.cells import cut, width
from apolo_tui.model.job import SECRET_ENV, JobDescription
from apolo_tui.widgets.lines import Line

Form = Literal["yaml", "json"]

MASKED_TABLES = ("env", "secret_env")
RUNTIME = frozenset(
    {"status", "statuses", "history", "total_price_credits", "materialized", "being_dropped"}
)
"""What the platform adds while the job lives; not part of how it was started."""


FIRST = ("id", "name", "description", "preset_name", "tags", "container", "max_run_time_minutes")
"""What people look for, before the rest in the platform's own order."""


def document(job: JobDescription, *, mask: str, revealed: bool = False) -> dict[str, Any]:
    """The job's own JSON without its state, with the values of its environment masked.

    Variables that hold a live token stay masked also when the others are revealed
    (docs/protocol.md section 11, pitfall 41).
    """
    try:
        found = json.loads(job.raw) if job.raw else {"id": job.id, "name": job.name}
    except ValueError:
        found = {"id": job.id, "name": job.name}
    if not isinstance(found, dict):
        return {"id": job.id}
    names = dict.fromkeys((*(name for name in FIRST if name in found), *found))
    kept = {name: found[name] for name in names if name not in RUNTIME}
    return _masked(kept, mask, revealed)


def _masked(node: dict[str, Any], mask: str, revealed: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in node.items():
        if name in MASKED_TABLES and isinstance(value, Mapping):
            result[name] = {
                key: text if revealed and key not in SECRET_ENV else mask
                for key, text in value.items()
            }
        else:
            result[name] = _masked(value, mask, revealed) if isinstance(value, dict) else value
    return result


def text(job: JobDescription, form: Form, *, mask: str, revealed: bool = False) -> str:
    """The document in one of two forms."""
    found = document(job, mask=mask, revealed=revealed)
    if form == "json":
        return json.dumps(found, indent=2, ensure_ascii=False)
    import yaml  # only when the tab is opened: it costs start-up time

    return str(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=10_000))


def lines(
    job: JobDescription, form: Form, room: int, *, mask: str, revealed: bool = False
) -> list[Line]:
    """The text with its keys coloured; what is too long for a line goes on below."""
    found: list[Line] = []
    for row in text(job, form, mask=mask, revealed=revealed).splitlines():
        while width(row) > room > 20:
            piece = cut(row, room, ellipsis="")
            found.append(_coloured(piece))
            row = " " * (len(row) - len(row.lstrip()) + 2) + row[len(piece) :].lstrip()
        found.append(_coloured(row))
    return found


def _coloured(row: str) -> Line:
    key, colon, value = row.partition(":")
    if not colon or (value and not value.startswith(" ")):
        return [(row, "")]
    return [(key + colon, "accent"), (value, "")]
