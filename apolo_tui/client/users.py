"""Credits and quota (docs/protocol.md section A.5)."""

from collections.abc import Mapping

from yarl import URL

from apolo_tui.client.config import Config
from apolo_tui.client.core import Core
from apolo_tui.model.config import Account
from apolo_tui.model.errors import AuthorizationError, ResourceNotFound
from apolo_tui.wire.config import account_of


class Users:
    """What users and orgs have left."""

    def __init__(self, core: Core, config: Config) -> None:
        self._core = core
        self._config = config

    async def get_account(
        self,
        user_name: str | None = None,
        *,
        cluster_name: str | None = None,
        org_name: str | None = None,
    ) -> Account | None:
        """Credits and quota of a user in an org, by default of oneself in the current one.

        None when the platform does not tell: it has no such service, or one may not ask.
        """
        org = self._org(cluster_name, org_name)
        if org is None:
            return None
        user = user_name or self._config.username
        return await self._account(org / "users" / user, (("with_user_info", "false"),))

    async def get_org_account(
        self, *, cluster_name: str | None = None, org_name: str | None = None
    ) -> Account | None:
        """Credits and quota of an org in a cluster; None as in `get_account`."""
        org = self._org(cluster_name, org_name)
        return None if org is None else await self._account(org, ())

    def _org(self, cluster_name: str | None, org_name: str | None) -> URL | None:
        config = self._config
        if config.admin_url is None:
            return None
        cluster, org = cluster_name or config.cluster_name, org_name or config.org_name
        return config.admin_url / "clusters" / cluster / "orgs" / org

    async def _account(self, url: URL, params: tuple[tuple[str, str], ...]) -> Account | None:
        try:
            document = await self._core.document("GET", url, params=params)
        except (AuthorizationError, ResourceNotFound):
            return None
        return account_of(document) if isinstance(document, Mapping) else None
