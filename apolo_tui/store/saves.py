"""Saving containers as images in the background (docs/protocol.md section 6.7)."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobDescription
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.services import Saver, Step
from apolo_tui.store.topic import Topic

KEPT = 20


@dataclass(frozen=True, slots=True)
class Save:
    """One container that is being saved, or was."""

    number: int
    job: JobDescription
    image: RemoteImage
    step: str = "Starting"
    done_bytes: int = 0
    total_bytes: int = 0
    """Over the layers that told their sizes."""
    over: bool = False
    error: str = ""

    @property
    def percent(self) -> int | None:
        """Of what is known to be pushed; None before anything is."""
        return self.done_bytes * 100 // self.total_bytes if self.total_bytes else None


class Saves:
    """`topic` has the latest ones last."""

    def __init__(
        self,
        saver: Saver,
        pool: FeedPool,
        *,
        finished: Callable[[Save], None] = lambda save: None,
    ) -> None:
        self.topic: Topic[tuple[Save, ...]] = Topic(())
        self._saver = saver
        self._pool = pool
        self._finished = finished
        self._numbers = itertools.count(1)

    def save(self, job: JobDescription, image: RemoteImage) -> int:
        """Begin to save the job's container as an image of the platform."""
        number = next(self._numbers)
        self.topic.publish((*self.topic.value[-KEPT + 1 :], Save(number, job, image)))
        self._pool.start(self._run(number, job, image), name=f"save {number}")
        return number

    async def _run(self, number: int, job: JobDescription, image: RemoteImage) -> None:
        layers: dict[str, tuple[int, int]] = {}

        def on_step(step: Step) -> None:
            if step.layer and step.total:
                layers[step.layer] = (step.current or 0, step.total)
            self._publish(
                number,
                step=step.status,
                done_bytes=sum(done for done, _ in layers.values()),
                total_bytes=sum(total for _, total in layers.values()),
            )

        error = ""
        try:
            await self._saver.save(job.id, image, progress=on_step, cluster_name=job.cluster_name)
        except ApoloError as failed:
            error = failed.message
        self._publish(number, over=True, error=error)
        found = next((save for save in self.topic.value if save.number == number), None)
        if found is not None:
            self._finished(found)

    def _publish(self, number: int, **changes: Any) -> None:
        self.topic.publish(
            tuple(
                replace(save, **changes) if save.number == number else save
                for save in self.topic.value
            )
        )
