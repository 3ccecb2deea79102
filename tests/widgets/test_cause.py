"""Causes in words: a title, evidence, and what to do."""

from dataclasses import replace

import pytest

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.widgets.cause import cause, phase
from tests.model.jobs import make_job

CANNOT = "ContainerCannotRun 127"


def job_with(
    status: JobStatus, reason: str = "", code: int | None = None, said: str = ""
) -> JobDescription:
    job = make_job(status=status, reason=reason)
    return replace(job, history=replace(job.history, exit_code=code, description=said))


@pytest.mark.parametrize(
    ("status", "reason", "code", "words", "short"),
    [
        (JobStatus.FAILED, "OOMKilled", 137, ("more memory", "SIGKILL", "Rerun"), "OOMKilled 137"),
        (JobStatus.FAILED, "Error", 1, ("ended with an error", "exit code 1", "log"), "Error 1"),
        (JobStatus.FAILED, "ErrImagePull", None, ("cannot be pulled", "tag"), "ErrImagePull"),
        (JobStatus.FAILED, "NotFound", None, ("lost its container", "Rerun"), "NotFound"),
        (JobStatus.FAILED, "ContainerCannotRun", 127, ("could not be started", "bash -c"), CANNOT),
        (JobStatus.FAILED, "Missing secrets: hf", None, ("secret add",), "Missing secrets: hf"),
        (JobStatus.CANCELLED, "LifeSpanEnded", None, ("life span", "24h|1d"), "LifeSpanEnded"),
        (JobStatus.CANCELLED, "QuotaExhausted", None, ("credits", "admin"), "QuotaExhausted"),
        (JobStatus.CANCELLED, "", None, ("killed",), "killed"),
        (JobStatus.PENDING, "Pulling", None, ("image is being pulled",), "Pulling"),
        (JobStatus.PENDING, "DiskUnavailable", None, ("in use by another",), "DiskUnavailable"),
        (JobStatus.PENDING, "SomethingNew", None, ("Something new",), "SomethingNew"),
        (JobStatus.SUSPENDED, "", None, ("preempted", "resumes"), "preempted"),
        (JobStatus.RUNNING, "Restarting", None, ("started again", "log"), "Restarting"),
    ],
)
def test_what_is_said(
    status: JobStatus, reason: str, code: int | None, words: tuple[str, ...], short: str
) -> None:
    job = job_with(status, reason, code)
    found = cause(job)
    assert found is not None
    text = f"{found.title}. {found.evidence}. {found.next_step}"
    for word in words:
        assert any(either in text for either in word.split("|")), text
    assert phase(job) == short


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.SUCCEEDED])
def test_nothing_is_said_of_what_is_well(status: JobStatus) -> None:
    assert cause(job_with(status)) is None


def test_the_last_sample_is_evidence() -> None:
    job = job_with(JobStatus.FAILED, "OOMKilled", 137, "killed by the kernel")
    found = cause(job, JobTelemetry(timestamp=0.0, cpu=1.0, memory_bytes=1 << 30))
    assert found is not None
    assert "of 1G when last seen" in found.evidence
    assert "killed by the kernel; exit code 137" in found.evidence


def test_a_status_of_the_future() -> None:
    found = cause(replace(job_with(JobStatus.UNKNOWN), status_text="frozen"))
    assert found is not None
    assert "frozen" in found.title
