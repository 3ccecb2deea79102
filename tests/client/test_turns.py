"""The real `apolo` command and our client take turns on one login."""

import asyncio
import os
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from aiohttp import web

from apolo_tui import client as c
from apolo_tui.client import get, login_with_passed_config, login_with_token
from tests.client.logins import login_row, make_token, passed, read_row, write_login
from tests.client.scripted import API, Platform, config_document, job_document

APOLO = Path(sys.executable).with_name("apolo")
QUIET = ("--disable-pypi-version-check", "--skip-stats", "--color=no")


class Issuer:
    """Accepts one token at a time, and gives the next one for the right refresh token."""

    def __init__(self, platform: Platform) -> None:
        self.token = make_token(mark="first")
        self.refresh = "refresh-0"
        self.refreshed = 0
        platform.on("POST", "/oauth/token", self.answer)
        platform.on("GET", f"{API}/jobs", self.jobs)
        platform.on("GET", f"{API}/config", self.config)
        self._platform = platform

    async def answer(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if form.get("refresh_token") != self.refresh:
            return web.json_response({"error": "invalid_grant"}, status=403)
        self.refreshed += 1
        self.token = make_token(mark=f"refreshed-{self.refreshed}")
        return web.json_response({"access_token": self.token, "expires_in": 1000})

    async def jobs(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"error": "who are you?"}, status=401)
        return web.json_response({"jobs": [job_document()]})

    async def config(self, request: web.Request) -> web.Response:
        document = config_document(self._platform.origin)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            document = {key: value for key, value in document.items() if key not in SECRET}
            document["authorized"] = False
        return web.json_response(document)


SECRET = ("clusters", "projects", "orgs")


@pytest.fixture
def issuer(platform: Platform) -> Issuer:
    return Issuer(platform)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "apolo"


