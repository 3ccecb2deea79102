"""What the HTTP handlers work with, and what they leave for others to see."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web
from yarl import URL

from apolo_tui.local.configuration import Configuration, Policies
from apolo_tui.local.database import Database
from apolo_tui.local.engine import Engine
from apolo_tui.local.faults import Faults
from apolo_tui.local.telemetry import Telemetry
from apolo_tui.local.tokens import Tokens

CALLS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came in. Its query and headers may hold secrets and are not kept."""

    operation: str
    method: str
    path: str
    user: str | None
    time: datetime
    job_id: str | None = None


@dataclass(slots=True)
class Traffic:
    """What clients do: the last calls, the open streams, and when something was last asked."""

    now: Callable[[], datetime]
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    sockets: Counter[str] = field(default_factory=Counter)
    """Open streams by operation."""
    most_sockets: Counter[str] = field(default_factory=Counter)
    """The most that were open at once."""
    last: datetime | None = None

    def record(self, call: Call) -> None:
        self.calls.append(call)
        self.last = call.time

    def opened(self, operation: str) -> None:
        self.sockets[operation] += 1
        self.most_sockets[operation] = max(self.most_sockets[operation], self.sockets[operation])

    def closed(self, operation: str) -> None:
        self.sockets[operation] -= 1
        self.last = self.now()

    @property
    def busy(self) -> bool:
        return any(self.sockets.values())


class Stream(Protocol):
    """An open websocket, as tests see it."""

    operation: str
    job_id: str

    def abort(self) -> None:
        """Break the connection as a cable would."""

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        """Close it in order."""


@dataclass(slots=True, kw_only=True)
class Services:
    """One platform's parts."""

    configuration: Configuration
    policies: Policies
    database: Database
    engine: Engine
    tokens: Tokens
    faults: Faults
    telemetry: Telemetry
    traffic: Traffic
    now: Callable[[], datetime]
    url: URL
    """`http://127.0.0.1:<port>`."""
    token_lifetime: float
    """Seconds that a refreshed token is valid."""
    rotate_refresh_tokens: bool = False
    stop: Callable[[], None] | None = None
    """Ends the platform and its jobs; None where its block does."""
    ends_at: Callable[[], datetime | None] = lambda: None
    """When the platform ends by itself if nothing happens."""
    streams: set[Stream] = field(default_factory=set)
    """The websockets that are open."""

    @property
    def api_url(self) -> URL:
        return self.url / "api/v1"

    def monitoring_url(self, cluster: str) -> URL:
        return self.url / "clusters" / cluster / "api/v1/jobs"

    def job_gpus(self, job_id: str) -> Sequence[int]:
        job = self.engine.live.get(job_id)
        return job.placement.gpus if job is not None and job.placement is not None else ()


SERVICES = web.AppKey("services", Services)
