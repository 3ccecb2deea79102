"""Presets with what is free of them: the capacity page, the picker, what would start now.

The platform tells how many more jobs of each preset could start, about, and no more: there are
no totals and there is no queue position (docs/protocol.md section 6.1).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apolo_tui.model.config import Preset
from apolo_tui.model.job import JobDescription, JobStatus


@dataclass(frozen=True, slots=True)
class Offer:
    """One preset as it can be had at present."""

    preset: Preset
    free: int | None
    """Jobs that could start now; None when the platform does not say."""
    mine: int = 0
    """Running jobs of the user."""
    trend: tuple[float | None, ...] = ()
    """Free slots of the last hour, oldest first; None where nobody looked."""

    @property
    def starts_now(self) -> bool:
        return bool(self.free)


def offers(
    presets: Mapping[str, Preset],
    free: Mapping[str, int],
    *,
    running: Iterable[JobDescription] = (),
    trends: Mapping[str, tuple[float | None, ...]] | None = None,
) -> tuple[Offer, ...]:
    """All presets: those that would start now first, the cheaper before the dearer.

    `running` are the user's jobs.
    """
    mine = Counter(job.preset_name for job in running if job.status is JobStatus.RUNNING)
    trends = trends or {}
    found = [
        Offer(preset, free.get(name), mine[name], trends.get(name, ()))
        for name, preset in presets.items()
    ]
    return tuple(sorted(found, key=starts_first))


def starts_first(offer: Offer) -> tuple[bool, object, str]:
    return (not offer.starts_now, offer.preset.credits_per_hour, offer.preset.name)


def most_free_first(offer: Offer) -> tuple[int, object, str]:
    free = -1 if offer.free is None else offer.free
    return (-free, offer.preset.credits_per_hour, offer.preset.name)


def cheapest_first(offer: Offer) -> tuple[object, str]:
    return (offer.preset.credits_per_hour, offer.preset.name)


def largest_first(offer: Offer) -> tuple[float, float, str]:
    preset = offer.preset
    memory = preset.gpu_memory or 0
    return (-(preset.gpu.count if preset.gpu else 0), -(memory + preset.cpu), preset.name)


def would_start(wanted: str | None, found: Iterable[Offer]) -> tuple[Offer, ...]:
    """For a job that waits for the preset `wanted`: that preset, and those it could run on now.

    A preset will do when it has no less of anything and GPUs of the same make if any. A job that
    waits for a preset that nobody knows could run on anything.
    """
    known = {offer.preset.name: offer for offer in found}
    asked = known.get(wanted or "")
    others = [
        offer
        for offer in sorted(known.values(), key=cheapest_first)
        if offer.starts_now and offer is not asked and (asked is None or _fits(asked, offer))
    ]
    return (*((asked,) if asked else ()), *others)


def _fits(asked: Offer, offer: Offer) -> bool:
    need, has = asked.preset, offer.preset
    if has.cpu < need.cpu or has.memory < need.memory:
        return False
    pairs = (
        (need.nvidia_gpu, has.nvidia_gpu),
        (need.amd_gpu, has.amd_gpu),
        (need.intel_gpu, has.intel_gpu),
    )
    for wanted, given in pairs:
        if wanted is None:
            continue
        if given is None or given.count < wanted.count:
            return False
        if (given.memory or 0) < (wanted.memory or 0):
            return False
    return True
