"""Why a job waits, stopped or was ended, in plain words, with evidence and a next step.

The reasons are those of docs/protocol.md section 5.8.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.units import format_duration, format_size

SIGNALS: Mapping[int, str] = {
    1: "SIGHUP",
    2: "SIGINT",
    6: "SIGABRT",
    9: "SIGKILL",
    11: "SIGSEGV",
    15: "SIGTERM",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened (one sentence), what shows it, and what to do next."""

    title: str
    evidence: str = ""
    next_step: str = ""
    severity: str = "warning"
    """A style: `danger`, `warning` or `muted`."""


def cause(job: JobDescription, last: JobTelemetry | None = None) -> Cause | None:
    """The cause of the job's state; None for a job that runs or ended well.

    `last` is the last telemetry sample that was seen, as evidence.
    """
    history = job.history
    reason = history.reason
    if job.status is JobStatus.UNKNOWN:
        text = job.status_text or "?"
        return Cause(f"The status “{text}” is not known to this version", "", "", "warning")
    if job.status is JobStatus.SUCCEEDED:
        return None
    if job.status is JobStatus.RUNNING:
        if reason != "Restarting":
            return None
        return Cause(
            "The container is being started again",
            _said(job),
            "Look at the end of the log for why it stopped",
        )
    found = KNOWN.get((job.status, reason))
    if found is not None:
        return found(job, last)
    if reason.startswith("Missing secrets"):
        return Cause(
            reason, _said(job), "Create the secret (apolo secret add), then rerun", "danger"
        )
    if reason.startswith("Missing disks"):
        return Cause(
            reason, _said(job), "Create the disk (apolo disk create), then rerun", "danger"
        )
    return FALLBACK.get(job.status, _plain)(job, last)


def _said(job: JobDescription) -> str:
    """The platform's own words, and the exit code."""
    parts = [job.history.description] if job.history.description else []
    code = job.history.exit_code
    if code is not None and code > 128 and code - 128 in SIGNALS:
        parts.append(f"exit code {code} ({SIGNALS[code - 128]})")
    elif code is not None:
        parts.append(f"exit code {code}")
    return "; ".join(parts)


Builder = Callable[[JobDescription, JobTelemetry | None], Cause]


def _out_of_memory(job: JobDescription, last: JobTelemetry | None) -> Cause:
    limit = job.container.resources.memory
    evidence = f"the preset gives {format_size(limit)}"
    if last is not None:
        evidence = f"memory {format_size(last.memory_bytes)} of {format_size(limit)} when last seen"
    said = _said(job)
    return Cause(
        "It needed more memory than its preset has",
        f"{evidence}; {said}" if said else evidence,
        "Rerun it on a preset with more memory, or with a smaller batch",
        "danger",
    )


def _life_span(job: JobDescription, last: JobTelemetry | None) -> Cause:
    limit = format_duration(job.life_span) if job.life_span else "its life span"
    return Cause(
        "Its life span was over",
        f"limit {limit} of running time",
        "Rerun it with a longer life span; bump the next one in time with +",
    )


