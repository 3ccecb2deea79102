"""Reading one connection of a log without getting in the way of the keys.

The reader works for a moment, then lets the event loop pass a number of times. Little more is
received meanwhile, so these passes are short, and a key, which takes several passes from the
terminal to the screen, gets through. With nothing else to do they are over at once. The platform is
slowed down by its own socket; since the reader always comes back, the connection stays alive
(docs/protocol.md section 11, pitfall 29).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from apolo_tui.model.logs import Intake

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a log is read. All in seconds but `passes`."""

    work: float = 0.002
    passes: int = 16
    """Turns of the event loop between two spells of work."""
    quiet: float = 0.3
    """Without a new byte for so long, what has come is all there is at present."""
    first: float = 0.8
    """How long the first byte may take."""


class LogReader:
    """Takes the chunks of one connection into a log, in a task of its own.

    `changed` is called after new bytes were taken, many chunks at once.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        intake: Intake,
        *,
        changed: Callable[[], None],
        pace: Pace,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._chunks = chunks
        self._intake = intake
        self._changed = changed
        self._pace = pace
        self._sleep = sleep
        self._pending: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._heard = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._pump())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})
        self._take()
        if not self._task.cancelled():
            self._task.exception()

    async def _pump(self) -> None:
        pending, loop, pace = self._pending, self._loop, self._pace
        until = loop.time() + pace.work
        try:
            async for chunk in self._chunks:
                if not pending:
                    # Runs as soon as this task waits for more, or rests.
                    loop.call_soon(self._take)
                pending.append(chunk)
                if loop.time() >= until:
                    for _ in range(pace.passes):
                        await self._sleep(0)
                    until = loop.time() + pace.work
        finally:
            self._take()

    def _take(self) -> None:
        if not self._pending:
            return
        data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        self._pending.clear()
        self._heard_at = self._loop.time()
        self._heard = True
        self._intake.feed(data)
        self._changed()

    @property
    def open(self) -> bool:
        """Whether the connection is open, as far as is known."""
        return self._task is not None and not self._task.done()

    @property
    def silent_for(self) -> float:
        """Seconds since the last byte, or since the start."""
        return self._loop.time() - self._heard_at

    async def settled(self, *, at_most: float | None = None) -> bool:
        """Wait until what there is at present has come; false after `at_most` seconds.

        The separator says so where there is one; else the silence after the last byte does.
        """
        assert self._task is not None
        begin = self._loop.time()
        while not self._task.done():
            limit = self._pace.quiet if self._heard else self._pace.first
            if self.silent_for >= limit or self._intake.live:
                return True
            if at_most is not None and self._loop.time() - begin >= at_most:
                return False
            await asyncio.wait({self._task}, timeout=self._pace.quiet / 4)
        return True

    async def finished(self) -> None:
        """Wait for the end of the connection. Raises what the connection raised."""
        assert self._task is not None
        await asyncio.shield(self._task)
