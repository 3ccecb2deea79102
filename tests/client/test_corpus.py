"""Every job is read as the platform's own SDK reads it, but where that is wrong or gives up."""

import copy
import dataclasses
import enum
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import apolo_sdk
import pytest
from apolo_sdk._jobs import _job_description_from_api as read_by_sdk
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apolo_tui.client import Client, JobDescription, JobPriority, JobRestartPolicy, JobStatus
from apolo_tui.model.images import Registries
from apolo_tui.model.uris import Place
from apolo_tui.wire.jobs import JobDecoder
from tests.client.corpus import (
    ODD_IMAGES,
    PATHS,
    WRONG,
    Case,
    cases,
    drop,
    optional_document,
    put,
)
from tests.client.scripted import job_document

many = settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)

UNREADABLE_SHAPES = frozenset({"too old for the SDK", "future policy", "future priority"})

DECODER = JobDecoder(
    Registries(
        {"harbor": "registry.harbor.example.test", "dock": "registry.dock.example.test"},
        Place("harbor", "tidepool", "reef"),
    )
)


@pytest.fixture(scope="module")
def shapes(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """How many documents of each shape were compared; told at the end."""
    counts: Counter[str] = Counter()
    yield counts
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        told = ", ".join(f"{shape} {count}" for shape, count in sorted(counts.items()))
        reporter.write_line(f"\njobs compared with the SDK's reading: {told}")


@pytest.fixture
async def sdk(login: Path) -> AsyncIterator[Any]:
    client = await apolo_sdk.Factory(path=login).get()
    yield client
    await client.close()


def decode(document: Mapping[str, Any]) -> JobDescription:
    return DECODER.decode(json.dumps(document).encode())


def plain(value: Any) -> Any:
    """A value of either client in terms that do not depend on the client."""
    if isinstance(value, enum.IntEnum):
        return value.name
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def differences(mine: Any, theirs: Any, path: str = "job") -> Iterator[str]:
    """Where ours is not equal, in what the SDK has too."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key, inner in theirs.items():
            yield from differences(mine.get(key), inner, f"{path}.{key}")
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for index, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif mine != theirs:
        yield f"{path}: {mine!r}, the SDK has {theirs!r}"


def better(theirs: Any, document: Mapping[str, Any]) -> Any:
    """The SDK's reading, with what docs/protocol.md says is to be read otherwise."""
    history = theirs["history"]
    for item in (history, *history["transitions"]):
        # Section 10: null is an empty text.
        item["reason"] = item["reason"] or ""
        item["description"] = item["description"] or ""
    if document["container"]["image"] in ODD_IMAGES:
        # Section 7.3; what we make of them has a test of its own.
        theirs["container"]["image"] = plain(decode(document).container.image)
    # Section 5.3: the SDK does not look at it.
    theirs["privileged"] = document.get("privileged", False)
    return theirs


async def test_jobs_are_read_as_the_sdk_reads_them(sdk: Any, shapes: Counter[str]) -> None:
    @many
    @given(cases())
    def check(case: Case) -> None:
        mine = plain(decode(case.document))
        shapes.update(case.shapes)
        for shape in case.shapes:
            event(shape)
        try:
            theirs = plain(read_by_sdk(copy.deepcopy(case.document), sdk.parse))
        except (KeyError, ValueError):
            # Sections 10 and 11: the SDK gives up on these; that we do not is shown here.
            assert case.shapes & UNREADABLE_SHAPES
            assert mine["id"] == case.document["id"]
            return
        assert [*differences(mine, better(theirs, case.document))] == []

    check()
    assert len(shapes) > 40


def test_null_and_a_wrong_type_are_like_a_missing_key(shapes: Counter[str]) -> None:
    """docs/protocol.md section 11, pitfalls 1 and 7."""

    @many
    @given(st.sampled_from(PATHS), st.sampled_from((None, *WRONG)))
    def check(path: tuple[str, ...], value: Any) -> None:
        document = optional_document()
        without = copy.deepcopy(document)
        drop(without, path)
        put(document, path, value)
        shapes["null" if value is None else "a wrong type"] += 1
        found = plain(decode(document))
        if value is None:
            assert found == {**plain(decode(without)), "raw": found["raw"]}
        check_types(decode(document))

    check()


def test_every_key_may_be_missing_null_or_wrong(shapes: Counter[str]) -> None:
    """One after the other, so that none depends on chance."""
    for path in PATHS:
        for value in (None, *WRONG):
            document = optional_document()
            put(document, path, copy.deepcopy(value))
            check_types(decode(document))
        document = optional_document()
        drop(document, path)
        check_types(decode(document))
    shapes["every key"] += len(PATHS) * (len(WRONG) + 2)


TYPES: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "owner": (str,),
    "status": (JobStatus,),
    "status_text": (str,),
    "tags": (tuple, list),
    "restart_policy": (JobRestartPolicy,),
    "priority": (JobPriority,),
    "scheduler_enabled": (bool,),
    "pass_config": (bool,),
    "project_name": (str,),
    "cluster_name": (str,),
}
OPTIONAL_TYPES: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "description": (str,),
    "org_name": (str,),
    "preset_name": (str,),
    "life_span": (float, int),
    "schedule_timeout": (float, int),
    "internal_hostname": (str,),
}


