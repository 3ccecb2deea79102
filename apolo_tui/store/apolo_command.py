"""The `apolo` command that does what the dashboard did: shown, logged, copied.

`model/start/command.py` has the one that starts a job.
"""

import shlex
from collections.abc import Iterable

from apolo_tui.model.units import format_duration


def kill(ids: Iterable[str]) -> str:
    return shlex.join(["apolo", "kill", *ids])


def bump_life_span(job_id: str, seconds: float) -> str:
    return shlex.join(["apolo", "job", "bump-life-span", job_id, format_duration(seconds)])
