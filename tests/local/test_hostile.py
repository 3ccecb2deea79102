"""Hostile input on every endpoint: the protocol's errors, never a 500, and nothing leaks."""

import asyncio
import logging
import random
import string
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import psutil
import pytest
from yarl import URL

from apolo_tui import local
from apolo_tui.local.http.connections import Door
from apolo_tui.local.http.routes import TABLE
from apolo_tui.local.job_request import flat_request, nested_request
from apolo_tui.local.validation import DataError
from tests.local.platforms import QUICK, Api, api_of
from tests.until import until

ROUNDS = 12
STREAMS = frozenset({"log_ws", "top", "attach", "exec", "port_forward"})
KEYS = (
    *("image", "name", "tags", "env", "command", "entrypoint", "resources", "container", "http"),
    *("volumes", "secret_env", "preset_name", "cluster_name", "org_name", "project_name"),
    *("max_run_time_minutes", "schedule_timeout", "priority", "restart_policy", "x", ""),
    *("additional_max_run_time_minutes", "status", "reason", "logs_removed", "working_dir"),
    *("secret_volumes", "disk_volumes", "pass_config", "energy_schedule_name", "tty"),
)
QUERY_KEYS = (
    *("status", "name", "tag", "owner", "since", "until", "limit", "reverse", "hostname"),
    *("cmd", "tty", "stdin", "stdout", "stderr", "separator", "timestamps", "archive_delay"),
    *("from_preset", "materialized", "cluster_name", "kill", "debug"),
)
SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, -0.0, 1e308, 2**31, 2**63, 10**30, "", " ", "\0", "a\0b"),
    *("../../etc/passwd", "job-", "%00", "\u202e", "\U0001f4a5" * 40, "x" * 5000, "ubuntu"),
    *("storage://harbor/../x", "secret://harbor/a/b", "secret://[::1", "disk://", "'", '"', "$("),
    *("2026-11-22T07:40:00+00:00", "-infinity", "nan", "0001-01-01", "9999-12-31T23:59:59"),
)


class Chance:
    """Values that no client should send, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, depth: int = 0) -> Any:
        kind = self.random.random()
        if depth > 3 or kind < 0.55:
            return self.random.choice(SCALARS)
        if kind < 0.75:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        return self.object(depth + 1)

    def object(self, depth: int = 0) -> dict[str, Any]:
        chosen = self.random.sample(KEYS, self.random.randint(0, 6))
        return {key: self.value(depth) for key in chosen}

    def body(self) -> bytes:
        kind = self.random.random()
        if kind < 0.6:
            base = {"image": "x", "project_name": "reef"} if kind < 0.3 else {}
            return msgspec.json.encode({**base, **self.object()}, order=None)
        if kind < 0.8:
            return msgspec.json.encode(self.value())
        if kind < 0.9:
            return self.random.randbytes(self.random.randint(0, 200))
        return self.random.choice(
            (b"", b"{", b'{"image": "\xff"}', b'"\\ud800"', b"[" * 50_000, b'{"a":1,"a":2}', b"NaN")
        )

    def text(self) -> str:
        scalar = self.random.choice(SCALARS)
        return scalar if isinstance(scalar, str) else str(scalar)

    def query(self) -> str:
        pairs = [
            f"{self.random.choice(QUERY_KEYS)}={quote(self.text()[:200], safe='')}"
            for _ in range(self.random.randint(0, 4))
        ]
        if self.random.random() < 0.1:
            pairs.append("tag=%FF%FE&name=%C3%28")
        return "&".join(pairs)

    def headers(self, token: str) -> dict[str, str]:
        kind = self.random.random()
        headers = {"Authorization": f"Bearer {token}"}
        if kind < 0.05:
            headers["Authorization"] = self.random.choice(("Basic x", "Bearer", "Bearer a.b.c", ""))
        elif kind < 0.1:
            headers["Origin"] = "https://evil.test"
        elif kind < 0.15:
            headers["Host"] = "evil.test"
        elif kind < 0.2:
            headers["Accept"] = "application/x-ndjson"
        elif kind < 0.25:
            headers["Content-Type"] = "multipart/form-data"
        return headers

    def path(self, pattern: str, job_id: str) -> str:
        for name, known in (
            ("{job}", job_id),
            ("{cluster}", "harbor"),
            ("{org}", "tidepool"),
            ("{user}", "mira"),
            ("{port}", "1"),
        ):
            odd = quote(self.text()[:100] or "x", safe="")
            pattern = pattern.replace(name, known if self.random.random() < 0.6 else odd)
        return pattern


@pytest.mark.parametrize("seed", range(3))
async def test_requests_of_every_kind_to_every_endpoint(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    chance = Chance(seed)
    caplog.set_level(logging.ERROR)
    async with local.serve(policies=QUICK) as platform, api_of(platform) as api:
        job_id = await api.start("cat")
        await api.when(job_id, "running")
        origin = str(platform.services.url)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

            async def ask(operation: str, method: str, pattern: str) -> None:
                url = URL(f"{origin}{chance.path(pattern, job_id)}?{chance.query()}", encoded=True)
                headers = chance.headers(platform.token)
                # Half of the requests to streams are handshakes.
                if operation in STREAMS and chance.random.random() < 0.5:
                    await shake_hands(session, url, headers, chance)
                    return
                limit = aiohttp.ClientTimeout(sock_read=1 if operation == "log" else 30)
                try:
                    async with session.request(
                        method, url, data=chance.body(), headers=headers, timeout=limit
                    ) as response:
                        text = await response.text(errors="replace")
                except (TimeoutError, aiohttp.ServerTimeoutError):
                    if operation != "log":  # which follows a job that runs
                        raise
                    return
                assert response.status < 500, (method, url, text)
                assert "Traceback" not in text
                if response.content_type == "application/json" and response.status >= 400:
                    assert set(msgspec.json.decode(text)) & {"error", "missing", "msg"}

            for _ in range(ROUNDS):
                for operation, method, pattern, _ in TABLE:
                    await ask(operation, method, pattern)
        assert await api.status("GET", platform.url / "ping") == 200
        await until(lambda: not any(platform.sockets.values()))
    assert not [record for record in caplog.records if "failed" in record.getMessage()]


async def shake_hands(
    session: aiohttp.ClientSession, url: URL, headers: dict[str, str], chance: Chance
) -> None:
    try:
        async with session.ws_connect(
            url, headers=headers, timeout=aiohttp.ClientWSTimeout(ws_close=5)
        ) as ws:
            for _ in range(chance.random.randint(0, 4)):
                kind = chance.random.random()
                if kind < 0.3:
                    await ws.send_str(chance.text())
                elif kind < 0.4:
                    await ws.send_bytes(b"")
                else:
                    frame = bytes((chance.random.randint(0, 255),))
                    await ws.send_bytes(frame + chance.random.randbytes(20))
    except aiohttp.WSServerHandshakeError as error:
        if error.status >= 500 or error.headers is None or not error.headers.get("X-Error"):
            pytest.fail(f"{url}: {error.status} {error.headers}")
    except (aiohttp.ClientConnectionError, ConnectionError):
        pass  # the server closed while we were still sending


def test_validation_never_fails_otherwise() -> None:
    for seed in range(2000):
        value = Chance(seed).object()
        for check in (flat_request, nested_request):
            with pytest.raises(DataError):  # no value is ever good as a whole
                check({**value, "not a key": None})


async def raw(port: int, data: bytes, *, wait: float = 30.0) -> bytes:
    """Send bytes as they are and read to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), wait)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_what_is_no_http_at_all() -> None:
    chance = random.Random(5)
    door = Door(patience=0.5)
    async with local.serve(policies=QUICK, door=door) as platform:
        port = platform.url.port
        assert port is not None
        head = b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        pieces = [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET " + b"/" * 20_000 + b" HTTP/1.1\r\n\r\n",
            head + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
            head + b"".join(b"X%d: 1\r\n" % n for n in range(1000)) + b"\r\n",
            head + b"Content-Length: -1\r\n\r\n",
            head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET /ping HTTP/1.1\r\n\r\n",
            b"\r\n" * 100,
            *(chance.randbytes(chance.randint(1, 2000)) for _ in range(30)),
            "".join(chance.choices(string.printable, k=500)).encode(),
        ]
        for piece in pieces:
            answer = await raw(port, piece + b"\r\n\r\n")
            assert b"Traceback" not in answer
            assert not answer.startswith(b"HTTP/1.1 5"), (piece, answer)


