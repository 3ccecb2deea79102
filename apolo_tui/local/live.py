"""A job that is not over yet, as the engine holds it in memory."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from apolo_tui.local.capacity import Demand, Placement
from apolo_tui.local.keeper.api import RunState
from apolo_tui.local.record import PRIORITIES, JobRecord


class Interruption(Enum):
    """Why a run is over, other than by itself."""

    SUSPENDED = "suspended"
    """It is to make room; its tree is still to be stopped."""
    LOST = "lost"
    """The keeper is gone, and the run with it."""


Outcome = RunState | Interruption


@dataclass(slots=True, eq=False)
class LiveJob:
    """One active job: its record, its place, and the task that leads it through its life."""

    record: JobRecord
    demand: Demand
    waiting_since: datetime
    placement: Placement | None = None
    placed: "asyncio.Future[Placement] | None" = None
    """Set while the job waits for a place."""
    outcome: "asyncio.Future[Outcome] | None" = None
    """Set while a run is alive."""
    run_began: datetime | None = None
    suspending: bool = False
    short_runs: int = 0
    """Restarts in a row of runs that did not last."""
    task: "asyncio.Task[None] | None" = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Replaced by a new one after every change."""

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def order(self) -> tuple[int, datetime]:
        """High priorities first, then who waits longest."""
        return -PRIORITIES[self.record.priority], self.waiting_since
