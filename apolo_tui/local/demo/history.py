"""Some days of jobs that are over, so that there is a past to look at."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from apolo_tui.local.configuration import Cluster, Preset
from apolo_tui.local.demo.plan import PROJECT, SIDE_PROJECT, USER
from apolo_tui.local.names import new_job_id
from apolo_tui.local.record import JobRecord, Transition

DAYS = 6
JOBS = 40
NAMES = ("train-resnet", "train-vit", "train-asr", "eval-nightly", "prep-data", "export-onnx")
OUTCOMES: tuple[tuple[int, str, str | None, str | None, int | None], ...] = (
    (60, "succeeded", None, None, 0),
    (14, "failed", "Error", None, 1),
    (8, "failed", "OOMKilled", None, 137),
    (10, "cancelled", "UserRequested", None, None),
    (5, "cancelled", "LifeSpanEnded", None, None),
    (3, "failed", "Collected", "Image 'image:resnet:v9' can not be pulled", None),
)
"""How jobs ended: how often of a hundred, status, reason, description, exit code."""


def past_jobs(cluster: Cluster, now: datetime, seed: int = 7) -> Iterator[JobRecord]:
    """Jobs that were over before `now`, oldest first; the same ones for the same seed."""
    chance = random.Random(seed)
    ages = sorted((chance.uniform(0.02, DAYS) for _ in range(JOBS)), reverse=True)
    for age in ages:
        created = now - timedelta(days=age)
        yield _past_job(chance, cluster, created, now)


def _past_job(
    chance: random.Random, cluster: Cluster, created: datetime, now: datetime
) -> JobRecord:
    preset = chance.choice(cluster.presets[:5])
    name = chance.choice(NAMES)
    weights = [outcome[0] for outcome in OUTCOMES]
    ((_, status, reason, description, exit_code),) = chance.choices(OUTCOMES, weights)
    record = JobRecord(
        id=new_job_id(),
        owner=USER,
        project=chance.choice((PROJECT, PROJECT, SIDE_PROJECT)),
        created_at=created,
        container={
            "image": f"image:{name.partition('-')[2]}:v{chance.randint(1, 12)}",
            "command": f"python3 -u {name.partition('-')[0]}.py --seed {chance.randint(1, 99)}",
            "env": {"LR": chance.choice(("1e-3", "3e-4", "1e-4"))},
            "volumes": [],
            "resources": _resources(preset),
        },
        preset_name=preset.name,
        name=name,
        tags=(chance.choice(("exp5", "exp6", "nightly")),),
        max_run_time_minutes=24 * 60,
        price_per_hour=preset.credits_per_hour,
        runs=1,
    )
    latest = (now - created) * 0.9
    waited = min(timedelta(seconds=chance.uniform(1, 400)), latest * 0.2)
    ran = min(timedelta(minutes=chance.lognormvariate(3, 1)), latest - waited)
    record.add(Transition("pending", created, "Creating"))
    if reason == "Collected":
        record.add(Transition("pending", created + waited, "ErrImagePull"))
    else:
        record.add(Transition("running", created + waited))
    end = created + waited + ran
    record.add(Transition(status, end, reason, description, exit_code))
    return record


def _resources(preset: Preset) -> dict[str, object]:
    resources: dict[str, object] = {
        "cpu": preset.cpu,
        "memory": preset.memory,
        "memory_mb": preset.memory >> 20,
    }
    if preset.gpu is not None:
        resources |= {"nvidia_gpu": preset.gpu.count, "nvidia_gpu_model": preset.gpu.model}
    return resources
