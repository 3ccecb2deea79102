"""Faults to order: each kind does what it says, and only where it was told."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import WSMsgType

from apolo_tui import local
from apolo_tui.local.faults import (
    Answer,
    BlackHole,
    Close,
    Cut,
    Delay,
    Drop,
    ErrorLine,
    NoPong,
    Repeat,
    Rewrite,
    Silence,
    TextFrame,
)
from tests.local.platforms import Api
from tests.until import until

NDJSON = {"Accept": "application/x-ndjson"}


async def all_messages(ws: aiohttp.ClientWebSocketResponse, *, timeout: float) -> None:
    """Take what comes. Raises TimeoutError when nothing comes for so many seconds."""
    while (await ws.receive(timeout=timeout)).type is not WSMsgType.CLOSED:
        pass


async def read_lines(api: Api) -> bytes:
    async with api.session.get(api.jobs, headers=NDJSON) as response:
        return await response.read()


async def test_answers_in_place_of_the_true_one(platform: local.Platform, api: Api) -> None:
    page = "<html><h1>502 Bad Gateway</h1></html>"
    platform.faults.add("jobs.list", Answer(502, page, "text/html"), times=1)
    async with api.session.get(api.jobs) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert await response.text() == page
    assert await api.status("GET", api.jobs) == 200
    nested = msgspec.json.encode({"error": '{"error": "no such job job-1"}'}).decode()
    late = Answer(429, nested, headers=(("Retry-After", "7"),))
    with platform.faults.active("*", late):
        async with api.session.get(api.jobs / "x") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "7")
    assert await api.status("GET", api.jobs / "x") == 400


async def test_drop_delay_and_black_hole(platform: local.Platform, api: Api) -> None:
    with platform.faults.active("config", Drop()), pytest.raises(aiohttp.ClientError):
        await api.status("GET", platform.url / "config")
    assert await api.status("GET", platform.url / "config") == 200
    platform.faults.add("config", Delay(0.2), times=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await api.status("GET", platform.url / "config")
    assert loop.time() - began >= 0.2
    rule = platform.faults.add("config", BlackHole())
    asking = asyncio.create_task(api.status("GET", platform.url / "config"))
    await until(lambda: platform.calls[-1].operation == "config")
    done, _ = await asyncio.wait({asking}, timeout=0.2)
    assert not done
    platform.faults.remove(rule)
    assert await asking == 200


async def test_listings_are_cut_end_in_an_error_and_are_rewritten(
    platform: local.Platform, api: Api
) -> None:
    ids = [await api.start(), await api.start()]
    platform.faults.add("jobs.list", ErrorLine("late trouble"), times=1)
    body = await read_lines(api)
    assert body.endswith(b'\n{"error":"late trouble"}')
    platform.faults.add("jobs.list", Cut(after=1000), times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await read_lines(api)

    def odd(document: dict[str, Any]) -> dict[str, Any]:
        del document["history"]["run_time_seconds"]
        return {**document, "status": "frozen", "priority": "urgent", "env": "x" * 3_000_000}

    platform.faults.add("jobs.list", Rewrite(odd), job_id=ids[1])
    _, told = await api.json("GET", api.jobs)
    assert [job["status"] == "frozen" for job in told["jobs"]] == [False, True]
    platform.faults.clear()
    platform.faults.add("jobs.list", Rewrite(odd))
    jobs = [msgspec.json.decode(line) for line in (await read_lines(api)).splitlines()]
    assert [job["status"] for job in jobs] == ["frozen", "frozen"]
    assert (await api.job(ids[0]))["status"] != "frozen"


async def test_telemetry_falls_silent_closes_and_comes_back(
    platform: local.Platform, api: Api
) -> None:
    job_id = await api.start()
    await api.when(job_id, "running")
    url = api.monitoring(job_id) / "top"
    async with api.session.ws_connect(url) as ws:
        assert (await asyncio.wait_for(ws.receive(), 30)).type is WSMsgType.TEXT
        with (
            platform.faults.active("top", Silence(), job_id=job_id),
            pytest.raises(asyncio.TimeoutError),
        ):
            await all_messages(ws, timeout=0.5)
        assert (await asyncio.wait_for(ws.receive(), 30)).type is WSMsgType.TEXT
        platform.faults.add("top", Close(1011, "telemetry failed"), times=1)
        while (message := await asyncio.wait_for(ws.receive(), 30)).type is WSMsgType.TEXT:
            pass
        assert (message.type, message.data, message.extra) == (
            WSMsgType.CLOSE,
            1011,
            "telemetry failed",
        )
    platform.faults.add("top", Close(1000), times=1)
    async with api.session.ws_connect(url) as ws:
        assert [message async for message in ws] == []
        assert ws.close_code == 1000


async def test_logs_are_cut_repeated_and_mixed_with_text(
    platform: local.Platform, api: Api
) -> None:
    job_id = await api.start("echo line")
    await api.finished(job_id)
    url = (api.monitoring(job_id) / "log_ws").with_query({"separator": ""})
    platform.faults.add("log_ws", Cut(), times=1)
    async with api.session.ws_connect(url) as ws:
        assert [message async for message in ws] == []
        assert ws.close_code == 1006
    platform.faults.add("log_ws", TextFrame("what?"), times=1)
    async with api.session.ws_connect(url) as ws:
        kinds = [(message.type, message.data) async for message in ws]
    assert kinds == [(WSMsgType.TEXT, "what?"), (WSMsgType.BINARY, b"line\n")]
    with platform.faults.active("log_ws", Repeat()):
        assert await api.log(job_id) == "line\nline\n"
    platform.faults.add("log", Cut(after=1), times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await api.text(api.monitoring(job_id) / "log")


async def test_open_streams_are_cut_now(platform: local.Platform, api: Api) -> None:
    ids = [await api.start(), await api.start()]
    for job_id in ids:
        await api.when(job_id, "running")
    async with (
        api.session.ws_connect(api.monitoring(ids[0]) / "log_ws") as one,
        api.session.ws_connect(api.monitoring(ids[1]) / "log_ws") as two,
    ):
        await until(lambda: platform.sockets["log_ws"] == 2)
        assert platform.cut("log_ws", job_id=ids[0]) == 1
        assert (await asyncio.wait_for(one.receive(), 30)).type in (
            WSMsgType.CLOSED,
            WSMsgType.ERROR,
        )
        assert not two.closed
    assert platform.most_sockets["log_ws"] == 2


async def test_no_pong(platform: local.Platform, api: Api) -> None:
    job_id = await api.start()
    await api.when(job_id, "running")
    url = api.monitoring(job_id) / "log_ws"
    with platform.faults.active("log_ws", NoPong()):
        async with api.session.ws_connect(url, heartbeat=0.2) as ws:
            message = await asyncio.wait_for(ws.receive(), 30)
            assert message.type in (WSMsgType.ERROR, WSMsgType.CLOSED)
    async with api.session.ws_connect(url, heartbeat=0.1) as ws:
        # Each PONG starts a timeout of `receive` anew, so it has to be one from outside.
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(ws.receive(), 0.5)