def check_types(job: JobDescription) -> None:
    """Whatever came, a reader gets what the types say."""
    for name, kinds in TYPES.items():
        assert isinstance(getattr(job, name), kinds), name
    for name, kinds in OPTIONAL_TYPES.items():
        value = getattr(job, name)
        assert value is None or isinstance(value, kinds), name
    history, container = job.history, job.container
    assert isinstance(history.reason + history.description, str)
    assert isinstance(history.restarts, int)
    assert all(isinstance(item.status, JobStatus) for item in history.transitions)
    _ = history.changed_at
    assert all(isinstance(value, str) for value in container.env.values())
    assert isinstance(container.resources.memory_mb, int)
    assert isinstance(container.resources.gpu, int | None)
    assert str(container.image) is not None
    assert repr(job)


# Where we differ from the SDK, and what we do there.


@pytest.mark.parametrize(
    ("text", "name", "tag", "org", "project", "shown"),
    [
        (
            "registry.harbor.example.test/lagoon/sand/snap:v1",
            "snap",
            "v1",
            "lagoon",
            "sand",
            "image://harbor/lagoon/sand/snap:v1",
        ),
        ("localhost:5000/ubuntu:v1", "localhost:5000/ubuntu", "v1", None, None, None),
        ("UPPER:v1", "UPPER", "v1", None, None, None),
        ("ubuntu@sha256:" + "0" * 64, None, None, None, None, None),
    ],
)
def test_images_keep_what_the_sdk_loses(
    text: str,
    name: str | None,
    tag: str | None,
    org: str | None,
    project: str | None,
    shown: str | None,
) -> None:
    """docs/protocol.md section 7.3."""
    document = job_document()
    document["container"]["image"] = text
    container = decode(document).container
    image = container.image
    assert container.image_str == text
    assert image.as_docker_url() == text
    assert str(image) == (shown or text)
    if name is not None:
        assert (image.name, image.tag) == (name, tag)
        assert (image.org_name, image.project_name) == (org, project)


def test_words_from_the_future_are_kept() -> None:
    """docs/protocol.md section 10: unknown status, priority and policy."""
    job = decode(job_document(status="hibernated", priority="urgent", restart_policy="on-tuesday"))
    assert (job.status, job.status_text) == (JobStatus.UNKNOWN, "hibernated")
    assert (job.priority, job.priority_text) == (JobPriority.NORMAL, "urgent")
    assert (job.restart_policy, job.restart_policy_text) == (JobRestartPolicy.NEVER, "on-tuesday")
    assert not job.status.is_finished


def test_migs_are_read_which_the_sdk_drops() -> None:
    """docs/protocol.md section 11, pitfall 4."""
    job = decode(optional_document())
    assert job.container.resources.nvidia_migs == {"1g.5gb": 2}


def test_memory_of_an_older_platform_is_read() -> None:
    """docs/protocol.md section 11, pitfall 1: only `memory_mb`."""
    document = job_document()
    del document["container"]["resources"]["memory"]
    assert decode(document).container.resources.memory == 28672 * 2**20


def test_privileged_is_read_which_the_sdk_forgets() -> None:
    """docs/protocol.md section 5.3."""
    assert decode(job_document(privileged=True)).privileged


def test_a_broken_character_does_not_cost_the_job() -> None:
    """Not in what a list reads, and not in what is read later."""
    for key in (b'"mira"', b'"train-7"', b'"python main.py"', b'"Creating"'):
        raw = json.dumps(job_document()).encode().replace(key, key[:-1] + b'\xff"')
        job = DECODER.decode(raw)
        assert job.id == job_document()["id"]
        assert "\ufffd" in repr(job)


async def test_one_bad_job_does_not_cost_the_list(apolo: Client, platform: Any) -> None:
    jobs = [job_document(), {"name": "no id"}, [1], None, "x", job_document(name="last")]
    platform.on_json("GET", "/api/v1/jobs", {"jobs": jobs})
    async with apolo.jobs.list() as listed:
        assert [job.name async for job in listed] == ["train-7", "last"]
