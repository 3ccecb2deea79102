"""Presets in the order of what would start, and what a waiting job could run on."""

from decimal import Decimal

from apolo_tui.model.capacity import (
    Offer,
    cheapest_first,
    largest_first,
    most_free_first,
    offers,
    would_start,
)
from apolo_tui.model.config import GPU, Preset
from apolo_tui.model.job import JobStatus
from tests.model.jobs import make_job

GIB = 2**30


def preset(name: str, price: str, gpus: int = 0, cpu: float = 8, memory: int = 64) -> Preset:
    return Preset(
        name=name,
        credits_per_hour=Decimal(price),
        cpu=cpu,
        memory=memory * GIB,
        nvidia_gpu=GPU(gpus, "a100", 80 * GIB) if gpus else None,
    )


PRESETS = {
    item.name: item
    for item in (
        preset("a100-1", "8", 1),
        preset("a100-2", "16", 2),
        preset("a100-8", "64", 8, cpu=96, memory=900),
        preset("cpu-8", "0.4"),
        preset("cpu-big", "2", cpu=64),
    )
}
FREE = {"a100-1": 0, "a100-2": 1, "cpu-8": 55, "cpu-big": 3}


def names(found: tuple[Offer, ...]) -> list[str]:
    return [offer.preset.name for offer in found]


def test_what_would_start_now_comes_first() -> None:
    assert names(offers(PRESETS, FREE)) == ["cpu-8", "cpu-big", "a100-2", "a100-1", "a100-8"]


def test_other_orders() -> None:
    found = offers(PRESETS, FREE)
    assert names(tuple(sorted(found, key=most_free_first))) == [
        "cpu-8",
        "cpu-big",
        "a100-2",
        "a100-1",
        "a100-8",
    ]
    assert names(tuple(sorted(found, key=cheapest_first))) == [
        "cpu-8",
        "cpu-big",
        "a100-1",
        "a100-2",
        "a100-8",
    ]
    assert names(tuple(sorted(found, key=largest_first))) == [
        "a100-8",
        "a100-2",
        "a100-1",
        "cpu-big",
        "cpu-8",
    ]


def test_my_running_jobs_and_a_preset_that_is_not_told() -> None:
    jobs = [
        make_job(1, preset="a100-1"),
        make_job(2, preset="a100-1"),
        make_job(3, preset="a100-1", status=JobStatus.PENDING),
    ]
    found = {offer.preset.name: offer for offer in offers(PRESETS, FREE, running=jobs)}
    assert found["a100-1"].mine == 2
    assert found["a100-8"].free is None
    assert not found["a100-8"].starts_now


def test_what_a_waiting_job_could_run_on() -> None:
    found = would_start("a100-1", offers(PRESETS, FREE))
    assert [(offer.preset.name, offer.free) for offer in found] == [("a100-1", 0), ("a100-2", 1)]
    assert names(would_start("cpu-8", offers(PRESETS, FREE))) == ["cpu-8", "cpu-big", "a100-2"]


def test_a_waiting_job_of_an_unknown_preset() -> None:
    assert names(would_start(None, offers(PRESETS, FREE))) == ["cpu-8", "cpu-big", "a100-2"]
    assert would_start("a100-8", offers(PRESETS, FREE))[0].free is None


def test_gpus_of_another_make_or_with_less_memory_will_not_do() -> None:
    amd = Preset(
        name="mi300",
        credits_per_hour=Decimal(1),
        cpu=99,
        memory=999 * GIB,
        amd_gpu=GPU(8, "mi300", 192 * GIB),
    )
    small = Preset(
        name="l4",
        credits_per_hour=Decimal(1),
        cpu=99,
        memory=999 * GIB,
        nvidia_gpu=GPU(8, "l4", 24 * GIB),
    )
    presets = {"a100-1": PRESETS["a100-1"], "mi300": amd, "l4": small}
    found = offers(presets, {"a100-1": 0, "mi300": 4, "l4": 4})
    assert names(would_start("a100-1", found)) == ["a100-1"]
