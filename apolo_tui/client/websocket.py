"""One WebSocket of the platform: frames in and out, what a close means, a close that ends.

docs/protocol.md sections 3, 4.5 and 6.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
from aiohttp import WSMsgType

from apolo_tui.model.errors import ApoloError, ConnectionFailed, ProtocolError, ServerError

NORMAL = 1000
PROTOCOL_ERROR = 1002
NO_CLOSE_FRAME = 1006
TOO_BIG = 1009
INTERNAL_ERROR = 1011

CLOSE_LIMIT = 5.0
"""Seconds that a close may take, whatever the other side does."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of a WebSocket. Code 1006: it broke without a close frame."""

    code: int
    reason: str = ""

    @property
    def normal(self) -> bool:
        return self.code == NORMAL

    def error(self, what: str) -> ApoloError:
        """The error that says that `what` (a log, a session) ended otherwise than it should."""
        because = f": {self.reason}" if self.reason else ""
        if self.code == INTERNAL_ERROR:
            return ServerError(f"the platform gave up the {what}{because}", status=None)
        if self.code == NO_CLOSE_FRAME:
            return ConnectionFailed(f"the connection of the {what} broke{because}", close_code=1006)
        return ConnectionFailed(
            f"the {what} was closed with code {self.code}{because}", close_code=self.code
        )


class WebSocket:
    """A connected WebSocket. `heard_at` is when the peer last sent a frame, by `clock`.

    Frames are received by one task at a time; sending and closing may happen beside it.
    """

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, *, clock: Callable[[], float]
    ) -> None:
        self._socket = socket
        self._clock = clock
        self._end: Closed | None = None
        self.heard_at = clock()

    @property
    def closed(self) -> bool:
        return self._end is not None or self._socket.closed

    @property
    def end(self) -> Closed | None:
        """How it ended; None while it is open."""
        return self._end

    def bound_input(self, size: int) -> None:
        """Let at most about `size` bytes wait in the kernel: the peer is to feel a slow reader."""
        raw = self._socket.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    async def receive(self) -> bytes | str | Closed:
        """The next frame: binary as bytes, text as str; again and again Closed after the end.

        Raises ProtocolError when the peer breaks the protocol of WebSockets.
        """
        if self._end is not None:
            return self._end
        message = await self._socket.receive()
        kind = message.type
        if kind is WSMsgType.BINARY or kind is WSMsgType.TEXT:
            self.heard_at = self._clock()
            frame: bytes | str = message.data
            return frame
        if kind is WSMsgType.CLOSE:
            self._end = Closed(message.data or 1005, message.extra or "")
            return self._end
        if kind is WSMsgType.ERROR:
            return self._failed(message.data)
        # CLOSED and CLOSING come without a close frame of the peer, or after our own close.
        broken = self._socket.exception()
        self._end = Closed(NO_CLOSE_FRAME, str(broken) if broken else "")
        return self._end

    def _failed(self, error: object) -> Closed:
        if isinstance(error, aiohttp.WebSocketError):
            self._end = Closed(error.code, str(error))
            what = "a frame that is too large" if error.code == TOO_BIG else "a broken frame"
            raise ProtocolError(f"the platform sent {what}: {error}", status=None)
        self._end = Closed(NO_CLOSE_FRAME, str(error))
        return self._end

    async def send(self, data: bytes) -> None:
        """Send one binary frame, not an empty one. Raises ConnectionFailed when it is over."""
        if not data:
            raise ValueError("an empty frame ends a session; it is not sent")
        if self.closed:
            raise (self._end or Closed(NO_CLOSE_FRAME)).error("connection")
        try:
            await self._socket.send_bytes(data)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Closed(NO_CLOSE_FRAME, str(error)).error("connection") from error

    async def close(self) -> None:
        """Close, within CLOSE_LIMIT seconds even if the peer never answers. May be repeated."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT):
                await self._socket.close()
