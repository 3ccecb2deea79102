"""A job that trains, as far as one sees: a line a second, and a CPU that is never as busy twice.

python benchmarks/harness/training_job.py
"""

import math
import random
import time
from datetime import UTC, datetime

LEAST, MOST = 0.05, 0.15
"""Seconds of work in a second."""


def line(step: int, noise: random.Random) -> str:
    """What is printed after a step."""
    loss = 2 * math.exp(-step / 900) + noise.random() / 20
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} INFO train: epoch {step // 500} step {step}"
        f" loss {loss:.4f} lr 3.0e-04 tokens/s {51_000 + noise.randrange(900)}"
        f" memory {38 + noise.random():.1f}G"
    )


def main() -> None:
    noise = random.Random(7)
    step = 0
    while True:
        begun = time.perf_counter()
        work = noise.uniform(LEAST, MOST)
        while time.perf_counter() - begun < work:
            pass
        step += 1
        print(line(step, noise), flush=True)
        time.sleep(max(0.0, 1 - (time.perf_counter() - begun)))


if __name__ == "__main__":
    main()
