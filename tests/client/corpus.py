"""Job documents of many shapes, for the tests that compare our reading with the SDK's.

A document is a full one of today with some keys changed: to another value that the platform sends,
to one from the future, to nothing, to null or to something of a wrong type.
"""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.client.scripted import job_document

REGISTRY = "registry.harbor.example.test"

PLAIN_IMAGES = (
    "ubuntu:22.04",
    "ubuntu",
    "library/ubuntu:latest",
    "gcr.io/project/image:v1",
    f"{REGISTRY}/tidepool/reef/snap:v1",
    f"{REGISTRY}/tidepool/reef/a/b:v1",
    f"{REGISTRY}/tidepool/atoll/snap",
    f"{REGISTRY}/reef/snap:v1",
    "registry.dock.example.test/tidepool/reef/snap:v1",
)
ODD_IMAGES = (
    f"{REGISTRY}/lagoon/sand/snap:v1",  # another org
    "localhost:5000/ubuntu:v1",  # a registry with a port
    "ubuntu@sha256:" + "0" * 64,  # a digest
    "a__b:v1",  # a name that the SDK refuses
    "UPPER:v1",
    "",
)
"""Images that the SDK gets wrong (docs/protocol.md section 7.3)."""

STATUSES = ("pending", "suspended", "running", "succeeded", "failed", "cancelled")
TIMES = (
    "2026-11-22T07:40:00.120000+00:00",
    "2026-11-22T07:40:02+00:00",
    "2026-11-22T07:40:02Z",
    "2026-11-22T10:40:02.5+03:00",
)
MIG = {"1g.5gb": {"count": 2, "model": "a100"}}
VOLUME = {"src_storage_uri": "storage://harbor/tidepool/reef/a%20b", "dst_path": "/a"}
DISK = {"src_disk_uri": "disk://harbor/tidepool/reef/disk-1", "dst_path": "/d"}
SECRET = {"src_secret_uri": "secret://harbor/tidepool/reef/key", "dst_path": "/k"}


class Change(NamedTuple):
    """Another value of a key, and the shape of job that it makes."""

    shape: str
    path: tuple[str, ...]
    values: tuple[Any, ...]


