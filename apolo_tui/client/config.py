"""What the platform offers, and where the user is: the current cluster, org and project.

docs/protocol.md sections 1.2, 1.3 and 2.4. What is known at first is the copy in the login, which
may be days old; `Config.fetch` asks the platform. Switching changes memory, never the disk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from yarl import URL

from apolo_tui.client.core import Core
from apolo_tui.client.hosts import Hosts
from apolo_tui.client.login import Login
from apolo_tui.client.settings import Overrides
from apolo_tui.client.tokens import Tokens
from apolo_tui.model.config import Cluster, Preset, Project, ResourcePool
from apolo_tui.model.errors import AuthenticationError, ConfigError, ProtocolError
from apolo_tui.model.images import Registries
from apolo_tui.model.uris import Place
from apolo_tui.wire.config import clusters_of, projects_of, server_config_of

NO_ORG = "default-org"
"""The org of a cluster that names none (docs/protocol.md section 1.3)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a login may use."""

    clusters: Mapping[str, Cluster]
    projects: Sequence[Project]
    admin_url: URL | None = None

    def in_place(self, cluster_name: str, org_name: str) -> list[str]:
        """Names of the projects of an org in a cluster, in alphabetical order."""
        return sorted(
            project.name
            for project in self.projects
            if (project.cluster_name, project.org_name) == (cluster_name, org_name)
        )


class Config:
    """The user's login, and what the platform offers to it. Makes no request but in `fetch`."""

    def __init__(
        self, core: Core, hosts: Hosts, tokens: Tokens, login: Login, overrides: Overrides
    ) -> None:
        self._core = core
        self._hosts = hosts
        self._tokens = tokens
        self._login = login
        self._overrides = overrides
        self._chosen = Place(login.cluster_name, login.org_name or None, login.project_name)
        self._learn(
            Offer(
                clusters_of(list(login.clusters)),
                projects_of(list(login.projects)),
                login.admin_url,
            )
        )

    @property
    def path(self) -> Path | None:
        """The folder of the login; None for one that was passed in the environment."""
        return self._login.folder

    @property
    def warnings(self) -> Sequence[str]:
        """What the user should put right about the login, such as file permissions."""
        return self._login.warnings

    @property
    def username(self) -> str:
        """Raises ConfigError when the token does not tell who it is for."""
        return self._tokens.username

    @property
    def api_url(self) -> URL:
        return self._login.url

    @property
    def admin_url(self) -> URL | None:
        """Where credits and quota are told; None when the platform does not."""
        return self._offer.admin_url

    @property
    def clusters(self) -> Mapping[str, Cluster]:
        """Clusters by name, in the platform's order."""
        return MappingProxyType(dict(self._offer.clusters))

    @property
    def projects(self) -> Sequence[Project]:
        """All projects of the user, in every cluster and org."""
        return tuple(self._offer.projects)

    @property
    def available_orgs(self) -> Sequence[str]:
        """The orgs of all clusters, in alphabetical order."""
        return tuple(sorted({org for found in self._offer.clusters.values() for org in found.orgs}))

    @property
    def cluster_name(self) -> str:
        """Raises ConfigError when there is no cluster at all."""
        name = self._overrides.cluster_name or self._chosen.cluster_name
        name = name or next(iter(self._offer.clusters), "")
        if not name:
            raise ConfigError(
                "the login has no cluster", next_step="Log in again with: apolo login"
            )
        return name

    @property
    def org_name(self) -> str:
        name = self._overrides.org_name or self._chosen.org_name
        return name or self._first_org(self.cluster_name)

    @property
    def project_name(self) -> str | None:
        """None when no project is selected."""
        name = self._overrides.project_name or self._chosen.project_name
        return name or next(iter(self._offer.in_place(self.cluster_name, self.org_name)), None)

    @property
    def project_name_or_raise(self) -> str:
        """Raises ConfigError when no project is selected."""
        name = self.project_name
        if name is None:
            raise ConfigError(
                f"no project is selected in {self.cluster_name}/{self.org_name}",
                next_step="Switch to a project, or make one with: apolo admin add-project",
            )
        return name

    @property
    def place(self) -> Place:
        """The current cluster, org and project in one."""
        return Place(self.cluster_name, self.org_name, self.project_name)

    @property
    def cluster_orgs(self) -> Sequence[str]:
        """The orgs of the current cluster, in the platform's order."""
        found = self._offer.clusters.get(self.cluster_name)
        return () if found is None else found.orgs

    @property
    def cluster_org_projects(self) -> Sequence[Project]:
        """The projects of the current org in the current cluster."""
        place = (self.cluster_name, self.org_name)
        return [
            item for item in self._offer.projects if (item.cluster_name, item.org_name) == place
        ]

    @property
    def presets(self) -> Mapping[str, Preset]:
        """The presets of the current cluster; empty while nothing is known about it."""
        found = self._offer.clusters.get(self.cluster_name)
        return {} if found is None else MappingProxyType(dict(found.presets))

    @property
    def resource_pools(self) -> Mapping[str, ResourcePool]:
        """The pools of the current cluster."""
        found = self._offer.clusters.get(self.cluster_name)
        return {} if found is None else MappingProxyType(dict(found.resource_pools))

    @property
    def registries(self) -> Registries:
        """What tells the platform's images from others."""
        return self._registries

    def get_cluster(self, cluster_name: str | None = None) -> Cluster:
        """A cluster by name, the current one by default.

        Raises ConfigError when it is not known.
        """
        name = cluster_name or self.cluster_name
        found = self._offer.clusters.get(name)
        if found is None:
            raise self._unknown("cluster", name, self._offer.clusters)
        return found

    async def find_cluster(self, cluster_name: str | None = None) -> Cluster:
        """The same; one that is not known is asked for first. Raises ConfigError as well."""
        name = cluster_name or self._overrides.cluster_name or self._chosen.cluster_name
        if name not in self._offer.clusters:
            await self.fetch()
        return self.get_cluster(cluster_name)

    async def settle(self) -> None:
        """Ask for the current org and project where the login names none, as a passed one may."""
        open_ends = not (self._chosen.org_name and self._chosen.project_name)
        if open_ends and not self._offer.clusters:
            await self.fetch()

    async def fetch(self) -> None:
        """Ask the platform for clusters, presets and projects, and keep the current names.

        Raises AuthenticationError when the platform does not accept the login.
        """
        document = await self._core.document("GET", self.api_url / "config")
        if not isinstance(document, Mapping):
            raise ProtocolError(f"{self.api_url.host} has no configuration of a platform")
        told = server_config_of(document)
        if not told.authorized:
            raise AuthenticationError("the platform does not accept the login", status=200)
        self._learn(Offer(told.clusters, told.projects, told.admin_url))

    def switch_cluster(self, name: str) -> None:
        """Go to a cluster; org and project stay where it has them, else the first ones are taken.

        Raises ConfigError for an unknown cluster, and while settings fix the cluster.
        """
        self._refuse_fixed("cluster", self._overrides.cluster_name)
        cluster = self._offer.clusters.get(name)
        if cluster is None:
            raise self._unknown("cluster", name, self._offer.clusters)
        org = self.org_name
        if org not in cluster.orgs:
            org = min(cluster.orgs, default=NO_ORG)
        self._choose(name, org)

    def switch_org(self, name: str) -> None:
        """Go to an org, in another cluster when the current one lacks it.

        Raises ConfigError for an unknown org, and while settings fix the org.
        """
        self._refuse_fixed("org", self._overrides.org_name)
        cluster_name = self.cluster_name
        if name not in self.cluster_orgs:
            having = [found.name for found in self._offer.clusters.values() if name in found.orgs]
            if not having:
                raise self._unknown("org", name, self.available_orgs)
            self._refuse_fixed("cluster", self._overrides.cluster_name)
            cluster_name = having[0]
        self._choose(cluster_name, name)

    def switch_project(self, name: str) -> None:
        """Go to a project of the current org in the current cluster.

        Raises ConfigError for an unknown project, and while settings fix the project.
        """
        self._refuse_fixed("project", self._overrides.project_name)
        known = self._offer.in_place(self.cluster_name, self.org_name)
        if name not in known:
            raise self._unknown("project", name, known)
        self._chosen = Place(self.cluster_name, self.org_name, name)
        self._place_registries()

    def _choose(self, cluster_name: str, org_name: str) -> None:
        projects = self._offer.in_place(cluster_name, org_name)
        kept = self.project_name
        project = kept if kept in projects else next(iter(projects), None)
        self._chosen = Place(cluster_name, org_name, project)
        self._place_registries()

    def _learn(self, offer: Offer) -> None:
        """What the platform offers from now on; its services may get the token."""
        self._offer = offer
        self._hosts.trust([self._login.url, offer.admin_url])
        for cluster in offer.clusters.values():
            self._hosts.trust([cluster.monitoring_url])
        self._place_registries()

    def _place_registries(self) -> None:
        hosts = {found.name: found.registry_host for found in self._offer.clusters.values()}
        cluster = self._overrides.cluster_name or self._chosen.cluster_name
        place = self.place if cluster or self._offer.clusters else self._chosen
        self._registries = Registries({name: host for name, host in hosts.items() if host}, place)

    def _first_org(self, cluster_name: str) -> str:
        """The org to begin with: the platform's first one."""
        found = self._offer.clusters.get(cluster_name)
        return found.orgs[0] if found is not None and found.orgs else NO_ORG

    def _refuse_fixed(self, what: str, fixed: str | None) -> None:
        if fixed is not None:
            file = self._overrides.file
            raise ConfigError(
                f"the {what} is fixed to {fixed} by {file or 'the settings'}",
                next_step=f"Edit or remove {file or 'the setting'}.",
            )

    @staticmethod
    def _unknown(what: str, name: str, known: Iterable[str]) -> ConfigError:
        names = ", ".join(sorted(known)) or "none"
        return ConfigError(
            f"there is no {what} {name!r}; there is {names}",
            next_step=f"Choose another {what}, or log in again with: apolo login",
        )
