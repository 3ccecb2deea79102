"""The phases of a job on its way to running, and how long each took (docs/protocol.md 5.8)."""

from collections.abc import Iterator
from dataclasses import dataclass

from apolo_tui.model.job import JobDescription, JobStatus


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of one status and reason."""

    name: str
    """The reason where there is one (`Pulling`), or else the status (`Running`)."""
    seconds: float
    description: str = ""
    open: bool = False
    """It goes on."""


def phases(job: JobDescription, now: float) -> tuple[Phase, ...]:
    """All phases up to `now` (unix time), oldest first; neighbours of one name are one phase."""
    merged: list[Phase] = []
    for phase in _stretches(job, now):
        if merged and merged[-1].name == phase.name:
            last = merged.pop()
            description = phase.description or last.description
            phase = Phase(phase.name, last.seconds + phase.seconds, description, phase.open)
        merged.append(phase)
    return tuple(merged)


def _stretches(job: JobDescription, now: float) -> Iterator[Phase]:
    items = [item for item in job.history.transitions if item.transition_time is not None]
    ends = [item.transition_time.timestamp() for item in items[1:] if item.transition_time]
    for item, end in zip(items, [*ends, None], strict=True):
        start = item.transition_time.timestamp() if item.transition_time else now
        final = item.status.is_finished
        going_on = end is None and not final
        until = start if final else now if end is None else end
        yield Phase(
            _name(item.status, item.reason), max(0.0, until - start), item.description, going_on
        )


def _name(status: JobStatus, reason: str) -> str:
    if status is JobStatus.PENDING and reason:
        return reason
    return status.value.capitalize()
