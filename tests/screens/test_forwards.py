"""Forwarded ports in the running dashboard."""

import asyncio
import socket
import sys
from pathlib import Path

from textual.widgets import Input

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import Settings, Timings
from apolo_tui.local.faults import Answer
from apolo_tui.model.job import HTTPPort
from apolo_tui.model.link import Live
from apolo_tui.screens.forwards import ForwardDialog, ForwardsPage
from tests.screens.dashboard import Dashboard, dashboard, start
from tests.screens.rows import row
from tests.until import until

TIMINGS = Timings(selection_delay=0.02, repeat_guard=0.0, forward_health=0.2)
SETTINGS = Settings(refresh=2.0, timings=TIMINGS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def web(client: Client, name: str, port: int) -> None:
    """A job with a web server."""
    command = f"{sys.executable} -m http.server {port} --bind 127.0.0.1"
    await start(client, name, command, http=HTTPPort(port))

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    await until(listens, within=20.0)


async def fetch(port: int) -> bytes:
    """What a browser would get."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def forward(board: Dashboard, name: str, *, local_port: int = 0) -> int:
    """Forward the job's HTTP port with the keys; the local port."""
    await board.select(name)
    await board.press("F")
    await board.until(lambda: isinstance(board.app.screen, ForwardDialog))
    board.app.screen.query_one("#local-port", Input).value = str(local_port)
    await board.press("enter")
    await board.until(lambda: isinstance(board.app.screen, ForwardsPage))
    forwards = board.app.workspace.forwards
    await board.until(lambda: forwards.open and forwards.open[-1].link == Live())
    return forwards.open[-1].local_port


@row("A7")
async def test_a_port_leads_into_the_job(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    ports = free_port(), free_port()
    await web(client, "web-one", ports[0])
    await web(client, "web-two", ports[1])
    async with dashboard(tmp_path / "state", platform=platform, settings=SETTINGS) as board:
        await board.select("web-one")
        await board.press("F")
        await board.until(lambda: isinstance(board.app.screen, ForwardDialog))
        assert board.app.screen.query_one("#job-port", Input).value == str(ports[0])
        await board.press("escape")
        first = await forward(board, "web-one")
        await board.press("escape")
        # The port that the first one has is taken: the second gets another.
        second = await forward(board, "web-two", local_port=first)
        assert second != first
        for port in (first, second):
            assert b"200 OK" in await fetch(port)
        await board.shows("● up", f"127.0.0.1:{second}", "web-two")
        line = await board.shows("● up", f"127.0.0.1:{first}", "web-one")
        assert line


@row("A8")
async def test_forwards_are_listed_reconnect_and_are_offered_again(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await web(client, "web", free_port())
    async with dashboard(tmp_path / "state", platform=platform, settings=SETTINGS) as board:
        port = await forward(board, "web", local_port=free_port())
        await fetch(port)
        forwards = board.app.workspace.forwards
        await board.until(lambda: forwards.open[0].bytes_received > 0)
        fault = platform.faults.add("jobs.get", Answer(503, '{"error": "down"}'))
        await board.shows("reconnecting", "down")
        platform.faults.remove(fault)
        await board.shows("● up", f"127.0.0.1:{port}")
        assert b"200 OK" in await fetch(port)
        await board.press("escape")
        await board.press("q")
        await board.shows("1 forwarded port(s) will be closed")
        await board.press("n")
    async with dashboard(tmp_path / "state", platform=platform, settings=SETTINGS) as board:
        await board.press("f")
        await board.shows("remembered", f"127.0.0.1:{port}", "web")
        await board.press("enter")
        await board.shows("● up", f"127.0.0.1:{port}")
        assert b"200 OK" in await fetch(port)
        await board.press("K")
        await board.says("is closed")
        await board.shows("No port is forwarded")
        await asyncio.sleep(0)
        assert board.app.workspace.forwards.open == ()


async def test_a_port_that_nothing_listens_on_says_so(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "mute", http=HTTPPort(free_port()))
    async with dashboard(tmp_path / "state", platform=platform, settings=SETTINGS) as board:
        port = await forward(board, "mute")
        assert await fetch(port) == b""
        await board.shows("mute", "Cannot connect to port")
