"""The services of the platform, for which the connection is opened first."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobDescription
from apolo_tui.model.uris import Place
from apolo_tui.store.connection import Connection
from apolo_tui.store.services import OpenForward, Services, Step

if TYPE_CHECKING:
    from apolo_tui.model.config import Account
    from apolo_tui.model.start.checks import Surroundings


class Reach:
    """Satisfies `Services`, but that `surroundings` is None while the platform is not open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def _services(self) -> Services:
        return (await self._connection.platform()).services

    def surroundings(self, place: Place) -> "Surroundings | None":
        platform = self._connection.now
        return None if platform is None else platform.services.surroundings(place)

    async def me(self) -> str:
        return await (await self._services()).me()

    async def start(self, **parameters: Any) -> JobDescription:
        return await (await self._services()).start(**parameters)

    async def status(self, job_id: str, /) -> JobDescription:
        return await (await self._services()).status(job_id)

    async def save(
        self,
        job_id: str,
        image: RemoteImage,
        /,
        *,
        progress: Callable[[Step], None],
        cluster_name: str,
    ) -> None:
        services = await self._services()
        await services.save(job_id, image, progress=progress, cluster_name=cluster_name)

    async def get_capacity(self, *, cluster_name: str | None = None) -> Mapping[str, int]:
        return await (await self._services()).get_capacity(cluster_name=cluster_name)

    async def get_account(self, *, cluster_name: str, org_name: str) -> "Account | None":
        services = await self._services()
        return await services.get_account(cluster_name=cluster_name, org_name=org_name)

    async def get_org_account(self, *, cluster_name: str, org_name: str) -> "Account | None":
        services = await self._services()
        return await services.get_org_account(cluster_name=cluster_name, org_name=org_name)

    @asynccontextmanager
    async def running(
        self, *, owners: Iterable[str], cluster_name: str, org_names: Sequence[str]
    ) -> AsyncIterator[AsyncIterator[JobDescription]]:
        services = await self._services()
        async with services.running(
            owners=owners, cluster_name=cluster_name, org_names=org_names
        ) as jobs:
            yield jobs

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
    ) -> AsyncIterator[OpenForward]:
        services = await self._services()
        async with services.port_forward(
            job_id, local_port, job_port, cluster_name=cluster_name, on_error=on_error
        ) as forward:
            yield forward
