"""What filters and sorting know about a job besides the job: the time, the user, its telemetry."""

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.telemetry import JobTelemetry

NO_LIMIT = math.inf
"""The time left of a job without a life span."""

BAD_REASONS = frozenset(
    {
        *("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CrashLoopBackOff"),
        *("ClusterScaleUpFailed", "DiskUnavailable", "NotFound", "QuotaExhausted", "OOMKilled"),
    }
)
"""Reasons that need somebody's attention while the job waits or runs (protocol section 5.9)."""

ENDS_SOON = 15 * 60.0
"""Seconds of life span left that are a problem."""


class Drift(enum.IntEnum):
    """Of which jobs the clock alone changes something; a larger one has the smaller ones in it."""

    NONE = 0
    ACTIVE = 1
    """Of those that have not ended."""
    ALL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`answered_at` is when the platform told of the jobs: what runs has run longer by now."""

    now: datetime
    answered_at: datetime | None = None
    me: str = ""
    telemetry: Mapping[str, JobTelemetry] = field(default_factory=dict)
    """The latest sample by job id."""

    @property
    def since_answer(self) -> float:
        """Seconds since the platform answered."""
        if self.answered_at is None:
            return 0.0
        return max(0.0, (self.now - self.answered_at).total_seconds())


def run_time(job: JobDescription, facts: Facts) -> float | None:
    """Seconds spent running; only time in the status running counts. None if it never ran."""
    seconds = job.history.run_time_seconds
    if job.status is JobStatus.RUNNING:
        return (seconds or 0.0) + facts.since_answer
    return seconds or None


def time_left(job: JobDescription, facts: Facts) -> float | None:
    """Seconds of life span left, 0 when it is over, NO_LIMIT without one.

    None for a job that has ended, and for one that has not run yet: its countdown stands still.
    """
    if job.status not in (JobStatus.RUNNING, JobStatus.SUSPENDED):
        return None
    if job.life_span is None:
        return NO_LIMIT
    return max(0.0, job.life_span - (run_time(job, facts) or 0.0))


def age(job: JobDescription, facts: Facts) -> float | None:
    """Seconds since the job was created."""
    return None if job.created_at is None else (facts.now - job.created_at).total_seconds()


def since_end(job: JobDescription, facts: Facts) -> float | None:
    """Seconds since the job ended; None while it has not."""
    ended = job.finished_at
    return None if ended is None else (facts.now - ended).total_seconds()


def is_problem(job: JobDescription, facts: Facts) -> bool:
    """Whether the job needs attention: failed, suspended, unknown, stuck, or about to be ended."""
    if job.status in (JobStatus.FAILED, JobStatus.SUSPENDED, JobStatus.UNKNOWN):
        return True
    if job.status.is_finished:
        return job.history.reason in ("LifeSpanEnded", "QuotaExhausted")
    left = time_left(job, facts)
    return job.history.reason in BAD_REASONS or (left is not None and left <= ENDS_SOON)


def _sample(
    read: Callable[[JobTelemetry], float | None],
) -> Callable[[JobDescription, Facts], float | None]:
    def value(job: JobDescription, facts: Facts) -> float | None:
        sample = facts.telemetry.get(job.id)
        return None if sample is None or job.status is not JobStatus.RUNNING else read(sample)

    return value


def _cost(job: JobDescription, facts: Facts) -> float | None:
    return None if job.total_price_credits is None else float(job.total_price_credits)


def _price(job: JobDescription, facts: Facts) -> float | None:
    return None if job.price_credits_per_hour is None else float(job.price_credits_per_hour)


NUMBERS: Mapping[str, Callable[[JobDescription, Facts], float | None]] = {
    "gpu": _sample(lambda sample: sample.gpu_duty_cycle),
    "gmem": _sample(lambda sample: sample.gpu_memory_bytes),
    "cpu": _sample(lambda sample: sample.cpu),
    "mem": _sample(lambda sample: sample.memory_bytes),
    "run": run_time,
    "left": time_left,
    "age": age,
    "ended": since_end,
    "cost": _cost,
    "price": _price,
    "restarts": lambda job, facts: job.history.restarts,
}
"""What a job has in numbers, by the name of the field: percent, cores, bytes, seconds, credits."""

DRIFTS: Mapping[str, Drift] = {
    **dict.fromkeys(NUMBERS, Drift.ACTIVE),
    **dict.fromkeys(("cost", "price", "restarts"), Drift.NONE),
    **dict.fromkeys(("age", "ended"), Drift.ALL),
}
"""Whose numbers change although the platform tells nothing new of the job."""


TEXTS: Mapping[str, Callable[[JobDescription], tuple[str, ...]]] = {
    "name": lambda job: (job.name or "",),
    "id": lambda job: (job.id,),
    "status": lambda job: (job.status_text or job.status.value, job.status.value),
    "owner": lambda job: (job.owner,),
    "tag": lambda job: tuple(job.tags),
    "preset": lambda job: (job.preset_name or "",),
    "image": lambda job: job.image_names,
    "cluster": lambda job: (job.cluster_name,),
    "org": lambda job: (job.org_name or "",),
    "project": lambda job: (job.project_name,),
    "reason": lambda job: (job.history.reason,),
}
"""What a job has in words, by the name of the field."""
