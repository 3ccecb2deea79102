"""WebSockets of the platform: counted, kept alive, and open to faults to order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from apolo_tui.local.faults import (
    BlackHole,
    Close,
    Cut,
    NoPong,
    Repeat,
    Silence,
    TextFrame,
)
from apolo_tui.local.http.gate import operation_of
from apolo_tui.local.services import SERVICES, Services

HEARTBEAT = 30.0
MAX_MESSAGE = 4 << 20


class Socket(web.WebSocketResponse):
    """A server's end that sends bytes or text, and whose messages faults may strike."""

    def __init__(self, services: Services, operation: str, job_id: str, **options: Any) -> None:
        deaf = any(services.faults.find(kind, operation, job_id) for kind in (NoPong, BlackHole))
        super().__init__(
            autoping=not deaf, max_msg_size=MAX_MESSAGE, compress=False, timeout=5.0, **options
        )
        self._services = services
        self.operation = operation
        self.job_id = job_id
        self._sent = 0

    async def send_bytes(self, data: bytes, compress: int | None = None) -> None:
        for _ in range(await self._copies()):
            await super().send_bytes(data, compress)

    async def send_str(self, data: str, compress: int | None = None) -> None:
        for _ in range(await self._copies()):
            await super().send_str(data, compress)

    async def _copies(self) -> int:
        """How often to send the next message. Raises ConnectionError when a fault ended it."""
        await self.strike()
        faults, here = self._services.faults, (self.operation, self.job_id)
        if faults.find(Silence, *here) or faults.find(BlackHole, *here):
            return 0
        text = faults.take(TextFrame, *here)
        if text is not None:
            await super().send_str(text.text)
        self._sent += 1
        repeat = faults.find(Repeat, *here)
        return 1 if repeat is None else 1 + repeat.times

    async def strike(self) -> None:
        """End the stream if a fault says so. Raises ConnectionError then."""
        faults, here = self._services.faults, (self.operation, self.job_id)
        cut = faults.find(Cut, *here)
        if cut is not None and self._sent >= cut.after:
            faults.take(Cut, *here)
            self.abort()
            raise ConnectionResetError("cut on request")
        close = faults.find(Close, *here)
        if close is not None and self._sent >= close.after:
            faults.take(Close, *here)
            await self.close(code=close.code, message=close.message.encode())
            raise ConnectionResetError("closed on request")

    def abort(self) -> None:
        """Break the connection as a cable would."""
        if self._req is not None and self._req.transport is not None:
            self._req.transport.abort()


@contextlib.asynccontextmanager
async def open_socket(
    request: web.Request,
    *,
    protocols: tuple[str, ...] = (),
    heartbeat: float | None = HEARTBEAT,
) -> AsyncIterator[Socket]:
    """Accept the handshake; at the end the socket is closed with 1000 and no longer counted."""
    services, operation = request.app[SERVICES], operation_of(request)
    socket = Socket(
        services,
        operation,
        request.match_info.get("job", ""),
        protocols=protocols,
        heartbeat=heartbeat,
    )
    await socket.prepare(request)
    services.traffic.opened(operation)
    services.streams.add(socket)
    try:
        await socket.strike()
        yield socket
        await socket.close()
    except ConnectionError:
        pass  # the client has gone, or a fault has cut it off
    finally:
        services.streams.discard(socket)
        services.traffic.closed(operation)


async def serve_until_closed(
    socket: Socket,
    *work: Coroutine[None, None, None],
    receive: Callable[[bytes], Awaitable[None]] | None = None,
) -> None:
    """Do the work while listening; whichever ends first ends the rest.

    `receive` gets the client's BINARY messages. A TEXT message ends the session, as it does on
    the platform's proxies, where messages are taken at all.
    """
    tasks = {asyncio.create_task(one) for one in (*work, _listen(socket, receive))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _listen(socket: Socket, receive: Callable[[bytes], Awaitable[None]] | None) -> None:
    async for message in socket:
        if receive is None:
            continue
        if message.type is WSMsgType.BINARY:
            await receive(message.data)
        elif message.type is WSMsgType.TEXT:
            return
