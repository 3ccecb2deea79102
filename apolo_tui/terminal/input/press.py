"""A key press."""

from dataclasses import dataclass
from typing import Final

SHIFT: Final = 1
ALT: Final = 2
CTRL: Final = 4
SUPER: Final = 8
HYPER: Final = 16
META: Final = 32
CAPS_LOCK: Final = 64
NUM_LOCK: Final = 128

LOCKS: Final = CAPS_LOCK | NUM_LOCK


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key: its name (`left`, `f5`, `kp_0`, `enter`) or its unshifted character, and modifiers.

    `text` is what it types, where that is known; "" otherwise. `modifiers` has the bits of the
    kitty keyboard protocol, the low three of which are xterm's.
    """

    name: str
    modifiers: int = 0
    text: str = ""
    released: bool = False
    repeated: bool = False
