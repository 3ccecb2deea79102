"""port_forward: one TCP connection over one websocket (docs/protocol.md section 6.6)."""

import asyncio
from collections.abc import Sequence

import psutil
from aiohttp import web

from apolo_tui.local.http.monitored import not_running, running_job
from apolo_tui.local.http.refusal import RefusedError
from apolo_tui.local.http.socket import open_socket, serve_until_closed
from apolo_tui.local.keeper.api import NotRunning
from apolo_tui.local.services import SERVICES

CHUNK = 1 << 16
CONNECT_TIMEOUT = 10.0
MAX_PORT = 65535
ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def port_forward(request: web.Request) -> web.StreamResponse:
    """The job's processes share this machine's ports, so only the job's own are forwarded."""
    record = running_job(request, "write")
    text = request.match_info["port"]
    if not (text.isascii() and text.isdigit()):
        raise RefusedError(400, {"msg": f"Invalid port number {text}"})
    port = int(text) if len(text) <= 5 else MAX_PORT + 1
    if not 0 < port <= MAX_PORT:
        raise RefusedError(400, {"msg": f"Port number {text} is not between 1 and {MAX_PORT}"})
    keeper = await request.app[SERVICES].engine.keeper()
    try:
        pids = await keeper.tree(record.id)
    except NotRunning:
        raise not_running(record) from None
    hosts = await asyncio.to_thread(listening_hosts, pids, port)
    reader, writer = await _connect(hosts, port)
    try:
        async with open_socket(request) as socket:

            async def send() -> None:
                while data := await reader.read(CHUNK):
                    await socket.send_bytes(data)

            async def receive(data: bytes) -> None:
                writer.write(data)
                await writer.drain()

            await serve_until_closed(socket, send(), receive=receive)
    finally:
        writer.close()
    return socket


def listening_hosts(pids: Sequence[int], port: int) -> list[str]:
    """The addresses to reach the port at, if a process of the tree listens there."""
    hosts: list[str] = []
    for pid in pids:
        try:
            connections = psutil.Process(pid).net_connections("tcp")
        except psutil.Error:
            continue
        listening = [one.laddr for one in connections if one.status == psutil.CONN_LISTEN]
        hosts += [ANY_HOST.get(at.ip, at.ip) for at in listening if at.port == port]
    # A socket on `::` mostly takes IPv4 too, and IPv6 may be off on the loopback.
    return sorted(set(hosts) | ({"127.0.0.1"} if "::1" in hosts else set()))


async def _connect(
    hosts: Sequence[str], port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reason = "no process of the job listens there"
    for host in hosts:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            reason = str(error) or "timed out"
    raise RefusedError(400, {"msg": f"Cannot connect to port {port}", "error": reason})
