"""The store's platform on top of the client: the login on disk, or that of a local platform."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from apolo_tui.model.errors import ConfigError
from apolo_tui.store.platform import Context, Opener

if TYPE_CHECKING:
    from apolo_tui.cli.services import ClientServices
    from apolo_tui.client.client import Client
    from apolo_tui.client.jobs import Jobs
    from apolo_tui.model.config import Preset


class ClientPlatform:
    """One open client as the store wants it. `kind` is "", `local` or `demo`."""

    def __init__(self, client: "Client", kind: str) -> None:
        self._client = client
        self.kind = kind

    @property
    def client(self) -> "Client":
        """All of the client, for what the store's protocol does not name."""
        return self._client

    @property
    def jobs(self) -> "Jobs":
        return self._client.jobs

    @property
    def services(self) -> "ClientServices":
        from apolo_tui.cli.services import ClientServices

        return ClientServices(self._client)

    @property
    def user(self) -> str:
        try:
            return self._client.username
        except ConfigError:
            return ""

    @property
    def clock_offset(self) -> float:
        offset = self._client.clock_offset
        return offset.total_seconds() if offset is not None else 0.0

    def resolve(self, cluster: str | None, org: str | None, project: str | None) -> Context:
        """The context of the login, with what is given in its place.

        What is not given follows as in docs/protocol.md section 1.3: the current org and project
        where the cluster has them, else the first ones. Raises ConfigError.
        """
        config = self._client.config
        chosen = cluster or config.cluster_name
        known = config.get_cluster(chosen)
        in_org = org or (config.org_name if config.org_name in known.orgs else None)
        in_org = in_org or next(iter(sorted(known.orgs)), None)
        if org and known.orgs and org not in known.orgs:
            raise ConfigError(
                f"{chosen} has no organisation {org}; it has {', '.join(known.orgs)}",
                next_step="Choose another one with --org.",
            )
        names = sorted(
            item.name
            for item in config.projects
            if (item.cluster_name, item.org_name) == (chosen, in_org)
        )
        if project:
            return Context(chosen, in_org, project)
        current = config.project_name
        return Context(chosen, in_org, current if current in names else next(iter(names), None))

    def contexts(self) -> Sequence[Context]:
        """Every project of the login, and the clusters and orgs that have none."""
        config = self._client.config
        found = [Context(item.cluster_name, item.org_name, item.name) for item in config.projects]
        with_projects = {(item.cluster, item.org) for item in found}
        return found + [
            Context(cluster.name, org)
            for cluster in config.clusters.values()
            for org in cluster.orgs or (None,)
            if (cluster.name, org) not in with_projects
        ]

    async def learn_contexts(self) -> None:
        await self._client.config.fetch()

    def presets(self, cluster: str) -> "Mapping[str, Preset]":
        found = self._client.config.clusters.get(cluster)
        return found.presets if found is not None else {}


async def _imported_get() -> "Callable[..., AbstractAsyncContextManager[Client]]":
    """The client's `get`.

    The HTTP library takes as long to import as the user interface to start: not before the first
    frame, and not on the event loop. The certificates are read meanwhile.
    """
    certificates = asyncio.create_task(asyncio.to_thread(_read_certificates))
    module = await asyncio.to_thread(importlib.import_module, "apolo_tui.client.client")
    await certificates
    get: Callable[..., AbstractAsyncContextManager[Client]] = module.get
    return get


def _read_certificates() -> None:
    from apolo_tui.client.tls import tls_context

    tls_context()


def login_opener(
    path: Path | None = None, *, kind: str = "", environ: Mapping[str, str] | None = None
) -> Opener:
    """Opens the client with the login in `path`, or else that of the `apolo` command."""

    @asynccontextmanager
    async def opener() -> AsyncIterator[ClientPlatform]:
        get = await _imported_get()
        async with get(path, environ=environ) as client:
            yield ClientPlatform(client, kind)

    return opener


def local_opener(environ: Mapping[str, str], home: Path) -> Opener:
    """Opens the client of the local platform in the background, which is started if need be."""

    @asynccontextmanager
    async def opener() -> AsyncIterator[ClientPlatform]:
        local = await asyncio.to_thread(importlib.import_module, "apolo_tui.cli.local")
        path = await asyncio.to_thread(local.local_login, environ, home)
        get = await _imported_get()
        async with get(path, environ={}) as client:
            yield ClientPlatform(client, "local")

    return opener
