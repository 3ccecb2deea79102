"""The examples of docs/client.md do what the page says."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web

from tests.client.logins import login_row, write_login
from tests.client.scripted import API, JOB_ID, MONITORING, Platform, job_document, send_all

PAGE = Path(__file__).parents[2] / "docs" / "client.md"
EXAMPLE = re.compile(
    r"## ([^\n]+)\n(?:(?!\n## ).)*?```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL
)
EXAMPLES = {title: (code, output) for title, code, output in EXAMPLE.findall(PAGE.read_text())}


@pytest.fixture
def answers(platform: Platform, home: Path) -> None:
    """A platform on which train-7 runs and train-8 waits, and a login where it belongs."""
    write_login(home / ".apolo", login_row(platform.origin))
    job = f"{API}/jobs/{JOB_ID}"
    waiting = job_document(name="train-8", status="pending")
    running = job_document()
    ended = job_document(status="succeeded")
    ended["history"].update(status="succeeded", exit_code=0)

    async def listed(request: web.Request) -> web.Response:
        jobs = [running] if "name" in request.query else [waiting, running]
        return web.json_response({"jobs": jobs})

    async def echo(ws: web.WebSocketResponse) -> None:
        async for message in ws:
            if message.type is WSMsgType.BINARY:
                await ws.send_bytes(message.data)

    platform.on("GET", f"{API}/jobs", listed)
    platform.on_json("POST", f"{API}/jobs", job_document(status="pending"), status=202)
    platform.on_json("GET", job, ended)
    missing = "job-00000000-0000-0000-0000-000000000000"
    told = {"error": f"no such job {missing}"}
    platform.on_json("GET", f"{API}/jobs/{missing}", told, status=400)
    base = f"{MONITORING}/{JOB_ID}"
    log = "epoch 1: café\nepoch 2\n".encode()
    cut = log.index(b"\xa9")
    platform.on_websocket(f"{base}/log_ws", lambda ws: send_all(ws, log[:cut], log[cut:]))
    gpus = (b"\x01", b"\x01GPU 0: NVIDIA L4\n", b'\x03{"exit_code": 0}')
    platform.on_websocket(f"{base}/exec", lambda ws: send_all(ws, *gpus))
    platform.on_websocket(f"{base}/port_forward/8080", echo)
    samples = [
        f'{{"cpu": {cpu}, "memory_bytes": {mib * 2**20}, "timestamp": 1795333678.5}}'
        for cpu, mib in ((0.53, 812), (0.61, 820))
    ]
    platform.on_websocket(f"{base}/top", lambda ws: send_all(ws, *samples))


def test_the_page_has_its_examples() -> None:
    assert len(EXAMPLES) == PAGE.read_text().count("```python") == 8


@pytest.mark.parametrize("title", EXAMPLES)
@pytest.mark.usefixtures("answers")
async def test_an_example_prints_what_the_page_says(
    title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = EXAMPLES[title]
    program = compile(code, f"{PAGE.name}: {title}", "exec")
    # In a thread, as the program has an event loop of its own.
    await asyncio.to_thread(exec, program, {"__name__": "__main__"})
    assert capsys.readouterr().out == output
