"""Who is let in, what is bounded, what is told and what is not."""

import asyncio
import base64
import json
import logging
import stat
from pathlib import Path

import aiohttp
import pytest

from apolo_tui import local
from apolo_tui.local.http.connections import Door
from apolo_tui.local.tokens import Tokens, signing_key
from tests.local.platforms import QUICK, Api, api_of
from tests.until import until


async def answer(platform: local.Platform, path: str, **headers: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(platform.services.url.join(platform.url) / path, headers=headers) as response,
    ):
        return response.status, await response.text()


async def test_tokens(platform: local.Platform) -> None:
    head, body, signature = platform.token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert claims["identity"] == "mira"
    forged_body = base64.urlsafe_b64encode(json.dumps({**claims, "identity": "bob"}).encode())
    forged = f"{head}.{forged_body.decode().rstrip('=')}.{signature}"
    for token in (
        forged,
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature[:-1]}",
        "opaque",
        platform.token_for("mira", expires_in=-1),
    ):
        found = await answer(platform, "jobs", Authorization=f"Bearer {token}")
        assert found == (401, "401: Unauthorized")
        status, text = await answer(platform, "config", Authorization=f"Bearer {token}")
        assert (status, json.loads(text)["authorized"]) == (200, False)
        assert "clusters" not in text
    assert await answer(platform, "jobs") == (401, "401: Unauthorized")
    for header, error in (
        ("Basic abc", "Unexpected authorization scheme"),
        ("bearer abc", "Unexpected authorization scheme"),
        ("Bearer", "No credentials"),
        ("Bearer  ", "No credentials"),
    ):
        status, text = await answer(platform, "config", Authorization=header)
        assert (status, json.loads(text)) == (400, {"error": error})


async def test_a_failed_handshake_says_why_in_a_header(platform: local.Platform) -> None:
    url = platform.services.monitoring_url("harbor") / "job-1" / "log_ws"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url)
    assert caught.value.status == 401
    assert caught.value.headers is not None
    assert caught.value.headers["X-Error"] == "401: Unauthorized"


async def test_tokens_expire_and_are_refreshed(tmp_path: Path) -> None:
    async with local.serve(policies=QUICK, rotate_refresh_tokens=True) as platform:
        refresh = platform.services.tokens.issue_refresh("mira")
        old = platform.token
        platform.expire_tokens()
        assert (await answer(platform, "jobs", Authorization=f"Bearer {old}"))[0] == 401
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "x"}
        url = platform.services.url / "oauth/token"
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=form) as response:
                fresh = await response.json()
            async with session.post(url, data=form) as response:
                assert response.status == 403  # it was rotated
            async with session.post(url, data={**form, "grant_type": "password"}) as response:
                assert response.status == 400
        assert fresh["token_type"] == "Bearer"
        assert fresh["refresh_token"] != refresh
        token = fresh["access_token"]
        assert (await answer(platform, "jobs", Authorization=f"Bearer {token}"))[0] == 200


async def test_a_login_is_good_after_a_restart_too(tmp_path: Path) -> None:
    async with local.serve(policies=QUICK, folder=tmp_path) as platform:
        refresh = platform.services.tokens.issue_refresh("mira")
        platform.expire_tokens()
        token = platform.token_for("mira")
    async with local.serve(policies=QUICK, folder=tmp_path) as platform:
        assert (await answer(platform, "jobs", Authorization=f"Bearer {token}"))[0] == 200
        tokens = platform.services.tokens
        assert tokens.redeem_refresh(refresh, rotate=False) == "mira"
        user, access = base64.urlsafe_b64encode(b"bob").decode(), platform.token
        for forged in (
            "",
            "x.y.z",
            access,
            "ü" + refresh,
            refresh.replace(refresh.split(".")[1], user),
            refresh.rpartition(".")[0],
        ):
            assert tokens.redeem_refresh(forged, rotate=False) is None


