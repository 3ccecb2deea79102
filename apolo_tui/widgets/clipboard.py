"""Copying out of the terminal: by OSC 52, through tmux and screen, or into a file.

Terminals refuse or choke on large payloads, so there is a cap; what is larger goes to a file.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

CAP = 74_994
"""Bytes of text: base64 makes 99,992 of it, and common terminals take 100,000."""
SCREEN_CHUNK = 76
"""GNU screen takes a device control string of at most 768 bytes; smaller parts are safe."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a copy. `path` is the file, when it went there."""

    size: int
    path: Path | None = None

    @property
    def message(self) -> str:
        """For the user."""
        if self.path is not None:
            return f"Too long for the clipboard ({self.size} bytes): written to {self.path}"
        return "Copied"


def escape_sequence(text: str, environ: Mapping[str, str]) -> str:
    """The bytes that ask the terminal to take `text` into its clipboard."""
    payload = base64.b64encode(text.encode()).decode("ascii")
    sequence = f"\x1b]52;c;{payload}\a"
    if environ.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environ.get("TERM", "").startswith("screen") and environ.get("STY"):
        parts = [sequence[at : at + SCREEN_CHUNK] for at in range(0, len(sequence), SCREEN_CHUNK)]
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return sequence


def copy(
    text: str, *, write: Callable[[str], object], environ: Mapping[str, str], folder: Path
) -> Copied:
    """Put `text` on the clipboard, or into a file of `folder` when it is too long.

    `write` sends to the terminal. Raises OSError when the file cannot be written.
    """
    size = len(text.encode())
    if size <= CAP:
        write(escape_sequence(text, environ))
        return Copied(size)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "copied.txt"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return Copied(size, path)


def hyperlink(url: str, text: str) -> str:
    """An OSC 8 link that terminals make clickable."""
    return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"
