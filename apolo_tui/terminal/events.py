"""What a program asks of the world outside its cells. Nothing happens unless the caller does it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bell:
    """BEL was sent; several at a time are one event."""


@dataclass(frozen=True, slots=True)
class TitleChanged:
    """OSC 0 or 2: the window title, without control characters."""

    title: str


@dataclass(frozen=True, slots=True)
class ClipboardWrite:
    """OSC 52 with data: the program wants `text` put on the clipboard."""

    selection: str
    text: str


@dataclass(frozen=True, slots=True)
class ClipboardQuery:
    """OSC 52 with `?`: the program wants to read the clipboard.

    If the user allows it, send `clipboard_reply(selection, text)`; otherwise send nothing.
    """

    selection: str


@dataclass(frozen=True, slots=True)
class Notification:
    """OSC 9, OSC 99 or OSC 777: the program wants to notify the user."""

    title: str
    body: str


Event = Bell | TitleChanged | ClipboardWrite | ClipboardQuery | Notification
