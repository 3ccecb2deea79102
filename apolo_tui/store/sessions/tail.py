"""The last lines of a job's log, for what stands above an attach.

The platform has no "last N lines": the window is widened until there are enough
(docs/protocol.md section 6.2). A running job's log does not end either: it is read until it
falls silent.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apolo_tui.store.sessions.platform import Logs
from apolo_tui.store.sessions.state import Target

WINDOWS = (timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=12), None)
SILENCE = 0.4
"""Seconds without a byte after which what came is taken for all there is so far."""
FIRST_BYTE = 2.0
"""Seconds that a log may take to begin."""
MOST_BYTES = 1024 * 1024


async def last_lines(
    jobs: Logs, target: Target, count: int, *, clock: Callable[[], float]
) -> bytes:
    """At most `count` lines, the newest last, with their newlines. Raises ApoloError.

    `clock` is the platform's time in unix seconds.
    """
    text = b""
    for window in WINDOWS:
        since = None if window is None else datetime.fromtimestamp(clock(), UTC) - window
        text = await _read(jobs, target, since)
        if text.count(b"\n") >= count:
            break
    lines = text.split(b"\n")
    # What has no newline yet is a line as well; what ends with one leaves an empty item.
    keep = count + (not lines[-1])
    return b"\n".join(lines[-keep:])


async def _read(jobs: Logs, target: Target, since: datetime | None) -> bytes:
    parts = bytearray()
    async with jobs.monitor(
        target.job_id, cluster_name=target.cluster_name, since=since, separator=""
    ) as chunks:
        wait = FIRST_BYTE
        while True:
            try:
                async with asyncio.timeout(wait):
                    chunk = await anext(chunks)
            except (TimeoutError, StopAsyncIteration):
                return bytes(parts)
            parts += chunk
            wait = SILENCE
            if len(parts) > MOST_BYTES:
                del parts[: len(parts) - MOST_BYTES]
