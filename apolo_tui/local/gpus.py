"""NVIDIA GPUs of this machine through NVML, where there are any."""

import importlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from apolo_tui.local.configuration import GPU

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GPUUsage:
    """Over a job's GPUs: the mean utilisation in percent, the sum of used memory in bytes."""

    duty_cycle: int
    memory_bytes: int


class GPUs(Protocol):
    """Where GPU figures come from."""

    def found(self) -> GPU | None:
        """How many GPUs there are and of what model; None when there are none."""

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        """What these GPUs do now; None when it cannot be told."""


class NoGPUs:
    """A machine without GPUs."""

    def found(self) -> GPU | None:
        return None

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        return None


class NVML:
    """The GPUs that the NVIDIA driver knows. `library` has the interface of pynvml."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def found(self) -> GPU | None:
        nvml = self._library
        try:
            count = int(nvml.nvmlDeviceGetCount())
            if not count:
                return None
            first = nvml.nvmlDeviceGetHandleByIndex(0)
            name = nvml.nvmlDeviceGetName(first)
            memory = int(nvml.nvmlDeviceGetMemoryInfo(first).total)
        except nvml.NVMLError as error:
            log.warning("NVML does not answer: %s", error)
            return None
        text = name.decode() if isinstance(name, bytes) else str(name)
        return GPU(count, "-".join(text.lower().split()), memory)

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        nvml = self._library
        duties, memory = [], 0
        try:
            for index in indices:
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                duties.append(int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu))
                memory += int(nvml.nvmlDeviceGetMemoryInfo(handle).used)
        except nvml.NVMLError as error:
            log.warning("NVML does not answer: %s", error)
            return None
        return GPUUsage(round(sum(duties) / len(duties)), memory) if duties else None


def this_machines_gpus() -> GPUs:
    """NVML when the driver is there; otherwise no GPUs."""
    library = importlib.import_module("pynvml")
    try:
        library.nvmlInit()
    except library.NVMLError:
        return NoGPUs()
    return NVML(library)
