"""What the demonstration consists of: one cluster, one user, and the jobs that run."""

import shutil
import socket
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from apolo_tui.local.configuration import (
    GPU,
    Cluster,
    Configuration,
    Policies,
    Pool,
    Preset,
    Quota,
    User,
)
from apolo_tui.local.demo.simulated import COUNT, MEMORY, MODEL
from apolo_tui.local.names import ProjectKey

GIB = 1 << 30
MIB = 1 << 20
PROJECT = ProjectKey("demo", "acme", "vision")
SIDE_PROJECT = ProjectKey("demo", "acme", "voice")
USER = "demo"
PROGRAMS = Path(__file__).parent / "jobs"
LIFE_SPAN_MINUTES = 3
"""Of the job that is about to reach its end."""

POLICIES = Policies(
    restart_delays=tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)),
    preemption_quantum=timedelta(seconds=40),
    log_limit=64 * MIB,
)


def configuration() -> Configuration:
    def gpus(count: int) -> GPU:
        return GPU(count, MODEL, MEMORY)

    cpu, gpu, spot = ("cpu",), ("gpu",), ("spot",)
    cluster = Cluster(
        PROJECT.cluster,
        orgs=(PROJECT.org,),
        schedule_timeout=None,
        pools=(
            Pool("cpu", nodes=2, cpu=8, memory=32 * GIB),
            Pool("gpu", nodes=1, cpu=16, memory=128 * GIB, gpu=gpus(COUNT)),
            Pool("spot", nodes=1, cpu=4, memory=16 * GIB, is_preemptible=True),
        ),
        presets=(
            Preset("cpu-small", 1, 2 * GIB, cpu, Decimal("0.2")),
            Preset("cpu-tiny", 0.1, 96 * MIB, cpu, Decimal("0.02")),
            Preset("cpu-large", 8, 16 * GIB, cpu, Decimal("1.6")),
            Preset("gpu-1", 4, 32 * GIB, gpu, Decimal(4), gpu=gpus(1)),
            Preset("gpu-2", 8, 64 * GIB, gpu, Decimal(8), gpu=gpus(2)),
            Preset("gpu-4", 16, 128 * GIB, gpu, Decimal(16), gpu=gpus(4)),
            Preset("spot-4", 4, 8 * GIB, spot, Decimal("0.4"), scheduler_enabled=True),
        ),
    )
    return Configuration(
        clusters=(cluster,),
        users=(User(USER, {PROJECT: "admin", SIDE_PROJECT: "writer"}),),
        user_quotas={(PROJECT.cluster, PROJECT.org, USER): Quota(Decimal(250), 20)},
    )


def bodies(code: Path) -> list[dict[str, Any]]:
    """The requests that start the jobs, in order; they work in the folder `code`."""
    port = free_port()
    bodies = [
        _python(
            "train.py --config resnet50.yaml --epochs 30 --seed 1",
            name="train-resnet",
            preset_name="gpu-2",
            image="image:resnet:v12",
            tags=["exp7", "vision"],
            env={"LR": "3e-4", "BATCH": "512"},
            max_run_time_minutes=24 * 60,
            priority="high",
        ),
        _python(
            "train.py --config sweep.yaml --epochs 8 --seed 2",
            name="train-sweep-lr3e4",
            preset_name="gpu-1",
            image="image:resnet:v12",
            tags=["exp7", "sweep"],
            max_run_time_minutes=LIFE_SPAN_MINUTES,
            description=f"about to reach its life span of {LIFE_SPAN_MINUTES} minutes",
        ),
        _python(
            "idle.py",
            name="notebook",
            preset_name="gpu-1",
            image="jupyter/scipy-notebook",
            tags=["interactive"],
            description="holds a GPU and does nothing with it",
        ),
        _python(
            f"serve.py --port {port}",
            name="model-server",
            preset_name="cpu-small",
            image="image:serving:v3",
            http={"port": port, "requires_auth": False},
            restart_policy="always",
        ),
        {
            **_base(name="shell", preset_name="cpu-small", image="ubuntu:24.04"),
            "tty": True,
            "tags": ["interactive"],
        },
        _python("noise.py", name="ingest", preset_name="cpu-small", image="image:etl:v8"),
        _python("grow.py", name="eval-big-batch", preset_name="cpu-tiny", image="image:resnet:v12"),
        _python(
            "crash.py",
            name="eval-nightly",
            preset_name="cpu-small",
            image="image:resnet:v11",
            tags=["nightly"],
        ),
        _python(
            "flaky.py",
            name="sync-bucket",
            preset_name="cpu-small",
            image="image:etl:v8",
            restart_policy="on-failure",
        ),
        *(
            _python(f"prepare.py --shard {n}", name=f"prep-shard-{n}", preset_name="spot-4")
            for n in (1, 2)
        ),
        *(
            _python(
                f"train.py --config vit.yaml --epochs 90 --seed {n}",
                name=f"train-vit-{n}",
                preset_name="gpu-4",
                image="image:vit:v3",
                tags=["exp8"],
            )
            for n in (1, 2, 3)
        ),
    ]
    return [{**body, "working_dir": str(code)} for body in bodies]


def _base(**more: Any) -> dict[str, Any]:
    return {
        "image": "image:resnet:v12",
        "cluster_name": PROJECT.cluster,
        "org_name": PROJECT.org,
        "project_name": PROJECT.name,
        **more,
    }


def _python(arguments: str, **more: Any) -> dict[str, Any]:
    python = "python3" if shutil.which("python3") else sys.executable
    return {**_base(**more), "command": f"{python} -u {arguments}"}


def free_port() -> int:
    """A port of the loopback that nobody listens at now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