def _quota(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause(
        "The credits were used up, so the platform ended it",
        _said(job),
        "Ask an admin for credits; then rerun it",
        "danger",
    )


def _user(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause("Somebody killed it", _said(job), "", "muted")


def _image(job: JobDescription, last: JobTelemetry | None) -> Cause:
    image = job.container.image_str or str(job.container.image)
    said = _said(job)
    return Cause(
        "The image cannot be pulled",
        f"{image}; {said}" if said else image,
        "Check the image's name and tag, and that the project may read it",
        "danger",
    )


def _disk(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause(
        "Its disk is in use by another job",
        _said(job),
        "End the other job, or use another disk",
    )


def _no_room(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause(
        "The cluster found no room for it in time",
        _said(job) or f"preset {job.preset_name or '?'}",
        "Try another preset, or a longer schedule timeout",
        "danger",
    )


def _lost(job: JobDescription, last: JobTelemetry | None) -> Cause:
    preempted = job.preemptible_node or job.scheduler_enabled
    return Cause(
        "Its node was taken away" if preempted else "The platform lost its container",
        _said(job) or ("it ran on a preemptible node" if preempted else ""),
        "Rerun it; a restart policy would do that by itself",
        "danger",
    )


def _waiting(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause(
        "It waits for room on the cluster",
        _said(job) or f"preset {job.preset_name or '?'}",
        "",
        "muted",
    )


def _scaling(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause("A node is being added for it", _said(job), "", "muted")


def _pulling(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause("Its image is being pulled", _said(job), "", "muted")


def _starting(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause("Its container is being made", _said(job), "", "muted")


def _suspended(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause(
        "It was preempted: suspended to let others run",
        _said(job),
        "The platform resumes it by itself when there is room",
    )


def _cannot_run(job: JobDescription, last: JobTelemetry | None) -> Cause:
    return Cause(
        "Its command could not be started",
        _said(job),
        "Rerun it with a command that the image has; a line of shell needs: bash -c '...'",
        "danger",
    )


def _failed(job: JobDescription, last: JobTelemetry | None) -> Cause:
    reason = job.history.reason
    title = "Its process ended with an error"
    if reason and reason not in ("Error", "Completed"):
        title = f"It failed: {reason}"
    return Cause(title, _said(job), "Look at the end of its log with l", "danger")


def _plain(job: JobDescription, last: JobTelemetry | None) -> Cause:
    reason = job.history.reason
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", reason).lower() if reason.isalpha() else reason
    return Cause(words.capitalize() or "No reason was given", _said(job), "", "warning")


PENDING, FAILED, CANCELLED = JobStatus.PENDING, JobStatus.FAILED, JobStatus.CANCELLED
KNOWN: Mapping[tuple[JobStatus, str], Builder] = {
    (FAILED, "OOMKilled"): _out_of_memory,
    (FAILED, "Collected"): _image,
    (FAILED, "ErrImagePull"): _image,
    (FAILED, "ClusterScaleUpFailed"): _no_room,
    (FAILED, "Job cannot be scheduled"): _no_room,
    (FAILED, "NotFound"): _lost,
    (FAILED, "ContainerCannotRun"): _cannot_run,
    (CANCELLED, "LifeSpanEnded"): _life_span,
    (CANCELLED, "QuotaExhausted"): _quota,
    (CANCELLED, "UserRequested"): _user,
    (PENDING, ""): _waiting,
    (PENDING, "Creating"): _waiting,
    (PENDING, "Scheduling"): _waiting,
    (PENDING, "ClusterScalingUp"): _scaling,
    (PENDING, "Pulling"): _pulling,
    (PENDING, "ContainerCreating"): _starting,
    (PENDING, "PodInitializing"): _starting,
    (PENDING, "ErrImagePull"): _image,
    (PENDING, "ImagePullBackOff"): _image,
    (PENDING, "InvalidImageName"): _image,
    (PENDING, "DiskUnavailable"): _disk,
}
FALLBACK: Mapping[JobStatus, Builder] = {
    JobStatus.FAILED: _failed,
    JobStatus.SUSPENDED: _suspended,
    JobStatus.CANCELLED: _user,
}


def phase(job: JobDescription) -> str:
    """The reason or the end in a few words, for the list."""
    history = job.history
    if job.status is JobStatus.RUNNING:
        return history.reason
    if job.status is JobStatus.SUSPENDED:
        return "preempted"
    if job.status is JobStatus.SUCCEEDED:
        return "exit 0"
    if job.status is JobStatus.CANCELLED:
        return history.reason or "killed"
    if job.status is JobStatus.FAILED:
        code = f" {history.exit_code}" if history.exit_code is not None else ""
        return f"{history.reason or 'failed'}{code}"
    return history.reason
