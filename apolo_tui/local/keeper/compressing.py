"""Compressing segments that are old, one at a time, beside the event loop."""

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from apolo_tui.local.keeper.segments import Segment, compress, take_compressed

logger = logging.getLogger(__name__)

OLD = 60.0
"""Seconds after which a finished segment is compressed. A flood drops its segments sooner."""
WORTH_IT = 16 << 10
"""Bytes below which a segment stays as it is."""


class Compressing:
    """The segments that wait to be compressed. Idle, it has no thread at work and no timer."""

    def __init__(self, *, loop: asyncio.AbstractEventLoop, after: float = OLD) -> None:
        self._loop = loop
        self._after = after
        self._waiting: deque[tuple[float, Segment]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="compress")

    def add(self, segment: Segment) -> None:
        """A segment that will not grow any more."""
        self._waiting.append((self._loop.time() + self._after, segment))
        if self._task is None:
            self._task = self._loop.create_task(self._compress())

    async def _compress(self) -> None:
        while self._waiting:
            due, segment = self._waiting[0]
            if (delay := due - self._loop.time()) > 0:
                await asyncio.sleep(delay)
            self._waiting.popleft()
            path = segment.path()
            try:
                if not path.exists() or path.stat().st_size < WORTH_IT:
                    continue
                await self._loop.run_in_executor(self._thread, compress, segment)
                take_compressed(segment)
            except FileNotFoundError:
                continue
            except OSError as error:
                logger.error("cannot compress %s: %s", path, error)
        self._task = None

    async def close(self) -> None:
        """Stop; what is not compressed yet stays readable as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._thread.shutdown(wait=True)
