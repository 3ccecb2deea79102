"""The ways out of this machine: proxies and certificates."""

import asyncio
from pathlib import Path

import pytest
from yarl import URL

from apolo_tui import client as c
from apolo_tui.client import get
from apolo_tui.client.session import proxies_of
from tests.client.logins import login_row, make_token, passed, write_login
from tests.client.scripted import API, JOB_ID, Platform, job_document, raw_server

PROXY = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://api.test/x", None),
        ({"HTTPS_PROXY": PROXY}, "https://api.test/x", PROXY),
        ({"https_proxy": PROXY}, "wss://api.test/x", None),
        ({"HTTPS_PROXY": PROXY}, "http://api.test/x", None),
        ({"ALL_PROXY": PROXY}, "http://api.test/x", PROXY),
        ({"HTTP_PROXY": ""}, "http://api.test/x", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "api.test"}, "http://api.test/x", None),
        ({"ALL_PROXY": PROXY, "no_proxy": ".test"}, "http://api.test/x", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "*"}, "http://api.test/x", None),
        ({"ALL_PROXY": PROXY}, "http://localhost:8080/x", None),
        ({"ALL_PROXY": PROXY}, "http://127.0.0.1:8080/x", None),
        ({"ALL_PROXY": PROXY}, "http://[::1]:8080/x", None),
    ],
)
def test_proxies(environ: dict[str, str], url: str, proxy: str | None) -> None:
    assert proxies_of(environ)(URL(url)) == proxy


async def test_requests_go_through_the_proxy(tmp_path: Path) -> None:
    heads: list[bytes] = []

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")

    folder = write_login(tmp_path / "l", login_row(URL("http://api.test")))
    async with raw_server(connection) as proxy:
        environ = {"HTTP_PROXY": str(proxy.with_user("me").with_password("pass"))}
        async with get(folder, environ=environ, cwd=tmp_path) as apolo:
            with pytest.raises(c.AuthorizationError):
                await apolo.jobs.status(JOB_ID)
            with pytest.raises(c.AuthorizationError):
                async with apolo.jobs.top(JOB_ID):
                    pass
    for head, path in zip(heads, (f"{API}/jobs/{JOB_ID}", "top"), strict=True):
        assert head.startswith(b"GET http://api.test/")
        assert path.encode() in head.splitlines()[0]
        assert b"\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n" in head


async def test_other_passwords_on_this_machine_are_left_alone(
    platform: Platform, login: Path, tmp_path: Path, home: Path
) -> None:
    (home / ".netrc").write_text("default login me password secret\n")
    (home / ".netrc").chmod(0o600)
    platform.on_json("GET", f"{API}/jobs/{JOB_ID}", job_document())
    async with get(login, environ={"ALL_PROXY": PROXY}, cwd=tmp_path) as apolo:
        await apolo.jobs.status(JOB_ID)
    assert platform.requests[0].headers["Authorization"].startswith("Bearer ")


async def test_what_a_passed_login_leaves_open_is_asked_for(
    platform: Platform, tmp_path: Path
) -> None:
    """docs/protocol.md section 2.8: org and project are optional there."""
    platform.on_json("GET", f"{API}/jobs", {"jobs": []})
    platform.on_json("POST", f"{API}/jobs", job_document(), status=202)
    environ = {
        "NEURO_PASSED_CONFIG": passed(make_token(), platform.api),
        "APOLO_CONFIG": str(tmp_path / "none"),
    }
    async with get(environ=environ, cwd=tmp_path) as apolo:
        async with apolo.jobs.list() as jobs:
            assert [job async for job in jobs] == []
        await apolo.jobs.start(image=c.RemoteImage("ubuntu"), preset_name="cpu-small")
    config, listed, started = platform.requests
    assert config.path == f"{API}/config"
    assert ("org_name", "tidepool") in listed.query
    assert started.json["project_name"] == "atoll"
