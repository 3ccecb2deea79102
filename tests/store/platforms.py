"""A platform that does as it is told, for tests of what the store asks of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from apolo_tui.model.config import Account
from apolo_tui.model.errors import ApoloError
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobDescription


@dataclass
class Listening:
    port: int
    connections: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass
class FakePlatform:
    """Answers are values; an ApoloError in the place of one is raised."""

    jobs: dict[str, JobDescription | ApoloError] = field(default_factory=dict)
    free: Mapping[str, int] | ApoloError = field(default_factory=dict)
    account: Account | ApoloError | None = None
    org_account: Account | None = None
    started: JobDescription | ApoloError | None = None
    save_steps: Sequence[Any] = ()
    save_error: ApoloError | None = None
    forward_error: ApoloError | None = None
    calls: list[tuple[str, Any]] = field(default_factory=list)
    listening: Listening | None = None
    on_error: Callable[[ApoloError], None] | None = None

    def _answer(self, value: Any) -> Any:
        if isinstance(value, ApoloError):
            raise value
        return value

    async def me(self) -> str:
        return "ann"

    async def status(self, job_id: str, /) -> JobDescription:
        self.calls.append(("status", job_id))
        found: JobDescription = self._answer(self.jobs[job_id])
        return found

    async def start(self, **parameters: Any) -> JobDescription:
        self.calls.append(("start", parameters))
        found: JobDescription = self._answer(self.started)
        return found

    async def get_capacity(self, *, cluster_name: str | None = None) -> Mapping[str, int]:
        self.calls.append(("capacity", cluster_name))
        found: Mapping[str, int] = self._answer(self.free)
        return found

    async def get_account(self, *, cluster_name: str, org_name: str) -> Account | None:
        self.calls.append(("account", (cluster_name, org_name)))
        found: Account | None = self._answer(self.account)
        return found

    async def get_org_account(self, *, cluster_name: str, org_name: str) -> Account | None:
        return self.org_account

    @asynccontextmanager
    async def running(
        self, *, owners: Iterable[str], cluster_name: str, org_names: Sequence[str]
    ) -> AsyncIterator[AsyncIterator[JobDescription]]:
        self.calls.append(("running", tuple(owners)))

        async def listing() -> AsyncIterator[JobDescription]:
            for job in self.jobs.values():
                found: JobDescription = self._answer(job)
                if not owners or found.owner in owners:
                    yield found

        yield listing()

    async def save(
        self,
        job_id: str,
        image: RemoteImage,
        /,
        *,
        progress: Callable[[Any], None],
        cluster_name: str,
    ) -> None:
        self.calls.append(("save", (job_id, str(image), cluster_name)))
        for step in self.save_steps:
            progress(step)
            await asyncio.sleep(0)
        self._answer(self.save_error)

    @asynccontextmanager
    async def port_forward(
        self,
        job_id: str,
        local_port: int,
        job_port: int,
        /,
        *,
        cluster_name: str,
        on_error: Callable[[ApoloError], None],
    ) -> AsyncIterator[Listening]:
        self.calls.append(("forward", (job_id, local_port, job_port)))
        self._answer(self.forward_error)
        self.on_error = on_error
        self.listening = Listening(local_port or 40000)
        yield self.listening
        self.listening = None
