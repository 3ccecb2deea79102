"""Flow control between a stream and the emulator (docs/terminal.md).

Nothing is dropped: above the high water mark the stream is read slowly, so that the network
slows the job down; it is never left unread, because an unread WebSocket loses its heartbeat.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

HIGH_WATER = 256 * 1024
LOW_WATER = 64 * 1024
LEAST_HIGH_WATER = 32 * 1024
BACKLOG = 32
"""Slices that may wait to be parsed: about a quarter of a second, so that what is interrupted
falls silent soon. It lowers the high water mark for output that is slow to parse."""
SLOW_READ = 0.05
"""Seconds between two reads above the high water mark."""

SLICE_TIME = 0.004
"""Seconds that one feed of the emulator may take before others get their turn."""
FIRST_SLICE = 16 * 1024
LEAST_SLICE, MOST_SLICE = 1024, 256 * 1024
YIELDS = 12
"""Turns of the event loop between two slices: a key needs about so many to reach the screen."""

REPLY_RATE = 16 * 1024
"""Bytes a second that the emulator may answer; a program that asks for more is answered later."""

Sleep = Callable[[float], Awaitable[object]]


class Inflow:
    """Chunks that came and are not parsed yet."""

    def __init__(self, *, high: int = HIGH_WATER, low: int = LOW_WATER) -> None:
        self._chunks: deque[bytes] = deque()
        self._high, self._low = high, low
        self._most = high
        self._arrived = asyncio.Event()
        self.size = 0
        self.ended = False
        self.slow = False
        """Whether the reader should read slowly at present."""

    def put(self, data: bytes) -> None:
        self._chunks.append(data)
        self.size += len(data)
        if self.size > self._most:
            self.slow = True
        self._arrived.set()

    def allow(self, backlog: int) -> None:
        """Let so many bytes wait, within bounds, before the stream is read slowly."""
        self._most = min(self._high, max(LEAST_HIGH_WATER, backlog))

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._arrived.set()

    async def wait(self) -> bool:
        """Wait until there is something; False at the end."""
        while not self._chunks:
            if self.ended:
                return False
            self._arrived.clear()
            await self._arrived.wait()
        return True

    def take(self, limit: int) -> bytes:
        """At most `limit` bytes, from as many chunks as fit."""
        parts: list[bytes] = []
        room = limit
        while self._chunks and room > 0:
            chunk = self._chunks.popleft()
            if len(chunk) > room:
                self._chunks.appendleft(chunk[room:])
                chunk = chunk[:room]
            parts.append(chunk)
            room -= len(chunk)
        data = b"".join(parts)
        self.size -= len(data)
        if self.size <= min(self._low, self._most // 2):
            self.slow = False
        return data


class Slices:
    """How much to feed at a time, so that one feed takes about `SLICE_TIME`."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.size = FIRST_SLICE

    def feed(self, feed: Callable[[bytes], None], inflow: Inflow) -> None:
        """Feed one slice, and learn from how long it took."""
        data = inflow.take(self.size)
        started = self._clock()
        feed(data)
        took = self._clock() - started
        if took > SLICE_TIME:
            self.size = max(LEAST_SLICE, self.size // 2)
        elif took < SLICE_TIME / 2 and len(data) == self.size:
            self.size = min(MOST_SLICE, self.size * 2)
        inflow.allow(self.size * BACKLOG)


class ReplyBudget:
    """Answers of the emulator, at most so many bytes a second; the rest waits, bounded."""

    def __init__(
        self, *, rate: int = REPLY_RATE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._room = float(rate)
        self._since = clock()
        self._waiting = bytearray()
        self.dropped = 0
        """Bytes of answers that a flood of questions made worthless."""

    def take(self, replies: bytes) -> bytes:
        """What may be sent now, older answers first."""
        self._waiting += replies
        now = self._clock()
        self._room = min(float(self._rate), self._room + (now - self._since) * self._rate)
        self._since = now
        if len(self._waiting) > 4 * self._rate:
            self.dropped += len(self._waiting)
            self._waiting.clear()
        if not self._waiting or len(self._waiting) > self._room:
            # Answers are sent whole: half an escape sequence would end up as typed text.
            return b""
        self._room -= len(self._waiting)
        data = bytes(self._waiting)
        self._waiting.clear()
        return data


async def let_others_run(turns: int = YIELDS) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
