"""OSC 52: what a program may ask of the clipboard. It is asked, never done here."""

import base64
import binascii
from typing import Final

from apolo_tui.terminal.events import ClipboardQuery, ClipboardWrite

PAYLOAD_LIMIT: Final = 1_000_000
"""Longest payload, in base64 characters."""


def parse_clipboard(payload: str) -> ClipboardWrite | ClipboardQuery | None:
    """The request of an `OSC 52` payload (`selection;base64`), None when it is malformed."""
    selection, separator, data = payload.partition(";")
    selection = "".join(char for char in selection if char in "cpqs01234567") or "c"
    if not separator or len(data) > PAYLOAD_LIMIT:
        return None
    if data == "?":
        return ClipboardQuery(selection[:12])
    try:
        text = base64.b64decode(data, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
    return ClipboardWrite(selection[:12], text)


def clipboard_reply(selection: str, text: str) -> bytes:
    """What to send to the job when the user lets it read the clipboard."""
    return b"\x1b]52;%s;%s\x1b\\" % (selection.encode(), base64.b64encode(text.encode()))
