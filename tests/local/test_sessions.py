"""attach and exec: frames, flags, terminals, exit codes."""

import asyncio

import msgspec
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from apolo_tui import local
from tests.local.platforms import Api, api_of, frames

TTY = {"tty": "1", "stdin": "1", "stdout": "1", "stderr": "0"}
PIPES = {"tty": "0", "stdin": "1", "stdout": "1", "stderr": "1"}


async def read_until(ws: ClientWebSocketResponse, wanted: bytes, *, channel: int = 1) -> bytes:
    seen = b""
    while wanted not in seen:
        message = await asyncio.wait_for(ws.receive(), 30)
        assert message.type is WSMsgType.BINARY, message
        if message.data[0] == channel:
            seen += message.data[1:]
    return seen


async def exit_of(ws: ClientWebSocketResponse) -> int:
    last = (await asyncio.wait_for(frames(ws), 30))[-1]
    assert last[0] == 3
    code: int = msgspec.json.decode(last[1:])["exit_code"]
    return code


@pytest.fixture
async def job_id(api: Api) -> str:
    started = await api.start()
    await api.when(started, "running")
    return started


async def test_exec_tells_its_streams_and_its_code(api: Api, job_id: str) -> None:
    command = "sh -c 'echo out; echo err >&2; read line; echo got $line; exit 42'"
    url = (api.monitoring(job_id) / "exec").with_query({**PIPES, "cmd": command})
    async with api.session.ws_connect(url, protocols=("v2.channels.neu.ro",)) as ws:
        assert ws.protocol == "v2.channels.neu.ro"
        assert (await ws.receive()).data == b"\x01"
        await ws.send_bytes(b"\x00hello\n")
        rest = await frames(ws)
    outputs = {
        channel: b"".join(one[1:] for one in rest if one[0] == channel) for channel in (1, 2)
    }
    assert outputs == {1: b"out\ngot hello\n", 2: b"err\n"}
    assert rest[-1] == b'\x03{"exit_code":42}'
    assert ws.close_code == 1000


async def test_exec_on_a_terminal_resizes(api: Api, job_id: str) -> None:
    url = (api.monitoring(job_id) / "exec").with_query({**TTY, "cmd": "sh"})
    async with api.session.ws_connect(url) as ws:
        await ws.send_bytes(b'\x04{"Width": 101, "Height": 31}')
        await ws.send_bytes(b"\x00stty size; tty\n")
        assert b"31 101" in await read_until(ws, b"/dev/")
        await ws.send_bytes(b'\x04{"width": 77, "height": 22}')
        await ws.send_bytes(b"\x00stty size\n")
        await read_until(ws, b"22 77")
        await ws.send_bytes(b"\x00exit 7\n")
        assert await exit_of(ws) == 7


async def test_exec_runs_in_the_jobs_environment(api: Api) -> None:
    job_id = await api.start(env={"LR": "0.1"}, working_dir="/tmp")
    await api.when(job_id, "running")
    command = "sh -c 'echo $NEURO_JOB_ID $LR; pwd'"
    url = (api.monitoring(job_id) / "exec").with_query({**PIPES, "cmd": command})
    async with api.session.ws_connect(url) as ws:
        assert f"{job_id} 0.1\n/tmp\n".encode() == await read_until(ws, b"/tmp\n")


async def test_exec_of_what_is_not_there(api: Api, job_id: str) -> None:
    url = (api.monitoring(job_id) / "exec").with_query({**PIPES, "cmd": "/no/such/thing"})
    async with api.session.ws_connect(url) as ws:
        rest = await frames(ws)
    assert b"/no/such/thing" in b"".join(one[1:] for one in rest if one[0] == 2)
    assert msgspec.json.decode(rest[-1][1:])["exit_code"] == 127


async def test_killed_exec_tells_137(api: Api, job_id: str) -> None:
    url = (api.monitoring(job_id) / "exec").with_query({**PIPES, "cmd": "sh -c 'kill -9 $$'"})
    async with api.session.ws_connect(url) as ws:
        assert await exit_of(ws) == 137


