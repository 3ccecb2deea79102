"""Very many jobs that are over, written straight into the database of a local platform.

The rows and documents are those that the platform itself would have written, of about 3 kB a job,
as the real platform's are.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from apolo_tui.local.database import Database
from apolo_tui.local.names import ProjectKey
from apolo_tui.local.record import JobRecord, Transition

EVERY = timedelta(seconds=37)
"""The time between two jobs."""
WORDS = ("train", "eval", "sweep", "notebook", "serve", "prep")
PRESETS = ("cpu-small", "gpu-l4-x1", "gpu-a100-x1", "gpu-h100-x8")
OUTCOMES: tuple[tuple[int, str, str | None, int | None], ...] = (
    (70, "succeeded", None, 0),
    (14, "failed", "Error", 1),
    (6, "failed", "OOMKilled", 137),
    (10, "cancelled", "UserRequested", None),
)
"""How jobs ended: how often of a hundred, status, reason, exit code."""


def write(
    path: Path, jobs: int, *, project: ProjectKey, owners: Sequence[str], now: datetime
) -> None:
    """So many jobs, the last a minute before `now`."""
    with closing(Database(path)) as database:
        database.insert_all(past_jobs(jobs, project, owners, now))


def past_jobs(
    jobs: int, project: ProjectKey, owners: Sequence[str], now: datetime, seed: int = 1
) -> Iterator[JobRecord]:
    """Oldest first; the same ones for the same seed."""
    chance = random.Random(seed)
    weights = [outcome[0] for outcome in OUTCOMES]
    outcomes = chance.choices(OUTCOMES, weights, k=jobs)
    for number, (_, status, reason, exit_code) in enumerate(outcomes):
        word = chance.choice(WORDS)
        created = now - timedelta(minutes=1) - EVERY * (jobs - number)
        record = JobRecord(
            id=f"job-{chance.getrandbits(32):08x}-{chance.getrandbits(16):04x}-4abc-8def-{number:012x}",
            owner=owners[number % len(owners)],
            project=project,
            created_at=created,
            container=_container(chance, word, number),
            preset_name=chance.choice(PRESETS),
            name=f"{word}-{chance.getrandbits(16):04x}-{number}",
            tags=(f"exp{number % 40}", chance.choice(("nightly", "manual"))),
            max_run_time_minutes=24 * 60,
            price_per_hour=Decimal("1.25"),
            runs=1,
        )
        record.add(Transition("pending", created, "Creating"))
        moment = created
        for why in ("Scheduling", "Pulling", "ContainerCreating", "Pulled", "Starting"):
            moment += timedelta(seconds=chance.uniform(0.1, 1))
            record.add(Transition("pending", moment, why, f"Step {why} of {record.name}"))
        record.add(Transition("running", moment))
        moment += timedelta(seconds=chance.uniform(1, 20))
        record.add(Transition(status, moment, reason, None, exit_code))
        yield record


def _container(chance: random.Random, word: str, number: int) -> dict[str, object]:
    return {
        "image": f"image://default/acme/vision/{word}:v{number % 50}",
        "command": f"python3 -u {word}.py --seed {chance.randint(1, 99)}",
        "env": {f"VARIABLE_{index}": f"{chance.getrandbits(64):x}" for index in range(12)},
        "volumes": [
            {
                "src_storage_uri": "storage://default/acme/vision/data",
                "dst_path": "/data",
                "read_only": True,
            }
        ],
        "resources": {"cpu": 1.0, "memory": 1 << 30, "memory_mb": 1024},
    }
