"""Logs, telemetry and sessions: what they give, how they end, what they survive."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from apolo_tui import client as c
from apolo_tui.client import Client, get
from tests.client.logins import login_row, make_token, write_login
from tests.client.scripted import (
    API,
    BINARY,
    CLOSE,
    JOB_ID,
    MONITORING,
    PING,
    TEXT,
    Connection,
    Platform,
    drain,
    frame,
    job_document,
    raw_server,
    raw_websocket,
    send_all,
)

JOB = f"{API}/jobs/{JOB_ID}"
LOG = f"{MONITORING}/{JOB_ID}/log_ws"
TOP = f"{MONITORING}/{JOB_ID}/top"
EXEC = f"{MONITORING}/{JOB_ID}/exec"
ATTACH = f"{MONITORING}/{JOB_ID}/attach"
SAMPLE = json.dumps({"cpu": 0.5, "memory_bytes": 2**20, "memory": 1, "timestamp": 1795333678.5})

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


async def read_log(apolo: Client) -> list[bytes]:
    async with apolo.jobs.monitor(JOB_ID) as log:
        return [chunk async for chunk in log]


async def read_top(apolo: Client) -> list[c.JobTelemetry]:
    async with apolo.jobs.top(JOB_ID) as samples:
        return [sample async for sample in samples]


async def read_exec(apolo: Client) -> list[c.Message]:
    async with apolo.jobs.exec(JOB_ID, "sh", stdin=True, stdout=True) as stream:
        return [message async for message in stream]


@asynccontextmanager
async def client_of(connection: Connection, tmp_path: Path) -> AsyncIterator[Client]:
    async with raw_server(raw_websocket(connection)) as origin:
        folder = write_login(tmp_path / "login", login_row(origin))
        async with get(folder, environ={}, cwd=tmp_path) as apolo:
            yield apolo


# Handshakes.


@pytest.mark.parametrize(
    ("status", "error", "kind", "text"),
    [
        (400, '{"error": "no such job x"}', c.ResourceNotFound, "no such job x"),
        (
            400,
            json.dumps({"error": json.dumps({"error": "no such job x"})}),
            c.ResourceNotFound,
            "no such job x",
        ),
        (401, "401: Unauthorized", c.AuthenticationError, "401: Unauthorized"),
        (403, '{"missing": []}', c.AuthorizationError, "127.0.0.1 answered with HTTP 403"),
        (404, '{"error": "Job \'x\' is not running."}', c.JobNotRunning, "Job 'x' is not running."),
        (502, None, c.BadGateway, "127.0.0.1 answered with HTTP 502"),
        (503, "<html><title>Wait</title>", c.ServerNotAvailable, "Wait"),
        (200, None, c.ProtocolError, "127.0.0.1 answered, but not with a WebSocket"),
    ],
)
async def test_a_refused_handshake_tells_the_text_of_its_header(
    status: int,
    error: str | None,
    kind: type[c.ApoloError],
    text: str,
    platform: Platform,
    apolo: Client,
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        headers = {} if error is None else {"X-Error": error}
        return web.Response(status=status, headers=headers, text="not told")

    platform.on_status("POST", "/oauth/token", 400)
    for path, read in ((LOG, read_log), (TOP, read_top), (EXEC, read_exec)):
        platform.on("GET", path, refuse)
        with pytest.raises(c.ApoloError) as caught:
            await read(apolo)
        assert type(caught.value) is kind
        assert str(caught.value) == text


async def test_a_handshake_refreshes_the_token_once(platform: Platform, apolo: Client) -> None:
    fresh = make_token(mark="fresh")
    platform.on_json("POST", "/oauth/token", {"access_token": fresh, "expires_in": 1000})

    async def talk(request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Bearer {fresh}":
            return web.Response(status=401)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_bytes(b"in")
        await ws.close()
        return ws

    platform.on("GET", LOG, talk)
    assert await read_log(apolo) == [b"in"]
    assert len(platform.asked("POST")) == 1


# Ends.


def ended(code: int, reason: str = "", *frames: bytes | str) -> Talk:
    async def talk(ws: web.WebSocketResponse) -> None:
        await send_all(ws, *frames)
        await ws.close(code=code, message=reason.encode())

    return talk


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (1001, c.ConnectionFailed, "the log was closed with code 1001: bye"),
        (1009, c.ConnectionFailed, "the log was closed with code 1009: bye"),
        (1011, c.ServerError, "the platform gave up the log: bye"),
        (4000, c.ConnectionFailed, "the log was closed with code 4000: bye"),
    ],
)
async def test_only_a_normal_close_is_the_end_of_a_log(
    code: int, kind: type[c.ApoloError], text: str, platform: Platform, apolo: Client
) -> None:
    platform.on_websocket(LOG, ended(code, "bye", b"one"))
    async with apolo.jobs.monitor(JOB_ID) as log:
        assert await anext(log) == b"one"
        for _ in range(2):
            with pytest.raises(kind) as caught:
                await anext(log)
            assert str(caught.value) == text
            assert getattr(caught.value, "close_code", code) == code
        assert log.end == c.Closed(code, "bye")
    platform.on_websocket(LOG, ended(1000, "", b"one"))
    assert await read_log(apolo) == [b"one"]


@pytest.mark.parametrize("code", [1001, 1009, 1011])
async def test_only_a_normal_close_is_the_end_of_a_session(
    code: int, platform: Platform, apolo: Client
) -> None:
    platform.on_websocket(EXEC, ended(code, "bye", b"\x01", b"\x01out"))
    with pytest.raises(c.ServerError if code == 1011 else c.ConnectionFailed, match="bye"):
        await read_exec(apolo)
    platform.on_websocket(EXEC, ended(1000, "", b"\x01", b"\x01out"))
    assert await read_exec(apolo) == [c.Message(1, b"out")]


async def test_telemetry_of_a_job_that_has_ended(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 10: an error only without data and for a job that is not active."""
    platform.on_websocket(TOP, ended(1000))
    platform.on_json("GET", JOB, job_document(status="succeeded"))
    with pytest.raises(c.JobNotRunning, match="succeeded"):
        await read_top(apolo)
    platform.on_json("GET", JOB, job_document(status="pending"))
    assert await read_top(apolo) == []
    platform.on_json("GET", JOB, job_document(status="succeeded"))
    platform.on_websocket(TOP, ended(1000, "", SAMPLE))
    assert [sample.memory for sample in await read_top(apolo)] == [1.0]
    platform.on_websocket(TOP, ended(1011, "no metrics"))
    with pytest.raises(c.ServerError, match="gave up the telemetry: no metrics"):
        await read_top(apolo)


