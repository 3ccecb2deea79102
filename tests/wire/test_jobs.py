import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from yarl import URL

from apolo_tui.model.errors import ProtocolError
from apolo_tui.model.images import Registries, RemoteImage
from apolo_tui.model.job import (
    HTTPPort,
    JobDescription,
    JobPriority,
    JobRestartPolicy,
    JobStatus,
    Volume,
)
from apolo_tui.model.uris import Place
from apolo_tui.wire.jobs import JobDecoder
from tests.samples import read_json

DECODER = JobDecoder(
    Registries({"harbor": "registry.harbor.example.test"}, Place("harbor", "tidepool", "reef"))
)

Document = dict[str, Any]


def document() -> Document:
    found: Document = read_json("wire/job.json")
    return found


def encoded(found: Document) -> bytes:
    return json.dumps(found).encode()


def test_a_job_of_todays_platform() -> None:
    job = DECODER.decode(encoded(document()))
    assert job.id == "job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34"
    assert (job.owner, job.cluster_name) == ("mira", "harbor")
    assert (job.org_name, job.project_name) == ("tidepool", "reef")
    assert (job.name, job.tags, job.preset_name) == ("train-7", ("exp", "v2"), "gpu-small")
    assert job.status is JobStatus.RUNNING
    assert job.life_span == 86400.0
    assert job.created_at == datetime(2026, 11, 22, 7, 40, 0, 120000, UTC)
    assert job.price_credits_per_hour == Decimal("12.5")
    assert job.total_price_credits == Decimal("0.2612847222222222222222222222")
    assert job.priority is JobPriority.HIGH
    assert job.restart_policy is JobRestartPolicy.ON_FAILURE
    assert job.http_url == URL("https://train-7--de6b1d3c98.jobs.harbor.example.test")
    assert job.ssh_server == URL()
    assert job.materialized
    assert not job.being_dropped
    history = job.history
    assert (history.reason, history.description, history.restarts) == ("", "", 0)
    assert history.run_time_seconds == 75.25
    assert [item.reason for item in history.transitions] == ["Creating", "Pulling", ""]
    assert history.changed_at == datetime(2026, 11, 22, 7, 40, 31, 700100, UTC)
    container = job.container
    assert (container.image, container.image_str) == (
        RemoteImage("ubuntu", "22.04"),
        "ubuntu:22.04",
    )
    assert container.http == HTTPPort(8080, True, "/")
    assert container.volumes == [
        Volume(URL("storage://harbor/tidepool/reef/data"), "/data", read_only=True)
    ]
    assert container.secret_env == {"KEY": URL("secret://harbor/tidepool/reef/api-key")}
    assert (container.resources.gpu, container.resources.gpu_model) == (1, "nvidia-l4")


def test_the_quick_way_and_the_slow_way_agree() -> None:
    raw = encoded(document())
    assert DECODER.decode(raw) == DECODER.decode_odd(raw)


LATE = sorted(slot for slot in JobDescription.__slots__ if not slot.startswith("_"))


@pytest.mark.parametrize("name", LATE)
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"tags": None, "priority": None},
        {"tags": "x", "container": "x", "priority": 5, "cluster_name": None},
        {"history": {"created_at": "2026-11-22T07:40:00+00:00", "finished_at": 7}},
    ],
)
def test_each_attribute_is_the_same_whichever_is_asked_for_first(
    name: str, change: dict[str, object]
) -> None:
    raw = encoded(document() | change)
    whole = DECODER.decode_odd(raw)
    job = DECODER.decode(memoryview(raw))
    assert getattr(job, name) == getattr(whole, name)
    assert job == whole
    assert job.history.transitions == whole.history.transitions
    assert (job.finished_at, job.image_names) == (whole.finished_at, whole.image_names)


def test_what_many_jobs_have_alike_is_kept_once() -> None:
    raw = encoded(document())
    first, second = DECODER.decode(raw), DECODER.decode(memoryview(raw))
    assert first.tags is second.tags
    assert first.image_names is second.image_names


