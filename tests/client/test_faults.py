"""What goes wrong on the wire, and exactly what a caller gets: HTTP answers and redirects."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from apolo_tui import client as c
from apolo_tui.client import Client, get
from tests.client.logins import login_row, make_token, write_login
from tests.client.scripted import (
    API,
    JOB_ID,
    MONITORING,
    Connection,
    Platform,
    job_document,
    raw_server,
    scripted_platform,
)

JOB = f"{API}/jobs/{JOB_ID}"

CLASSES: dict[int, type[c.ApoloError]] = {
    400: c.IllegalArgumentError,
    401: c.AuthenticationError,
    403: c.AuthorizationError,
    404: c.ResourceNotFound,
    405: c.ClientError,
    409: c.ConflictError,
    413: c.TooLargeError,
    418: c.IllegalArgumentError,
    429: c.RateLimited,
    500: c.ServerError,
    502: c.BadGateway,
    503: c.ServerNotAvailable,
    504: c.ServerError,
}

BODIES: dict[str, tuple[str, str]] = {
    # What is sent, and what the user reads; "" for what the client says by itself.
    "json": ('{"error": "the sea is closed"}', "the sea is closed"),
    "nested": (json.dumps({"error": json.dumps({"error": "too deep"})}), "too deep"),
    "thrice": (json.dumps({"error": json.dumps(json.dumps({"error": "deeper"}))}), "deeper"),
    "text": ("401: Unauthorized", "401: Unauthorized"),
    "html": ("<html><head><title>502 Bad</title></head><body>x</body></html>", "502 Bad"),
    "markup": ("<h1>Gone\n fishing</h1>", "Gone fishing"),
    "list": ('["error", 1]', '["error", 1]'),
    "number": ("17", "17"),
    "string": ('"a string with error in it"', "a string with error in it"),
    "null": ("null", ""),
    "empty": ("", ""),
    "object": ('{"reason": "unknown"}', ""),
    "not text": ('{"error": {"a": [1]}}', '{"a": [1]}'),
    "error null": ('{"error": null}', ""),
    "msg": ('{"msg": "Cannot connect", "error": "refused"}', "Cannot connect: refused"),
    "broken": ('{"error": "half', '{"error": "half'),
}


def answer(status: int, body: str, **headers: str) -> Callable[..., Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(
            status=status, text=body, content_type="application/json", headers=headers
        )

    return handle


@pytest.mark.parametrize("status", CLASSES)
async def test_a_refusal_is_the_error_of_its_status_with_the_text_of_its_body(
    status: int, platform: Platform, apolo: Client
) -> None:
    platform.on("POST", "/oauth/token", answer(400, "{}"))
    for sent, text in BODIES.values():
        platform.on("POST", f"{MONITORING}/{JOB_ID}/kill", answer(status, sent))
        with pytest.raises(c.ApoloError) as caught:
            await apolo.jobs.send_signal(JOB_ID)
        error = caught.value
        assert type(error) is CLASSES[status]
        assert str(error) == (text or f"127.0.0.1 answered with HTTP {status}")
        assert getattr(error, "status", None) == status
        assert error.title
        assert error.next_step or status in (400, 405, 418)


async def test_missing_permissions_are_named(platform: Platform, apolo: Client) -> None:
    uri = f"job://harbor/tidepool/reef/{JOB_ID}"
    body = json.dumps({"missing": [{"uri": uri, "action": "read"}, "odd", {"uri": uri}]})
    platform.on("GET", JOB, answer(403, body))
    with pytest.raises(c.AuthorizationError, match=f"you may not read on {uri}") as caught:
        await apolo.jobs.status(JOB_ID)
    assert caught.value.missing[0] == c.Missing(uri, "read")


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, f"no such job {JOB_ID}", c.ResourceNotFound),
        (400, json.dumps({"error": f"no such job {JOB_ID}"}), c.ResourceNotFound),
        (400, "there is no such job", c.IllegalArgumentError),
        (404, f"Job '{JOB_ID}' is not running.", c.JobNotRunning),
        (404, "Container 'x' not found", c.JobNotRunning),
        (404, "Exec container 'x' client error: no closing quotation", c.ResourceNotFound),
    ],
)
async def test_what_is_not_found_is_told_by_the_text(
    status: int, text: str, kind: type[c.ApoloError], platform: Platform, apolo: Client
) -> None:
    """docs/protocol.md section 4.2: an unknown job is a 400."""
    body = json.dumps({"error": text})
    platform.on("POST", f"{MONITORING}/{JOB_ID}/kill", answer(status, body))
    with pytest.raises(kind) as caught:
        await apolo.jobs.send_signal(JOB_ID)
    assert type(caught.value) is kind


async def test_a_very_long_explanation_is_cut(platform: Platform, apolo: Client) -> None:
    platform.on("GET", JOB, answer(400, "x" * 10_000_000))
    with pytest.raises(c.IllegalArgumentError) as caught:
        await apolo.jobs.status(JOB_ID)
    assert len(str(caught.value)) == 1000


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_reading_is_tried_three_times(
    status: int, platform: Platform, apolo: Client, slept: list[float]
) -> None:
    platform.on_status("GET", JOB, status)
    platform.on_status("DELETE", JOB, status)
    for call in (apolo.jobs.status, apolo.jobs.kill):
        platform.requests.clear()
        slept.clear()
        with pytest.raises(CLASSES[status]):
            await call(JOB_ID)
        assert len(platform.requests) == 3
        assert slept == [0.25, 0.5]


async def test_a_passing_trouble_is_not_noticed(
    platform: Platform, apolo: Client, slept: list[float]
) -> None:
    left = [503, 502]

    async def handle(request: web.Request) -> web.Response:
        if left:
            return web.Response(status=left.pop())
        return web.json_response(job_document())

    platform.on("GET", JOB, handle)
    assert (await apolo.jobs.status(JOB_ID)).id == JOB_ID
    assert len(slept) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_starting_is_tried_once(
    status: int, platform: Platform, apolo: Client, slept: list[float]
) -> None:
    """docs/protocol.md section 11, pitfall 19: a second POST could start a second job."""
    platform.on_status("POST", f"{API}/jobs", status)
    with pytest.raises(CLASSES[status]) as caught:
        await apolo.jobs.start(image=c.RemoteImage("ubuntu"), preset_name="p")
    assert len(platform.requests) == 1
    assert slept == []
    assert status == 429 or "was started" in caught.value.next_step


async def test_a_conflict_is_tried_again_but_adding_is_not(
    platform: Platform, apolo: Client, slept: list[float]
) -> None:
    platform.on_json("GET", JOB, job_document())
    path = f"{JOB}/max_run_time_minutes"
    platform.on_status("PUT", path, 409)
    with pytest.raises(c.ConflictError):
        await apolo.jobs.bump_life_span(JOB_ID, 60)
    assert len(platform.asked("PUT")) == 3
    platform.on_status("PUT", path, 503)
    with pytest.raises(c.ServerNotAvailable):
        await apolo.jobs.bump_life_span(JOB_ID, 60)
    assert len(platform.asked("PUT")) == 4


@pytest.mark.parametrize(
    ("header", "waited"),
    [("2", [2.0, 2.0]), ("0", [0.25, 0.5]), ("600", []), ("soon", [0.25, 0.5])],
)
async def test_a_limit_says_how_long_to_wait(
    header: str, waited: list[float], platform: Platform, apolo: Client, slept: list[float]
) -> None:
    platform.on("GET", JOB, answer(429, "", **{"Retry-After": header}))
    with pytest.raises(c.RateLimited) as caught:
        await apolo.jobs.status(JOB_ID)
    assert slept == waited
    assert caught.value.retry_after == (None if header == "soon" else float(header))


async def test_a_limit_may_be_a_date(login: Path, platform: Platform, tmp_path: Path) -> None:
    date = "Sun, 22 Nov 2026 07:41:40 GMT"
    platform.on("GET", JOB, answer(429, "", **{"Retry-After": date}))
    now = 1795333200.0
    async with get(login, environ={}, cwd=tmp_path, clock=lambda: now) as apolo:
        with pytest.raises(c.RateLimited) as caught:
            await apolo.jobs.status(JOB_ID)
    assert caught.value.retry_after == 100.0


@pytest.mark.parametrize("body", ["<html>", "", "{", "[" * 100_000])
async def test_a_success_that_is_not_json(body: str, platform: Platform, apolo: Client) -> None:
    platform.on("GET", JOB, answer(200, body))
    platform.on("GET", f"{MONITORING}/capacity", answer(200, body))
    for call in (apolo.jobs.status(JOB_ID), apolo.jobs.get_capacity()):
        with pytest.raises(c.ProtocolError):
            await call


async def test_an_endless_answer_is_refused(
    platform: Platform, apolo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apolo_tui.client.core.MAX_BODY", 2**20)
    platform.on("GET", JOB, answer(200, "x" * (2**20 + 1)))
    with pytest.raises(c.TooLargeError, match="larger than 1 MiB"):
        await apolo.jobs.status(JOB_ID)


# Redirects.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_token_stays_home(status: int, platform: Platform, apolo: Client) -> None:
    async with scripted_platform() as stranger:

        async def away(request: web.Request) -> web.Response:
            headers = {"Location": str(stranger.origin / "steal")}
            return web.Response(status=status, headers=headers)

        platform.on("GET", JOB, away)
        platform.on("DELETE", JOB, away)
        platform.on("POST", f"{API}/jobs", away)
        platform.on("GET", f"{MONITORING}/{JOB_ID}/top", away)
        platform.on("GET", f"{API}/jobs", away)
        with pytest.raises(c.ProtocolError, match="not one of the platform's hosts"):
            await apolo.jobs.status(JOB_ID)
        with pytest.raises(c.ProtocolError, match="not one of the platform's hosts"):
            async with apolo.jobs.list():
                pass
        with pytest.raises(c.ProtocolError, match="not one of the platform's hosts"):
            async with apolo.jobs.top(JOB_ID):
                pass
        with pytest.raises(c.ProtocolError, match="redirect to"):
            await apolo.jobs.kill(JOB_ID)
        with pytest.raises(c.ProtocolError, match="redirect to"):
            await apolo.jobs.start(image=c.RemoteImage("ubuntu"), preset_name="p")
        assert stranger.requests == []


async def test_a_redirect_at_home_is_followed(platform: Platform, apolo: Client) -> None:
    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/api/v1/jobs/elsewhere"})

    platform.on("GET", JOB, moved)
    platform.on_json("GET", f"{API}/jobs/elsewhere", job_document())
    assert (await apolo.jobs.status(JOB_ID)).id == JOB_ID
    assert platform.requests[-1].headers["Authorization"].startswith("Bearer ")


async def test_redirects_in_a_circle_end(platform: Platform, apolo: Client) -> None:
    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": JOB})

    platform.on("GET", JOB, moved)
    with pytest.raises(c.ProtocolError, match="cannot be followed"):
        await apolo.jobs.status(JOB_ID)


async def test_a_cluster_from_nowhere_gets_no_token(tmp_path: Path) -> None:
    """Only the hosts that the login or an authorised answer names."""
    async with scripted_platform() as home, scripted_platform() as stranger:
        folder = write_login(tmp_path / "login", login_row(home.origin, clusters="[]"))
        home.on_json("GET", f"{API}/config", {"authorized": False, "clusters": []})
        async with get(folder, environ={}, cwd=tmp_path) as apolo:
            with pytest.raises(c.AuthenticationError):
                await apolo.jobs.send_signal(JOB_ID)
        assert stranger.requests == []


# Connections.


@asynccontextmanager
async def client_of(
    connection: Connection, tmp_path: Path, slept: list[float], **options: Any
) -> AsyncIterator[Client]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with raw_server(connection) as origin:
        folder = write_login(tmp_path / "login", login_row(origin))
        options = {"environ": {}, "cwd": tmp_path, "sleep": sleep, "random": lambda: 0, **options}
        async with get(folder, **options) as apolo:
            yield apolo


def after_the_head(*chunks: bytes) -> Connection:
    """Reads a request's head, then writes these and closes."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()

    return connection


