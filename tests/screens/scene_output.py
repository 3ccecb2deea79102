"""What the jobs of the scene print, use and answer. Everything is counted out from one seed."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

from apolo_tui.model.job import JobDescription
from apolo_tui.model.telemetry import JobTelemetry
from tests.screens.scene import GIB, NOW

WINDOW = 1800
"""Seconds of telemetry before NOW."""

USE = {
    "train-resnet": (6.1, 38, 96, 71),
    "llm-sft-7b": (41.0, 412, 95, 598),
    "sweep-lr3e4": (0.1, 11, 0, 9),
    "notebook-ann": (0.2, 3, 0, 1),
    "图像分类-训练": (14.0, 121, 88, 139),
    "serve-🚀-api": (1.3, 6, None, None),
    "tokenize-c4": (7.8, 26, None, None),
}
"""Cores, GiB of memory, percent of the GPUs and GiB of their memory in use."""


@cache
def samples(name: str) -> tuple[JobTelemetry, ...]:
    """A sample a second of a running job, the last one at NOW."""
    return tuple(_samples(name))


def _samples(name: str) -> Iterator[JobTelemetry]:
    cores, memory, duty, gpu_memory = USE[name]
    chance = random.Random(name)
    for second in range(WINDOW + 1):
        wave = math.sin(second / 47.0) + chance.uniform(-0.6, 0.6)
        pause = duty is not None and duty > 0 and second % 300 > 288
        yield JobTelemetry(
            cpu=round(max(0.0, cores * (1 + 0.08 * wave)), 2),
            memory_bytes=int(memory * GIB * (0.97 + 0.03 * second / WINDOW + 0.002 * wave)),
            timestamp=NOW.timestamp() - WINDOW + second,
            gpu_duty_cycle=None
            if duty is None
            else 41
            if pause
            else max(0, min(100, round(duty + 2 * wave if duty else 0))),
            gpu_memory_bytes=None if gpu_memory is None else int(gpu_memory * GIB),
        )


TROUBLE: Sequence[str] = (
    "ERROR shard 17: checksum mismatch, retry 1/3",
    "Traceback (most recent call last):",
    '  File "/code/train.py", line 212, in <module>',
    "    batch = next(loader)",
    '  File "/code/data.py", line 88, in read',
    "    raise ChecksumError(shard)",
    "data.ChecksumError: /data/shard-00017.tar",
    "WARN dataloader slow: 1.2s",
)


def _train_lines() -> Iterator[str]:
    chance = random.Random(84)
    yield from (
        "INFO loading /data/shard-00000.tar … /data/shard-00511.tar",
        "INFO model resnet50, 25.6 M parameters, bf16",
        '{"event": "resume", "checkpoint": "/ckpt/r50-40000.pt", "step": 40000}',
    )
    for count in range(230):
        step = 40290 + 4 * count
        if count == 216:
            yield from TROUBLE
        elif count == 222:
            yield "数据增强已启用 🚀 mixup=0.2"
        loss = 0.46 - 0.0002 * count + chance.uniform(-0.006, 0.006)
        rate = 3.9 + chance.uniform(-0.05, 0.05)
        yield f"epoch 8/10 step {step} loss={loss:.3f} lr=3e-4 it/s={rate:.2f}"
        if count % 30 == 28:
            done = step / 490
            left = "█" * round(done / 10)
            yield f"Training: {done:3.0f}%|{left:<10}| {step}/49000 [2:51:18<33:21, 3.9it/s]"


def log(job: JobDescription) -> tuple[bytes, bytes]:
    """The archived and the live part of a job's log, each line with its time."""
    if job.name == "train-resnet" and job.status.is_running:
        lines = list(_train_lines())
    else:
        lines = [f"{job.name}: step {count}" for count in range(1, 13)]
    began = NOW - timedelta(seconds=len(lines))
    stamped = [_stamped(began + timedelta(seconds=n), line) for n, line in enumerate(lines)]
    live = 5 if job.status.is_running else 0
    return b"".join(stamped[: len(stamped) - live]), b"".join(stamped[len(stamped) - live :])


def _stamped(at: datetime, line: str) -> bytes:
    return f"{at:%Y-%m-%dT%H:%M:%S}.250000000Z {line}\n".encode()


PROMPT = "\x1b[1;32mroot@train-resnet\x1b[0m:\x1b[1;34m/code\x1b[0m# "
SESSION = (
    f"{PROMPT}ls --color\r\n"
    "\x1b[1;34mckpt\x1b[0m  data.py  r50.yaml  \x1b[1;32mtrain.py\x1b[0m  图像\r\n"
    f"{PROMPT}nvidia-smi\r\n"
    "+-------------------------+--------------------+------+\r\n"
    "| GPU  Name               |       Memory-Usage | Util |\r\n"
    "|-------------------------+--------------------+------|\r\n"
    "|   0  A100-SXM4-80GB     | 72703MiB / 81920MiB|  \x1b[1;33m98%\x1b[0m |\r\n"
    "+-------------------------+--------------------+------+\r\n"
    f"{PROMPT}tail -n 3 train.log\r\n"
    "epoch 8/10 step 41208 loss=\x1b[36m0.412\x1b[0m it/s=3.91\r\n"
    "epoch 8/10 step 41212 loss=\x1b[36m0.409\x1b[0m it/s=3.92\r\n"
    "\x1b[43;30m WARN \x1b[0m dataloader slow: 1.2s\r\n"
    f"{PROMPT}"
).encode()
"""What a shell in the first job has on its screen."""
