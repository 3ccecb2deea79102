"""The platform of the scene: the store's protocols on fixed answers. No network, no processes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from apolo_tui.model.alerts import Alert, Rule, Severity
from apolo_tui.model.config import Account, Balance, Preset, Quota
from apolo_tui.model.errors import ApoloError
from apolo_tui.model.images import Registries
from apolo_tui.model.job import JobDescription, JobStatus, Message
from apolo_tui.model.start.checks import Surroundings
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.uris import Place
from apolo_tui.store.alert_log import AlertLog
from apolo_tui.store.history import TelemetryHistory
from apolo_tui.store.platform import Context
from tests.screens.scene import FREE, HERE, HOUR, ME, MINUTE, NOW, PRESETS, jobs
from tests.screens.scene_output import SESSION, log, samples
from tests.store.platforms import FakePlatform as FakeServices
from tests.store.platforms import Listening

BALANCE = Account(Balance(Decimal(312), Decimal("1904.5")), Quota(20), "user")


class SceneStream:
    """An open shell that has printed something and waits for keys."""

    def __init__(self, output: Sequence[bytes], exit_code: int | None = None) -> None:
        self._output = list(output)
        self.exit_code = exit_code
        self._closed = asyncio.Event()

    async def read_out(self) -> Message | None:
        if self._output:
            return Message(1, self._output.pop(0))
        if self.exit_code is None:
            await self._closed.wait()
        return None

    async def write_in(self, data: bytes) -> None:
        return None

    async def resize(self, h: int, w: int) -> None:
        return None

    async def close(self) -> None:
        self._closed.set()


class SceneJobs:
    """The calls that a dashboard makes which only looks on."""

    def __init__(self, known: Iterable[JobDescription]) -> None:
        self.known = {job.id: job for job in known}

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

        def created(job: JobDescription) -> datetime:
            return job.created_at or NOW

        found = [
            job
            for job in sorted(self.known.values(), key=created, reverse=reverse)
            if (not wanted or job.status in wanted)
            and (name is None or job.name == name)
            and (since is None or created(job) >= since)
            and (until is None or created(job) <= until)
        ]

        async def stream() -> AsyncIterator[JobDescription]:
            for job in found[:limit]:
                yield job

        yield stream()

    async def status(self, job_id: str, /) -> JobDescription:
        return self.known[job_id]

    @asynccontextmanager
    async def top(
        self, job_id: str, /, *, cluster_name: str | None = None
    ) -> AsyncIterator[AsyncIterator[JobTelemetry]]:
        last = samples(str(self.known[job_id].name))[-1]

        async def stream() -> AsyncIterator[JobTelemetry]:
            yield last
            await asyncio.Event().wait()

        yield stream()

    @asynccontextmanager
    async def monitor(
        self,
        job_id: str,
        /,
        *,
        cluster_name: str | None = None,
        since: datetime | None = None,
        timestamps: bool = False,
        separator: str | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        assert timestamps
        assert separator is not None
        archived, live = log(self.known[job_id])
        floor = b"" if since is None else f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}".encode()

        def wanted(part: bytes) -> bytes:
            return b"".join(line for line in part.splitlines(True) if line[: len(floor)] >= floor)

        async def stream() -> AsyncIterator[bytes]:
            yield wanted(archived) + separator.encode() + b"\n" + wanted(live)
            if self.known[job_id].status is JobStatus.RUNNING:
                await asyncio.Event().wait()

        yield stream()

    @asynccontextmanager
    async def exec(self, job_id: str, cmd: str, /, **options: Any) -> AsyncIterator[SceneStream]:
        probe = cmd.endswith(" -c exit")
        stream = SceneStream([], 0) if probe else SceneStream([SESSION])
        yield stream
        await stream.close()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a dashboard that only looks on asked for {name}")


class SceneServices(FakeServices):
    """Capacity, money, and a forward that listens nowhere."""

    async def me(self) -> str:
        return ME

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
        yield Listening(10000 + job_port, 3, 48_211, 1_902_477)

    def surroundings(self, place: Place) -> Surroundings:
        registries = Registries({"prod": "registry.prod.example.org"}, place)
        return Surroundings(place=place, registries=registries, presets=PRESETS)


class ScenePlatform:
    """One user with one project."""

    def __init__(self) -> None:
        known = {job.id: job for job in jobs()}
        self.jobs: Any = SceneJobs(known.values())
        running = {key: job for key, job in known.items() if job.status is JobStatus.RUNNING}
        self.services: Any = SceneServices(jobs=dict(running), free=FREE, account=BALANCE)
        self.user = ME
        self.kind = ""
        self.clock_offset = 0.0

    def resolve(self, cluster: str | None, org: str | None, project: str | None) -> Context:
        return HERE

    def contexts(self) -> Sequence[Context]:
        return (HERE, Context("prod", "acme", "speech"), Context("lab", "acme", "vision"))

    async def learn_contexts(self) -> None:
        return None

    def presets(self, cluster: str) -> Mapping[str, Preset]:
        return PRESETS


async def keep_past(folder: Path) -> None:
    """What earlier sessions have left: telemetry, the trend of the capacity, alerts."""
    moment = NOW.timestamp()
    history = TelemetryHistory(folder / "telemetry.db", clock=lambda: moment)
    for job in jobs():
        if job.status is JobStatus.RUNNING:
            for sample in samples(str(job.name)):
                history.record(job.id, sample)
    await history.flush()
    for minute in range(59, -1, -1):
        moment = NOW.timestamp() - 60.0 * minute
        turn = minute // 7
        await history.record_capacity(
            HERE.cluster,
            {name: max(0, free - (turn * len(name)) % (free + 1)) for name, free in FREE.items()},
        )
    await history.close()
    alerts = AlertLog(folder / "alerts.db", clock=NOW.timestamp)
    await alerts.tell(past_alerts())
    await alerts.close()


def past_alerts() -> list[Alert]:
    """What was told in the sessions before."""
    named = {job.name: job for job in jobs()}

    def alert(name: str, rule: Rule, ago: float, text: str, severity: Severity) -> Alert:
        job = named[name]
        return Alert(
            key=f"{job.id}/{rule}/0",
            rule=rule,
            at=NOW.timestamp() - ago,
            text=f"{name} {text}",
            severity=severity,
            job_id=job.id,
            job_name=name,
        )

    return [
        alert("train-vit", Rule.FAILED, 4.6 * HOUR, "failed after 3m: OOMKilled 137", ERROR),
        alert("prep-data", Rule.FINISHED, 65 * MINUTE, "succeeded after 18m", INFORMATION),
        alert("图像分类-训练", Rule.STARTED, 52 * MINUTE, "started after 40s", INFORMATION),
        alert("eval-nightly", Rule.SUSPENDED, 32 * MINUTE, "suspended: preempted", WARNING),
        alert("serve-🚀-api", Rule.RESTARTED, 9 * MINUTE, "restarted, for the 2nd time", WARNING),
    ]


ERROR, WARNING, INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION
