"""Listening on the loopback, with a bound on connections and on the patience with mute ones."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import WSCloseCode, web
from aiohttp.typedefs import Handler

from apolo_tui.local.services import SERVICES

HOST = "127.0.0.1"
MAX_CONNECTIONS = 2048
FIRST_REQUEST = 30.0
"""Seconds that a new connection has to send its first request."""
KEEPALIVE = 75.0
SHUTDOWN = 2.0
BACKLOG = 1024


class TooManyConnections(asyncio.Protocol):
    """What a connection beyond the bound gets: its end."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


class Door:
    """Makes the protocols of new connections, and drops those that never ask anything."""

    def __init__(self, limit: int = MAX_CONNECTIONS, patience: float = FIRST_REQUEST) -> None:
        self.server: web.Server | None = None
        self._limit = limit
        self._patience = patience
        self._mute: dict[web.RequestHandler, asyncio.TimerHandle] = {}

    def __call__(self) -> asyncio.BaseProtocol:
        assert self.server is not None
        if len(self.server.connections) >= self._limit:
            return TooManyConnections()
        protocol = self.server()
        loop = asyncio.get_running_loop()
        self._mute[protocol] = loop.call_later(self._patience, self._drop, protocol)
        return protocol

    def _drop(self, protocol: web.RequestHandler) -> None:
        del self._mute[protocol]
        if protocol.transport is not None:
            protocol.transport.close()

    @web.middleware
    async def hear(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        timer = self._mute.pop(request.protocol, None)
        if timer is not None:
            timer.cancel()
        return await handler(request)

    def close(self) -> None:
        for timer in self._mute.values():
            timer.cancel()
        self._mute.clear()


def bind(port: int) -> socket.socket:
    """A socket on the loopback; port 0 takes any. Raises OSError when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


@asynccontextmanager
async def listening(app: web.Application, sock: socket.socket, door: Door) -> AsyncIterator[None]:
    """Serve the application on the socket until the block is left."""
    app.middlewares.insert(0, door.hear)
    app.on_shutdown.append(_say_goodbye)
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        keepalive_timeout=KEEPALIVE,
        shutdown_timeout=SHUTDOWN,
    )
    await runner.setup()
    door.server = runner.server
    server = await asyncio.get_running_loop().create_server(door, sock=sock, backlog=BACKLOG)
    try:
        yield
    finally:
        server.close()
        await runner.cleanup()
        await server.wait_closed()
        door.close()


async def _say_goodbye(app: web.Application) -> None:
    services = app[SERVICES]
    services.faults.clear()
    for stream in list(services.streams):
        with suppress(ConnectionError):
            await stream.close(code=WSCloseCode.GOING_AWAY)
