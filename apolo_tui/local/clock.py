"""Time, as a parameter: the wall clock, and alarms that fire once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> datetime:
        """Aware, in UTC."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Alarms:
    """At most one pending alarm a key; setting it again replaces it.

    The event loop's clock stands still while the machine sleeps and wall time does not, so
    whoever is called looks at the time again and sets the alarm anew when it is too early.
    """

    __slots__ = ("_handles",)

    def __init__(self) -> None:
        self._handles: dict[object, asyncio.TimerHandle] = {}

    def set(self, key: object, delay: timedelta, call: Callable[[], None]) -> None:
        self.clear(key)
        loop = asyncio.get_running_loop()

        def ring() -> None:
            self._handles.pop(key, None)
            call()

        self._handles[key] = loop.call_later(max(0.0, delay.total_seconds()), ring)

    def clear(self, key: object) -> None:
        handle = self._handles.pop(key, None)
        if handle is not None:
            handle.cancel()

    def clear_all(self) -> None:
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
