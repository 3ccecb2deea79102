"""The latest value of something, and a way to wait for the next one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Topic(Generic[T]):
    """Holds one value. Whoever watches it sees the last one, never a queue of old ones."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def value(self) -> T:
        return self._value

    @property
    def version(self) -> int:
        """Grows with each publication."""
        return self._version

    @property
    def watched(self) -> bool:
        """Whether anybody waits for the next value at this moment."""
        return bool(self._waiters)

    def publish(self, value: T) -> None:
        """Replace the value and wake whoever waits."""
        self._value = value
        self._version += 1
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def changed(self, since: int) -> int:
        """Wait until the version differs from `since`; returns the version."""
        while self._version == since:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
        return self._version

    async def watch(
        self,
        *,
        every: float = 0.1,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> AsyncIterator[T]:
        """The value now, and after each change, at most once in `every` seconds.

        Values that were replaced in between are skipped.
        """
        seen = -1
        while True:
            seen = await self.changed(seen)
            yield self._value
            await sleep(every)
