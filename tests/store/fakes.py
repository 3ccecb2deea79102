"""A platform in memory for the store: real values, no network, every call counted."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from apolo_tui.model.config import Preset
from apolo_tui.model.errors import ApoloError, ResourceNotFound, ServerNotAvailable
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    JobDescription,
    JobStatus,
    JobStatusHistory,
    Resources,
)
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.platform import Context

ZERO = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HERE = Context("harbor", "tidepool", "reef")


def make_job(
    number: int = 1,
    *,
    status: JobStatus = JobStatus.RUNNING,
    created: datetime = ZERO,
    **changes: Any,
) -> JobDescription:
    """A job of a given status and age."""
    finished = created + timedelta(minutes=5) if status.is_finished else None
    history = JobStatusHistory(
        status=status,
        created_at=created,
        started_at=created,
        finished_at=finished,
        run_time_seconds=300.0,
    )
    fields: dict[str, Any] = {
        "id": f"job-00000000-0000-0000-0000-{number:012}",
        "name": f"task-{number:05}",
        "owner": "mira",
        "cluster_name": HERE.cluster,
        "org_name": HERE.org,
        "project_name": HERE.project,
        "status": status,
        "history": history,
        "container": Container(RemoteImage(name="ubuntu"), Resources(memory=1 << 30, cpu=1.0)),
        "preset_name": "cpu-small",
        "life_span": 3600.0,
        "total_price_credits": Decimal("0.5"),
        "price_credits_per_hour": Decimal(6),
    }
    return JobDescription(**(fields | changes))


def ended_jobs(count: int) -> list[JobDescription]:
    """Jobs that ended one after the other, a minute apart."""
    return [
        make_job(
            number, status=JobStatus.SUCCEEDED, created=ZERO - timedelta(minutes=count - number)
        )
        for number in range(count)
    ]


class FakeJobs:
    """The calls of the Jobs API on a list of jobs."""

    def __init__(self, jobs: Iterable[JobDescription]) -> None:
        self.known = {job.id: job for job in jobs}
        self.calls: list[tuple[str, Any]] = []
        self.windows: list[int] = []
        """The limits of the listings that had one."""
        self.failures: dict[str, ApoloError] = {}
        """Operation, or operation and id, -> what it fails with."""
        self.samples: dict[str, list[JobTelemetry]] = {}
        self.open_tops: list[str] = []
        self.most_tops = 0
        self.close_delay = 0.0

    def _fail(self, operation: str, job_id: str = "") -> None:
        error = self.failures.get(f"{operation} {job_id}") or self.failures.get(operation)
        if error is not None:
            raise error

    @asynccontextmanager
    async def list(
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
    ) -> AsyncIterator[AsyncIterator[JobDescription]]:
        wanted = set(statuses)
        self.calls.append(("list", (frozenset(wanted), since, until, limit)))
        if limit is not None:
            self.windows.append(limit)
        self._fail("list")
        found = [
            job
            for job in sorted(self.known.values(), key=lambda job: job.created_at or ZERO)
            if (not wanted or job.status in wanted)
            and (name is None or job.name == name)
            and (since is None or (job.created_at or ZERO) >= since)
            and (until is None or (job.created_at or ZERO) <= until)
        ]
        if reverse:
            found.reverse()

        async def stream() -> AsyncIterator[JobDescription]:
            for job in found[:limit]:
                yield job

        yield stream()

    async def status(self, job_id: str, /) -> JobDescription:
        self.calls.append(("status", job_id))
        self._fail("status", job_id)
        if job_id not in self.known:
            raise ResourceNotFound(f"no such job {job_id}")
        return self.known[job_id]

    async def kill(self, job_id: str, /) -> None:
        self.calls.append(("kill", job_id))
        self._fail("kill", job_id)

    async def send_signal(self, job_id: str, /, *, cluster_name: str | None = None) -> None:
        self.calls.append(("send_signal", job_id))
        self._fail("send_signal", job_id)

    async def bump_life_span(self, job_id: str, /, additional_life_span: float) -> None:
        self.calls.append(("bump", (job_id, additional_life_span)))
        self._fail("bump", job_id)

    @asynccontextmanager
    async def top(
        self, job_id: str, /, *, cluster_name: str | None = None
    ) -> AsyncIterator[AsyncIterator[JobTelemetry]]:
        self.calls.append(("top", job_id))
        self._fail("top", job_id)
        self.open_tops.append(job_id)
        self.most_tops = max(self.most_tops, len(self.open_tops))

        async def stream() -> AsyncIterator[JobTelemetry]:
            for sample in self.samples.get(job_id, [JobTelemetry(1.0, 1 << 20, 1.0)]):
                yield sample
                await asyncio.sleep(0)
            await asyncio.Event().wait()

        try:
            yield stream()
        finally:
            await asyncio.sleep(self.close_delay)
            self.open_tops.remove(job_id)

    @asynccontextmanager
    async def monitor(self, job_id: str, /, **options: Any) -> AsyncIterator[AsyncIterator[bytes]]:
        """A log without a line."""
        self.calls.append(("monitor", job_id))
        self._fail("monitor", job_id)

        async def nothing() -> AsyncIterator[bytes]:
            for data in tuple[bytes, ...]():
                yield data

        yield nothing()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the store asked for {name}, which this fake does not have")


class NoServices:
    """Everything that a platform may offer besides jobs; here it is not available."""

    def __getattr__(self, name: str) -> "NoServices":
        return self

    async def __call__(self, *values: Any, **options: Any) -> None:
        raise ServerNotAvailable("this platform has jobs only")


class FakePlatform:
    """A platform of one user with one project."""

    def __init__(self, jobs: Iterable[JobDescription]) -> None:
        self.jobs: Any = FakeJobs(jobs)
        self.services: Any = NoServices()
        self.user = "mira"
        self.kind = ""
        self.clock_offset = 0.0

    def resolve(self, cluster: str | None, org: str | None, project: str | None) -> Context:
        return HERE

    def contexts(self) -> Sequence[Context]:
        return (HERE,)

    async def learn_contexts(self) -> None:
        return None

    def presets(self, cluster: str) -> Mapping[str, Preset]:
        return {}
