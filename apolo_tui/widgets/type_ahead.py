"""Keys that are typed ahead reach what the keys before them have opened."""

import time
from collections import deque

from textual import events
from textual.dom import DOMNode
from textual.message import Message
from textual.timer import Timer

from apolo_tui.widgets.frames import SparingApp

PATIENCE = 2.0
"""Seconds after which a key is handed on though the one before it has not been heard of."""
LOOK = 0.05
"""Seconds between two looks after a message that may have got lost, while keys wait."""


class TypeAheadApp(SparingApp, inherit_bindings=False):
    """Hands on one key at a time.

    Textual hands a key to the widget that has the focus when the key comes, and acts on it when
    it has bubbled up again. Of `:quit`, typed in one go, all five keys would be the table's before
    the first one opens the line. Here a key waits until the one before it is done with: a message
    is sent behind that one, goes the same way, and arrives after it and what it caused.
    """

    class Passed(Message):
        """The key before this message has been acted upon."""

        def __init__(self, number: int, seen: tuple[DOMNode, DOMNode | None] | None) -> None:
            super().__init__()
            self.number = number
            self.seen = seen
            """The screen and the focus when it was sent; None right behind the key."""

    _behind: deque[events.Key | events.Paste] | None = None
    """What waits; None while no key is under way."""
    _number = 0
    """Counts what was handed on, to know the messages of keys that took too long."""
    _since = 0.0
    _asked: DOMNode | None = None
    """Where the message behind the last key was sent to."""
    _lookout: Timer | None = None

    @property
    def untyped_for(self) -> float:
        """Seconds since the last key."""
        return time.monotonic() - self._since

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._behind is None:
            self._behind = deque()
            await self._hand_on(event)
        else:
            self._behind.append(event)
            self._look_out()

    async def _hand_on(self, typed: events.Event) -> None:
        self._number += 1
        self._since = time.monotonic()
        target = (self.focused or self.screen) if self.screen_stack else self
        await super().on_event(typed)
        self._ask(target, self.Passed(self._number, None))

    def _ask(self, target: DOMNode, message: Passed) -> None:
        self._asked = target
        if not target.post_message(message):
            self.post_message(message)

    def on_type_ahead_app_passed(self, message: Passed) -> None:
        # Whoever takes the focus sets it by a call that is behind this message.
        message.stop()
        self.call_later(self._look, message.number, message.seen)

    async def _look(self, number: int, before: tuple[DOMNode, DOMNode | None] | None) -> None:
        """Once more round until neither the screen nor the focus changes; then the next key."""
        if number != self._number or self._behind is None or not self.screen_stack:
            return
        seen = (self.screen, self.focused)
        if seen != before and time.monotonic() - self._since < PATIENCE:
            self._ask(self.focused or self.screen, self.Passed(number, seen))
        elif self._behind:
            await self._hand_on(self._behind.popleft())
        else:
            self._behind = None

    def _look_out(self) -> None:
        """A screen that closes takes the messages with it that are on their way through it."""
        if self._lookout is None:
            self._lookout = self.set_interval(LOOK, self._find_lost, name="type-ahead")
        else:
            self._lookout.resume()

    async def _find_lost(self) -> None:
        if not self._behind:
            assert self._lookout is not None
            self._lookout.pause()
        elif time.monotonic() - self._since > PATIENCE or not self._reaches(self._asked):
            await self._look(self._number, None)

    def _reaches(self, node: DOMNode | None) -> bool:
        """Whether messages of this node still come up to the app."""
        return node is not None and node.is_attached and node.screen in self.screen_stack
