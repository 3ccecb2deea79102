"""One sample of a job's resource usage (docs/protocol.md section 6.3)."""

from dataclasses import dataclass

from apolo_tui.model.units import MIB


@dataclass(frozen=True, slots=True)
class JobTelemetry:
    """What a job uses at one moment."""

    cpu: float
    """Cores in use: 1.0 is one full core."""
    memory_bytes: int
    """The working set, in bytes."""
    timestamp: float
    """Unix time, in seconds, by the platform's clock."""
    gpu_duty_cycle: int | None = None
    """0-100: the mean utilisation over the job's GPUs. None when the job has none."""
    gpu_memory_bytes: int | None = None
    """Bytes in use, summed over the job's GPUs. None when the job has none."""

    @property
    def memory(self) -> float:
        """The working set in MiB, the reference's "megabytes"."""
        return self.memory_bytes / MIB

    @property
    def gpu_memory(self) -> float | None:
        """GPU memory in MiB, as the platform's SDK gives it (the reference calls it a fraction)."""
        return None if self.gpu_memory_bytes is None else self.gpu_memory_bytes / MIB

    def gpu_memory_fraction(self, total_bytes: int | None) -> float | None:
        """The share of `total_bytes`, the memory of all the job's GPUs; None when not known."""
        if self.gpu_memory_bytes is None or not total_bytes:
            return None
        return self.gpu_memory_bytes / total_bytes
