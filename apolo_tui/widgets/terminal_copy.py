"""Looking back in a terminal with the keyboard: scroll, search, and copy whole lines.

Lines are counted from the oldest of the scrollback to the last of the screen.
"""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from apolo_tui.model.cells import width
from apolo_tui.terminal.screen import Screen

MATCH_LIMIT = 10_000


class Then(enum.Enum):
    """What the view does after a key."""

    STAY = enum.auto()
    LEAVE = enum.auto()
    COPY = enum.auto()
    """Copy the marked lines, or the line under the cursor, and leave."""
    ASK = enum.auto()
    """Ask for what to search."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a search found something: a line, and its columns."""

    line: int
    start: int
    end: int


@dataclass(slots=True)
class CopyMode:
    """The state of looking back. `page` is the height of the view."""

    screen: Screen
    page: int
    line: int = -1
    """The line of the cursor."""
    anchor: int | None = None
    """Where marking began."""
    matches: list[Match] = field(default_factory=list)
    at: int = -1
    """The match under the cursor; -1 for none."""
    pattern: str = ""

    def __post_init__(self) -> None:
        if self.line < 0:
            self.line = len(self.screen.scrollback) + self.screen.cursor.y

    @property
    def last(self) -> int:
        return len(self.screen.scrollback) + self.screen.rows - 1

    @property
    def marked(self) -> tuple[int, int]:
        """The first and the last marked line; the cursor's own when none are."""
        anchor = self.line if self.anchor is None else self.anchor
        return min(anchor, self.line), max(anchor, self.line)

    def key(self, name: str) -> Then:
        """What a key does: the keys of a pager."""
        move = MOVES.get(name)
        if move is not None:
            self.line = max(0, min(self.last, self.line + move(self)))
            return Then.STAY
        if name in ("v", "space"):
            self.anchor = None if self.anchor is not None else self.line
            return Then.STAY
        if name in ("y", "enter", "c"):
            return Then.COPY
        if name == "/":
            return Then.ASK
        if name in ("n", "N"):
            self.step(-1 if name == "n" else 1)
            return Then.STAY
        return Then.LEAVE if name in ("q", "escape", "i") else Then.STAY

    def search(self, text: str) -> None:
        """Find a text from the newest line upwards; smart case. Raises ValueError, in words."""
        self.pattern = text
        self.matches, self.at = [], -1
        if not text:
            return
        flags = re.IGNORECASE if text == text.lower() else re.NOFLAG
        try:
            found = re.compile(text, flags)
        except re.error as error:
            raise ValueError(f"{text!r} is no regular expression: {error}") from None
        screen = self.screen
        for line, row_text in enumerate(screen.scrollback.texts()):
            self._find(found, line, row_text)
        base = len(screen.scrollback)
        for y in range(screen.rows):
            self._find(found, base + y, screen.row(y).plain())
        before = [index for index, match in enumerate(self.matches) if match.line <= self.line]
        if self.matches:
            self._go(before[-1] if before else len(self.matches) - 1)

    def step(self, by: int) -> None:
        """The next match upwards (-1) or downwards (1), round and round."""
        if self.matches:
            self._go((self.at + by) % len(self.matches))

    def shift(self, lines: int) -> None:
        """The oldest lines fell out: the others have other numbers now."""
        self.line = max(0, self.line + lines)
        if self.anchor is not None:
            self.anchor = max(0, self.anchor + lines)
        self.matches = [replace(match, line=match.line + lines) for match in self.matches]

    def _find(self, found: re.Pattern[str], line: int, text: str) -> None:
        for match in found.finditer(text):
            if match.end() > match.start() and len(self.matches) < MATCH_LIMIT:
                start = width(text[: match.start()])
                self.matches.append(Match(line, start, start + width(match[0])))

    def _go(self, index: int) -> None:
        self.at = index
        self.line = self.matches[index].line

    @property
    def words(self) -> str:
        """The state in words, for the line of hints."""
        words = f"line {self.line + 1} of {self.last + 1}"
        if self.pattern:
            place = f"{self.at + 1}/" if self.at >= 0 else "0/"
            words += f"   /{self.pattern} {place}{len(self.matches)}"
        if self.anchor is not None:
            first, last = self.marked
            words += f"   {last - first + 1} marked"
        return words


MOVES: dict[str, Callable[[CopyMode], int]] = {
    "up": lambda mode: -1,
    "k": lambda mode: -1,
    "down": lambda mode: 1,
    "j": lambda mode: 1,
    "pageup": lambda mode: -(mode.page - 1),
    "ctrl+b": lambda mode: -(mode.page - 1),
    "pagedown": lambda mode: mode.page - 1,
    "ctrl+f": lambda mode: mode.page - 1,
    "ctrl+u": lambda mode: -(mode.page // 2),
    "ctrl+d": lambda mode: mode.page // 2,
    "home": lambda mode: -mode.line,
    "g": lambda mode: -mode.line,
    "end": lambda mode: mode.last - mode.line,
    "G": lambda mode: mode.last - mode.line,
}

SHORT_HINT = "/ search n N  v mark  y copy  q back"
HINT = "j/k g/G ^u/^d move  / search n N  v mark  y copy  q back"
