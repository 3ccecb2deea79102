"""The emulated terminal: bytes in, cells out."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from apolo_tui.terminal.controls import CONTROLS, SEQUENCES, Action
from apolo_tui.terminal.cursor_motion import from_zero, position
from apolo_tui.terminal.events import Event
from apolo_tui.terminal.flood import take_lines
from apolo_tui.terminal.modes import CursorShape
from apolo_tui.terminal.page import Page
from apolo_tui.terminal.printing import is_narrow, print_text
from apolo_tui.terminal.reflow import resize
from apolo_tui.terminal.rows import Mark, Row
from apolo_tui.terminal.strings import string_sequence
from apolo_tui.terminal.styles import number
from apolo_tui.terminal.tokens import Tokenizer, separate

BLOCK: Final = 65_536
"""Bytes that are cut into tokens at a time."""

PARAMETER_LIMIT: Final = 64
ACTION_LIMIT: Final = 16_384

_SEQUENCE: Final = re.compile(r"\x1b\[([<=>?]?)([0-9;:]*)([ -/]*)([@-~])").fullmatch
_is_sgr: Final = re.compile(r"\x1b\[[0-9;:]*m").fullmatch
_actions: Final[dict[str, Action]] = dict(CONTROLS)
"""What whole sequences do, with their parameters: they are the same for every screen."""


class Cursor(NamedTuple):
    """Where the cursor is, from 0, and how it looks."""

    x: int
    y: int
    visible: bool
    shape: CursorShape
    blinks: bool


class Screen(Page):
    """A terminal of `columns` by `rows` cells with `scrollback` lines above it.

    `width` gives the columns of one character, 0 to 2, and must be the function that the caller
    draws with. `column_mode_allowed`: the program may change the width by DECCOLM.

    Feed it bytes; then read `row(y)`, `cursor`, `modes`, and take what it has for others:
    `take_dirty()`, `take_replies()`, `take_events()`. It does no I/O and never blocks; no input
    raises an exception.
    """

    __slots__ = ("_look", "_shown", "_tokenizer")

    def __init__(
        self,
        columns: int,
        rows: int,
        *,
        width: Callable[[str], int],
        scrollback: int = 10_000,
        column_mode_allowed: bool = False,
    ) -> None:
        super().__init__(
            columns,
            rows,
            width=width,
            scrollback=scrollback,
            column_mode_allowed=column_mode_allowed,
        )
        self._tokenizer = Tokenizer()
        self._shown: list[Mark | None] = []
        self._look: tuple[int, bool] = (0, False)

    def feed(self, data: bytes) -> None:
        """Take output of the program, cut at any byte."""
        if len(data) <= BLOCK:
            self._run(self._tokenizer.split(data))
            return
        for start in range(0, len(data), BLOCK):
            self._run(self._tokenizer.split(data[start : start + BLOCK]))

    def _run(self, tokens: list[str]) -> None:
        # This loop is the hot path: the common cases of printing are written out in it.
        after_sgr = self.styles.transitions.get
        action_of = _actions.get
        for token in tokens:
            if token >= " ":
                x = self.x
                end = x + len(token)
                if end > self.right or not self.fast or not (token.isascii() or is_narrow(token)):
                    print_text(self, token)
                    continue
                row = self.lines[self.y]
                pen = self.pen
                chars = row.chars
                if chars is None:
                    used = len(row.text)
                    if x >= used:
                        if x > used:
                            row.pad(x)
                        if row.pen is not pen:
                            row.append_run(x, pen)
                        row.text += token
                        row.mark = None
                        self.x = end
                        self.last = token
                        continue
                    chars = row.unpack(self.columns)
                else:
                    row.mark = None
                if chars[x] == "" and x:
                    self.split_wide(row, x)
                if chars[end] == "":
                    self.split_wide(row, end)
                if end - x == 1:
                    chars[x] = token
                    row.styles[x] = pen
                else:
                    chars[x:end] = token
                    row.styles[x:end] = [pen] * (end - x)
                self.x = end
                self.last = token
                continue
            if token[-1] == "m":
                style = after_sgr((self.pen, token))
                if style is not None:
                    self.pen = style
                    continue
                if _is_sgr(token):
                    self.pen = self.styles.render(self.pen, token)
                    continue
            action = action_of(token)
            if action is not None:
                action[0](self, action[1])
            elif token[0] == "\r":
                if not take_lines(self, token):
                    self._run(separate(token))
            else:
                self._sequence(token)

    def _sequence(self, token: str) -> None:
        """A sequence that was not seen before, or one that is not worth remembering."""
        kind = token[1]
        if kind in "]PX^_":
            string_sequence(self, token)
            return
        match = _SEQUENCE(token) if kind == "[" else None
        if match is None:
            self.unknown += 1
            return
        prefix, parameters, intermediates, final = match.groups()
        name = prefix + intermediates + final
        function = SEQUENCES.get(name)
        if function is None or ":" in parameters:
            self.unknown += 1
            return
        items = parameters.split(";")[:PARAMETER_LIMIT] if parameters else ()
        params = tuple(map(number, items))
        if function is position:
            params = from_zero(params)
        if len(token) <= 32:
            if len(_actions) >= ACTION_LIMIT:
                _actions.clear()
                _actions.update(CONTROLS)
            _actions[token] = (function, params)
        function(self, params)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, at least 1 by 1. Soft-wrapped lines of the main screen are wrapped anew;
        positions in the scrollback change."""
        resize(self, columns, rows)

    # What a view reads

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.height

    @property
    def cursor(self) -> Cursor:
        modes = self.modes
        return Cursor(self.x, self.y, modes.cursor_visible, modes.cursor_shape, modes.cursor_blinks)

    def row(self, y: int) -> Row:
        """The row `y` of the screen; negative numbers count back into the scrollback.

        -1 is the newest line of the scrollback. Raises IndexError outside of both.
        """
        if y >= 0:
            return self.lines[y]
        if -y > len(self.scrollback):
            raise IndexError(y)
        return self.scrollback[y]

    def take_dirty(self) -> list[int]:
        """The rows that changed, or moved, since the last call."""
        look = (self.colors.changed, self.modes.reverse_screen)
        if look != self._look:
            self._look = look
            for row in self.lines:
                row.mark = None
        shown = self._shown
        if len(shown) != len(self.lines):
            shown = [None] * len(self.lines)
        dirty = [
            y for y, row in enumerate(self.lines) if row.mark is None or row.mark is not shown[y]
        ]
        self._shown = [row.marked() for row in self.lines]
        return dirty

    def take_replies(self) -> bytes:
        """What to send to the program, in order. The caller limits the rate."""
        replies = b"".join(self.replies)
        self.replies.clear()
        self.replies_length = 0
        return replies

    def take_events(self) -> list[Event]:
        """What happened besides the cells since the last call."""
        events, self.events = self.events, []
        return events

    def text(self) -> str:
        """The screen as lines of text, without the blanks at their ends."""
        return "\n".join(row.plain() for row in self.lines)

    @property
    def malformed(self) -> int:
        """Sequences that were malformed, too long, or not known."""
        return self.unknown + self._tokenizer.dropped
