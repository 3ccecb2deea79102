"""Requests, platforms and jobs for the tests of the start form."""

import json
import shlex
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from yarl import URL

from apolo_tui.model.config import GPU, Preset
from apolo_tui.model.images import Registries, RemoteImage
from apolo_tui.model.job import (
    DiskVolume,
    HTTPPort,
    JobDescription,
    JobPriority,
    JobRestartPolicy,
    SecretFile,
    Volume,
)
from apolo_tui.model.start.checks import Surroundings
from apolo_tui.model.start.request import StartRequest
from apolo_tui.model.uris import Place
from apolo_tui.wire.jobs import JobDecoder
from apolo_tui.wire.start import start_document

MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Enough requests to find a fault, on a machine that has other things to do."""

HERE = Place("harbor", "tidepool", "reef")
REGISTRIES = Registries({"harbor": "registry.harbor.example.test"}, HERE)
AROUND = Surroundings(
    place=HERE,
    registries=REGISTRIES,
    presets={
        "cpu-small": Preset(name="cpu-small", credits_per_hour=1, cpu=1, memory=2**30),  # type: ignore[arg-type]  # an int will do as a price
        "gpu-small": Preset(
            name="gpu-small",
            credits_per_hour=12,  # type: ignore[arg-type]  # as above
            cpu=7,
            memory=28 * 2**30,
            nvidia_gpu=GPU(1, "nvidia-l4", 24 * 2**30),
        ),
        "shared": Preset(
            name="shared",
            credits_per_hour=2,  # type: ignore[arg-type]  # as above
            cpu=7,
            memory=28 * 2**30,
            scheduler_enabled=True,
        ),
    },
    energy_schedules=("default",),
)

words = st.text("abcxyz019 _-=,'\"$\\äß:/", min_size=1, max_size=12)
names = st.from_regex(r"[a-z]([a-z0-9]{2,10})", fullmatch=True)
paths = st.from_regex(r"(/[a-z0-9._-]{1,6}){1,3}", fullmatch=True)
descriptions = st.text("aB é\t'\"$", min_size=1, max_size=20).map(str.strip).filter(bool)
any_text = st.text(st.characters(codec="utf-8"), max_size=20)


def uris(scheme: str) -> st.SearchStrategy[URL]:
    return st.builds(
        lambda project, path: URL.build(
            scheme=scheme, host="harbor", path=f"/tidepool/{project}/{path}"
        ),
        st.sampled_from(["reef", "other"]),
        st.from_regex(r"[a-z0-9]{1,5}(/[a-zü0-9]([a-z ü0-9]{0,3}[a-zü0-9])?)?", fullmatch=True),
    )


def commands() -> st.SearchStrategy[str | None]:
    return st.none() | st.lists(words, min_size=1, max_size=5).map(shlex.join)


IMAGES = st.sampled_from(
    ["ubuntu", "ubuntu:22.04", "gcr.io/p/img:v1", "image:snap:t", "image:/p2/x"]
)

requests = st.builds(
    StartRequest,
    image=IMAGES.map(REGISTRIES.parse),
    preset_name=st.sampled_from(["cpu-small", "gpu-small"]),
    cluster_name=st.just("harbor"),
    org_name=st.just("tidepool"),
    project_name=st.just("reef"),
    entrypoint=commands(),
    command=commands(),
    working_dir=st.none() | paths,
    http=st.none()
    | st.builds(HTTPPort, st.integers(1, 65535), st.booleans(), st.none() | st.just("/health")),
    env=st.dictionaries(st.from_regex(r"[A-Z_]{1,6}", fullmatch=True), any_text, max_size=3),
    volumes=st.lists(
        st.builds(Volume, uris("storage"), paths, st.booleans()), max_size=2, unique=True
    ).map(tuple),
    secret_env=st.dictionaries(
        st.from_regex(r"S_[A-Z]{1,4}", fullmatch=True), uris("secret"), max_size=2
    ),
    secret_files=st.lists(st.builds(SecretFile, uris("secret"), paths), max_size=1).map(tuple),
    disk_volumes=st.lists(
        st.builds(
            DiskVolume, st.just(URL("disk://harbor/tidepool/reef/disk-1")), paths, st.booleans()
        ),
        max_size=1,
    ).map(tuple),
    tty=st.booleans(),
    shm=st.booleans(),
    name=st.none() | names,
    tags=st.lists(st.text("ab,'\"c-1", min_size=1, max_size=5), max_size=3, unique=True).map(
        lambda tags: tuple(sorted(tags))
    ),
    description=st.none()
    | st.text("aB é\t'\"$", min_size=1, max_size=20).map(str.strip).filter(bool),
    pass_config=st.booleans(),
    schedule_timeout=st.none() | st.integers(1, 86400).map(float),
    restart_policy=st.sampled_from(JobRestartPolicy),
    life_span=st.none() | st.integers(1, 100000).map(lambda minutes: minutes * 60.0),
    privileged=st.booleans(),
    priority=st.none() | st.sampled_from([JobPriority.LOW, JobPriority.HIGH]),
)


def payload(request: StartRequest) -> dict[str, Any]:
    """What goes over the wire."""
    return start_document(**request.parameters())


def job_of_payload(sent: dict[str, Any], **changes: Any) -> JobDescription:
    """The job that the platform makes of a request, as its JSON tells it (protocol 5.2, 5.3)."""
    container: dict[str, Any] = {
        key: sent[key]
        for key in ("image", "entrypoint", "command", "working_dir", "secret_env", "disk_volumes")
        if key in sent
    }
    container |= {
        "env": dict(sent.get("env", {})),
        "volumes": sent.get("volumes", []),
        "resources": {"cpu": 1, "memory": 2**30, "memory_mb": 1024, **sent.get("resources", {})},
    }
    if "secret_volumes" in sent:
        container["secret_volumes"] = sent["secret_volumes"]
    if sent.get("tty"):
        container["tty"] = True
    if "http" in sent:
        container["http"] = {"health_check_path": "/", **sent["http"]}
    if sent["pass_config"]:
        container["env"]["NEURO_PASSED_CONFIG"] = "live-token"
    told: dict[str, Any] = {
        "id": "job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34",
        "owner": "mira",
        "status": "running",
        "statuses": [],
        "history": {
            "status": "running",
            "reason": None,
            "description": None,
            "created_at": "2026-11-22T07:40:00.120000+00:00",
            "run_time_seconds": 1.5,
            "restarts": 0,
        },
        "container": container,
        "tags": sorted(sent.get("tags", [])),
        "privileged": sent.get("privileged", False),
        "priority": sent.get("priority", "normal"),
        "scheduler_enabled": False,
        "preemptible_node": False,
        "total_price_credits": "1",
        "price_credits_per_hour": "12.5",
    }
    kept = (
        *("cluster_name", "org_name", "project_name", "name", "description", "preset_name"),
        *("pass_config", "restart_policy", "schedule_timeout", "max_run_time_minutes"),
        "energy_schedule_name",
    )
    told |= {key: sent[key] for key in kept if key in sent}
    return JobDecoder(REGISTRIES).decode(json.dumps(told | changes).encode())


def make_request(**changes: Any) -> StartRequest:
    values: dict[str, Any] = {
        "image": RemoteImage("ubuntu", "22.04"),
        "preset_name": "gpu-small",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "project_name": "reef",
        "life_span": 86400.0,
        "shm": True,
    }
    return StartRequest(**(values | changes))