async def test_only_the_loopback_and_no_web_page(platform: local.Platform) -> None:
    port = platform.url.port
    for headers, status in (
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": f"localhost:{port}"}, 200),
        ({"Host": "evil.test"}, 403),
        ({"Host": f"127.0.0.1.evil.test:{port}"}, 403),
        ({"Host": "127.0.0.1", "Origin": "http://127.0.0.1"}, 200),
        ({"Origin": f"http://127.0.0.1:{port}"}, 200),
        ({"Origin": f"https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.test"}, 403),
    ):
        assert (await answer(platform, "config", **headers))[0] == status, headers
    for listening in asyncio.all_tasks():
        assert "0.0.0.0" not in repr(listening)


async def test_keys_and_folders_are_the_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    async with local.serve(folder=folder, policies=QUICK) as platform:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for path in folder.iterdir():
            if path.is_file():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        first = platform.token
        login = platform.login_folder(tmp_path / "login")
        assert stat.S_IMODE(login.stat().st_mode) == 0o700
        assert stat.S_IMODE((login / "db").stat().st_mode) == 0o600
    # The key stays, and so do the tokens.
    async with local.serve(folder=folder, policies=QUICK) as platform:
        assert (await answer(platform, "jobs", Authorization=f"Bearer {first}"))[0] == 200


def test_a_key_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    path.write_bytes(b"short")
    key = signing_key(path)
    assert len(key) == 32
    assert signing_key(path) == key
    assert Tokens(key, lambda: pytest.fail("no time is needed")).identity("a.b.c") is None


async def test_tokens_are_never_logged(
    platform: local.Platform, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job_id = await api.start(pass_config=True)
    await api.when(job_id, "running")
    await api.status("GET", api.jobs / "nope")
    async with api.session.ws_connect(api.monitoring(job_id) / "top"):
        pass
    assert platform.token.split(".")[2] not in caplog.text
    assert "Bearer" not in caplog.text
    assert "NEURO_PASSED_CONFIG" not in caplog.text
    assert all("Bearer" not in repr(call) for call in platform.calls)


async def test_connections_are_bounded_and_mute_ones_dropped() -> None:
    door = Door(limit=4, patience=0.2)
    async with local.serve(policies=QUICK, door=door) as platform:
        port = platform.url.port
        mute = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # The fifth is refused at once, the four others after a while.
        writer.write(b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        for quiet, _ in mute:
            assert await asyncio.wait_for(quiet.read(), 30) == b""
        for _, quiet_writer in [*mute, (reader, writer)]:
            quiet_writer.close()
        async with api_of(platform) as api:
            await until(lambda: len(door.server.connections if door.server else ()) == 0)
            assert await api.status("GET", platform.url / "ping") == 200


async def test_a_request_that_comes_slowly_is_served_or_dropped() -> None:
    door = Door(patience=0.3)
    async with local.serve(policies=QUICK, door=door) as platform:
        reader, writer = await asyncio.open_connection("127.0.0.1", platform.url.port)
        writer.write(b"GET /ping HTTP/1.1\r\nHost: 127.0")
        assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()


async def test_services_that_are_not_here_say_so(platform: local.Platform, api: Api) -> None:
    for service in ("storage", "disk", "secrets", "buckets"):
        url = platform.services.url / f"clusters/harbor/api/v1/{service}/x"
        status, told = await api.json("GET", url)
        assert status == 404
        assert told == {"error": f"The local platform has no {service} service"}
    assert await api.status("GET", platform.services.url / "nothing/here") == 404
    assert await api.status("PATCH", api.jobs) == 405


async def test_only_the_background_platform_can_be_stopped(platform: local.Platform) -> None:
    async with api_of(platform) as mira, api_of(platform, "bob") as bob:
        url = platform.services.url / "local/v1/stop"
        assert await mira.status("POST", url) == 404
        assert await bob.status("POST", url) == 403