RESOURCES = ("container", "resources")
CHANGES = (
    Change("status", ("status",), STATUSES),
    Change("status", ("history", "status"), STATUSES),
    Change("future status", ("status",), ("hibernated", "paused")),
    Change("reason", ("history", "reason"), ("Creating", "OOMKilled", "Job cannot be scheduled")),
    Change("reason", ("history", "description"), ("Pulling image", "")),
    Change("ended", ("history", "finished_at"), TIMES),
    Change("ended", ("history", "exit_code"), (0, 1, 137)),
    Change("times", ("history", "created_at"), TIMES),
    Change("times", ("history", "started_at"), TIMES),
    Change("restarted", ("history", "restarts"), (1, 40)),
    Change("run time", ("history", "run_time_seconds"), (0, 0.0, 75.25, 86400)),
    Change("amd", (*RESOURCES, "amd_gpu"), (1, 8)),
    Change("amd", (*RESOURCES, "amd_gpu_model"), ("mi300",)),
    Change("intel", (*RESOURCES, "intel_gpu"), (1,)),
    Change("intel", (*RESOURCES, "intel_gpu_model"), ("max",)),
    Change("nvidia", (*RESOURCES, "nvidia_gpu"), (0, 2)),
    Change("mig", (*RESOURCES, "nvidia_migs"), (MIG,)),
    Change("tpu", (*RESOURCES, "tpu"), ({"type": "v2-8", "software_version": "1.14"},)),
    Change("cpu", (*RESOURCES, "cpu"), (1, 0.1, 96)),
    Change("memory", (*RESOURCES, "memory"), (2**24, 10**12)),
    Change("shm", (*RESOURCES, "shm"), (True, False)),
    Change("image", ("container", "image"), PLAIN_IMAGES),
    Change("odd image", ("container", "image"), ODD_IMAGES),
    Change("command", ("container", "command"), ("sleep 1",)),
    Change("command", ("container", "entrypoint"), ("/bin/sh -c",)),
    Change("command", ("container", "working_dir"), ("/work",)),
    Change("tty", ("container", "tty"), (True, False)),
    Change("http", ("container", "http"), ({"port": 80}, {"port": 80, "requires_auth": False})),
    Change("env", ("container", "env"), ({}, {"A": "", "B": "x" * 3000})),
    Change("volumes", ("container", "volumes"), ([], [VOLUME], [{**VOLUME, "read_only": False}])),
    Change("disks", ("container", "disk_volumes"), ([DISK], [{**DISK, "read_only": True}])),
    Change("secrets", ("container", "secret_volumes"), ([SECRET],)),
    Change("secrets", ("container", "secret_env"), ({"K": "secret://harbor/tidepool/reef/k"},)),
    Change("service account", ("owner",), ("mira/service-accounts/ci",)),
    Change("owner", ("owner",), ("noor", "")),
    Change("name", ("name",), ("eval-1",)),
    Change("tags", ("tags",), ([], ["a"], ["a", "b", "ü"])),
    Change("description", ("description",), ("why", "zwei\nZeilen")),
    Change("org", ("org_name",), ("lagoon",)),
    Change("project", ("project_name",), ("sand",)),
    Change("cluster", ("cluster_name",), ("dock",)),
    Change("preset", ("preset_name",), ("cpu-small",)),
    Change("policy", ("restart_policy",), ("never", "on-failure", "always")),
    Change("priority", ("priority",), ("low", "normal", "high")),
    Change("life span", ("max_run_time_minutes",), (1, 60, 525600)),
    Change("schedule", ("schedule_timeout",), (300, 90.5)),
    Change("schedule", ("energy_schedule_name",), ("default",)),
    Change("scheduler", ("scheduler_enabled",), (True,)),
    Change("scheduler", ("preemptible_node",), (True,)),
    Change("flags", ("pass_config",), (True,)),
    Change("flags", ("privileged",), (True,)),
    Change("retention", ("being_dropped",), (True,)),
    Change("retention", ("logs_removed",), (True,)),
    Change("retention", ("materialized",), (False,)),
    Change("prices", ("total_price_credits",), ("0", "1E+2", "0.26128472222222222222")),
    Change("prices", ("price_credits_per_hour",), ("0", "1.25E-7")),
    Change("hosts", ("http_url",), ("https://a.test",)),
    Change("hosts", ("http_url_named",), ("",)),
    Change("hosts", ("internal_hostname_named",), ("x.y",)),
    Change("future policy", ("restart_policy",), ("on-tuesday",)),
    Change("future priority", ("priority",), ("urgent",)),
    Change("future key", ("nice_new_thing",), ({"a": [1, None]}, "x")),
    Change("future key", ("container", "seccomp"), ("strict",)),
    Change("future key", (*RESOURCES, "quantum_gpu"), (1,)),
)

WRONG: tuple[Any, ...] = (
    5,
    -1.5,
    True,
    "text",
    "",
    [],
    [1, None],
    {},
    {"a": None},
    "2026-13-45T99:00:00",
)
"""Values of which at least some are of a wrong type for any key."""


