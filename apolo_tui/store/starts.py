"""Jobs on their way from the form to running."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription
from apolo_tui.model.start.draft import Field
from apolo_tui.model.start.refusals import field_of
from apolo_tui.model.start.request import StartRequest
from apolo_tui.store.feed import Backoff, FeedPool
from apolo_tui.store.platform import Sleep
from apolo_tui.store.services import Starter
from apolo_tui.store.topic import Topic

POLL = 1.0
"""Seconds between two looks at a job that is being started."""
KEPT = 20
"""Starts that are remembered."""


@dataclass(frozen=True, slots=True)
class Start:
    """One job that was asked for."""

    number: int
    request: StartRequest
    job: JobDescription | None = None
    """As last seen; None until the platform has taken it."""
    error: str = ""
    """Why it was not taken."""
    next_step: str = ""
    field: Field | None = None
    """The field of the form that the error is about, where that is known."""
    trouble: str = ""
    """Why its state is not known at present; looked at again by itself."""

    @property
    def over(self) -> bool:
        """It runs, has ended, or was refused: there is nothing more to wait for."""
        if self.error:
            return True
        return self.job is not None and not self.job.status.is_pending


class Starts:
    """Sends requests, and follows the jobs until they run. `topic` has the latest ones last."""

    def __init__(
        self,
        starter: Starter,
        pool: FeedPool,
        *,
        started: Callable[[StartRequest, JobDescription | None, str], None] = lambda *_: None,
        changed: Callable[[JobDescription], None] = lambda job: None,
        sleep: Sleep = asyncio.sleep,
        poll: float = POLL,
    ) -> None:
        """`started` is told the result of each request: the job, or the error's text."""
        self.topic: Topic[tuple[Start, ...]] = Topic(())
        self._starter = starter
        self._pool = pool
        self._started = started
        self._changed = changed
        self._sleep = sleep
        self._poll = poll
        self._numbers = itertools.count(1)

    def start(self, request: StartRequest) -> int:
        """Send the request, once. Returns the number by which `get` finds what became of it."""
        number = next(self._numbers)
        self.topic.publish((*self.topic.value[-KEPT + 1 :], Start(number, request)))
        self._pool.start(self._follow(number, request), name=f"start {number}")
        return number

    def get(self, number: int) -> Start | None:
        """What became of a request; None when it is too long ago."""
        return next((start for start in self.topic.value if start.number == number), None)

    async def _follow(self, number: int, request: StartRequest) -> None:
        try:
            job = await self._starter.start(**request.parameters())
        except ApoloError as error:
            self._publish(
                number, error=error.message, next_step=error.next_step, field=field_of(error)
            )
            self._started(request, None, error.message)
            return
        self._publish(number, job=job)
        self._started(request, job, "")
        backoff = Backoff(first=self._poll)
        while job.status.is_pending:
            await self._sleep(self._poll)
            try:
                job = await self._starter.status(job.id)
            except ApoloError as error:
                if not error.transient:
                    self._publish(number, error=error.message, next_step=error.next_step)
                    return
                self._publish(number, trouble=error.message)
                await self._sleep(backoff.after(error))
            else:
                backoff.reset()
                self._publish(number, job=job, trouble="")
                self._changed(job)

    def _publish(self, number: int, **changes: Any) -> None:
        self.topic.publish(
            tuple(
                replace(start, **changes) if start.number == number else start
                for start in self.topic.value
            )
        )
