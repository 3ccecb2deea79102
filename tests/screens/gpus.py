"""GPUs of a platform that are as busy as a test wants them."""

from collections.abc import Sequence

from apolo_tui.local.configuration import GPU
from apolo_tui.local.gpus import GPUUsage

GIB = 1 << 30


class Loads:
    """GPUs with 24 GB each, of which 20 are in use. `duty` is how busy each is, in percent."""

    def __init__(self, *duty: int) -> None:
        self.duty = list(duty)

    def found(self) -> GPU | None:
        return GPU(len(self.duty), "nvidia-l4", 24 * GIB)

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        busy = [self.duty[index] for index in indices]
        return GPUUsage(round(sum(busy) / len(busy)), 20 * GIB * len(busy))
