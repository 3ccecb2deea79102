"""A login folder as the real command makes one (docs/protocol.md sections 2.1 to 2.3)."""

import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from apolo_tui import __version__

SCHEMA = (
    "CREATE TABLE main (auth_config TEXT, token TEXT, expiration_time REAL, refresh_token TEXT, "
    "url TEXT, admin_url TEXT, vcluster_url TEXT, version TEXT, project_name TEXT, "
    "cluster_name TEXT, org_name TEXT, clusters TEXT, projects TEXT, timestamp REAL)"
)
"""Compared character by character by the platform's SDK."""
AUTH_KEYS = (
    "auth_url",
    "token_url",
    "logout_url",
    "client_id",
    "audience",
    "headless_callback_url",
    "success_redirect_url",
    "callback_urls",
)
CLUSTER_KEYS = (
    "name",
    "orgs",
    "registry_url",
    "storage_url",
    "users_url",
    "monitoring_url",
    "secrets_url",
    "disks_url",
    "buckets_url",
)
PRESET_KEYS = (
    "name",
    "credits_per_hour",
    "cpu",
    "memory",
    "scheduler_enabled",
    "preemptible_node",
    "resource_pool_names",
    "available_resource_pool_names",
)
POOL_KEYS = ("name", "min_size", "max_size", "cpu", "memory", "disk_size")


def write_login(
    folder: Path,
    *,
    url: str,
    token: str,
    expires: float,
    refresh_token: str,
    config: dict[str, Any],
    project: str | None,
    cluster: str,
    org: str,
    now: float,
) -> None:
    """Write the 0700 folder with its 0600 `db`; one that is there is replaced.

    `config` is the authorised answer of `GET /config`; `expires` and `now` are unix seconds.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("db", "db-wal", "db-shm"):
        (folder / name).unlink(missing_ok=True)
    path = folder / "db"
    path.touch(mode=0o600)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute(SCHEMA)
            connection.execute(
                f"INSERT INTO main VALUES ({', '.join('?' * 14)})",
                (
                    _json({key: config.get(key) for key in AUTH_KEYS}),
                    token,
                    expires,
                    refresh_token,
                    url,
                    config.get("admin_url") or None,
                    config.get("vcluster_url") or None,
                    # Not a version of the SDK, so that it looks at the server's configuration.
                    f"apolo-tui-{__version__}",
                    project,
                    cluster,
                    org,
                    _json([_cluster(one) for one in config["clusters"]]),
                    _json(config["projects"]),
                    now,
                ),
            )
    finally:
        connection.close()
    path.chmod(0o600)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _cluster(wire: dict[str, Any]) -> dict[str, Any]:
    """A cluster of `GET /config` in the spelling of the file."""
    return {
        **{key: wire[key] for key in CLUSTER_KEYS},
        "presets": [_sized(one, PRESET_KEYS) for one in wire["resource_presets"]],
        "resource_pools": [
            {**_sized(one, POOL_KEYS), "is_preemptible": one.get("is_preemptible", False)}
            for one in wire["resource_pool_types"]
        ],
        "apps": wire["apps"],
    }


def _sized(wire: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    document = {key: wire[key] for key in keys}
    if "nvidia_gpu" in wire:
        document["nvidia_gpu"] = {"model": None, "memory": None, **wire["nvidia_gpu"]}
    return document
