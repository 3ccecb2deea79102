"""What is free on a cluster, now and in the last hour (docs/protocol.md section 6.1)."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.link import Connecting, Failed, Link, Live, Retrying
from apolo_tui.store.feed import Backoff
from apolo_tui.store.history import TelemetryHistory
from apolo_tui.store.platform import Clock
from apolo_tui.store.services import Capacities
from apolo_tui.store.topic import Topic

EVERY = 60.0
"""Seconds between two questions while nobody looks: one a minute makes the trend."""
EAGER = 5.0
"""Seconds between two questions while somebody looks."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Free slots by preset."""

    free: Mapping[str, int] = field(default_factory=dict)
    trends: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """Minute by minute over the last hour; None where nobody looked."""
    link: Link = field(default_factory=Connecting)
    as_of: float | None = None
    """Unix time of the last answer."""


class CapacityFeed:
    """Run `run()` as a task; read `topic`; hold `attention()` while somebody looks."""

    def __init__(
        self,
        capacities: Capacities,
        cluster: str,
        *,
        history: TelemetryHistory | None = None,
        every: float = EVERY,
        eager: float = EAGER,
        clock: Clock = time.time,
        backoff: Backoff | None = None,
    ) -> None:
        self.topic: Topic[Capacity] = Topic(Capacity())
        self._capacities = capacities
        self._cluster = cluster
        self._history = history
        self._every = every
        self._eager = eager
        self._clock = clock
        self._backoff = backoff or Backoff(first=2.0, most=every)
        self._looking = 0
        self._wake = asyncio.Event()

    @contextmanager
    def attention(self) -> Iterator[None]:
        """Ask at once, and more often for as long as this is held."""
        self._looking += 1
        self._wake.set()
        try:
            yield
        finally:
            self._looking -= 1

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            self._wake.clear()
            try:
                free = await self._capacities.get_capacity(cluster_name=self._cluster)
            except ApoloError as error:
                pause = self._backoff.after(error)
                link: Link = Retrying(error.message, pause, error.next_step)
                if not error.transient:
                    link = Failed(error.message, error.next_step)
                self.topic.publish(replace(self.topic.value, link=link))
            else:
                self._backoff.reset()
                pause = self._eager if self._looking else self._every
                await self._take(free)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _take(self, free: Mapping[str, int]) -> None:
        trends = self.topic.value.trends
        if self._history is not None:
            await self._history.record_capacity(self._cluster, dict(free))
            trends = await self._history.capacity(self._cluster)
        self.topic.publish(
            Capacity(
                MappingProxyType(dict(free)), MappingProxyType(dict(trends)), Live(), self._clock()
            )
        )
