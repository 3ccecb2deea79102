"""The limit of what a search may take, by a timer that interrupts it.

Python's `re` looks at pending signals while it tries, so the handler of a signal can end a match
that would go on for ever. The timer counts the CPU time of this process, not the time on the wall:
a busy machine makes no expression slow.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from apolo_tui.model.logs import Limit, SlowExpressionError, no_limit


class Alarm:
    """The one timer of this kind that a process has."""

    def __init__(self) -> None:
        self._armed = False
        self._installed = False

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            raise SlowExpressionError

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """At most so many seconds of CPU time; raises SlowExpressionError."""
        if not self._installed:
            signal.signal(signal.SIGVTALRM, self._ring)
            self._installed = True
        self._armed = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            yield
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


_ALARM = Alarm()


def expression_limit() -> Limit:
    """The limit for this thread; none where a thread or a system has no such timer."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        return no_limit
    return _ALARM.within