@pytest.mark.parametrize(
    ("chunks", "kind"),
    [
        ((), c.ConnectionFailed),
        ((b"HTTP/1.1 200",), c.ConnectionFailed),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",), c.ConnectionFailed),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",),
            c.ConnectionFailed,
        ),
        ((b"SSH-2.0-OpenSSH_9\r\n\r\n",), c.ProtocolError),
    ],
)
async def test_a_connection_that_breaks(
    chunks: tuple[bytes, ...], kind: type[c.ApoloError], tmp_path: Path, slept: list[float]
) -> None:
    async with client_of(after_the_head(*chunks), tmp_path, slept) as apolo:
        with pytest.raises(kind):
            await apolo.jobs.status(JOB_ID)
    assert len(slept) == (0 if kind is c.ProtocolError else 2)


async def test_nobody_listens(tmp_path: Path) -> None:
    async with raw_server(after_the_head()) as origin:
        pass
    folder = write_login(tmp_path / "login", login_row(origin))

    async def no_sleep(seconds: float) -> None:
        pass

    async with get(folder, environ={}, cwd=tmp_path, sleep=no_sleep) as apolo:
        with pytest.raises(c.ConnectionFailed, match=r"cannot connect to 127\.0\.0\.1") as caught:
            await apolo.jobs.status(JOB_ID)
        assert caught.value.transient
        with pytest.raises(c.ConnectionFailed, match="cannot connect"):
            async with apolo.jobs.monitor(JOB_ID):
                pass


