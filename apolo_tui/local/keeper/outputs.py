"""Reading what a process prints, a bounded slice at a time."""

import asyncio
import os
from collections.abc import Callable

from apolo_tui.local.keeper import system

PIPE = 64 << 10
"""Bytes that a new pipe holds."""
WIDE_PIPE = 1 << 20
"""Bytes that the pipe of a process that fills it may hold."""
SLICE = 256 << 10
"""Bytes that are read before the others get their turn."""


class Output:
    """One stream of a process, read as the event loop finds it readable.

    `sink` gets each slice, in order. After the end the descriptor is closed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fd: int,
        *,
        sink: Callable[[bytes], None],
        tty: bool,
    ) -> None:
        self._loop = loop
        self._fd = fd
        self._sink = sink
        self._tty = tty
        self._wide = False
        self.closed = asyncio.Event()
        loop.add_reader(fd, self._readable)

    def _readable(self) -> None:
        data, ended = self._slice()
        if data:
            self._sink(data)
        if ended:
            self.close()

    def _slice(self) -> tuple[bytes, bool]:
        """What is there now, at most SLICE, and whether it is the end."""
        if not self._tty:
            data = self._read(SLICE if self._wide else PIPE)
            if data is not None and len(data) == PIPE and not self._wide:
                system.widen_pipe(self._fd, WIDE_PIPE)
                self._wide = True
            return data or b"", data == b""
        # A terminal gives some kilobytes at a time, whatever is asked for.
        parts: list[bytes] = []
        size = 0
        while size < PIPE:
            data = self._read(PIPE)
            if not data:
                return b"".join(parts), data == b""
            parts.append(data)
            size += len(data)
        return b"".join(parts), False

    def _read(self, size: int) -> bytes | None:
        """Bytes; none at the end; None when there is nothing now."""
        try:
            return os.read(self._fd, size)
        except BlockingIOError:
            return None
        except OSError:
            # EIO: the last process has left the terminal.
            return b""

    def drain(self) -> bool:
        """Read what is there now, all of it. Whether that was the end."""
        while not self.closed.is_set():
            data, ended = self._slice()
            if data:
                self._sink(data)
            if ended:
                self.close()
            elif not data:
                return False
        return True

    def close(self) -> None:
        if not self.closed.is_set():
            self.closed.set()
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