def test_the_bytes_are_kept_as_they_came() -> None:
    raw = encoded(document() | {"new_field": 1})
    assert DECODER.decode(raw).raw == raw


REQUIRED = {"id"}


@pytest.mark.parametrize("key", sorted(set(document()) - REQUIRED))
@pytest.mark.parametrize("value", ["absent", None, [], {}, "x", -1, 1.5, True])
def test_no_key_but_the_id_can_spoil_a_job(key: str, value: object) -> None:
    found = document()
    if value == "absent":
        del found[key]
    else:
        found[key] = value
    job = DECODER.decode(encoded(found))
    assert job.id == found["id"]
    assert repr(job)
    assert job == DECODER.decode_odd(encoded(found))


@pytest.mark.parametrize("part", ["history", "container", "statuses", "resources", "http"])
@pytest.mark.parametrize("value", [None, [], {}, "x", -1, True])
def test_no_key_of_a_part_can_spoil_a_job(part: str, value: object) -> None:
    for key in part_of(document(), part):
        found = document()
        part_of(found, part)[key] = value
        job = DECODER.decode(encoded(found))
        assert repr(job)
        assert job == DECODER.decode_odd(encoded(found))


def part_of(found: Document, part: str) -> Document:
    places: dict[str, Callable[[], Document]] = {
        "history": lambda: found["history"],
        "container": lambda: found["container"],
        "statuses": lambda: found["statuses"][1],
        "resources": lambda: found["container"]["resources"],
        "http": lambda: found["container"]["http"],
    }
    return places[part]()


def changed(**changes: Any) -> JobDescription:
    return DECODER.decode(encoded(document() | changes))


def test_what_the_future_brings_keeps_its_own_words() -> None:
    job = changed(status="frozen", priority="urgent", restart_policy="sometimes")
    assert (job.status, job.status_text) == (JobStatus.UNKNOWN, "frozen")
    assert (job.priority, job.priority_text) == (JobPriority.NORMAL, "urgent")
    assert (job.restart_policy, job.restart_policy_text) == (JobRestartPolicy.NEVER, "sometimes")


def test_what_the_platform_does_not_say_is_not_made_up() -> None:
    found = document()
    del found["total_price_credits"], found["price_credits_per_hour"], found["max_run_time_minutes"]
    job = DECODER.decode(encoded(found))
    assert job.total_price_credits is None
    assert job.price_credits_per_hour is None
    assert job.life_span is None


def test_numbers_may_come_as_they_were_sent() -> None:
    job = changed(max_run_time_minutes="5", schedule_timeout="1.5")
    assert (job.life_span, job.schedule_timeout) == (300.0, 1.5)


def test_a_time_without_an_offset_is_utc() -> None:
    found = document()
    found["history"]["created_at"] = "2026-11-22T07:40:00"
    assert DECODER.decode(encoded(found)).created_at == datetime(2026, 11, 22, 7, 40, tzinfo=UTC)


def test_memory_of_an_older_platform_is_told_in_mib_alone() -> None:
    found = document()
    del found["container"]["resources"]["memory"]
    assert DECODER.decode(encoded(found)).container.resources.memory == 28672 * 2**20


def test_migs_and_tpus_are_shown() -> None:
    found = document()
    found["container"]["resources"] |= {
        "nvidia_migs": {"1g.5gb": {"count": 2}},
        "tpu": {"type": "v2-8", "software_version": "1.15"},
    }
    resources = DECODER.decode(encoded(found)).container.resources
    assert resources.nvidia_migs == {"1g.5gb": 2}
    assert (resources.tpu_type, resources.tpu_software_version) == ("v2-8", "1.15")


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'{"id": 5}', b"{}", b'"job"', b"\xff"])
def test_what_is_no_job_is_a_clear_error(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        DECODER.decode(raw)