async def test_half_open_and_slow_clients_leave_nothing() -> None:
    process = psutil.Process()
    async with local.serve(policies=QUICK, door=Door(patience=0.3)) as platform:
        async with api_of(platform) as api:
            job_id = await api.start("cat")
            await api.when(job_id, "running")
            children = len(process.children(recursive=True))
        await until(lambda: not (platform_connections(platform)))
        files = process.num_fds()
        port = platform.url.port
        token = platform.token
        mine = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        monitoring = f"/clusters/harbor/api/v1/jobs/{job_id}"
        upgrade = (
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        heads = [
            f"POST /api/v1/jobs HTTP/1.1\r\n{mine}Content-Length: 1000\r\n\r\n{{",
            f"GET {monitoring}/log HTTP/1.1\r\n{mine}\r\n",
            f"GET {monitoring}/exec?cmd=cat&stdin=1 HTTP/1.1\r\n{mine}{upgrade}",
            "GET /ping HTTP/1.1\r\nHost: ",
        ]
        for _ in range(5):
            writers = []
            for head in heads:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head.encode())
                writers.append(writer)
            await until(lambda: platform.sockets["exec"] == 1)
            for writer in writers:
                # As if the cable was cut: no word of farewell.
                writer.transport.abort()
            await until(lambda: platform.sockets["exec"] == 0)
        await until(lambda: process.num_fds() <= files, what="file descriptors")
        await until(lambda: len(process.children(recursive=True)) <= children, what="processes")


def platform_connections(platform: local.Platform) -> int:
    """How many connections there are to the platform from this process."""
    port = platform.url.port
    found = psutil.Process().net_connections("tcp")
    return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == port for one in found)


async def test_a_reader_that_does_not_read_holds_up_nobody(
    platform: local.Platform, api: Api
) -> None:
    job_id = await api.start(
        "sh -c 'yes 0123456789012345678901234567890123456789 | head -c 41000000'"
    )
    url = api.monitoring(job_id) / "log_ws"
    await api.when(job_id, "running", "succeeded")
    async with api.session.ws_connect(url):  # nothing is ever received here
        done = await api.finished(job_id, within=60)
        assert done["status"] == "succeeded"
        assert len(await api.log(job_id)) == 41_000_000