def paths(document: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of a document and of the objects in it, but the id."""
    for key, value in document.items():
        if (*above, key) == ("id",):
            continue
        yield (*above, key)
        if isinstance(value, dict) and key not in ("env", "secret_env", "nvidia_migs"):
            yield from paths(value, (*above, key))


def optional_document() -> dict[str, Any]:
    """A document in which every optional key is there."""
    document = job_document(description="why", schedule_timeout=300, energy_schedule_name="default")
    document["history"].update(finished_at=TIMES[1], exit_code=1)
    document["container"].update(
        entrypoint="sh", working_dir="/w", tty=True, disk_volumes=[DISK], secret_volumes=[SECRET]
    )
    tpu = {"type": "v2-8", "software_version": "1"}
    document["container"]["resources"].update(
        amd_gpu=1, amd_gpu_model="a", intel_gpu=1, intel_gpu_model="i", nvidia_migs=MIG, tpu=tpu
    )
    return document


PATHS = tuple(paths(optional_document()))
"""Every key."""

OPTIONAL = (
    *((key,) for key in ["org_name", "name", "description", "preset_name", "tags", "statuses"]),
    *((key,) for key in ["http_url", "http_url_named", "internal_hostname"]),
    *((key,) for key in ["internal_hostname_named", "schedule_timeout"]),
    *((key,) for key in ["max_run_time_minutes", "energy_schedule_name"]),
    *(("history", key) for key in ["reason", "description", "started_at", "finished_at"]),
    *(("history", key) for key in ["exit_code", "run_time_seconds", "restarts"]),
    *(("container", key) for key in ["entrypoint", "command", "http", "secret_volumes"]),
    *(("container", key) for key in ["disk_volumes", "secret_env", "tty", "working_dir"]),
    *(("container", key) for key in ["env", "volumes"]),
    *(
        (*RESOURCES, key)
        for key in ["nvidia_gpu", "amd_gpu", "intel_gpu", "nvidia_migs", "shm", "tpu"]
    ),
    *((*RESOURCES, f"{vendor}_gpu_model") for vendor in ("nvidia", "amd", "intel")),
    ("container", "http", "health_check_path"),
    ("container", "http", "requires_auth"),
)
"""Those that are left out where they do not apply (docs/protocol.md section 5.3)."""

OLD_PLATFORM = (
    *(
        (key,)
        for key in ["namespace", "org_project_hash", "restart_policy", "priority", "privileged"]
    ),
    *((key,) for key in ["materialized", "being_dropped", "logs_removed", "preemptible_node"]),
    *((key,) for key in ["project_name", "org_name", "preset_name", "energy_schedule_name"]),
)
"""Those that older platforms do not know, as far as the SDK can do without them."""
UNREADABLE = (
    *((key,) for key in ["total_price_credits", "price_credits_per_hour", "history"]),
    *((key,) for key in ["pass_config", "scheduler_enabled", "uri", "container", "owner"]),
    (*RESOURCES, "memory"),
)
"""Those without which the SDK gives up (docs/protocol.md section 11, pitfall 1)."""


def put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a key, if the objects above it are there."""
    for key in path[:-1]:
        inner = document.get(key)
        if not isinstance(inner, dict):
            return
        document = inner
    document[path[-1]] = value


def drop(document: dict[str, Any], path: tuple[str, ...]) -> None:
    """Remove a key, if it is there."""
    for key in path[:-1]:
        inner = document.get(key)
        if not isinstance(inner, dict):
            return
        document = inner
    document.pop(path[-1], None)


class Case(NamedTuple):
    """A document, and the shapes that went into it."""

    document: dict[str, Any]
    shapes: frozenset[str]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Documents with up to six changed and up to three missing keys."""
    base = copy.deepcopy(draw(st.sampled_from((job_document(), optional_document()))))
    shapes = set()
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=6)):
        put(base, change.path, copy.deepcopy(draw(st.sampled_from(change.values))))
        shapes.add(change.shape)
    for path in draw(st.lists(st.sampled_from(OPTIONAL), max_size=3)):
        drop(base, path)
        shapes.add("a key less")
    age = draw(st.sampled_from(("today", "today", "today", "old", "too old for the SDK")))
    if age != "today":
        shapes.add(f"{age} platform" if age == "old" else age)
        for path in draw(st.lists(st.sampled_from(OLD_PLATFORM), min_size=1)):
            drop(base, path)
    if age == "too old for the SDK":
        drop(base, draw(st.sampled_from(UNREADABLE)))
    return Case(base, frozenset(shapes) or frozenset({"as it is"}))
