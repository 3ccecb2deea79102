"""The client has every name of the Jobs API reference, with its parameters, defaults and kinds.

The tables below are the reference (jobs-api-reference), and what the platform has added since
(docs/protocol.md section 10). A parameter is written as it would be in a signature.
"""

import dataclasses
import enum
import inspect
import subprocess
import sys
from typing import Any

import pytest

from apolo_tui import client

SESSION = """tty=False, stdin=False, stdout=False, stderr=False, cluster_name=None"""

METHODS: dict[str, dict[str, tuple[str, str]]] = {
    # Class -> method -> parameters of the reference, and those added since.
    "Jobs": {
        "attach": (f"id, *, {SESSION}", ""),
        "exec": (f"id, cmd, *, {SESSION}", ""),
        "get_capacity": ("*, cluster_name=None", ""),
        "kill": ("id", ""),
        "list": (
            (
                "*, statuses=(), name=None, tags=(), owners=(), since=None, until=None,"
                " reverse=False, limit=None, cluster_name=None"
            ),
            (
                "org_names=(), project_names=(), _materialized=None, _being_dropped=False,"
                " _logs_removed=False"
            ),
        ),
        "monitor": (
            "id, *, cluster_name=None, since=None, timestamps=False, separator=None",
            "debug=False",
        ),
        "port_forward": (
            "id, local_port, job_port, *, no_key_check=False, cluster_name=None",
            "on_error=None",
        ),
        "run": (
            (
                "container, *, name=None, tags=(), description=None, scheduler_enabled=False,"
                " pass_config=False, wait_for_jobs_quota=False, schedule_timeout=None,"
                " life_span=None, priority=None"
            ),
            (
                "restart_policy=JobRestartPolicy.NEVER, org_name=None, project_name=None,"
                " is_preemptible=False"
            ),
        ),
        "start": (
            (
                "*, image, preset_name, cluster_name=None, org_name=None, entrypoint=None,"
                " command=None, working_dir=None, http=None, env=None, volumes=(), secret_env=None,"
                " secret_files=(), disk_volumes=(), tty=False, shm=False, name=None, tags=(),"
                " description=None, pass_config=False, wait_for_jobs_quota=False,"
                " schedule_timeout=None, restart_policy=JobRestartPolicy.NEVER, life_span=None,"
                " privileged=False, priority=None"
            ),
            "energy_schedule_name=None, project_name=None",
        ),
        "send_signal": ("id, *, cluster_name=None", ""),
        "status": ("id", ""),
        "top": ("id, *, cluster_name=None", ""),
        "bump_life_span": ("id, additional_life_span", ""),
        "save": ("id, image, *, progress=None, cluster_name=None", ""),
        "resolve": ("name_or_uri", ""),
    },
    "StdStream": {
        "close": ("", ""),
        "read_out": ("", ""),
        "write_in": ("data", ""),
        "resize": ("h, w", ""),
    },
}

ATTRIBUTES: dict[str, tuple[str, str]] = {
    # Class -> attributes of the reference, and those added since.
    "Container": (
        "image resources entrypoint command http env volumes secret_env secret_files disk_volumes",
        "working_dir tty image_str",
    ),
    "HTTPPort": ("port requires_auth", "health_check_path"),
    "JobDescription": (
        (
            "id owner cluster_name status history container scheduler_enabled preemptible_node"
            " pass_config privileged name tags description http_url ssh_server internal_hostname"
            " internal_hostname_named life_span schedule_timeout priority _internal"
        ),
        (
            "org_name project_name namespace uri restart_policy preset_name energy_schedule_name"
            " total_price_credits price_credits_per_hour org_project_hash materialized"
            " being_dropped logs_removed raw"
        ),
    ),
    "JobStatusItem": ("transition_time status reason description exit_code", ""),
    "JobStatusHistory": (
        (
            "status reason description exit_code restarts created_at started_at finished_at"
            " transitions"
        ),
        "run_time_seconds changed_at",
    ),
    "JobTelemetry": (
        "timestamp cpu memory gpu_duty_cycle gpu_memory",
        "memory_bytes gpu_memory_bytes gpu_memory_fraction",
    ),
    "Message": ("fileno data", ""),
    "Resources": (
        "memory_mb cpu gpu gpu_model shm tpu_type tpu_software_version",
        (
            "memory nvidia_gpu amd_gpu intel_gpu nvidia_gpu_model amd_gpu_model intel_gpu_model"
            " nvidia_migs"
        ),
    ),
    "Volume": ("storage_uri container_path read_only", ""),
    "SecretFile": ("secret_uri container_path", ""),
    "DiskVolume": ("disk_uri container_path read_only", ""),
    "RemoteImage": ("name tag registry cluster_name org_name project_name as_docker_url", ""),
    "Client": ("jobs config parse users", ""),
}