async def test_a_server_that_never_answers(tmp_path: Path, slept: list[float]) -> None:

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with client_of(silent, tmp_path, slept, read_limit=0.05) as apolo:
        with pytest.raises(c.ConnectionTimeout, match="did not answer in time"):
            await apolo.jobs.status(JOB_ID)


async def test_no_error_tells_the_token(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 11, pitfall 42: not even a traceback with all its values."""
    platform.answers["POST", "/oauth/token"] = answer(500, "{}")
    token = make_token()
    for status in (401, 404, 502):
        platform.on_status("GET", JOB, status)
        platform.on_status("GET", f"{MONITORING}/{JOB_ID}/log_ws", status)
        for call in (apolo.jobs.status(JOB_ID), _first(apolo.jobs.monitor(JOB_ID))):
            with pytest.raises(c.ApoloError) as caught:
                await call
            chain: BaseException | None = caught.value
            while chain is not None:
                assert token not in repr(vars(chain))
                chain = chain.__cause__ or chain.__context__
            told = "".join(traceback.format_exception(caught.value))
            assert token not in told
            assert "r3fresh" not in told


async def _first(stream: Any) -> object:
    async with stream as items:
        return await anext(items)


# Listings.

LINE = json.dumps(job_document()).encode()
ERROR_LINE = b'{"error": "Unexpected exception TimeoutError: . Path with query: /api/v1/jobs"}'


def ndjson(*chunks: bytes, abort: bool = False) -> Callable[..., Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "application/x-ndjson; charset=utf-8"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if abort:
            assert request.transport is not None
            request.transport.abort()
        else:
            await response.write_eof()
        return response

    return handle


async def read_list(apolo: Client, jobs: list[c.JobDescription]) -> None:
    async with apolo.jobs.list() as listed:
        async for job in listed:
            jobs.append(job)  # noqa: PERF401 - what came before an error is kept


async def test_a_list_with_an_error_line(platform: Platform, apolo: Client) -> None:
    for end in (b"", b"\n"):
        platform.on("GET", f"{API}/jobs", ndjson(LINE + b"\n", ERROR_LINE + end))
        jobs: list[c.JobDescription] = []
        with pytest.raises(c.NDJSONError, match="Unexpected exception TimeoutError"):
            await read_list(apolo, jobs)
        assert len(jobs) == 1
    platform.on("GET", f"{API}/jobs", ndjson(ERROR_LINE))
    with pytest.raises(c.NDJSONError):
        await read_list(apolo, [])


async def test_a_list_whose_last_line_has_no_end(platform: Platform, apolo: Client) -> None:
    platform.on("GET", f"{API}/jobs", ndjson(LINE + b"\n\n \n", LINE))
    jobs: list[c.JobDescription] = []
    await read_list(apolo, jobs)
    assert len(jobs) == 2


async def test_a_list_that_is_cut(platform: Platform, apolo: Client) -> None:
    half = LINE[: len(LINE) // 2]
    for cut in (ndjson(LINE + b"\n", half), ndjson(LINE + b"\n" + half, abort=True)):
        platform.on("GET", f"{API}/jobs", cut)
        jobs: list[c.JobDescription] = []
        with pytest.raises(c.ConnectionFailed, match="broke off"):
            await read_list(apolo, jobs)
        assert len(jobs) <= 1


async def test_a_line_of_twenty_megabytes(platform: Platform, apolo: Client) -> None:
    document = job_document()
    document["container"]["env"] = {"BIG": "x" * 20_000_000}
    huge = json.dumps(document).encode()
    platform.on("GET", f"{API}/jobs", ndjson(LINE + b"\n", huge + b"\n", LINE + b"\n"))
    jobs: list[c.JobDescription] = []
    await read_list(apolo, jobs)
    assert [len(job.container.env.get("BIG", "")) for job in jobs] == [0, 20_000_000, 0]


async def test_a_line_without_end_is_refused(
    platform: Platform, apolo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apolo_tui.wire.listing.Lines.__init__.__kwdefaults__", {"limit": 10**6})
    platform.on("GET", f"{API}/jobs", ndjson(LINE + b"\n", b"x" * 2_000_000))
    jobs: list[c.JobDescription] = []
    with pytest.raises(c.TooLargeError):
        await read_list(apolo, jobs)
    assert len(jobs) == 1


async def test_a_list_that_nobody_reads_to_its_end(platform: Platform, apolo: Client) -> None:
    """Leaving early closes the connection, and the next call has another."""
    platform.on("GET", f"{API}/jobs", ndjson(*[LINE + b"\n"] * 2000))
    for _ in range(3):
        async with apolo.jobs.list() as listed:
            async for job in listed:
                assert job.id == JOB_ID
                break
    jobs: list[c.JobDescription] = []
    await read_list(apolo, jobs)
    assert len(jobs) == 2000


async def test_a_list_may_come_in_one_piece(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 5.4: a proxy may answer JSON all the same."""
    platform.on_json("GET", f"{API}/jobs", {"jobs": [job_document(), job_document(name="b")]})
    jobs: list[c.JobDescription] = []
    await read_list(apolo, jobs)
    assert [job.name for job in jobs] == ["train-7", "b"]
    platform.on_json("GET", f"{API}/jobs", {"items": []})
    with pytest.raises(c.ProtocolError):
        await read_list(apolo, [])


def test_a_platform_has_an_address() -> None:
    assert URL("https://api.apolo.us/api/v1") == c.DEFAULT_API_URL
