"""Saving a container as an image: progress, the end, and what the platform refuses."""

from dataclasses import dataclass

from apolo_tui.model.errors import JobNotRunning
from apolo_tui.model.images import RemoteImage
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.saves import Save, Saves
from tests.model.jobs import make_job
from tests.store.platforms import FakePlatform
from tests.until import until

IMAGE = RemoteImage("snap", "v1", "registry.test", "prod", "acme", "vision")


@dataclass(frozen=True)
class Told:
    status: str
    layer: str = ""
    current: int | None = None
    total: int | None = None


async def test_progress_and_the_end() -> None:
    steps = [
        Told("CommitStarted"),
        Told("Preparing", "a"),
        Told("Pushing", "a", 50, 100),
        Told("Pushing", "b", 25, 200),
    ]
    asked = FakePlatform(save_steps=steps)
    ended: list[Save] = []
    async with FeedPool() as pool:
        saves = Saves(asked, pool, finished=ended.append)
        number = saves.save(make_job(), IMAGE)
        await until(lambda: ended)
    assert asked.calls == [("save", (make_job().id, "image://prod/acme/vision/snap:v1", "prod"))]
    (save,) = ended
    assert (save.number, save.over, save.error) == (number, True, "")
    assert (save.done_bytes, save.total_bytes, save.percent) == (75, 300, 25)


async def test_a_refusal() -> None:
    asked = FakePlatform(save_error=JobNotRunning("the job is not running"))
    ended: list[Save] = []
    async with FeedPool() as pool:
        Saves(asked, pool, finished=ended.append).save(make_job(), IMAGE)
        await until(lambda: ended)
    assert ended[0].error == "the job is not running"
    assert ended[0].percent is None