# Frames of a wrong kind.


async def test_a_log_takes_what_comes(platform: Platform, apolo: Client) -> None:
    """Text becomes bytes, empty frames are nothing, half a character stays half."""
    platform.on_websocket(LOG, ended(1000, "", "té", b"", b"caf\xc3", b"\xa9\n"))
    assert await read_log(apolo) == ["té".encode(), b"caf\xc3", b"\xa9\n"]


async def test_telemetry_passes_over_what_is_none(platform: Platform, apolo: Client) -> None:
    odd = (SAMPLE.encode(), b"\xff", "{", "[]", "{}", "null", SAMPLE)
    platform.on_websocket(TOP, ended(1000, "", *odd))
    assert len(await read_top(apolo)) == 2


async def test_a_session_passes_over_what_is_none(platform: Platform, apolo: Client) -> None:
    odd = ("text", b"", b"\x01", b"\x07?", b"\x01o", b"\x02e", b"\x01")
    platform.on_websocket(EXEC, ended(1000, "", *odd))
    assert await read_exec(apolo) == [c.Message(1, b"o"), c.Message(2, b"e")]


async def test_frames_of_four_megabytes(platform: Platform, apolo: Client) -> None:
    big = b"x" * (4 * 2**20)
    platform.on_websocket(LOG, ended(1000, "", big, b"end"))
    platform.on_websocket(EXEC, ended(1000, "", b"\x01" + big))
    assert await read_log(apolo) == [big, b"end"]
    assert await read_exec(apolo) == [c.Message(1, big)]


async def test_a_frame_beyond_all_limits(platform: Platform, apolo: Client) -> None:
    platform.on_websocket(LOG, ended(1000, "", b"x" * (16 * 2**20)))
    with pytest.raises(c.ProtocolError, match="too large"):
        await read_log(apolo)