async def test_several_attached_see_the_same_and_all_may_type(api: Api) -> None:
    job_id = await api.start("cat", tty=True)
    await api.when(job_id, "running")
    url = (api.monitoring(job_id) / "attach").with_query(TTY)
    async with api.session.ws_connect(url) as one, api.session.ws_connect(url) as two:
        for ws in (one, two):
            assert (await ws.receive()).data == b"\x01"
        await one.send_bytes(b"\x00from one\n")
        for ws in (one, two):
            await read_until(ws, b"from one\r\nfrom one\r\n")
        await two.send_bytes(b"\x00from two\n")
        for ws in (one, two):
            await read_until(ws, b"from two")
        await two.send_bytes(b"\x00\x04")
        for ws in (one, two):
            # A clean end of the stream tells 0, whatever the process says.
            assert await exit_of(ws) == 0
    assert (await api.finished(job_id))["history"]["exit_code"] == 0


async def test_attach_without_a_terminal_keeps_the_streams_apart(api: Api) -> None:
    job_id = await api.start("sh -c 'while read line; do echo $line; echo e-$line >&2; done'")
    await api.when(job_id, "running")
    url = (api.monitoring(job_id) / "attach").with_query({**PIPES, "tty": "1", "stderr": "0"})
    # The job has no terminal, so none is attached.
    async with api.session.ws_connect(url) as ws:
        await ws.send_bytes(b"\x00hello\n")
        assert await read_until(ws, b"hello\n") == b"hello\n"
    url = (api.monitoring(job_id) / "attach").with_query({**PIPES, "stdout": "0"})
    async with api.session.ws_connect(url) as ws:
        assert (await ws.receive()).data == b"\x02"
        await ws.send_bytes(b"\x00again\n")
        assert await read_until(ws, b"e-again\n", channel=2) == b"e-again\n"


async def test_attach_with_stdin_alone_looks_like_an_exit(api: Api, job_id: str) -> None:
    query = {"stdin": "1", "stdout": "0", "stderr": "0"}
    url = (api.monitoring(job_id) / "attach").with_query(query)
    async with api.session.ws_connect(url) as ws:
        first = (await ws.receive()).data
    assert first[0] == 3
    assert msgspec.json.decode(first[1:]) == {"exit_code": 1, "message": ""}


@pytest.mark.parametrize("message", [b"", "text"])
async def test_what_no_client_may_send_ends_the_session(
    api: Api, job_id: str, message: bytes | str
) -> None:
    url = (api.monitoring(job_id) / "exec").with_query({**PIPES, "cmd": "cat"})
    async with api.session.ws_connect(url) as ws:
        assert (await ws.receive()).data == b"\x01"
        if isinstance(message, bytes):
            await ws.send_bytes(message)
        else:
            await ws.send_str(message)
        assert (await asyncio.wait_for(ws.receive(), 30)).type is WSMsgType.CLOSE


async def test_handshakes_that_fail(platform: local.Platform, api: Api, job_id: str) -> None:
    tty_job = await api.start("cat", tty=True)
    over = await api.start("true")
    await api.finished(over)
    await api.when(tty_job, "running")
    none = {"stdin": "0", "stdout": "0", "stderr": "0"}
    for job, operation, query, status, error in (
        (job_id, "exec", {"cmd": ""}, 400, "Command is required"),
        (job_id, "exec", {"cmd": "echo '"}, 404, "client error: No closing quotation"),
        (job_id, "exec", {"cmd": "ls", "tty": "maybe"}, 400, '"tty" request parameter can be'),
        (job_id, "exec", {"cmd": "ls", **none}, 400, "at least one of"),
        (job_id, "exec", {"cmd": "ls", "tty": "1"}, 400, "tty mode"),
        (job_id, "exec", {"cmd": "ls", "tty": "1", "stdout": "0"}, 404, "client error"),
        (tty_job, "attach", {}, 404, "client error"),
        (over, "attach", {}, 404, f"Job '{over}' is not running."),
        ("job-none", "attach", {}, 400, "no such job job-none"),
    ):
        url = (api.monitoring(job) / operation).with_query(query)
        with pytest.raises(WSServerHandshakeError) as caught:
            await api.session.ws_connect(url)
        assert caught.value.status == status, (operation, query)
        headers = caught.value.headers
        assert headers is not None
        assert error in headers["X-Error"].replace("\\", ""), (operation, query)
    async with api_of(platform, "bob") as bob:
        with pytest.raises(WSServerHandshakeError) as caught:
            await bob.session.ws_connect(bob.monitoring(job_id) / "attach")
    assert caught.value.status == 403
    assert caught.value.headers is not None
    assert '"missing"' in caught.value.headers["X-Error"]
