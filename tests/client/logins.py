"""Logins on disk as the `apolo` command writes them (docs/protocol.md section 2.3)."""

import base64
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yarl import URL

from tests.client.scripted import PROJECTS, auth_document, cluster_document

TABLE = (
    "CREATE TABLE main (auth_config TEXT, token TEXT, expiration_time REAL, refresh_token TEXT, "
    "url TEXT, admin_url TEXT, vcluster_url TEXT, version TEXT, project_name TEXT, "
    "cluster_name TEXT, org_name TEXT, clusters TEXT, projects TEXT, timestamp REAL)"
)
FAR = 4102444800.0
"""The year 2100, in unix seconds."""


def make_token(user: str = "mira", *, mark: str = "one", exp: float | None = None) -> str:
    """A token that names a user; `mark` tells one from another."""
    claims: dict[str, Any] = {"identity": user, "jti": mark}
    if exp is not None:
        claims["exp"] = exp
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    head = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(part.rstrip("=") for part in (*head, "c2lnbmF0dXJl"))


def stored_cluster(origin: URL, name: str = "harbor") -> dict[str, Any]:
    """A cluster as a login holds it."""
    document = cluster_document(origin, name)
    kept = {key: value for key, value in document.items() if key.endswith("_url")}
    pools = [
        {
            key: pool[key]
            for key in (
                "name",
                "min_size",
                "max_size",
                "cpu",
                "memory",
                "disk_size",
                "is_preemptible",
                "nvidia_gpu",
            )
        }
        for pool in document["resource_pool_types"]
    ]
    presets = [
        {
            "name": preset["name"],
            "credits_per_hour": preset["credits_per_hour"],
            "cpu": preset["cpu"],
            "memory": preset["memory"],
            "scheduler_enabled": False,
            "preemptible_node": False,
            "resource_pool_names": [],
            "available_resource_pool_names": preset.get("available_resource_pool_names", []),
            **({"nvidia_gpu": preset["nvidia_gpu"]} if "nvidia_gpu" in preset else {}),
        }
        for preset in document["resource_presets"]
    ]
    return {
        "name": name,
        "orgs": document["orgs"] if name == "harbor" else ["quay"],
        **kept,
        "resource_pools": pools,
        "presets": presets,
        "apps": document["apps"],
    }


def login_row(origin: URL, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "auth_config": json.dumps(auth_document(origin)),
        "token": make_token(),
        "expiration_time": FAR,
        "refresh_token": "r3fresh",
        "url": str(origin.with_path("/api/v1")),
        "admin_url": str(origin.with_path("/admin/v1")),
        "vcluster_url": None,
        "version": "26.9.0",
        "project_name": "reef",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "clusters": json.dumps([stored_cluster(origin), stored_cluster(origin, "dock")]),
        "projects": json.dumps(PROJECTS),
        "timestamp": 1795333678.0,
    }
    row.update(changes)
    return row


def write_login(folder: Path, row: Mapping[str, Any], *, table: str = TABLE) -> Path:
    """Write a login; returns its folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    file = folder / "db"
    file.touch(mode=0o600)
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(table)
        columns, marks = ", ".join(row), ", ".join("?" for _ in row)
        database.execute(f"INSERT INTO main ({columns}) VALUES ({marks})", tuple(row.values()))
    finally:
        database.close()
    return folder


def read_row(folder: Path) -> dict[str, Any]:
    database = sqlite3.connect(folder / "db")
    try:
        database.row_factory = sqlite3.Row
        return dict(database.execute("SELECT * FROM main ORDER BY timestamp DESC").fetchone())
    finally:
        database.close()


def schema(folder: Path) -> dict[str, str]:
    database = sqlite3.connect(folder / "db")
    try:
        return dict(database.execute("SELECT name, sql FROM sqlite_master"))
    finally:
        database.close()


def passed(token: str, url: URL, *, cluster: str = "harbor", **more: Any) -> str:
    document = {"token": token, "cluster": cluster, "url": str(url), **more}
    return base64.b64encode(json.dumps(document).encode()).decode()
