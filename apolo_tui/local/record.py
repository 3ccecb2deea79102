"""A job as the platform keeps it: what was asked for, and everything that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apolo_tui.local.names import ProjectKey

FINAL = frozenset({"succeeded", "failed", "cancelled"})
PRIORITIES = {"low": -1, "normal": 0, "high": 1}
SECONDS_PER_HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Transition:
    """One entry of `statuses` (docs/protocol.md section 5.3)."""

    status: str
    time: datetime
    reason: str | None = None
    description: str | None = None
    exit_code: int | None = None


@dataclass(slots=True)
class JobRecord:
    """What is known of a job. `transitions` is only added to, by `add`."""

    id: str
    owner: str
    project: ProjectKey
    created_at: datetime
    container: Mapping[str, Any]
    """As on the wire (docs/protocol.md section 5.3), resources included."""
    preset_name: str | None = None
    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    pass_config: bool = False
    privileged: bool = False
    wait_for_jobs_quota: bool = False
    priority: str = "normal"
    restart_policy: str = "never"
    schedule_timeout: float | None = None
    """Seconds; None for the cluster's own."""
    max_run_time_minutes: int | None = None
    energy_schedule_name: str | None = None
    scheduler_enabled: bool = False
    preemptible_node: bool = False
    price_per_hour: Decimal = Decimal(0)
    runs: int = 0
    """How many runs were begun; the keeper counts them from 0."""
    materialized: bool = False
    being_dropped: bool = False
    logs_removed: bool = False
    transitions: list[Transition] = field(default_factory=list)
    restarts: int = 0
    started_at: datetime | None = None
    _ran: timedelta = timedelta()

    @property
    def last(self) -> Transition:
        return self.transitions[-1]

    @property
    def status(self) -> str:
        return self.last.status

    @property
    def final(self) -> bool:
        return self.last.status in FINAL

    @property
    def finished_at(self) -> datetime | None:
        return self.last.time if self.final else None

    @property
    def uri(self) -> str:
        return f"{self.project.uri}/{self.id}"

    @property
    def base_owner(self) -> str:
        return self.owner.partition("/")[0]

    @property
    def tty(self) -> bool:
        return bool(self.container.get("tty", False))

    def add(self, transition: Transition) -> None:
        """The next transition. Its time never lies before the one of the last."""
        if self.transitions and self.last.status == "running":
            self._ran += transition.time - self.last.time
        if transition.reason == "Restarting" or transition.status == "suspended":
            self.restarts += 1
        if self.started_at is None and (
            transition.status == "running" or transition.status in FINAL
        ):
            self.started_at = transition.time
        self.transitions.append(transition)

    def run_time(self, now: datetime) -> timedelta:
        """The time spent in `running` so far."""
        if self.transitions and self.last.status == "running":
            return self._ran + max(timedelta(), now - self.last.time)
        return self._ran

    def price(self, now: datetime) -> Decimal:
        """Credits so far: for running time only."""
        seconds = Decimal(str(self.run_time(now).total_seconds()))
        return self.price_per_hour * seconds / SECONDS_PER_HOUR
