"""Messages over a Unix socket, with descriptors beside them.

A message is its length in 4 bytes, little-endian, and a MessagePack array. One that carries
descriptors is sent with them in one piece, so that they arrive with its first byte or before.
"""

import array
import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

LENGTH = struct.Struct("<I")
SLICE = 256 << 10
LONGEST = 16 << 20
"""Bytes of a message."""
MOST_UNSENT = 32 << 20
"""Bytes that may wait for a peer that does not read, before the link is cut."""
MOST_DESCRIPTORS = 16

CALL, REPLY, GREW, ENDED = range(4)
"""The kinds of messages: `[CALL, id, method, arguments]`, `[REPLY, id, error, value]`,
`[GREW, job, run, alive]`, `[ENDED, state]`. An error is `[kind, text]` or nil."""

Message = Sequence[Any]
"""A message's array. Its parts are checked where they are used."""


class Link:
    """One end of a connection. `received` gets each message and its descriptors, in order.

    `lost` is called once, when the other end is gone or sends what is no message.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        received: Callable[[Message, list[int]], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = connection
        self._received = received
        self._lost = lost
        self._incoming = bytearray()
        self._descriptors: deque[int] = deque()
        self._outgoing: deque[tuple[memoryview, list[int]]] = deque()
        self._unsent = 0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder().decode
        self.closed = False
        self._loop.add_reader(connection, self._readable)

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """Send now or when there is room. The descriptors are given away, and closed here."""
        if self.closed:
            _close_all(descriptors)
            return
        body = self._encode([len(descriptors), *message])
        data = memoryview(LENGTH.pack(len(body)) + body)
        idle = not self._outgoing
        self._outgoing.append((data, list(descriptors)))
        self._unsent += len(data)
        if idle:
            self._writable()
            if self._outgoing and not self.closed:
                self._loop.add_writer(self._socket, self._writable)
        elif self._unsent > MOST_UNSENT:
            self._lose()

    @property
    def busy(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._outgoing)

    def _writable(self) -> None:
        while self._outgoing:
            data, descriptors = self._outgoing.popleft()
            try:
                if descriptors:
                    packed = array.array("i", descriptors)
                    extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)]
                    sent = self._socket.sendmsg([data], extra)
                else:
                    sent = self._socket.send(data)
            except BlockingIOError:
                self._outgoing.appendleft((data, descriptors))
                return
            except OSError:
                _close_all(descriptors)
                self._lose()
                return
            _close_all(descriptors)
            self._unsent -= sent
            if sent < len(data):
                self._outgoing.appendleft((data[sent:], []))
                return
        self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        room = socket.CMSG_SPACE(MOST_DESCRIPTORS * array.array("i").itemsize)
        flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        try:
            data, extras, _, _ = self._socket.recvmsg(SLICE, room, flags)
        except BlockingIOError:
            return
        except OSError:
            data, extras = b"", []
        for level, kind, packed in extras:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors = array.array("i")
                descriptors.frombytes(packed[: len(packed) - len(packed) % descriptors.itemsize])
                for fd in descriptors:
                    os.set_inheritable(fd, False)
                    self._descriptors.append(fd)
        if not data:
            self._lose()
            return
        self._incoming += data
        self._parse()

    def _parse(self) -> None:
        at = 0
        while not self.closed and len(self._incoming) - at >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._incoming, at)
            if length > LONGEST:
                self._lose()
                return
            stop = at + LENGTH.size + length
            if len(self._incoming) < stop:
                break
            body = bytes(self._incoming[at + LENGTH.size : stop])
            at = stop
            try:
                count, *message = self._decode(body)
                descriptors = [self._descriptors.popleft() for _ in range(count)]
            except (msgspec.MsgspecError, TypeError, ValueError, IndexError):
                self._lose()
                return
            self._received(message, descriptors)
        del self._incoming[:at]

    def _lose(self) -> None:
        if not self.closed:
            self.close()
            self._lost()

    def close(self) -> None:
        """Leave. What was not sent yet is not sent."""
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        for _, descriptors in self._outgoing:
            _close_all(descriptors)
        _close_all(self._descriptors)
        self._outgoing.clear()
        self._descriptors.clear()


def _close_all(descriptors: Sequence[int]) -> None:
    for fd in descriptors:
        os.close(fd)