# Broken connections.


def sends(*data: bytes) -> Connection:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for chunk in data:
            writer.write(chunk)
        await writer.drain()

    return talk


def resets(*data: bytes) -> Connection:
    """Sends these, then resets the connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await sends(*data)(reader, writer)
        sock = writer.get_extra_info("socket")
        no_goodbye = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_goodbye)
        writer.transport.abort()

    return talk


@pytest.mark.parametrize("end", [sends, resets])
@pytest.mark.parametrize("last", [b"", frame(BINARY, b"x" * 200)[:100]])
async def test_a_connection_that_breaks_is_no_end(
    end: Callable[..., Connection], last: bytes, tmp_path: Path
) -> None:
    """Code 1006: between frames or in the middle of one."""
    talk = end(frame(BINARY, b"one"), last)
    for what in ("log", "session"):
        path = tmp_path / what
        path.mkdir()
        async with client_of(talk, path) as apolo:
            read = read_log if what == "log" else read_exec
            with pytest.raises(c.ConnectionFailed, match=f"of the {what} broke") as caught:
                await read(apolo)
            assert caught.value.close_code == 1006


async def test_a_broken_frame(tmp_path: Path) -> None:
    async with client_of(sends(b"\xff\xff\xff\xff"), tmp_path) as apolo:
        with pytest.raises(c.ProtocolError, match="broken frame"):
            await read_log(apolo)


async def test_text_that_is_no_text(tmp_path: Path) -> None:
    async with client_of(sends(frame(TEXT, b"\xff\xfe")), tmp_path) as apolo:
        with pytest.raises(c.ProtocolError, match="broken frame"):
            await read_log(apolo)


@pytest.mark.parametrize("noisy", [False, True])
async def test_a_peer_that_never_answers_a_close(
    noisy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The close is bounded, also while the peer goes on sending."""
    monkeypatch.setattr("apolo_tui.client.websocket.CLOSE_LIMIT", 0.1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(BINARY, b"one"))
        while noisy and not writer.is_closing():
            writer.write(frame(BINARY, b"more"))
            await writer.drain()
            await asyncio.sleep(0.01)
        await asyncio.get_running_loop().create_future()

    async with (
        asyncio.timeout(4),
        client_of(talk, tmp_path) as apolo,
        apolo.jobs.monitor(JOB_ID) as log,
    ):
        assert await anext(log) == b"one"


