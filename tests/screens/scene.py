"""A scene that is the same at every run: jobs in all states at one moment, for pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from yarl import URL

from apolo_tui.model.config import GPU, Preset
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    HTTPPort,
    JobDescription,
    JobRestartPolicy,
    JobStatus,
    JobStatusHistory,
    JobStatusItem,
    Resources,
    Volume,
)
from apolo_tui.store.platform import Context

NOW: Final = datetime(2026, 11, 22, 14, 3, 16, tzinfo=UTC)
HERE: Final = Context("prod", "acme", "vision")
ME: Final = "mira"
GIB: Final = 1 << 30
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

Step = tuple[float, JobStatus, str, str, int | None]
"""A change of the status: seconds ago, status, reason, description, exit code."""


def _preset(
    name: str, price: str, cpu: float, memory: int, gpus: int = 0, model: str = "", gib: int = 0
) -> Preset:
    return Preset(
        name=name,
        credits_per_hour=Decimal(price),
        cpu=cpu,
        memory=memory * GIB,
        nvidia_gpu=GPU(gpus, model, gib * GIB) if gpus else None,
        scheduler_enabled=name.endswith("p"),
        preemptible_node=name.endswith("p"),
    )


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset("cpu-2", "0.1", 2, 7),
            _preset("cpu-8", "0.4", 8, 28),
            _preset("t4-1", "0.6", 4, 15, 1, "nvidia-t4", 16),
            _preset("a100-1", "8", 12, 90, 1, "nvidia-a100-80g", 80),
            _preset("a100-1p", "3.2", 12, 90, 1, "nvidia-a100-80g", 80),
            _preset("a100-2", "16", 24, 180, 2, "nvidia-a100-80g", 80),
            _preset("a100-8", "21.4", 96, 720, 8, "nvidia-a100-80g", 80),
        )
    }
)
FREE: Final[Mapping[str, int]] = MappingProxyType(
    {"cpu-2": 210, "cpu-8": 55, "t4-1": 10, "a100-1": 0, "a100-1p": 0, "a100-2": 1, "a100-8": 0}
)


def _history(steps: Sequence[Step], run: float | None, restarts: int) -> JobStatusHistory:
    items = [
        JobStatusItem(status, NOW - timedelta(seconds=ago), reason, text, code, status.value)
        for ago, status, reason, text, code in steps
    ]
    last = items[-1]
    began = next((item for item in items if item.status is JobStatus.RUNNING), None)
    return JobStatusHistory(
        status=last.status,
        reason=last.reason,
        description=last.description,
        restarts=restarts,
        created_at=items[0].transition_time,
        started_at=began.transition_time if began else None,
        finished_at=last.transition_time if last.status.is_finished else None,
        run_time_seconds=run,
        exit_code=last.exit_code,
        transitions=items,
    )


def _job(
    number: int,
    name: str,
    preset: str,
    *steps: Step,
    run: float | None = None,
    life: float | None = DAY,
    owner: str = ME,
    cost: str = "0",
    restarts: int = 0,
    command: str = "python train.py",
    image: str = "resnet:v12",
    tags: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    http: HTTPPort | None = None,
    **changes: Any,
) -> JobDescription:
    offer = PRESETS[preset]
    short, _, tag = image.partition(":")
    gpu = offer.gpu
    fields: dict[str, Any] = {
        "id": f"job-{number * 0x1357B9D % 0xFFFFFFFF:08x}-cdc8-4ad8-b028-{number:012x}",
        "name": name,
        "owner": owner,
        "cluster_name": HERE.cluster,
        "org_name": HERE.org,
        "project_name": HERE.project,
        "status": steps[-1][1],
        "history": _history(steps, run, restarts),
        "container": Container(
            image=RemoteImage.new_platform_image(
                short,
                "registry.prod.example.org",
                cluster_name="prod",
                org_name="acme",
                project_name="vision",
                tag=tag,
            ),
            image_str=f"image://prod/acme/vision/{image}",
            resources=Resources(
                memory=offer.memory,
                cpu=offer.cpu,
                nvidia_gpu=gpu.count if gpu else None,
                nvidia_gpu_model=gpu.model if gpu else None,
            ),
            command=command,
            env=env or {},
            http=http,
            volumes=[Volume(URL("storage://prod/acme/vision/data"), "/data", read_only=True)],
        ),
        "preset_name": preset,
        "life_span": life,
        "tags": tuple(tags),
        "total_price_credits": Decimal(cost),
        "price_credits_per_hour": offer.credits_per_hour,
        "status_text": steps[-1][1].value,
    }
    job = JobDescription(**(fields | changes))
    return replace(job, raw=_raw(job))


def _raw(job: JobDescription) -> bytes:
    """The JSON of the platform, as far as the spec shows it."""
    container = job.container
    resources = container.resources
    document = {
        "id": job.id,
        "owner": job.owner,
        "cluster_name": job.cluster_name,
        "org_name": job.org_name,
        "project_name": job.project_name,
        "name": job.name,
        "tags": list(job.tags),
        "preset_name": job.preset_name,
        "container": {
            "image": container.image_str,
            "command": container.command,
            "env": dict(container.env),
            "resources": {
                "cpu": resources.cpu,
                "memory_mb": resources.memory_mb,
                "gpu": resources.gpu,
                "gpu_model": resources.gpu_model,
                "shm": resources.shm,
            },
            "volumes": [
                {
                    "src_storage_uri": str(volume.storage_uri),
                    "dst_path": volume.container_path,
                    "read_only": volume.read_only,
                }
                for volume in container.volumes
            ],
        },
        "max_run_time_minutes": None if job.life_span is None else round(job.life_span / 60),
        "restart_policy": job.restart_policy.value,
        "status": job.status.value,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _running(ago: float, queued: float = 40.0) -> tuple[Step, ...]:
    return (
        (ago + queued, JobStatus.PENDING, "Creating", "", None),
        (ago + queued / 2, JobStatus.PENDING, "Pulling", "", None),
        (ago, JobStatus.RUNNING, "", "", None),
    )


def _ended(
    ago: float, ran: float, status: JobStatus, reason: str = "", code: int | None = None
) -> tuple[Step, ...]:
    return (*_running(ago + ran), (ago, status, reason, "", code))


def _waiting(ago: float, reason: str, text: str) -> tuple[Step, ...]:
    return (
        (ago, JobStatus.PENDING, "Creating", "", None),
        (ago - 5, JobStatus.PENDING, reason, text, None),
    )


def jobs() -> tuple[JobDescription, ...]:
    """The jobs of the project at NOW; the first one needs attention."""
    web = HTTPPort(8080)
    suspended = JobStatus.SUSPENDED
    full = "no node has room for a100-1"
    return (
        _job(
            1,
            "train-resnet",
            "a100-1",
            *_running(5 * HOUR + 13 * MINUTE, 95),
            run=5 * HOUR + 13 * MINUTE,
            life=6 * HOUR,
            cost="41.73",
            command="python train.py --cfg r50.yaml --batch-size 512",
            tags=("exp7", "resnet"),
            env={"LR": "3e-4", "WANDB_MODE": "offline", "WANDB_API_KEY": "not-a-real-key"},
            http=web,
            http_url=URL("https://train-resnet--mira.jobs.prod.example.org"),
            restart_policy=JobRestartPolicy.ON_FAILURE,
        ),
        _job(
            2,
            "llm-sft-7b",
            "a100-8",
            *_running(26 * HOUR, 700),
            run=26 * HOUR + 2 * MINUTE,
            life=2 * DAY,
            cost="557.1",
            command="torchrun --nproc-per-node 8 sft.py --model 7b",
            image="llm-sft:v3",
            tags=("sft",),
        ),
        _job(
            3,
            "sweep-lr3e4",
            "a100-1p",
            *_running(2 * HOUR + 5 * MINUTE),
            run=2 * HOUR + 5 * MINUTE,
            cost="6.67",
            tags=("sweep",),
        ),
        _job(
            4,
            "notebook-ann",
            "t4-1",
            *_running(7 * HOUR + 40 * MINUTE),
            run=7 * HOUR + 40 * MINUTE,
            cost="4.6",
            owner="ann",
            command="jupyter lab --ip 0.0.0.0",
            image="jupyter:2026.10",
            http=web,
            http_url=URL("https://notebook-ann--ann.jobs.prod.example.org"),
        ),
        _job(
            5,
            "图像分类-训练",
            "a100-2",
            *_running(52 * MINUTE),
            run=52 * MINUTE,
            cost="13.87",
            command="python train.py --data /data/图像",
            tags=("视觉",),
        ),
        _job(
            6,
            "serve-🚀-api",
            "cpu-8",
            *_running(3 * DAY),
            run=3 * DAY,
            life=None,
            cost="28.8",
            restarts=2,
            command="uvicorn api:app --port 8080",
            image="api:2026.11.3",
            http=web,
            restart_policy=JobRestartPolicy.ALWAYS,
        ),
        _job(
            7,
            "tokenize-c4",
            "cpu-8",
            *_running(18 * MINUTE),
            run=18 * MINUTE,
            life=4 * HOUR,
            cost="0.12",
            command="python tokenize.py --shards 512",
        ),
        _job(8, "sweep-lr1e4", "a100-1", *_waiting(12 * MINUTE, "Scheduling", full)),
        _job(9, "sweep-lr1e5", "a100-1", *_waiting(11 * MINUTE, "Scheduling", full)),
        _job(
            10,
            "eval-nightly",
            "a100-1p",
            *_running(62 * MINUTE),
            (32 * MINUTE, suspended, "", "", None),
            run=30 * MINUTE,
            cost="1.6",
        ),
        _job(
            11,
            "prep-data",
            "cpu-8",
            *_ended(65 * MINUTE, 18 * MINUTE, JobStatus.SUCCEEDED, code=0),
            run=18 * MINUTE,
            cost="0.12",
        ),
        _job(
            12,
            "train-vit",
            "a100-1",
            *_ended(4.6 * HOUR, 3 * MINUTE, JobStatus.FAILED, "OOMKilled", 137),
            run=3 * MINUTE,
            cost="0.4",
            command="python train.py --cfg vit.yaml --batch-size 512",
            image="vit:v3",
            tags=("exp7", "vit"),
            env={"LR": "1e-3", "PRECISION": "bf16"},
        ),
        _job(
            13,
            "export-onnx",
            "cpu-2",
            *_ended(6 * HOUR, 41.0, JobStatus.FAILED, "Error", 1),
            run=41.0,
            cost="0.01",
        ),
        _job(
            14,
            "old-serve",
            "t4-1",
            *_ended(7 * HOUR, DAY, JobStatus.CANCELLED, "LifeSpanEnded"),
            run=DAY,
            cost="14.4",
        ),
        _job(
            15,
            "debug-shell",
            "cpu-2",
            *_ended(9 * HOUR, 31 * MINUTE, JobStatus.CANCELLED, "UserRequested"),
            run=31 * MINUTE,
            cost="0.05",
        ),
        _job(
            16,
            "train-resnet",
            "a100-1",
            *_ended(26 * HOUR, 5 * HOUR, JobStatus.SUCCEEDED, code=0),
            run=5 * HOUR,
            cost="40",
            image="resnet:v11",
            command="python train.py --cfg r50.yaml --batch-size 256",
        ),
        _job(
            17,
            "train-resnet",
            "a100-1",
            *_ended(50 * HOUR, 12 * MINUTE, JobStatus.FAILED, "Error", 1),
            run=12 * MINUTE,
            cost="1.6",
            image="resnet:v10",
        ),
        _job(
            18,
            "migrating-vm",
            "cpu-2",
            (30 * MINUTE, JobStatus.PENDING, "Creating", "", None),
            (20 * MINUTE, JobStatus.UNKNOWN, "", "", None),
            status_text="migrating",
        ),
    )
