"""A local port that leads to a port of a job."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web

from apolo_tui import client as c
from apolo_tui.client import Client
from tests.client.scripted import JOB_ID, MONITORING, Platform
from tests.until import until

PATH = f"{MONITORING}/{JOB_ID}/port_forward/80"


async def echo(ws: web.WebSocketResponse) -> None:
    async for message in ws:
        if message.type is WSMsgType.BINARY:
            await ws.send_bytes(message.data)


async def exchange(port: int, data: bytes) -> bytes:
    """What comes back for these bytes, as many as there are."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await reader.readexactly(len(data))
    finally:
        writer.close()
        await writer.wait_closed()


async def test_bytes_go_to_the_job_and_back(platform: Platform, apolo: Client) -> None:
    platform.on_websocket(PATH, echo)
    big = bytes(range(256)) * 8192
    async with apolo.jobs.port_forward(JOB_ID, 0, 80) as forward:
        assert forward.port > 0
        answers = await asyncio.gather(*(exchange(forward.port, big) for _ in range(3)))
        assert answers == [big] * 3
        assert forward.bytes_sent == forward.bytes_received == 3 * len(big)
        await until(lambda: forward.connections == 0)
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await exchange(forward.port, b"x")


async def test_a_frame_of_four_megabytes(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 11, pitfall 37."""
    big = b"x" * (4 * 2**20)

    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_bytes(big)

    platform.on_websocket(PATH, talk)
    async with apolo.jobs.port_forward(JOB_ID, 0, 80) as forward:
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.port)
        assert await reader.read(-1) == big
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("status", "text", "kind", "message"),
    [
        (
            400,
            '{"msg": "Cannot connect to port 80", "error": "refused"}',
            c.IllegalArgumentError,
            "Cannot connect to port 80: refused",
        ),
        (404, '{"error": "Job \'x\' is not running."}', c.JobNotRunning, "is not running"),
    ],
)
async def test_a_connection_that_cannot_be_made_is_told(
    status: int,
    text: str,
    kind: type[c.ApoloError],
    message: str,
    platform: Platform,
    apolo: Client,
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"X-Error": text})

    platform.on("GET", PATH, refuse)
    errors: list[c.ApoloError] = []
    async with apolo.jobs.port_forward(JOB_ID, 0, 80, on_error=errors.append) as forward:
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        await until(lambda: errors)
    assert type(errors[0]) is kind
    assert message in str(errors[0])


async def test_a_connection_that_breaks_is_told(platform: Platform, apolo: Client) -> None:
    async def talk(ws: web.WebSocketResponse) -> None:
        await ws.send_str("text is passed over")
        await ws.send_bytes(b"one")
        await ws.close(code=1011, message=b"no pod")

    platform.on_websocket(PATH, talk)
    errors: list[c.ApoloError] = []
    async with apolo.jobs.port_forward(JOB_ID, 0, 80, on_error=errors.append) as forward:
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.port)
        assert await reader.read() == b"one"
        writer.close()
        await writer.wait_closed()
        await until(lambda: errors)
    assert str(errors[0]) == "the platform gave up the forwarded connection: no pod"


async def test_the_end_ends_open_connections(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 11, pitfall 37: the server would wait for them for ever."""
    platform.on_websocket(PATH, echo)
    async with asyncio.timeout(10):
        async with apolo.jobs.port_forward(JOB_ID, 0, 80) as forward:
            reader, writer = await asyncio.open_connection("127.0.0.1", forward.port)
            writer.write(b"x")
            assert await reader.read(1) == b"x"
            assert forward.connections == 1
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_local_end_that_goes_away(platform: Platform, apolo: Client) -> None:
    ended = asyncio.Event()

    async def talk(ws: web.WebSocketResponse) -> None:
        await echo(ws)
        ended.set()

    platform.on_websocket(PATH, talk)
    errors: list[c.ApoloError] = []
    async with apolo.jobs.port_forward(JOB_ID, 0, 80, on_error=errors.append) as forward:
        await exchange(forward.port, b"x")
        await ended.wait()
        await until(lambda: forward.connections == 0)
    assert errors == []


async def test_a_port_that_is_taken(platform: Platform, apolo: Client, tmp_path: Path) -> None:
    async with apolo.jobs.port_forward(JOB_ID, 0, 80) as forward:
        with pytest.raises(c.IllegalArgumentError, match="cannot be used here") as caught:
            async with apolo.jobs.port_forward(JOB_ID, forward.port, 80):
                pass
        assert "0 for any" in caught.value.next_step
