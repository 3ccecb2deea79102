"""The login that the `apolo` command left on disk: found and read, never repaired.

docs/protocol.md sections 2.1-2.5 and 2.8.
"""

import base64
import binascii
import contextlib
import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yarl import URL

from apolo_tui.model.errors import ConfigError

DEFAULT_API_URL = URL("https://api.apolo.us/api/v1")

FOLDERS = (("APOLO_CONFIG", "~/.apolo"), ("NEUROMATION_CONFIG", "~/.neuro"))
"""Environment variable and default of each folder, in the order in which they are tried."""

PASSED_CONFIG = ("APOLO_PASSED_CONFIG", "NEURO_PASSED_CONFIG")

IDENTITY_CLAIMS = ("identity", "https://platform.neuromation.io/user")

BUSY_LIMIT = 5.0
"""Seconds to wait for another process that writes the database."""

NEVER_EXPIRES_IN = 3 * 365 * 86400
"""Seconds that a token of unknown expiry is said to be good for."""

USED_SHARE = 0.75
"""The share of a token's life after which it is replaced."""

COLUMNS = (
    "auth_config",
    "token",
    "expiration_time",
    "refresh_token",
    "url",
    "admin_url",
    "project_name",
    "cluster_name",
    "org_name",
    "clusters",
    "projects",
)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, when to replace it (unix seconds), and what replaces it."""

    value: str = field(repr=False)
    expires_at: float
    refresh: str = field(default="", repr=False)

    @classmethod
    def without_expiry(cls, value: str, *, now: float) -> "Token":
        """A token that was given by hand (docs/protocol.md section 2.8)."""
        return cls(value, now + USED_SHARE * NEVER_EXPIRES_IN)

    def claims(self) -> Mapping[str, Any]:
        """The payload of the JWT, its signature not checked; empty when it is no JWT."""
        parts = self.value.split(".")
        if len(parts) != 3:
            return {}
        try:
            payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
            claims = json.loads(payload)
        except (ValueError, RecursionError):
            return {}
        return claims if isinstance(claims, dict) else {}

    @property
    def username(self) -> str:
        """Raises ConfigError when the token does not tell who it is for."""
        claims = self.claims()
        for claim in IDENTITY_CLAIMS:
            name = claims.get(claim)
            if isinstance(name, str) and name:
                return name
        raise ConfigError("the token of the login does not say who it is for")

    @property
    def dead_at(self) -> float | None:
        """When the token itself says that it expires, in unix seconds."""
        expiry = self.claims().get("exp")
        return float(expiry) if isinstance(expiry, int | float) else None

    def expired(self, now: float) -> bool:
        """Whether it is to be replaced before it is used."""
        dead_at = self.dead_at
        return self.expires_at <= now or (dead_at is not None and dead_at <= now)


@dataclass(frozen=True, slots=True)
class Login:
    """Who the user is, and the names and addresses that they chose.

    `clusters` and `projects` are the JSON of the database, a copy that may be days old.
    """

    url: URL
    token: Token
    folder: Path | None = None
    """None: it was passed in the environment and is on no disk."""
    token_url: URL | None = None
    client_id: str = ""
    admin_url: URL | None = None
    cluster_name: str = ""
    org_name: str = ""
    project_name: str | None = None
    clusters: tuple[Mapping[str, Any], ...] = ()
    projects: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()


def login_folder(path: str | Path | None, environ: Mapping[str, str]) -> Path:
    """Where the login is, or would be written (docs/protocol.md section 2.1)."""
    if path is not None:
        return Path(path).expanduser()
    folders = [Path(environ.get(variable) or default).expanduser() for variable, default in FOLDERS]
    return next((folder for folder in folders if (folder / "db").exists()), folders[0])


def find_login(path: str | Path | None, environ: Mapping[str, str], *, now: float) -> Login:
    """The user's login: from disk, else the passed config of the environment.

    Raises ConfigError, with what to do, when there is none or it cannot be used.
    """
    folder = login_folder(path, environ)
    if not (folder / "db").exists():
        passed = passed_config(environ)
        if passed is not None:
            return login_of_passed_config(passed, now=now)
    return read_login(folder)


def passed_config(environ: Mapping[str, str]) -> str | None:
    return next((environ[name] for name in PASSED_CONFIG if environ.get(name)), None)


def login_of_passed_config(text: str, *, now: float) -> Login:
    """The login that the platform hands to a job (docs/protocol.md section 2.8).

    Raises ConfigError when the text is not what it should be; the text, a secret, is not in it.
    """
    try:
        data = json.loads(base64.b64decode(text, validate=True))
        token, cluster, url = data["token"], data["cluster"], URL(data["url"])
        if not (token and isinstance(token, str) and isinstance(cluster, str) and url.host):
            raise ValueError("a field is of the wrong type")
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise ConfigError(
            "the passed config is malformed",
            next_step=f"Unset {' and '.join(PASSED_CONFIG)}, then: apolo login",
        ) from None
    return Login(
        url=url,
        token=Token.without_expiry(token, now=now),
        cluster_name=cluster,
        org_name=str(data.get("org_name") or ""),
        project_name=str(data["project_name"]) if data.get("project_name") else None,
    )


def read_login(folder: Path) -> Login:
    """The login of a folder. Raises ConfigError when there is none or it is malformed."""
    file = folder / "db"
    if folder.is_file():
        raise ConfigError(f"the login at {folder} is of an old kind")
    if not file.exists():
        raise ConfigError(f"there is no login at {folder}", next_step="Log in with: apolo login")
    try:
        with closing_database(file) as database:
            row = _latest(database)
        return _login_of(row, folder)
    except (sqlite3.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise ConfigError(
                f"the login at {folder} is locked by another program",
                next_step="Try again when that has ended.",
            ) from error
        raise ConfigError(f"the login at {folder} cannot be read: {error}") from error


@contextlib.contextmanager
def closing_database(file: Path) -> Iterator[sqlite3.Connection]:
    """The database, opened for as short as possible and never created."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_LIMIT, isolation_level=None
    )
    try:
        yield connection
    finally:
        connection.close()


