"""Writing a login that the `apolo` command then uses (docs/protocol.md sections 2.3 and 2.8)."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yarl import URL

from apolo_tui.client.config import NO_ORG, Offer
from apolo_tui.client.core import Core
from apolo_tui.client.hosts import Hosts
from apolo_tui.client.login import (
    BUSY_LIMIT,
    DEFAULT_API_URL,
    PASSED_CONFIG,
    Login,
    Token,
    login_folder,
    login_of_passed_config,
    passed_config,
)
from apolo_tui.client.session import open_session, proxies_of
from apolo_tui.client.tokens import Tokens
from apolo_tui.model.config import ServerConfig
from apolo_tui.model.errors import AuthenticationError, ConfigError, ProtocolError
from apolo_tui.model.uris import Place
from apolo_tui.wire.config import (
    auth_document,
    cluster_document,
    projects_document,
    server_config_of,
)

LAYOUT = "26.9.0"
"""The version of the platform's SDK whose layout of a login is written here."""

TABLE = (
    "CREATE TABLE main (auth_config TEXT, token TEXT, expiration_time REAL, refresh_token TEXT,"
    " url TEXT, admin_url TEXT, vcluster_url TEXT, version TEXT, project_name TEXT,"
    " cluster_name TEXT, org_name TEXT, clusters TEXT, projects TEXT, timestamp REAL)"
)
"""The `apolo` command compares this text character by character."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`GET {api}/config` as values, and the clusters' applications, which have no value of ours."""

    config: ServerConfig
    apps: Mapping[str, Mapping[str, Any]]


async def login_with_token(
    token: str,
    *,
    url: URL = DEFAULT_API_URL,
    path: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Log in with a token, and write the login to `path` or where the `apolo` command looks.

    Raises ConfigError when there is a login already, when the token is no JWT that names a user,
    or when the platform offers no cluster; AuthenticationError when it does not accept the token.
    """
    login = Login(url=url, token=Token.without_expiry(token, now=clock()))
    await _sign_in(login, path, os.environ if environ is None else environ, clock)


async def login_with_passed_config(
    config_data: str | None = None,
    *,
    path: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Log in with what the platform hands to its jobs, and write the login as `login_with_token`.

    `config_data` is by default taken from `APOLO_PASSED_CONFIG` or `NEURO_PASSED_CONFIG`. Raises
    what `login_with_token` raises, and ConfigError when there is no such text or a malformed one.
    """
    environ = os.environ if environ is None else environ
    text = config_data or passed_config(environ)
    if text is None:
        raise ConfigError(f"neither {' nor '.join(PASSED_CONFIG)} is set")
    await _sign_in(login_of_passed_config(text, now=clock()), path, environ, clock)


async def _sign_in(
    login: Login, path: str | Path | None, environ: Mapping[str, str], clock: Callable[[], float]
) -> None:
    folder = login_folder(path, environ)
    if (folder / "db").exists():
        raise ConfigError(
            f"there is a login at {folder} already", next_step="Log out first: apolo logout"
        )
    # A token that names nobody would break the `apolo` command.
    _ = login.token.username
    answer = await _ask(login, environ, clock)
    place = first_place(Offer(answer.config.clusters, answer.config.projects), login)
    row = login_row(login, answer, place, now=clock())
    await asyncio.to_thread(write_login, folder, row)


async def _ask(login: Login, environ: Mapping[str, str], clock: Callable[[], float]) -> Answer:
    hosts = Hosts()
    hosts.trust([login.url])
    async with open_session(hosts) as session:
        core = Core(
            session,
            hosts,
            Tokens(login, session, clock=clock),
            clock=clock,
            sleep=asyncio.sleep,
            random=lambda: 0.0,
            proxies=proxies_of(environ),
        )
        document = await core.document("GET", login.url / "config")
    if not isinstance(document, dict):
        raise ProtocolError(f"{login.url.host} has no configuration of a platform")
    config = server_config_of(document)
    if not config.authorized:
        raise AuthenticationError("the platform does not accept the token", status=200)
    if not config.clusters:
        raise ConfigError(
            "the platform offers no cluster", next_step="Ask an admin for access to a cluster."
        )
    if config.auth is None:
        raise ConfigError("the platform has no log-in service", next_step="Check its URL.")
    items = document.get("clusters")
    apps = {
        item["name"]: item["apps"]
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("name") and isinstance(item.get("apps"), dict)
    }
    return Answer(config, apps)


def first_place(offer: Offer, login: Login) -> Place:
    """The cluster, org and project to begin with: those of the login, else the first ones.

    docs/protocol.md section 1.3. Raises ConfigError for names that the platform does not offer.
    """
    name = login.cluster_name or next(iter(offer.clusters))
    cluster = offer.clusters.get(name)
    if cluster is None:
        raise ConfigError(f"the platform offers no cluster {name!r}")
    org = login.org_name or (cluster.orgs[0] if cluster.orgs else NO_ORG)
    if cluster.orgs and org not in cluster.orgs:
        raise ConfigError(f"the cluster {name} has no org {org!r}")
    projects = offer.in_place(name, org)
    project = login.project_name or next(iter(projects), None)
    if login.project_name and project not in projects:
        raise ConfigError(f"there is no project {project!r} in {name}/{org}")
    return Place(name, org, project)


def login_row(login: Login, answer: Answer, place: Place, *, now: float) -> Mapping[str, Any]:
    """The row of `main` by column."""
    config = answer.config
    clusters = [
        {**cluster_document(cluster), "apps": _apps(answer.apps.get(cluster.name, {}))}
        for cluster in config.clusters.values()
    ]
    return {
        "auth_config": json.dumps(auth_document(config.auth)) if config.auth else "{}",
        "token": login.token.value,
        "expiration_time": login.token.expires_at,
        "refresh_token": login.token.refresh,
        "url": str(login.url),
        "admin_url": str(config.admin_url) if config.admin_url else None,
        "vcluster_url": str(config.vcluster_url) if config.vcluster_url else None,
        "version": LAYOUT,
        "project_name": place.project_name,
        "cluster_name": place.cluster_name,
        "org_name": place.org_name,
        "clusters": json.dumps(clusters),
        "projects": json.dumps(projects_document(tuple(config.projects))),
        "timestamp": now,
    }


def _apps(told: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = {
        "apps_hostname_templates": told.get("apps_hostname_templates") or [],
        "launchpad_use_subdomain": bool(told.get("launchpad_use_subdomain")),
    }
    if told.get("app_proxy_url"):
        kept["app_proxy_url"] = told["app_proxy_url"]
    return kept


def write_login(folder: Path, row: Mapping[str, Any]) -> None:
    """A new database in the folder, readable by nobody else. Raises ConfigError."""
    file = folder / "db"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The `apolo` command refuses a folder that is open to others.
        folder.chmod(0o700)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise ConfigError(
            f"there is a login at {folder} already", next_step="Log out first: apolo logout"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"a login cannot be written to {folder}: {error.strerror or error}",
            next_step="Choose another folder.",
        ) from error
    try:
        _fill(file, row)
    except sqlite3.Error as error:
        file.unlink(missing_ok=True)
        raise ConfigError(f"a login cannot be written to {folder}: {error}") from error


def _fill(file: Path, row: Mapping[str, Any]) -> None:
    connection = sqlite3.connect(file, timeout=BUSY_LIMIT, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN")
        connection.execute(TABLE)
        columns, marks = ", ".join(row), ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO main ({columns}) VALUES ({marks})", tuple(row.values()))
        connection.execute("COMMIT")
    finally:
        connection.close()
