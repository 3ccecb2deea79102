"""The telemetry of one job over time, and how it is connected."""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from apolo_tui.model.link import Connecting, Link
from apolo_tui.model.telemetry import JobTelemetry

RAW_SAMPLES = 3600
"""Samples kept as they came: an hour at one a second."""
MINUTES = 7 * 24 * 60
"""Averages of a minute kept after that: a week."""


class Series:
    """The telemetry of one job over time: samples of the last hour, minutes of the last week."""

    def __init__(self) -> None:
        self._raw: deque[JobTelemetry] = deque(maxlen=RAW_SAMPLES)
        self._minutes: deque[JobTelemetry] = deque(maxlen=MINUTES)
        self._open: list[JobTelemetry] = []
        self.version = 0

    def __len__(self) -> int:
        return len(self._raw)

    def append(self, sample: JobTelemetry) -> None:
        """Take in a sample. One that is not newer than the last is left out."""
        if self._raw and sample.timestamp <= self._raw[-1].timestamp:
            return
        if self._open and sample.timestamp // 60 != self._open[0].timestamp // 60:
            self._minutes.append(mean(self._open))
            self._open.clear()
        self._open.append(sample)
        self._raw.append(sample)
        self.version += 1

    def put_before(self, samples: Sequence[JobTelemetry]) -> None:
        """Take in what was known before: samples in order, those older than the oldest here."""
        first = self._raw[0].timestamp if self._raw else float("inf")
        present, minutes = [*self._raw], [*self._minutes]
        self._raw.clear()
        self._minutes.clear()
        self._open.clear()
        for sample in (*(item for item in samples if item.timestamp < first), *present):
            self.append(sample)
        kept = self._minutes[-1].timestamp if self._minutes else float("-inf")
        self._minutes.extend(item for item in minutes if item.timestamp > kept)

    @property
    def last(self) -> JobTelemetry | None:
        return self._raw[-1] if self._raw else None

    def since(self, start: float) -> list[JobTelemetry]:
        """What is known from the Unix time `start` on, oldest first."""
        raw = list(self._raw)
        first = bisect_left(raw, start, key=_time)
        if first:
            return raw[first:]
        minutes, oldest = list(self._minutes), raw[0].timestamp if raw else float("inf")
        return minutes[bisect_left(minutes, start, key=_time) : _before(minutes, oldest)] + raw


_time = attrgetter("timestamp")


def _before(samples: Sequence[JobTelemetry], end: float) -> int:
    """How many of the samples are older."""
    return bisect_left(samples, end, key=_time)


def mean(samples: Sequence[JobTelemetry]) -> JobTelemetry:
    """The average of some samples, at the time of the middle one."""
    duty = [item.gpu_duty_cycle for item in samples if item.gpu_duty_cycle is not None]
    gpu_memory = [item.gpu_memory_bytes for item in samples if item.gpu_memory_bytes is not None]
    return JobTelemetry(
        cpu=sum(item.cpu for item in samples) / len(samples),
        memory_bytes=sum(item.memory_bytes for item in samples) // len(samples),
        timestamp=samples[len(samples) // 2].timestamp,
        gpu_duty_cycle=round(sum(duty) / len(duty)) if duty else None,
        gpu_memory_bytes=sum(gpu_memory) // len(gpu_memory) if gpu_memory else None,
    )


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What is known of one job's usage."""

    series: Series = field(default_factory=Series)
    link: Link = field(default_factory=Connecting)
    received_at: float | None = None
    """Unix time by our clock at which the last sample came."""
    in_turn: bool = False
    """It has no socket of its own and is sampled now and then."""

    @property
    def last(self) -> JobTelemetry | None:
        return self.series.last

    def age(self, now: float) -> float | None:
        """Seconds since the last sample; None before the first."""
        return None if self.received_at is None else max(0.0, now - self.received_at)