def _latest(database: sqlite3.Connection) -> dict[str, Any]:
    """The newest row of `main`; columns that this version lacks are absent."""
    present = {name for _, name, *_ in database.execute("PRAGMA table_info(main)")}
    wanted = [name for name in COLUMNS if name in present]
    if not {"token", "url"} <= present:
        raise ValueError("it holds no token")
    order = "timestamp" if "timestamp" in present else "rowid"
    row = database.execute(
        f"SELECT {', '.join(wanted)} FROM main ORDER BY {order} DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise ValueError("it is empty")
    return dict(zip(wanted, row, strict=True))


def _login_of(row: Mapping[str, Any], folder: Path) -> Login:
    auth = json.loads(row.get("auth_config") or "{}")
    url = URL(row["url"])
    if not url.host:
        raise ValueError("it holds no address of a platform")
    token_url = URL(auth.get("token_url") or "")
    admin_url = URL(row.get("admin_url") or "")
    return Login(
        folder=folder,
        url=url,
        token=token_of(row),
        token_url=token_url if token_url.host else None,
        client_id=str(auth.get("client_id") or ""),
        admin_url=admin_url if admin_url.host else None,
        cluster_name=str(row.get("cluster_name") or ""),
        org_name=str(row.get("org_name") or ""),
        project_name=row.get("project_name") or None,
        clusters=_objects(row.get("clusters")),
        projects=_objects(row.get("projects")),
        warnings=tuple(_open_to_others(folder)),
    )


def token_of(row: Mapping[str, Any]) -> Token:
    """The token of a row. Raises ValueError when there is none."""
    value = row["token"]
    if not isinstance(value, str) or not value:
        raise ValueError("it holds no token")
    return Token(value, float(row.get("expiration_time") or 0.0), row.get("refresh_token") or "")


def _objects(text: str | None) -> tuple[Mapping[str, Any], ...]:
    """A JSON list of objects; anything else is a copy that is of no use, and can be fetched."""
    try:
        items = json.loads(text or "[]")
    except ValueError:
        return ()
    return (
        tuple(item for item in items if isinstance(item, dict)) if isinstance(items, list) else ()
    )


def _open_to_others(folder: Path) -> Iterator[str]:
    """What the `apolo` command would refuse (docs/protocol.md section 2.2)."""
    if sys.platform == "win32":
        return
    for path, wanted in ((folder, 0o700), (folder / "db", 0o600)):
        mode = path.stat().st_mode & 0o777
        if mode != wanted:
            yield f"{path} is open to others ({mode:o}); close it with: chmod {wanted:o} {path}"
