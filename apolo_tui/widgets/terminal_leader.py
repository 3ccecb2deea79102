"""The leader: the one key that a terminal does not hand to the program, and the keys after it.

`ctrl+]` waits for a command without a time limit; twice it is sent to the program. `ctrl+p`
goes to the program at once, so that its history works; `ctrl+q` right after it leaves, and is
not sent (docs/terminal.md).
"""

import enum
from dataclasses import dataclass

from apolo_tui.terminal.input.press import ALT, CTRL, SHIFT, KeyPress

DEFAULT_LEADER = "ctrl+]"
DETACH_FIRST, DETACH_SECOND = "ctrl+p", "ctrl+q"


class Does(enum.StrEnum):
    """What a key after the leader does."""

    LEAVE = "leave"
    """To the list; the session goes on."""
    CLOSE = "close"
    NEXT = "next"
    PREVIOUS = "previous"
    SELECT = "select"
    """The tab of that number."""
    SCROLL = "scroll"
    """Scroll back, search and copy."""
    ZOOM = "zoom"
    REAL_TTY = "real tty"
    """Hand the user's own terminal over."""
    PASTE = "paste"
    SEND = "send"
    """The leader itself, to the program."""
    HELP = "help"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and the number of a tab where it names one."""

    does: Does
    number: int = 0


COMMANDS = {
    "d": Does.LEAVE,
    "x": Does.CLOSE,
    "n": Does.NEXT,
    "p": Does.PREVIOUS,
    "[": Does.SCROLL,
    "z": Does.ZOOM,
    "s": Does.REAL_TTY,
    "v": Does.PASTE,
    "?": Does.HELP,
    "escape": Does.NOTHING,
}

THEN = "ctrl+] then: "
HINTS = (
    (9, "d leave"),
    (7, "x close"),
    (4, "1-9 n p tabs"),
    (5, "[ scroll"),
    (6, "z zoom"),
    (2, "s real tty"),
    (3, "v paste"),
    (8, "? help"),
)
"""What the keys after the leader do, and how much each matters."""


def hint_for(room: int) -> str:
    """As many of the hints as there are cells for; what matters least goes first."""
    shown = list(HINTS)
    while len(shown) > 1 and len("  ".join(text for _, text in shown)) > room:
        shown.remove(min(shown))
    return "  ".join(text for _, text in shown)


def key_name(key: KeyPress) -> str:
    """A key press as it is named here: its modifiers, and its name or character."""
    modifiers = ""
    for bit, word in ((CTRL, "ctrl+"), (ALT, "alt+"), (SHIFT, "shift+")):
        # What shift did to a character shows in the character.
        if key.modifiers & bit and not (bit == SHIFT and (key.text or len(key.name) == 1)):
            modifiers += word
    return modifiers + (key.text or key.name)


class Heard(enum.Enum):
    """What the leader made of a key that is no command."""

    NOTHING = enum.auto()
    """The key is the program's."""
    WAITS = enum.auto()
    """It was the leader: the next key is a command."""
    UNKNOWN = enum.auto()
    """No command; the leader goes on waiting."""


class Leader:
    """Listens to the names of keys, one after the other."""

    def __init__(self, name: str = DEFAULT_LEADER) -> None:
        self.name = name
        self.waiting = False
        self._first_of_pair = False

    def key(self, name: str) -> Heard | Command:
        """What a key means: a command, part of one, or nothing."""
        if self.waiting:
            return self._after(name)
        pair, self._first_of_pair = self._first_of_pair, name == DETACH_FIRST
        if name == self.name:
            self.waiting = True
            return Heard.WAITS
        if pair and name == DETACH_SECOND:
            return Command(Does.LEAVE)
        return Heard.NOTHING

    def cancel(self) -> None:
        """The focus went elsewhere: forget a leader that waits."""
        self.waiting = self._first_of_pair = False

    def _after(self, name: str) -> Heard | Command:
        if name == self.name:
            does: Does | None = Does.SEND
        elif name in "123456789" and len(name) == 1:
            self.waiting = False
            return Command(Does.SELECT, int(name))
        else:
            does = COMMANDS.get(name)
        if does is None:
            return Heard.UNKNOWN
        self.waiting = False
        return Command(does)