async def test_a_dead_connection_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telemetry too has a heartbeat (docs/protocol.md section 11, pitfall 31)."""
    monkeypatch.setattr("apolo_tui.client.core.HEARTBEAT", 0.1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.get_running_loop().create_future()

    async with client_of(talk, tmp_path) as apolo:
        with pytest.raises(c.ConnectionFailed, match="of the telemetry broke"):
            await read_top(apolo)


async def test_a_ping_is_answered(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(PING, b"hi"))
        answer = await reader.readexactly(8)
        assert answer[0] == 0x8A
        writer.write(frame(BINARY, b"answered") + frame(CLOSE, b"\x03\xe8"))
        await reader.read()

    async with client_of(talk, tmp_path) as apolo:
        assert await read_log(apolo) == [b"answered"]


# Liveness and cancellation.


async def test_a_stream_tells_when_it_last_heard(
    platform: Platform, login: Path, tmp_path: Path
) -> None:
    go_on = asyncio.Event()

    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_bytes(b"one")
        await go_on.wait()
        await ws.send_bytes(b"two")

    platform.on_websocket(LOG, talk)
    now = [1000.0]
    async with (
        get(login, environ={}, cwd=tmp_path, clock=lambda: now[0]) as apolo,
        apolo.jobs.monitor(JOB_ID) as log,
    ):
        assert log.heard_at == 1000.0
        await anext(log)
        now[0] = 1005.0
        assert log.heard_at == 1000.0
        go_on.set()
        await anext(log)
        assert log.heard_at == 1005.0
        assert log.end is None


async def test_a_cancelled_read_loses_nothing(platform: Platform, apolo: Client) -> None:
    go_on = asyncio.Event()

    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_bytes(b"\x01")
        await go_on.wait()
        await send_all(ws, b"\x01one", b"\x01two")

    platform.on_websocket(EXEC, talk)
    async with apolo.jobs.exec(JOB_ID, "sh", stdout=True) as stream:
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stream.read_out(), 0.01)
        go_on.set()
        assert await stream.read_out() == c.Message(1, b"one")
        assert await stream.read_out() == c.Message(1, b"two")
        assert await stream.read_out() is None


async def test_a_stream_that_is_cancelled_ends_cleanly(platform: Platform, apolo: Client) -> None:
    opened = asyncio.Event()

    async def talk(ws: web.WebSocketResponse) -> None:
        opened.set()
        await drain(ws)

    for path, read in ((LOG, read_log), (TOP, read_top), (EXEC, read_exec)):
        platform.on_websocket(path, talk)
        opened.clear()
        task = asyncio.ensure_future(read(apolo))
        await opened.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# Sessions.


async def exit_of(apolo: Client, **flags: Any) -> tuple[int | None, str]:
    async with apolo.jobs.exec(JOB_ID, "sh", **flags) as stream:
        async for _ in stream:
            pass
        return stream.exit_code, stream.exit_message


@pytest.mark.parametrize(
    ("payload", "code", "message"),
    [
        (b'{"exit_code": 0}', 0, ""),
        (b'{"exit_code": 137, "message": "killed"}', 137, "killed"),
        (b'{"exit_code": 1, "message": ""}', 1, ""),
        (b"gone", 1, "gone"),
        (b"{}", 1, ""),
        (b"", 1, ""),
    ],
)
async def test_an_exit_code_is_a_value_and_once_an_exception(
    payload: bytes, code: int, message: str, platform: Platform, apolo: Client
) -> None:
    platform.on_websocket(EXEC, ended(1000, "", b"\x01", b"\x01out", b"\x03" + payload))
    assert await exit_of(apolo, stdout=True) == (code, message)
    async with apolo.jobs.exec(JOB_ID, "sh", stdout=True) as stream:
        assert stream.exit_code is None
        assert await stream.read_out() == c.Message(1, b"out")
        assert stream.connected
        with pytest.raises(c.StdStreamError) as caught:
            await stream.read_out()
        assert caught.value.exit_code == stream.exit_code == code
        assert await stream.read_out() is None
        with pytest.raises(c.ConnectionFailed, match="over"):
            await stream.write_in(b"x")


async def test_a_session_without_output_does_not_end_at_once(
    platform: Platform, apolo: Client
) -> None:
    """docs/protocol.md section 6.4: "connected" comes as an exit code of 1 then."""
    told = b'\x03{"exit_code": 1, "message": ""}'
    platform.on_websocket(EXEC, ended(1000, "", told))
    assert await exit_of(apolo, stdin=True) == (None, "")
    platform.on_websocket(EXEC, ended(1000, "", told, told))
    assert await exit_of(apolo, stdin=True) == (1, "")


async def test_what_is_written_arrives_in_frames(platform: Platform, apolo: Client) -> None:
    got: list[bytes | str] = []

    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_bytes(b"\x01")
        got.extend(await drain(ws))

    platform.on_websocket(ATTACH, talk)
    big = bytes(range(256)) * 400
    async with apolo.jobs.attach(JOB_ID, tty=True, stdin=True, stdout=True) as stream:
        await stream.resize(24, 80)
        await stream.write_in(b"ls\n")
        await stream.write_in(b"")
        await stream.write_in(big)
        with pytest.raises(ValueError, match="size"):
            await stream.resize(0, 80)
        await stream.close()
        await stream.close()
        assert await stream.read_out() is None
        with pytest.raises(c.ConnectionFailed):
            await stream.resize(24, 80)
    assert got[:2] == [b'\x04{"Width":80,"Height":24}', b"\x00ls\n"]
    assert all(isinstance(item, bytes) and 1 < len(item) <= 32769 for item in got)
    assert b"".join(item[1:] for item in got[2:] if isinstance(item, bytes)) == big


async def test_a_close_wakes_the_reader(platform: Platform, apolo: Client) -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await drain(ws)

    platform.on_websocket(EXEC, talk)
    async with apolo.jobs.exec(JOB_ID, "sh", stdout=True) as stream:
        reading = asyncio.ensure_future(stream.read_out())
        await asyncio.sleep(0)
        await stream.close()
        assert await reading is None