MEMBERS = {
    "JobRestartPolicy": "NEVER ON_FAILURE ALWAYS",
    "JobPriority": "LOW NORMAL HIGH",
    "JobStatus": "PENDING SUSPENDED RUNNING SUCCEEDED FAILED CANCELLED UNKNOWN",
}

DEFAULTS: dict[str, dict[str, object]] = {
    # Class -> attribute -> the default that the reference tells.
    "Container": {"entrypoint": None, "command": None, "http": None, "env": {}, "volumes": []},
    "HTTPPort": {"requires_auth": True},
    "Resources": {"shm": True, "tpu_type": None},
    "Volume": {"read_only": False},
    "DiskVolume": {"read_only": False},
}


def read_signature(text: str) -> list[tuple[str, Any, Any]]:
    """Name, kind and default of each parameter."""
    function: dict[str, Any] = {}
    exec(
        f"def read({text}): ...",
        {"JobRestartPolicy": client.JobRestartPolicy},
        function,
    )
    parameters = inspect.signature(function["read"]).parameters.values()
    return [(item.name, item.kind, item.default) for item in parameters]


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in METHODS.items() for name in names]
)
def test_a_method_has_the_parameters_of_the_reference(owner: str, name: str) -> None:
    reference, since = METHODS[owner][name]
    found = inspect.signature(getattr(getattr(client, owner), name)).parameters.values()
    mine = {item.name: (item.name, item.kind, item.default) for item in found}
    del mine["self"]
    wanted = read_signature(f"{reference}, {since}" if since else reference)
    assert set(mine.values()) == set(wanted)
    positional = [item[0] for item in wanted if item[1] is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert list(mine)[: len(positional)] == positional


@pytest.mark.parametrize("owner", ATTRIBUTES)
def test_a_class_has_the_attributes_of_the_reference(owner: str) -> None:
    kind = getattr(client, owner)
    known = {*dir(kind), *getattr(kind, "__annotations__", ())}
    if owner == "Client":
        known |= set(inspect.getsource(kind).replace("self.", " ").split())
    if dataclasses.is_dataclass(kind):
        known |= {item.name for item in dataclasses.fields(kind)}
    reference, since = ATTRIBUTES[owner]
    assert {*reference.split(), *since.split()} - known == set()


@pytest.mark.parametrize("owner", [name for name in ATTRIBUTES if name != "Client"])
def test_a_value_is_a_read_only_dataclass(owner: str) -> None:
    kind: Any = getattr(client, owner)
    assert dataclasses.is_dataclass(kind)
    assert kind.__dict__["__dataclass_params__"].frozen


@pytest.mark.parametrize("owner", MEMBERS)
def test_an_enumeration_has_the_members_of_the_reference(owner: str) -> None:
    kind = getattr(client, owner)
    assert issubclass(kind, enum.Enum)
    assert {item.name for item in kind} == set(MEMBERS[owner].split())


@pytest.mark.parametrize("owner", DEFAULTS)
def test_a_value_has_the_defaults_of_the_reference(owner: str) -> None:
    found = {}
    for item in dataclasses.fields(getattr(client, owner)):
        if item.default is not dataclasses.MISSING:
            found[item.name] = item.default
        elif item.default_factory is not dataclasses.MISSING:
            found[item.name] = item.default_factory()
    assert {name: found[name] for name in DEFAULTS[owner]} == DEFAULTS[owner]


def test_statuses_have_the_shortcuts_of_the_reference() -> None:
    status = client.JobStatus
    assert status.items() == set(status) - {status.UNKNOWN}
    assert status.active_items() == {status.PENDING, status.SUSPENDED, status.RUNNING}
    assert status.finished_items() == {status.SUCCEEDED, status.CANCELLED, status.FAILED}
    assert [item for item in status if item.is_pending] == [status.PENDING, status.SUSPENDED]
    assert [item for item in status if item.is_running] == [status.RUNNING]
    assert {item for item in status if item.is_finished} == status.finished_items()


def test_public_names_are_sorted_and_there() -> None:
    def like_ruff(name: str) -> tuple[int, str]:
        """Constants, then classes, then functions."""
        return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

    assert client.__all__ == sorted(client.__all__, key=like_ruff)
    for name in client.__all__:
        assert getattr(client, name) is not None
    assert set(client.__all__) <= set(dir(client))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = client.nothing


@pytest.mark.parametrize(
    "statement",
    [
        "from apolo_tui.client import JobDescription, JobStatus, Resources, RemoteImage",
        "from apolo_tui.client import ApoloError, ResourceNotFound, StdStreamError",
        "import apolo_tui.client as client; client.JobTelemetry; client.Preset; dir(client)",
    ],
)
def test_values_and_errors_do_not_import_the_http_library(statement: str) -> None:
    code = f"{statement}\nimport sys\nassert 'aiohttp' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", code], check=True)
