"""GPU figures that are made up, and say so by the model's name."""

import math
import time
from collections.abc import Callable, Sequence

from apolo_tui.local.configuration import GPU
from apolo_tui.local.gpus import GPUUsage

MODEL = "simulated-gpu"
"""Shown wherever a GPU's model is."""
MEMORY = 40 << 30
COUNT = 4
IDLE = frozenset({COUNT - 1})
"""The GPUs that are never used: what an idle job looks like."""
PERIOD = 47.0
"""Seconds of a wave of load."""


class SimulatedGPUs:
    """Four GPUs: three with waves of load, one that idles."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now

    def found(self) -> GPU:
        return GPU(COUNT, MODEL, MEMORY)

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        if not indices:
            return None
        duties, memory = [], 0.0
        for index in indices:
            wave = math.sin(2 * math.pi * (self._now() / PERIOD + index / COUNT))
            duties.append(0.0 if index in IDLE else 88 + 10 * wave)
            memory += MEMORY * (0.02 if index in IDLE else 0.6 + 0.05 * index + 0.01 * wave)
        return GPUUsage(round(sum(duties) / len(duties)), int(memory))
