"""The store's services on top of the client."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from apolo_tui.model.config import Account
from apolo_tui.model.errors import ApoloError
from apolo_tui.model.images import Registries, RemoteImage
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.start.checks import Surroundings
from apolo_tui.model.uris import Place
from apolo_tui.store.services import OpenForward, Step

if TYPE_CHECKING:
    from apolo_tui.client.client import Client


class ClientServices:
    """Satisfies `Services`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def me(self) -> str:
        return self._client.username

    async def start(self, **parameters: Any) -> JobDescription:
        return await self._client.jobs.start(**parameters)

    async def status(self, job_id: str, /) -> JobDescription:
        return await self._client.jobs.status(job_id)

    async def save(
        self,
        job_id: str,
        image: RemoteImage,
        /,
        *,
        progress: Callable[[Step], None],
        cluster_name: str,
    ) -> None:
        await self._client.jobs.save(job_id, image, progress=progress, cluster_name=cluster_name)

    async def get_capacity(self, *, cluster_name: str | None = None) -> Mapping[str, int]:
        return await self._client.jobs.get_capacity(cluster_name=cluster_name)

    async def get_account(self, *, cluster_name: str, org_name: str) -> Account | None:
        users = self._client.users
        return await users.get_account(cluster_name=cluster_name, org_name=org_name)

    async def get_org_account(self, *, cluster_name: str, org_name: str) -> Account | None:
        users = self._client.users
        return await users.get_org_account(cluster_name=cluster_name, org_name=org_name)

    @asynccontextmanager
    async def running(
        self, *, owners: Iterable[str], cluster_name: str, org_names: Sequence[str]
    ) -> AsyncIterator[AsyncIterator[JobDescription]]:
        async with self._client.jobs.list(
            statuses={JobStatus.RUNNING},
            owners=set(owners),
            cluster_name=cluster_name,
            org_names=org_names,
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
        async with self._client.jobs.port_forward(
            job_id, local_port, job_port, cluster_name=cluster_name, on_error=on_error
        ) as forward:
            yield forward

    def surroundings(self, place: Place) -> Surroundings:
        config = self._client.config
        cluster = config.clusters.get(place.cluster_name)
        hosts = {name: known.registry_host for name, known in config.clusters.items()}
        return Surroundings(
            place=place,
            registries=Registries(hosts, place),
            presets={} if cluster is None else cluster.presets,
            energy_schedules=() if cluster is None else tuple(cluster.energy_schedules),
        )
