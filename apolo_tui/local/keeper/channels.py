"""The two kinds of channel: to a run, and to a further process beside it."""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable

from apolo_tui.local.keeper.api import LogChunk
from apolo_tui.local.keeper.backend import Executed, Joined
from apolo_tui.local.keeper.growth import Growth
from apolo_tui.local.keeper.launch import resize
from apolo_tui.local.keeper.reading import LogReader

SLICE = 64 << 10
"""Bytes of an executed process's output that are read at once."""


class Stdin:
    """Our copy of the writing end of a process's stdin, or of its terminal."""

    def __init__(self, fd: int | None) -> None:
        self.fd = fd
        self._turn = asyncio.Lock()
        self._writable: asyncio.Future[None] | None = None

    async def write(self, data: bytes) -> None:
        async with self._turn:
            rest = memoryview(data)
            while rest and self.fd is not None:
                try:
                    rest = rest[os.write(self.fd, rest) :]
                except BlockingIOError:
                    await self._wait(self.fd)
                except OSError:
                    # The process ended, or has closed its stdin.
                    return

    async def _wait(self, fd: int) -> None:
        loop = asyncio.get_running_loop()
        self._writable = loop.create_future()
        loop.add_writer(fd, _settle, self._writable)
        try:
            await self._writable
        finally:
            self._writable = None
            if self.fd is not None:
                loop.remove_writer(fd)

    def close(self) -> None:
        if self.fd is None:
            return
        if self._writable is not None:
            asyncio.get_running_loop().remove_writer(self.fd)
            _settle(self._writable)
        os.close(self.fd)
        self.fd = None


class AttachChannel:
    """To a run: what it prints comes from its log, what is typed goes to its stdin."""

    def __init__(
        self, joined: Joined, *, stdin: bool, reader: LogReader, growth: Growth | None
    ) -> None:
        self._joined = joined
        self._may_write = stdin
        self._stdin = Stdin(joined.stdin)
        self._reader = reader
        self._growth = growth
        self._chunks: deque[LogChunk] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._closed = False

    @property
    def exit_code(self) -> int | None:
        return None

    async def read(self) -> tuple[int, bytes] | None:
        while not self._chunks and not self._closed:
            growth = self._growth
            seen, alive = (0, False) if growth is None else (growth.version, growth.alive)
            self._chunks.extend(self._reader.read())
            if self._chunks:
                break
            if growth is None or not alive:
                return None
            self._waiting = growth.waiter(seen)
            await self._waiting
        if self._closed or self._chunks[0].run != self._joined.run:
            return None
        chunk = self._chunks.popleft()
        return chunk.stream, chunk.data

    async def write(self, data: bytes) -> None:
        if self._may_write:
            await self._stdin.write(data)

    async def resize(self, columns: int, rows: int) -> None:
        if self._joined.tty and self._stdin.fd is not None:
            resize(self._stdin.fd, columns=columns, rows=rows)

    async def close(self) -> None:
        self._closed = True
        if self._waiting is not None:
            _settle(self._waiting)
        self._stdin.close()
        self._reader.close()


class ExecChannel:
    """To a further process: its own streams. Who reads slowly holds up that process alone."""

    def __init__(self, executed: Executed, exit_code: Awaitable[int]) -> None:
        self._tty = executed.tty
        self._stdin = Stdin(executed.stdin)
        self._outputs = {
            stream: fd
            for stream, fd in ((1, executed.stdout), (2, executed.stderr))
            if fd is not None
        }
        self._ended = asyncio.ensure_future(exit_code)
        self._turn = 0
        self._waiting: asyncio.Future[None] | None = None

    @property
    def exit_code(self) -> int | None:
        if self._ended.done() and not self._ended.cancelled() and not self._ended.exception():
            return self._ended.result()
        return None

    async def read(self) -> tuple[int, bytes] | None:
        while self._outputs:
            over = self._ended.done()
            found = self._read_now()
            if found is not None:
                return found
            if over:
                # The process has ended; who else has its streams open is not waited for.
                self._close_outputs()
            elif self._outputs:
                await self._wait()
        await asyncio.wait([self._ended])
        if not self._ended.cancelled():
            # Raises what became of the keeper, if it is that which ended.
            self._ended.result()
        return None

    def _read_now(self) -> tuple[int, bytes] | None:
        # The streams take turns, so that neither starves.
        self._turn += 1
        order = sorted(self._outputs, reverse=bool(self._turn % 2))
        for stream in order:
            try:
                data = os.read(self._outputs[stream], SLICE)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                return stream, data
            self._close_output(stream)
        return None

    async def write(self, data: bytes) -> None:
        await self._stdin.write(data)

    async def resize(self, columns: int, rows: int) -> None:
        if self._tty and self._stdin.fd is not None:
            resize(self._stdin.fd, columns=columns, rows=rows)

    async def _wait(self) -> None:
        """Wait until there is something to read, the process has ended, or we leave."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting = loop.create_future()

        def ended(_: object) -> None:
            _settle(waiting)

        self._ended.add_done_callback(ended)
        for fd in self._outputs.values():
            loop.add_reader(fd, _settle, waiting)
        try:
            await waiting
        finally:
            self._waiting = None
            self._ended.remove_done_callback(ended)
            for fd in self._outputs.values():
                loop.remove_reader(fd)

    def _close_output(self, stream: int) -> None:
        fd = self._outputs.pop(stream)
        if self._waiting is not None:
            asyncio.get_running_loop().remove_reader(fd)
            _settle(self._waiting)
        if fd != self._stdin.fd:
            os.close(fd)

    def _close_outputs(self) -> None:
        for stream in tuple(self._outputs):
            self._close_output(stream)

    async def close(self) -> None:
        self._close_outputs()
        self._stdin.close()
        if not self._ended.done():
            self._ended.cancel()
        await asyncio.gather(self._ended, return_exceptions=True)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