async def apolo(folder: Path, *arguments: str) -> str:
    """Run the real command; its output. It must succeed."""
    environ = {**os.environ, "APOLO_CONFIG": str(folder), "COLUMNS": "200", "BROWSER": "true"}
    process = await asyncio.create_subprocess_exec(
        str(APOLO),
        *QUIET,
        *arguments,
        env=environ,
        cwd=folder.parent,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def ours(folder: Path) -> list[str | None]:
    """The names of the jobs that our client lists."""
    async with get(folder, environ={}, cwd=folder.parent) as client, client.jobs.list() as jobs:
        return [job.name async for job in jobs]


def expire(folder: Path) -> None:
    database = sqlite3.connect(folder / "db", isolation_level=None)
    try:
        database.execute("UPDATE main SET expiration_time = ?", (time.time() - 1,))
    finally:
        database.close()


def unchanging(folder: Path) -> dict[str, object]:
    """What a refresh must leave alone: all but the token and its times."""
    database = sqlite3.connect(folder / "db")
    try:
        tables = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE name = 'main'"))
        rows = database.execute("SELECT count(*) FROM main").fetchone()[0]
    finally:
        database.close()
    row = read_row(folder)
    for column in ("token", "expiration_time", "refresh_token"):
        del row[column]
    modes = (folder.stat().st_mode & 0o777, (folder / "db").stat().st_mode & 0o777)
    return {**row, "schema": tables, "rows": rows, "modes": modes}


async def test_turns_with_refreshed_tokens(
    platform: Platform, issuer: Issuer, folder: Path
) -> None:
    await apolo(folder, "config", "login-with-token", issuer.token, str(platform.api))
    assert "train-7" in await apolo(folder, "ps")
    # A token login cannot be refreshed; from here on it is one of a browser.
    database = sqlite3.connect(folder / "db", isolation_level=None)
    database.execute("UPDATE main SET refresh_token = ?", (issuer.refresh,))
    database.close()
    before = unchanging(folder)
    assert await ours(folder) == ["train-7"]
    assert issuer.refreshed == 0

    # The token expires, and we are the first to notice.
    expire(folder)
    assert await ours(folder) == ["train-7"]
    assert issuer.refreshed == 1
    row = read_row(folder)
    assert (row["token"], row["refresh_token"]) == (issuer.token, issuer.refresh)
    assert 600 < row["expiration_time"] - time.time() <= 750
    assert "train-7" in await apolo(folder, "ps")
    assert issuer.refreshed == 1

    # It expires again while our client is open, and the command is the first.
    async with get(folder, environ={}, cwd=folder.parent) as client:
        expire(folder)
        assert "train-7" in await apolo(folder, "ps")
        assert issuer.refreshed == 2
        async with client.jobs.list() as jobs:
            assert [job.name async for job in jobs] == ["train-7"]
        assert issuer.refreshed == 2
    assert unchanging(folder) == before

    # The command logs out: nothing of it comes back.
    async with get(folder, environ={}, cwd=folder.parent, clock=lambda: 4e9) as client:
        await apolo(folder, "logout")
        async with client.jobs.list() as jobs:
            assert [job.name async for job in jobs] == ["train-7"]
        assert issuer.refreshed == 3
        assert not (folder / "db").exists()
    with pytest.raises(c.ConfigError, match="no login"):
        await ours(folder)


async def test_the_command_uses_a_login_of_ours(
    platform: Platform, issuer: Issuer, folder: Path
) -> None:
    await login_with_token(issuer.token, url=platform.api, path=folder)
    assert await ours(folder) == ["train-7"]
    before = unchanging(folder)
    asked = len(platform.requests)
    assert "train-7" in await apolo(folder, "ps")
    assert [request.path for request in platform.requests[asked:]] == [f"{API}/jobs"]
    assert unchanging(folder) == before
    await apolo(folder, "config", "switch-project", "reef")
    async with get(folder, environ={}, cwd=folder.parent) as client:
        assert client.config.project_name == "reef"
    with pytest.raises(c.ConfigError, match="already"):
        await login_with_token(issuer.token, url=platform.api, path=folder)


async def test_the_command_of_another_version_accepts_a_login_of_ours(
    platform: Platform, issuer: Issuer, folder: Path
) -> None:
    """It compares what is stored with what it fetches, and would ask for a new login."""
    text = passed(issuer.token, platform.api, cluster="dock", org_name="quay", project_name="reef")
    await login_with_passed_config(text, path=folder)
    database = sqlite3.connect(folder / "db", isolation_level=None)
    database.execute("UPDATE main SET version = '24.1.0'")
    database.close()
    assert "train-7" in await apolo(folder, "ps")
    row = read_row(folder)
    assert (row["version"], row["refresh_token"]) == ("26.9.0", "")
    assert (row["cluster_name"], row["org_name"], row["project_name"]) == ("dock", "quay", "reef")


async def test_a_rotated_refresh_token_is_given_to_the_command(
    platform: Platform, issuer: Issuer, folder: Path
) -> None:
    """docs/protocol.md section 11, pitfall 48."""
    write_login(
        folder,
        login_row(
            platform.origin,
            token=issuer.token,
            refresh_token=issuer.refresh,
            expiration_time=time.time() - 1,
        ),
    )
    plain = issuer.answer

    async def rotating(request: web.Request) -> web.Response:
        answer = await plain(request)
        if answer.status != 200:
            return answer
        issuer.refresh = f"rotated-{issuer.refreshed}"
        document = {
            "access_token": issuer.token,
            "expires_in": 1000,
            "refresh_token": issuer.refresh,
        }
        return web.json_response(document)

    platform.on("POST", "/oauth/token", rotating)
    assert await ours(folder) == ["train-7"]
    assert read_row(folder)["refresh_token"] == "rotated-1"
    platform.on("POST", "/oauth/token", plain)
    expire(folder)
    assert "train-7" in await apolo(folder, "ps")
    assert issuer.refreshed == 2
