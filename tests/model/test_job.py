import copy
import dataclasses
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    JobDescription,
    JobStatus,
    JobStatusHistory,
    JobStatusItem,
    Late,
    Resources,
)

CREATED = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)


def job(**changes: Any) -> JobDescription:
    values: dict[str, Any] = {
        "id": "job-1",
        "owner": "mira",
        "cluster_name": "harbor",
        "status": JobStatus.RUNNING,
        "history": JobStatusHistory(status=JobStatus.RUNNING, created_at=CREATED),
        "container": Container(RemoteImage("ubuntu", "latest"), Resources(2**30, 1.0)),
    }
    return JobDescription(**(values | changes))


def late_twin(whole: JobDescription, asked: list[str]) -> JobDescription:
    """The same job, each of whose attributes is filled when it is asked for."""

    def fill(value: Late, name: str) -> None:
        asked.append(name)
        object.__setattr__(value, name, getattr(whole, name))

    twin = object.__new__(JobDescription)
    object.__setattr__(twin, "_late", fill)
    return twin


def test_an_attribute_is_decoded_once_and_only_when_asked_for() -> None:
    asked: list[str] = []
    twin = late_twin(job(name="train-7"), asked)
    assert (twin.name, twin.name, twin.id) == ("train-7", "train-7", "job-1")
    assert asked == ["name", "id"]


def test_a_late_job_is_equal_to_one_made_by_hand_and_can_be_copied() -> None:
    whole = job(tags=("a",))
    assert late_twin(whole, []) == whole
    assert repr(late_twin(whole, [])) == repr(whole)
    assert dataclasses.replace(late_twin(whole, []), name="x") == job(tags=("a",), name="x")
    assert pickle.loads(pickle.dumps(late_twin(whole, []))) == whole
    assert copy.copy(late_twin(whole, [])) == whole


def test_an_attribute_that_does_not_exist_is_an_error_and_asks_nobody() -> None:
    asked: list[str] = []
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        late_twin(job(), asked).nonsense  # noqa: B018
    with pytest.raises(AttributeError, match="nonsense"):
        job().nonsense  # noqa: B018
    assert asked == []


def test_jobs_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        job().name = "x"  # type: ignore[misc]


def test_the_creation_time_is_that_of_the_history() -> None:
    assert job().created_at == CREATED


def test_the_status_changed_at_its_last_transition_and_it_is_never_an_error() -> None:
    later = datetime(2026, 11, 22, 8, tzinfo=UTC)
    end = datetime(2026, 11, 22, 9, tzinfo=UTC)
    steps = (JobStatusItem(JobStatus.PENDING, CREATED), JobStatusItem(JobStatus.RUNNING, later))
    history = JobStatusHistory(status=JobStatus.RUNNING, created_at=CREATED, transitions=steps)
    assert history.changed_at == later
    assert dataclasses.replace(history, transitions=()).changed_at == CREATED
    done = dataclasses.replace(history, status=JobStatus.FAILED, finished_at=end)
    assert done.changed_at == end
    assert JobStatusHistory(status=JobStatus.UNKNOWN).changed_at is None


def test_every_status_is_pending_running_or_finished_and_unknown_is_none_of_them() -> None:
    for status in JobStatus.items():
        assert status.is_pending + status.is_running + status.is_finished == 1
    unknown = JobStatus.UNKNOWN
    assert not any((unknown.is_pending, unknown.is_running, unknown.is_finished))
    assert JobStatus.active_items() | JobStatus.finished_items() == JobStatus.items()
    assert JobStatus.UNKNOWN not in JobStatus.items()


@pytest.mark.parametrize(
    ("resources", "gpu", "model"),
    [
        (Resources(1, 1), None, None),
        (Resources(1, 1, nvidia_gpu=2, nvidia_gpu_model="l4"), 2, "l4"),
        (Resources(1, 1, nvidia_gpu=0, amd_gpu=4, amd_gpu_model="mi300"), 4, "mi300"),
        (Resources(1, 1, intel_gpu=1), 1, None),
    ],
)
def test_gpus_are_those_of_the_first_vendor_that_has_any(
    resources: Resources, gpu: int | None, model: str | None
) -> None:
    assert (resources.gpu, resources.gpu_model) == (gpu, model)


def test_memory_in_megabytes_is_rounded_down() -> None:
    assert Resources(2**20 * 3 - 1, 1).memory_mb == 2
