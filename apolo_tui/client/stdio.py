"""The standard streams of an attach or exec session (docs/protocol.md section 6.4)."""

import logging
from collections.abc import AsyncIterator

from apolo_tui.client.websocket import Closed, WebSocket
from apolo_tui.model.errors import ConnectionFailed, StdStreamError
from apolo_tui.model.job import Message
from apolo_tui.wire.frames import Exit, decode_output, encode_resize, encode_stdin

UNREADABLE_EXIT = 1
"""The exit code that stands for one that could not be read."""

KERNEL_BUFFER = 64 * 1024
"""Bytes of output that may wait in the kernel: what is interrupted should soon fall silent."""

log = logging.getLogger(__name__)


class StdStream:
    """Output to read and input to write, in messages; one task reads, another may write.

    `exit_code` is None until the session told it: that of the command for exec; for attach the
    job's own code is in its history. `exit_message` is what came with it.
    """

    def __init__(self, socket: WebSocket, *, with_output: bool = True) -> None:
        socket.bound_input(KERNEL_BUFFER)
        self._socket = socket
        self._with_output = with_output
        self._closing = False
        self.connected = False
        """Whether the platform has said that the session is there."""
        self.exit_code: int | None = None
        self.exit_message = ""

    @property
    def heard_at(self) -> float:
        """When the platform last sent something, in unix seconds."""
        return self._socket.heard_at

    @property
    def end(self) -> Closed | None:
        """How the connection ended; None while it is open."""
        return self._socket.end

    async def close(self) -> None:
        """End the session's connection, within five seconds. May be repeated."""
        self._closing = True
        await self._socket.close()

    async def read_out(self) -> Message | None:
        """The next chunk of output, never empty; None at the end.

        Raises StdStreamError once, when the session tells its exit code; ConnectionFailed or
        ServerError when the connection ended otherwise than by a normal close.
        """
        while not self._closing and self.exit_code is None:
            frame = await self._socket.receive()
            if isinstance(frame, bytes):
                message = self._opened(frame)
                if message is not None:
                    return message
            elif isinstance(frame, str):
                log.warning("a session sent text, which is ignored: %.80r", frame)
            elif frame.normal or self._closed_here():
                break
            else:
                raise frame.error("session")
        return None

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Chunks of output until the end; the exit code is then in `exit_code`."""
        try:
            while (message := await self.read_out()) is not None:
                yield message
        except StdStreamError:
            return

    def _opened(self, frame: bytes) -> Message | None:
        """The output in a frame, if any. Raises StdStreamError for the exit code."""
        found = decode_output(frame)
        first, self.connected = not self.connected, True
        if isinstance(found, Exit):
            if first and not self._with_output and (found.exit_code, found.message) == (1, ""):
                # The "connected" frame of a session without output comes on this channel.
                return None
            if found.exit_code is None:
                log.warning("a session ended with an exit code that cannot be read")
            self.exit_code = UNREADABLE_EXIT if found.exit_code is None else found.exit_code
            self.exit_message = found.message
            raise StdStreamError(self.exit_code, found.message)
        if found is None:
            return None
        return Message(found.fileno, found.data) if found.data else None

    async def write_in(self, data: bytes) -> None:
        """Write to stdin. Raises ConnectionFailed when the session is over."""
        self._check_open()
        for frame in encode_stdin(data):
            await self._socket.send(frame)

    async def resize(self, h: int, w: int) -> None:
        """Tell the size of the terminal: rows, columns, each 1-65535.

        Raises ValueError for another size, ConnectionFailed when the session is over.
        """
        self._check_open()
        await self._socket.send(encode_resize(w, h))

    def _closed_here(self) -> bool:
        """Whether `close` was called, perhaps while a frame was being waited for."""
        return self._closing

    def _check_open(self) -> None:
        if self._closing or self.exit_code is not None:
            raise ConnectionFailed("the session is over", next_step="Open a new one.")
