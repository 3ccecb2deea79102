"""Finding, reading and refreshing the login of the `apolo` command."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from apolo_tui import client as c
from apolo_tui.client import Client, get
from apolo_tui.client.login import find_login, login_folder, read_login
from tests.client.logins import FAR, login_row, make_token, passed, read_row, write_login
from tests.client.scripted import API, JOB_ID, Platform, job_document

ORIGIN = URL("http://127.0.0.1:1")
JOB = f"{API}/jobs/{JOB_ID}"


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Where it is.


def test_the_folder_is_found_as_the_command_finds_it(home: Path, tmp_path: Path) -> None:
    assert login_folder(None, {}) == home / ".apolo"
    assert login_folder(tmp_path / "x", {"APOLO_CONFIG": "/y"}) == tmp_path / "x"
    assert login_folder("~/x", {}) == home / "x"
    assert login_folder(Path("~/x"), {}) == home / "x"
    write_login(home / ".neuro", login_row(ORIGIN))
    assert login_folder(None, {}) == home / ".neuro"
    assert login_folder(None, {"NEUROMATION_CONFIG": "~/gone"}) == home / ".apolo"
    write_login(home / ".apolo", login_row(ORIGIN))
    assert login_folder(None, {}) == home / ".apolo"
    assert login_folder(None, {"APOLO_CONFIG": str(tmp_path / "e")}) == home / ".neuro"


def test_there_is_no_login(tmp_path: Path) -> None:
    with pytest.raises(c.ConfigError, match="no login") as caught:
        find_login(tmp_path / "x", {}, now=0)
    assert caught.value.next_step == "Log in with: apolo login"
    (tmp_path / "file").write_text("{}")
    with pytest.raises(c.ConfigError, match="of an old kind"):
        find_login(tmp_path / "file", {}, now=0)
    assert files(tmp_path) == {"file", "home"}


async def test_a_passed_config_is_used_without_touching_the_disk(
    platform: Platform, tmp_path: Path
) -> None:
    platform.on_json("GET", JOB, job_document())
    platform.on_json("GET", "/monitoring/v1/jobs/capacity", {"a": 1})
    text = passed(make_token(), platform.api, org_name="tidepool", project_name="reef")
    environ = {"NEURO_PASSED_CONFIG": text, "APOLO_CONFIG": str(tmp_path / "none")}
    async with get(environ=environ, cwd=tmp_path) as apolo:
        assert platform.requests == []
        assert apolo.config.path is None
        assert (apolo.username, apolo.config.cluster_name) == ("mira", "harbor")
        assert (await apolo.jobs.status(JOB_ID)).id == JOB_ID
        # What the passed config does not tell is asked for.
        assert await apolo.jobs.get_capacity() == {"a": 1}
    assert [request.path for request in platform.requests] == [
        JOB,
        f"{API}/config",
        "/monitoring/v1/jobs/capacity",
    ]
    assert not (tmp_path / "none").exists()


# Reading it.


def test_a_login_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    folder = write_login(tmp_path / "l", login_row(ORIGIN))
    before = (folder / "db").read_bytes()
    login = read_login(folder)
    assert login.url == ORIGIN / "api/v1"
    assert login.token.username == "mira"
    assert (login.cluster_name, login.org_name, login.project_name) == (
        "harbor",
        "tidepool",
        "reef",
    )
    assert login.warnings == ()
    assert files(folder) == {"db"}
    assert (folder / "db").read_bytes() == before
    assert make_token() not in repr(login)
    assert "r3fresh" not in repr(login)


def test_the_newest_row_counts(tmp_path: Path) -> None:
    folder = write_login(tmp_path / "l", login_row(ORIGIN))
    newer = login_row(ORIGIN, cluster_name="dock", timestamp=FAR)
    database = sqlite3.connect(folder / "db", isolation_level=None)
    marks = ", ".join("?" for _ in newer)
    database.execute(
        f"INSERT INTO main ({', '.join(newer)}) VALUES ({marks})", tuple(newer.values())
    )
    database.close()
    assert read_login(folder).cluster_name == "dock"


def test_columns_and_tables_of_other_versions(tmp_path: Path) -> None:
    """docs/protocol.md section 2.5: missing newer columns, foreign tables."""
    row = login_row(ORIGIN)
    kept = {key: row[key] for key in ("token", "url", "cluster_name", "timestamp")}
    table = "CREATE TABLE main (token TEXT, url TEXT, cluster_name TEXT, timestamp REAL, x TEXT)"
    login = read_login(write_login(tmp_path / "l", kept, table=table))
    assert (login.cluster_name, login.org_name, login.clusters) == ("harbor", "", ())
    assert login.token.expired(0.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": None}, "no token"),
        ({"token": ""}, "no token"),
        ({"url": "nowhere"}, "no address"),
        ({"url": None}, "cannot be read"),
        ({"auth_config": "{"}, "cannot be read"),
        ({"expiration_time": "soon"}, "cannot be read"),
    ],
)
def test_a_malformed_login(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    folder = write_login(tmp_path / "l", login_row(ORIGIN, **changes))
    with pytest.raises(c.ConfigError, match=said) as caught:
        read_login(folder)
    assert caught.value.next_step == "Log in again with: apolo login"


def test_a_database_that_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "l"
    folder.mkdir(mode=0o700)
    (folder / "db").write_bytes(b"not a database at all, but some other file" * 40)
    with pytest.raises(c.ConfigError, match="cannot be read"):
        read_login(folder)
    (folder / "db").write_bytes(b"")
    with pytest.raises(c.ConfigError, match="no token"):
        read_login(folder)


def test_a_copy_that_cannot_be_read_is_no_trouble(tmp_path: Path) -> None:
    row = login_row(ORIGIN, clusters="{", projects="5")
    login = read_login(write_login(tmp_path / "l", row))
    assert (login.clusters, login.projects) == ((), ())


def test_a_login_that_is_open_to_others_is_read_with_a_warning(tmp_path: Path) -> None:
    folder = write_login(tmp_path / "l", login_row(ORIGIN))
    folder.chmod(0o755)
    (folder / "db").chmod(0o644)
    first, second = read_login(folder).warnings
    assert f"chmod 700 {folder}" in first
    assert f"chmod 600 {folder / 'db'}" in second
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apolo_tui.client.login.BUSY_LIMIT", 0.05)
    folder = write_login(tmp_path / "l", login_row(ORIGIN))
    other = sqlite3.connect(folder / "db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(c.ConfigError, match="locked by another program"):
            read_login(folder)
    finally:
        other.close()


@pytest.mark.parametrize(
    ("token", "user"),
    [
        (make_token("mira"), "mira"),
        ("x.eyJodHRwczovL3BsYXRmb3JtLm5ldXJvbWF0aW9uLmlvL3VzZXIiOiAibm9vciJ9.y", "noor"),
        ("x.e30.y", None),
        ("x.!!!.y", None),
        ("opaque", None),
    ],
)
def test_who_a_token_is_for(token: str, user: str | None, tmp_path: Path) -> None:
    login = read_login(write_login(tmp_path / "l", login_row(ORIGIN, token=token)))
    if user is not None:
        assert login.token.username == user
    else:
        with pytest.raises(c.ConfigError, match="does not say who"):
            _ = login.token.username


# Refreshing it.


def issue(platform: Platform, *, token: str, **more: Any) -> None:
    document = {"access_token": token, "expires_in": 1000, "token_type": "Bearer", **more}
    platform.on_json("POST", "/oauth/token", document)


async def test_an_expired_token_is_refreshed_once_for_all(
    platform: Platform, tmp_path: Path
) -> None:
    row = login_row(platform.origin, expiration_time=500.0)
    folder = write_login(tmp_path / "l", row)
    fresh = make_token(mark="fresh")
    issue(platform, token=fresh)
    platform.on_json("GET", JOB, job_document())
    async with (
        get(folder, environ={}, cwd=tmp_path, clock=lambda: 1000.0) as one,
        get(folder, environ={}, cwd=tmp_path, clock=lambda: 1000.0) as other,
    ):
        await asyncio.gather(*(client.jobs.status(JOB_ID) for client in (one, other) * 5))
    (asked,) = platform.asked("POST")
    assert asked.path == "/oauth/token"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.headers["Accept"] == "application/json"
    assert "Authorization" not in asked.headers
    assert asked.body == b"grant_type=refresh_token&refresh_token=r3fresh&client_id=cl13nt"
    carried = {request.headers["Authorization"] for request in platform.asked("GET")}
    assert carried == {f"Bearer {fresh}"}
    after = read_row(folder)
    assert after == {**row, "token": fresh, "expiration_time": 1750.0}


async def test_a_refused_token_is_refreshed_once(
    platform: Platform, apolo: Client, login: Path
) -> None:
    fresh = make_token(mark="fresh")
    issue(platform, token=fresh)
    platform.on_status("GET", JOB, 401)
    with pytest.raises(c.AuthenticationError):
        await apolo.jobs.status(JOB_ID)
    assert [request.method for request in platform.requests] == ["GET", "POST", "GET"]
    assert platform.requests[-1].headers["Authorization"] == f"Bearer {fresh}"
    assert read_row(login)["token"] == fresh


async def test_a_token_that_says_that_it_has_expired(platform: Platform, tmp_path: Path) -> None:
    """docs/protocol.md section 2.5: token logins get an expiry that means nothing."""
    row = login_row(platform.origin, token=make_token(exp=900.0), refresh_token="")
    folder = write_login(tmp_path / "l", row)
    async with get(folder, environ={}, cwd=tmp_path, clock=lambda: 1000.0) as apolo:
        with pytest.raises(c.AuthenticationError, match="expired") as caught:
            await apolo.jobs.status(JOB_ID)
    assert caught.value.next_step == "Log in again with: apolo login"
    assert platform.requests == []


async def test_a_token_without_refresh_is_not_asked_for(platform: Platform, tmp_path: Path) -> None:
    folder = write_login(tmp_path / "l", login_row(platform.origin, refresh_token=""))
    platform.on_status("GET", JOB, 401)
    async with get(folder, environ={}, cwd=tmp_path) as apolo:
        with pytest.raises(c.AuthenticationError):
            await apolo.jobs.status(JOB_ID)
    assert len(platform.requests) == 1


async def test_a_login_that_was_made_anew_is_taken_over(
    platform: Platform, apolo: Client, login: Path
) -> None:
    """Another program refreshed or logged in again, as the same user."""
    fresh = make_token(mark="theirs")

    async def only_fresh(request: web.Request) -> web.Response:
        accepted = request.headers["Authorization"] == f"Bearer {fresh}"
        return web.json_response(job_document()) if accepted else web.Response(status=401)

    platform.on("GET", JOB, only_fresh)
    (login / "db").unlink()
    write_login(login, login_row(platform.origin, token=fresh, refresh_token="other"))
    await apolo.jobs.status(JOB_ID)
    assert platform.asked("POST") == []


async def test_the_login_of_somebody_else_is_not_taken_over(
    platform: Platform, apolo: Client, login: Path
) -> None:
    (login / "db").unlink()
    row = login_row(platform.origin, token=make_token("noor"), refresh_token="noors")
    write_login(login, row)
    issue(platform, token=make_token(mark="fresh"))
    platform.on_status("GET", JOB, 401)
    with pytest.raises(c.AuthenticationError):
        await apolo.jobs.status(JOB_ID)
    assert read_row(login) == row


async def test_a_logout_meanwhile(platform: Platform, apolo: Client, login: Path) -> None:
    issue(platform, token=make_token(mark="fresh"))
    platform.on_json("GET", JOB, job_document())
    first = await apolo.jobs.status(JOB_ID)
    (login / "db").unlink()
    platform.on_status("GET", JOB, 401)
    with pytest.raises(c.AuthenticationError):
        await apolo.jobs.status(JOB_ID)
    assert first.id == JOB_ID
    assert files(login) == set()


async def test_a_busy_database_keeps_the_token_in_memory(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apolo_tui.client.login.BUSY_LIMIT", 0.05)
    row = login_row(platform.origin, expiration_time=500.0)
    folder = write_login(tmp_path / "l", row)
    issue(platform, token=make_token(mark="fresh"))
    platform.on_json("GET", JOB, job_document())
    other = sqlite3.connect(folder / "db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        async with get(folder, environ={}, cwd=tmp_path, clock=lambda: 1000.0) as apolo:
            await apolo.jobs.status(JOB_ID)
            await apolo.jobs.status(JOB_ID)
    finally:
        other.close()
    assert len(platform.asked("POST")) == 1
    assert read_row(folder) == row


@pytest.mark.parametrize("status", [500, 429])
async def test_a_token_is_used_on_while_it_cannot_be_refreshed(
    status: int, platform: Platform, tmp_path: Path
) -> None:
    """docs/protocol.md section 11, pitfall 40: three quarters of its life is not the whole."""
    now = [1000.0]
    row = login_row(platform.origin, token=make_token(exp=1100.0), expiration_time=999.0)
    folder = write_login(tmp_path / "l", row)
    platform.on_status("POST", "/oauth/token", status)
    platform.on_json("GET", JOB, job_document())
    async with get(folder, environ={}, cwd=tmp_path, clock=lambda: now[0]) as apolo:
        for _ in range(3):
            await apolo.jobs.status(JOB_ID)
        assert len(platform.asked("POST")) == 1
        now[0] = 1031.0
        await apolo.jobs.status(JOB_ID)
        assert len(platform.asked("POST")) == 2
        now[0] = 1101.0
        with pytest.raises(c.ServerError, match="could not be refreshed"):
            await apolo.jobs.status(JOB_ID)


@pytest.mark.parametrize(
    ("status", "document"),
    [(400, {"error": "invalid_grant"}), (403, {}), (200, {}), (200, []), (302, {})],
)
async def test_a_refresh_that_is_refused(
    status: int, document: object, platform: Platform, tmp_path: Path
) -> None:
    row = login_row(platform.origin, expiration_time=500.0)
    folder = write_login(tmp_path / "l", row)
    platform.on_json("POST", "/oauth/token", document, status=status)
    async with get(folder, environ={}, cwd=tmp_path, clock=lambda: 1000.0) as apolo:
        with pytest.raises(c.AuthenticationError, match="could not be refreshed") as caught:
            await apolo.jobs.status(JOB_ID)
    assert "apolo login" in caught.value.next_step
    assert read_row(folder) == row


async def test_opening_a_client_asks_nothing_and_changes_nothing(
    platform: Platform, login: Path, tmp_path: Path
) -> None:
    before = (login / "db").read_bytes()
    async with get(login, environ={}, cwd=tmp_path) as apolo:
        assert apolo.config.presets
        assert apolo.clock_offset is None
    assert platform.requests == []
    assert (login / "db").read_bytes() == before
    assert files(login) == {"db"}
