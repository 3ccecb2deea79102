"""attach and exec: terminals and pipes over a websocket (docs/protocol.md section 6.4)."""

import shlex
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from socket import SO_SNDBUF, SOL_SOCKET

from aiohttp import web

from apolo_tui.local.http.flags import flag
from apolo_tui.local.http.monitored import not_running, running_job
from apolo_tui.local.http.refusal import RefusedError
from apolo_tui.local.http.socket import Socket, open_socket, serve_until_closed
from apolo_tui.local.keeper.api import Channel, KeeperError, KeeperLost, NotRunning
from apolo_tui.local.services import SERVICES
from apolo_tui.wire import frames

CHANNELS = "v2.channels.neu.ro"
CANNOT_START = 126
NOT_FOUND = 127

KERNEL_BUFFER = 64 * 1024
"""Bytes of output that may wait in the kernel for a client."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Which streams a session has."""

    tty: bool
    stdin: bool
    stdout: bool
    stderr: bool

    @property
    def first_frame(self) -> bytes:
        """What says "connected"; without an output it looks like an exit, as on the platform."""
        if self.stdout:
            return frames.encode_output(1, b"")
        if self.stderr:
            return frames.encode_output(2, b"")
        return bytes((frames.Channel.EXIT,)) + b'{"exit_code": 1, "message": ""}'

    def wants(self, fileno: int) -> bool:
        return self.stdout if fileno == 1 else self.stderr


def streams_of(request: web.Request) -> Streams:
    """Raises RefusedError."""
    query = request.query
    streams = Streams(
        tty=flag(query, "tty", default=False),
        stdin=flag(query, "stdin", default=False),
        stdout=flag(query, "stdout", default=True),
        stderr=flag(query, "stderr", default=True),
    )
    if not (streams.stdin or streams.stdout or streams.stderr):
        raise RefusedError(400, "Required at least one of stdin, stdout or stderr")
    if streams.tty and streams.stdout and streams.stderr:
        raise RefusedError(400, "Stdout and stderr cannot be multiplexed in tty mode")
    return streams


async def attach(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    record = running_job(request, "write")
    asked = streams_of(request)
    # The container's stdin is always open, and its terminal is not the client's choice.
    streams = Streams(record.tty, stdin=True, stdout=asked.stdout, stderr=asked.stderr)
    if streams.tty and streams.stderr:
        raise RefusedError(404, f"Attach container '{record.id}' client error: tty and stderr")
    keeper = await services.engine.keeper()
    return await _session(
        request, streams, keeper.attach(record.id), protocols=(CHANNELS, "attach.apolo.us")
    )


async def exec_(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    record = running_job(request, "write")
    streams = streams_of(request)
    command = request.query.get("cmd", "")
    if not command:
        raise RefusedError(400, "Command is required")
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise RefusedError(404, f"Exec container '{record.id}' client error: {error}") from None
    if streams.tty and streams.stderr:
        raise RefusedError(404, f"Exec container '{record.id}' client error: tty and stderr")
    if not argv or any("\0" in word for word in argv):
        raise RefusedError(400, "Command is required")
    keeper = await services.engine.keeper()
    channel = keeper.exec(
        record.id,
        argv,
        tty=streams.tty,
        stdin=streams.stdin,
        stdout=streams.stdout,
        stderr=streams.stderr,
    )
    return await _session(request, streams, channel, protocols=(CHANNELS,), exec_=True)


async def _session(
    request: web.Request,
    streams: Streams,
    opening: AbstractAsyncContextManager[Channel],
    *,
    protocols: tuple[str, ...],
    exec_: bool = False,
) -> web.StreamResponse:
    record = running_job(request, "write")
    async with AsyncExitStack() as stack:
        try:
            channel = await stack.enter_async_context(opening)
        except NotRunning:
            raise not_running(record) from None
        except KeeperLost:
            raise
        except KeeperError as error:
            return await _failed_start(request, streams, str(error), protocols)
        async with open_socket(request, protocols=protocols) as socket:
            bound_output(request)
            await socket.send_bytes(streams.first_frame)
            pump = _Pump(socket, channel, streams, exec_=exec_)
            await serve_until_closed(socket, pump.send(), receive=pump.receive)
    return socket


def bound_output(request: web.Request) -> None:
    """Little output waits in the kernel, so that a slow client slows the process down soon."""
    raw = request.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(SOL_SOCKET, SO_SNDBUF, KERNEL_BUFFER)


async def _failed_start(
    request: web.Request, streams: Streams, reason: str, protocols: tuple[str, ...]
) -> web.StreamResponse:
    """A command that cannot be started ends at once, with the reason on its output."""
    async with open_socket(request, protocols=protocols) as socket:
        await socket.send_bytes(streams.first_frame)
        fileno = 1 if streams.tty or not streams.stderr else 2
        if streams.wants(fileno):
            await socket.send_bytes(frames.encode_output(fileno, reason.encode() + b"\r\n"))
        code = NOT_FOUND if "No such file" in reason else CANNOT_START
        await socket.send_bytes(frames.encode_exit(code, reason))
    return socket


class _Pump:
    """Frames between a socket and a channel of the keeper."""

    def __init__(self, socket: Socket, channel: Channel, streams: Streams, *, exec_: bool) -> None:
        self._socket = socket
        self._channel = channel
        self._streams = streams
        self._exec = exec_

    async def send(self) -> None:
        while (piece := await self._channel.read()) is not None:
            fileno, data = piece
            if self._streams.wants(fileno) and data:
                await self._socket.send_bytes(frames.encode_output(fileno, data))
        # An attached stream that ends cleanly tells 0, whatever the process says.
        code = self._channel.exit_code if self._exec else 0
        if code is not None:
            await self._socket.send_bytes(frames.encode_exit(code))

    async def receive(self, frame: bytes) -> None:
        found = frames.decode_input(frame)
        if isinstance(found, frames.Resize):
            if self._streams.tty:
                await self._channel.resize(found.columns, found.rows)
        elif found and self._streams.stdin:
            await self._channel.write(found)
        elif not frame:
            await self._socket.close()  # an empty message ends a session on the platform
