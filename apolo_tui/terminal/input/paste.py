"""Pasted text and focus reports."""

import re
from typing import Final

from apolo_tui.terminal.modes import Modes

START: Final = b"\x1b[200~"
END: Final = b"\x1b[201~"

_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def sanitise(text: str) -> str:
    """Text without control characters other than tab and line ends, which become CR.

    Without ESC and CSI it cannot contain the end marker of a paste, however it is taken apart.
    """
    return _UNSAFE.sub("", text.replace("\r\n", "\r").replace("\n", "\r"))


def encode_paste(text: str, modes: Modes) -> bytes:
    """What to send for pasted text: between markers where the program asked for them."""
    data = sanitise(text).encode("utf-8", "replace")
    return START + data + END if modes.bracketed_paste else data


def encode_focus(gained: bool, modes: Modes) -> bytes:
    """The report of a change of focus, b"" where the program did not ask for it."""
    if not modes.focus_reports:
        return b""
    return b"\x1b[I" if gained else b"\x1b[O"
