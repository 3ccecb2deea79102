"""What happened in this session: the event log, newest last."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from apolo_tui.store.platform import Clock
from apolo_tui.store.topic import Topic

Severity = Literal["information", "warning", "error"]
KEPT = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing worth telling. `command` is the apolo command that does the same."""

    time: float
    text: str
    severity: Severity = "information"
    command: str = ""
    job_id: str = ""


class Events:
    """The events of this session, bounded; `topic` has the last one."""

    def __init__(self, *, clock: Clock = time.time) -> None:
        self.topic: Topic[Event | None] = Topic(None)
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=KEPT)
        self.total = 0
        """Events of the session, those that are no longer kept included."""

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def since(self, total: int) -> tuple[Event, ...]:
        """What has happened since there were `total` events: several may come at once."""
        new = min(self.total - total, len(self._events))
        return tuple(self._events)[len(self._events) - new :]

    def add(
        self, text: str, *, severity: Severity = "information", command: str = "", job_id: str = ""
    ) -> Event:
        event = Event(self._clock(), text, severity, command, job_id)
        self._events.append(event)
        self.total += 1
        self.topic.publish(event)
        return event
