"""What the store asks of the platform. The client satisfies it; so does a fake in a test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.sessions.platform import Jobs as SessionJobs
from apolo_tui.store.sessions.platform import Logs

if TYPE_CHECKING:
    from apolo_tui.model.config import Preset
    from apolo_tui.store.services import Services


@dataclass(frozen=True, slots=True, order=True)
class Context:
    """Where the dashboard looks: one project of one organisation on one cluster."""

    cluster: str
    org: str | None = None
    project: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.cluster, self.org, self.project) if part)

    @classmethod
    def parse(cls, text: str) -> "Context":
        """`cluster`, `cluster/org` or `cluster/org/project`. Raises ValueError."""
        parts = text.strip().strip("/").split("/")
        if not parts[0] or len(parts) > 3 or not all(parts):
            raise ValueError(f"{text!r} is not a context; write it like cluster/org/project")
        return cls(*parts)


class Jobs(SessionJobs, Logs, Protocol):
    """The calls of the Jobs API that the store makes (the client's `Client.jobs`)."""

    def list(
        self,
        *,
        statuses: Iterable[JobStatus] = (),
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        reverse: bool = False,
        limit: int | None = None,
        cluster_name: str | None = None,
        org_names: Sequence[str | None] = (),
        project_names: Iterable[str] = (),
    ) -> AbstractAsyncContextManager[AsyncIterator[JobDescription]]: ...

    async def status(self, job_id: str, /) -> JobDescription: ...

    async def kill(self, job_id: str, /) -> None: ...

    async def send_signal(self, job_id: str, /, *, cluster_name: str | None = None) -> None: ...

    async def bump_life_span(self, job_id: str, /, additional_life_span: float) -> None: ...

    def top(
        self, job_id: str, /, *, cluster_name: str | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[JobTelemetry]]: ...


class Platform(Protocol):
    """One open connection to the platform, with one login."""

    @property
    def jobs(self) -> Jobs: ...

    @property
    def services(self) -> "Services":
        """Starting, saving, forwarding, capacity and money."""

    @property
    def user(self) -> str: ...

    @property
    def kind(self) -> str:
        """`` for the real platform, `local` or `demo` for the embedded one: shown in the header."""

    @property
    def clock_offset(self) -> float:
        """Seconds that the platform's clock is ahead of ours."""

    def resolve(self, cluster: str | None, org: str | None, project: str | None) -> Context:
        """The context of the login, with what is given in its place.

        Raises ConfigError for what the user has no access to.
        """

    def contexts(self) -> Sequence[Context]:
        """All that the user may look at, as far as it is known."""

    async def learn_contexts(self) -> None:
        """Ask the platform what the user may look at. Raises ApoloError."""

    def presets(self, cluster: str) -> "Mapping[str, Preset]": ...


Opener = Callable[[], AbstractAsyncContextManager[Platform]]
"""Opens the connection; raises ConfigError when there is no login."""

Clock = Callable[[], float]
"""Unix time in seconds."""

Sleep = Callable[[float], Awaitable[object]]
