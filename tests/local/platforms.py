"""A platform and a plain HTTP client of it, for tests that look at the protocol itself."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from yarl import URL

from apolo_tui import local
from apolo_tui.local.example import GIB, REEF
from tests.until import until

T = TypeVar("T")

QUICK = local.Policies(
    restart_delays=(timedelta(seconds=0.05),),
    stop_grace=timedelta(seconds=0.2),
    telemetry_interval=timedelta(seconds=0.1),
)
"""Policies that do not make tests wait."""


class Api:
    """Requests as one user; `jobs` is `{api}/jobs`, `monitoring` that of a cluster."""

    def __init__(self, platform: local.Platform, session: ClientSession) -> None:
        self.platform = platform
        self.session = session
        self.jobs = platform.url / "jobs"

    def monitoring(self, job_id: str = "", cluster: str = "harbor") -> URL:
        base = self.platform.services.monitoring_url(cluster)
        return base / job_id if job_id else base

    async def json(self, method: str, url: URL, **options: Any) -> tuple[int, Any]:
        async with self.session.request(method, url, **options) as response:
            return response.status, await response.json()

    async def status(self, method: str, url: URL, **options: Any) -> int:
        async with self.session.request(method, url, **options) as response:
            await response.read()
            return response.status

    async def text(self, url: URL) -> str:
        async with self.session.get(url) as response:
            return await response.text()

    async def start(self, command: str = "sleep 1000", **body: Any) -> str:
        """Start a job on the smallest preset; returns its id."""
        document = {
            "image": "ubuntu",
            "preset_name": "cpu-micro",
            "cluster_name": "harbor",
            "org_name": "tidepool",
            "project_name": "reef",
            "command": command,
            **body,
        }
        status, answer = await self.json("POST", self.jobs.with_query("from_preset"), json=document)
        assert status == 202, answer
        found: str = answer["id"]
        return found

    async def job(self, job_id: str) -> dict[str, Any]:
        status, document = await self.json("GET", self.jobs / job_id)
        assert status == 200, document
        found: dict[str, Any] = document
        return found

    async def when(self, job_id: str, *statuses: str, within: float = 30.0) -> dict[str, Any]:
        """The job's document once it has one of the statuses."""

        async def check() -> dict[str, Any] | None:
            document = await self.job(job_id)
            return document if document["status"] in statuses else None

        return await eventually(check, within=within, what=f"{job_id} {statuses}")

    async def finished(self, job_id: str, **options: float) -> dict[str, Any]:
        return await self.when(job_id, "succeeded", "failed", "cancelled", **options)

    async def log(self, job_id: str, **query: str) -> str:
        """The whole log by websocket, until it is closed."""
        parts = []
        url = self.monitoring(job_id) / "log_ws"
        async with self.session.ws_connect(url.with_query({"separator": "", **query})) as ws:
            async for message in ws:
                assert message.type is WSMsgType.BINARY
                parts.append(message.data)
        return b"".join(parts).decode()


async def eventually(
    check: Callable[[], Awaitable[T | None]], *, within: float = 30.0, what: str = ""
) -> T:
    """Wait until what is asked of the platform is true, and return it."""
    untyped: Callable[[], Any] = check
    found: T = await until(untyped, within=within, what=what)
    return found


@asynccontextmanager
async def api_of(platform: local.Platform, user: str | None = None) -> AsyncIterator[Api]:
    token = platform.token if user is None else platform.token_for(user)
    async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Api(platform, session)


def one_node(
    *presets: local.Preset,
    cpu: float = 2.0,
    memory: int = 4 * GIB,
    schedule_timeout: timedelta | None = None,
    **quota: Any,
) -> local.Configuration:
    """A platform of one node, for tests of who gets a place."""
    cluster = local.Cluster(
        "harbor",
        orgs=("tidepool",),
        pools=(local.Pool("cpu", 1, cpu, memory),),
        presets=presets or (local.Preset("whole", cpu, GIB, ("cpu",), Decimal(3600)),),
        schedule_timeout=schedule_timeout,
    )
    return local.Configuration(
        clusters=(cluster,),
        users=(local.User("mira", {REEF: "admin"}),),
        user_quotas={("harbor", "tidepool", "mira"): local.Quota(**quota)},
    )


async def frames(ws: ClientWebSocketResponse) -> list[bytes]:
    """All BINARY messages until the close."""
    return [message.data async for message in ws if message.type is WSMsgType.BINARY]


def reasons(document: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["status"], one["reason"]) for one in document["statuses"]]
