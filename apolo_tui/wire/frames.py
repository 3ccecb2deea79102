"""The frames of attach and exec sessions: one channel byte, then the payload.

Source: docs/protocol.md section 6.4.
"""

import enum
from dataclasses import dataclass

import msgspec

from apolo_tui.wire import lenient

MAX_PAYLOAD = 32 * 1024
"""Bytes of stdin in one frame. The platform takes up to 4 MiB; small frames keep keys lively."""


class Channel(enum.IntEnum):
    """The first byte of a frame."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    RESIZE = 4


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes of stdout (1) or stderr (2). Empty in the first frame: "connected"."""

    fileno: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of the session."""

    exit_code: int | None
    """None when the platform's frame could not be understood."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Resize:
    """The size of the client's terminal, in cells."""

    columns: int
    rows: int


Frame = Output | Exit | Resize


def decode_output(frame: bytes) -> Output | Exit | None:
    """A frame from the server; None for one to ignore (empty, or of an unknown channel)."""
    if not frame:
        return None
    channel = frame[0]
    if channel in (Channel.STDOUT, Channel.STDERR):
        return Output(channel, frame[1:])
    if channel == Channel.EXIT:
        return decode_exit(frame[1:])
    return None


def decode_exit(payload: bytes) -> Exit:
    """The end of a session. What cannot be read gives no code, rather than a made-up one."""
    try:
        document = msgspec.json.decode(payload)
    except lenient.NOT_JSON:
        return Exit(None, payload.decode("utf-8", "replace"))
    found = lenient.mapping(document)
    return Exit(lenient.integer(found.get("exit_code")), lenient.text(found.get("message")))


def decode_input(frame: bytes) -> bytes | Resize | None:
    """A frame from the client: bytes for stdin, or a resize; None for one to ignore."""
    if not frame:
        return None
    if frame[0] == Channel.STDIN:
        return frame[1:]
    if frame[0] == Channel.RESIZE:
        return decode_resize(frame[1:])
    return None


def decode_resize(payload: bytes) -> Resize | None:
    """A resize, its keys in either case; None when it cannot be read or is out of range."""
    try:
        document = msgspec.json.decode(payload)
    except lenient.NOT_JSON:
        return None
    found = {key.lower(): value for key, value in lenient.mapping(document).items()}
    columns, rows = lenient.integer(found.get("width")), lenient.integer(found.get("height"))
    if columns is None or rows is None:
        return None
    if not (1 <= columns <= 65535 and 1 <= rows <= 65535):
        return None
    return Resize(columns, rows)


def encode_stdin(data: bytes) -> list[bytes]:
    """Frames for these bytes. None for no bytes: an empty frame ends the session."""
    return [
        bytes((Channel.STDIN,)) + data[start : start + MAX_PAYLOAD]
        for start in range(0, len(data), MAX_PAYLOAD)
    ]


def encode_output(fileno: int, data: bytes) -> bytes:
    return bytes((fileno,)) + data


def encode_exit(exit_code: int, message: str = "") -> bytes:
    payload: dict[str, object] = {"exit_code": exit_code}
    if message:
        payload["message"] = message
    return bytes((Channel.EXIT,)) + msgspec.json.encode(payload)


def encode_resize(columns: int, rows: int) -> bytes:
    """Raises ValueError for a size that no terminal has."""
    if not (1 <= columns <= 65535 and 1 <= rows <= 65535):
        raise ValueError(f"not a terminal's size: {columns}x{rows}")
    payload = msgspec.json.encode({"Width": columns, "Height": rows})
    return bytes((Channel.RESIZE,)) + payload
