"""A local TCP port that leads to a port of a job (docs/protocol.md section 6.6)."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

from apolo_tui.client.websocket import Closed, WebSocket
from apolo_tui.model.errors import ApoloError, IllegalArgumentError

HOST = "127.0.0.1"
CHUNK = 2**16
"""Bytes that are read from a local connection at once."""

log = logging.getLogger(__name__)

Connect = Callable[[], AbstractAsyncContextManager[WebSocket]]
"""Opens a WebSocket to the job's port."""


class PortForward:
    """An open local port. Every connection to it is one WebSocket to the job.

    `connections` counts those that are open; `bytes_sent` and `bytes_received` count what went to
    the job and came from it, over all connections.
    """

    def __init__(
        self, connect: Connect, *, on_error: Callable[[ApoloError], None] | None = None
    ) -> None:
        self._connect = connect
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.host = HOST
        self.port = 0
        self.bytes_sent = 0
        self.bytes_received = 0

    @property
    def connections(self) -> int:
        return len(self._tasks)

    async def open(self, local_port: int) -> None:
        """Listen on `local_port`, or on a free one for 0; `port` tells which.

        Raises IllegalArgumentError when the port cannot be had.
        """
        try:
            self._server = await asyncio.start_server(self._accept, HOST, local_port)
        except OSError as error:
            raise IllegalArgumentError(
                f"port {local_port} cannot be used here: {error.strerror or error}",
                next_step="Choose another local port, or 0 for any that is free.",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end every connection. May be repeated."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        # Before wait_closed, which waits for open connections (from Python 3.12.1 on).
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side closes; there is no half-close."""
        try:
            async with self._connect() as socket:
                await self._carry(reader, writer, socket)
        except ApoloError as error:
            log.info("a forwarded connection ended: %s", error)
            if self._on_error is not None:
                self._on_error(error)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket: WebSocket
    ) -> None:
        out = asyncio.ensure_future(self._upload(reader, socket))
        back = asyncio.ensure_future(self._download(socket, writer))
        try:
            await asyncio.wait((out, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (out, back):
                task.cancel()
            results = await asyncio.gather(out, back, return_exceptions=True)
        for result in results:
            if isinstance(result, ApoloError):
                raise result

    async def _upload(self, reader: asyncio.StreamReader, socket: WebSocket) -> None:
        with suppress(ConnectionResetError):
            while data := await reader.read(CHUNK):
                await socket.send(data)
                self.bytes_sent += len(data)

    async def _download(self, socket: WebSocket, writer: asyncio.StreamWriter) -> None:
        while True:
            frame = await socket.receive()
            if isinstance(frame, Closed):
                if not frame.normal:
                    raise frame.error("forwarded connection")
                return
            if isinstance(frame, str):
                log.warning("a forwarded connection got text, which is ignored")
                continue
            writer.write(frame)
            self.bytes_received += len(frame)
            try:
                await writer.drain()
            except OSError:
                return


def check_port(port: int, what: str, *, lowest: int = 1) -> None:
    """Raises IllegalArgumentError for what is no TCP port."""
    if not lowest <= port <= 65535:
        raise IllegalArgumentError(f"{port} is no {what}: it is {lowest} to 65535")
