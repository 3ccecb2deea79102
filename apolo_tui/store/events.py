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

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def add(
        self, text: str, *, severity: Severity = "information", command: str = "", job_id: str = ""
    ) -> Event:
        event = Event(self._clock(), text, severity, command, job_id)
        self._events.append(event)
        self.topic.publish(event)
        return event
