"""Telling those who wait that a run's log grew, or that the run ended."""

import asyncio
from collections.abc import Callable


class Growth:
    """The log of one run as its followers see it: a number that goes up, and a last word.

    Followers look at `version` and `alive`, read all that the files have, and wait for more.
    """

    def __init__(self, run: int) -> None:
        self.run = run
        self.version = 0
        self.alive = True
        self.failure: Exception | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._listeners: list[Callable[[], None]] = []

    def grew(self) -> None:
        self.version += 1
        for listener in self._listeners:
            listener()
        if self._waiters:
            self._wake()

    def end(self) -> None:
        """All of the run's log is written."""
        self.alive = False
        self.grew()

    def fail(self, failure: Exception) -> None:
        """Nothing more will be known."""
        self.failure = failure
        self._wake()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time, many times a second. It asks `version` and `alive`."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        self._listeners.remove(listener)

    async def wait(self, seen: int) -> None:
        """Wait until `version` is not `seen` any more. Raises what `fail` was given."""
        await self.waiter(seen)

    def waiter(self, seen: int) -> asyncio.Future[None]:
        """What `wait` waits for. One who does not want to wait any longer may settle it."""
        waiter = asyncio.get_running_loop().create_future()
        if self.failure is not None:
            waiter.set_exception(self.failure)
        elif self.version != seen:
            waiter.set_result(None)
        else:
            self._waiters.append(waiter)
            waiter.add_done_callback(self._settled)
        return waiter

    def _settled(self, waiter: asyncio.Future[None]) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.remove_done_callback(self._settled)
            if waiter.done():
                continue
            if self.failure is not None:
                waiter.set_exception(self.failure)
            else:
                waiter.set_result(None)
