"""A platform that answers as a test says, and remembers what it was asked."""

import asyncio
import base64
import hashlib
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from yarl import URL

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

API = "/api/v1"
MONITORING = "/monitoring/v1/jobs"
FAR = "/far/v1/jobs"
"""The monitoring of any cluster but harbor."""
ADMIN = "/admin/v1"
TOKEN = "/oauth/token"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(slots=True)
class Platform:
    """The scripted platform: `on` says how a request is answered, `requests` are what came."""

    origin: URL
    requests: list[Request] = field(default_factory=list)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    @property
    def api(self) -> URL:
        return self.origin.with_path(API)

    @property
    def monitoring(self) -> URL:
        return self.origin.with_path(MONITORING)

    def on(self, method: str, path: str, answer: Answer) -> None:
        self.answers[method, path] = answer

    def on_json(self, method: str, path: str, document: object, *, status: int = 200) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.json_response(document, status=status)

        self.on(method, path, answer)

    def on_status(self, method: str, path: str, status: int) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(status=status)

        self.on(method, path, answer)

    def on_websocket(
        self, path: str, talk: Callable[[web.WebSocketResponse], Awaitable[None]]
    ) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse(max_msg_size=0)
            await socket.prepare(request)
            await talk(socket)
            await socket.close()
            return socket

        self.on("GET", path, answer)

    def asked(self, method: str | None = None) -> list[Request]:
        """The requests so far, of one method or of all."""
        return [item for item in self.requests if method in (None, item.method)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        pairs = tuple((key, value) for key, value in request.query.items())
        self.requests.append(
            Request(request.method, request.path, pairs, request.headers.copy(), body)
        )
        answer = self.answers.get((request.method, request.path))
        if answer is None:
            return web.Response(status=500, text=f"not scripted: {request.method} {request.path}")
        return await answer(request)


@asynccontextmanager
async def scripted_platform() -> AsyncIterator[Platform]:
    """A platform on a free port, with one cluster, `harbor`, and nothing else to tell."""
    platform = Platform(URL())
    app = web.Application(client_max_size=0)
    app.router.add_route("*", "/{path:.*}", platform.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        platform.origin = URL(site.name)
        platform.on_json("GET", f"{API}/config", config_document(platform.origin))
        yield platform
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(connection: Connection) -> AsyncIterator[URL]:
    """A server that is no HTTP server: `connection` does with each connection what it likes."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await connection(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield URL.build(scheme="http", host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        pending = list(tasks)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await server.wait_closed()


def auth_document(origin: URL) -> dict[str, Any]:
    return {
        "auth_url": str(origin / "authorize"),
        "token_url": str(origin.with_path(TOKEN)),
        "logout_url": str(origin / "logout"),
        "client_id": "cl13nt",
        "audience": "https://platform.example.test",
        "headless_callback_url": "https://example.test/oauth/show-code",
        "success_redirect_url": "https://example.test/login/ok",
        "callback_urls": ["http://127.0.0.1:54540", "http://127.0.0.1:54541"],
    }


def cluster_document(origin: URL, name: str = "harbor") -> dict[str, Any]:
    """A cluster as `GET {api}/config` tells it."""
    return {
        "name": name,
        "orgs": ["tidepool", "lagoon"],
        "timezone": "UTC",
        "location": "eu",
        "registry_url": f"https://registry.{name}.example.test",
        "storage_url": f"https://{name}.example.test/api/v1/storage",
        "monitoring_url": str(origin.with_path(MONITORING if name == "harbor" else FAR)),
        "users_url": "https://auth.example.test",
        "secrets_url": f"https://{name}.example.test/api/v1/secrets",
        "disks_url": f"https://{name}.example.test/api/v1/disk",
        "buckets_url": f"https://{name}.example.test/api/v1/buckets",
        "resource_pool_types": [
            {
                "name": "gpu",
                "min_size": 0,
                "max_size": 4,
                "cpu": 16.0,
                "available_cpu": 15.5,
                "memory": 68719476736,
                "available_memory": 66571993088,
                "disk_size": 161061273600,
                "available_disk_size": 161061273600,
                "nvidia_gpu": {"count": 2, "model": "nvidia-l4", "memory": 25769803776},
                "is_preemptible": True,
            }
        ],
        "resource_presets": [
            {
                "name": "cpu-small",
                "credits_per_hour": "1",
                "cpu": 1,
                "memory": 2**30,
                "memory_mb": 1024,
                "scheduler_enabled": False,
                "preemptible_node": False,
            },
            {
                "name": "gpu-small",
                "credits_per_hour": "12.5",
                "cpu": 7.0,
                "memory": 30064771072,
                "memory_mb": 28672,
                "scheduler_enabled": False,
                "preemptible_node": False,
                "nvidia_gpu": {"count": 1, "model": "nvidia-l4", "memory": 25769803776},
                "available_resource_pool_names": ["gpu"],
            },
        ],
        "energy_schedules": [
            {
                "name": "default",
                "periods": [{"weekday": 1, "start_time": "00:00", "end_time": "23:59"}],
            }
        ],
        "apps": {
            "apps_hostname_templates": ["{app_name}.apps.test"],
            "app_proxy_url": "https://ap.test",
            "launchpad_use_subdomain": False,
        },
    }


PROJECTS = (
    {"name": "reef", "role": "writer", "cluster_name": "harbor", "org_name": "tidepool"},
    {"name": "atoll", "role": "reader", "cluster_name": "harbor", "org_name": "tidepool"},
    {"name": "sand", "role": "writer", "cluster_name": "harbor", "org_name": "lagoon"},
    {"name": "reef", "role": "admin", "cluster_name": "dock", "org_name": "quay"},
)


def config_document(origin: URL) -> dict[str, Any]:
    dock = {**cluster_document(origin, "dock"), "orgs": ["quay"]}
    return {
        "authorized": True,
        "orgs": [{"name": "tidepool", "role": "user"}],
        "clusters": [cluster_document(origin), dock],
        "projects": list(PROJECTS),
        "admin_url": str(origin.with_path(ADMIN)),
        "vcluster_url": "",
        **auth_document(origin),
    }


def job_document(**changes: Any) -> dict[str, Any]:
    """A job as the platform tells it (docs/protocol.md section 5.3)."""
    document: dict[str, Any] = json.loads(JOB)
    document.update(changes)
    return document


JOB_ID = "job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34"
JOB = """
{"id": "job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34", "owner": "mira",
 "namespace": "platform--tidepool--reef--47bb09e3c969223a10875abc",
 "cluster_name": "harbor", "org_name": "tidepool", "project_name": "reef",
 "org_project_hash": "de6b1d3c98",
 "uri": "job://harbor/tidepool/reef/job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34",
 "name": "train-7", "tags": ["exp", "v2"], "preset_name": "gpu-small", "status": "running",
 "statuses": [
  {"status": "pending", "transition_time": "2026-11-22T07:40:00.120000+00:00",
   "reason": "Creating", "description": null},
  {"status": "pending", "transition_time": "2026-11-22T07:40:02+00:00",
   "reason": "Pulling", "description": "Pulling image ubuntu:22.04"},
  {"status": "running", "transition_time": "2026-11-22T07:40:31.700100+00:00",
   "reason": null, "description": null}],
 "history": {"status": "running", "reason": null, "description": null,
  "created_at": "2026-11-22T07:40:00.120000+00:00",
  "started_at": "2026-11-22T07:40:31.700100+00:00", "run_time_seconds": 75.25, "restarts": 0},
 "container": {"image": "ubuntu:22.04", "command": "python main.py", "env": {"LR": "0.1"},
  "resources": {"cpu": 7.0, "memory": 30064771072, "memory_mb": 28672, "nvidia_gpu": 1,
   "nvidia_gpu_model": "nvidia-l4", "shm": true},
  "http": {"port": 8080, "health_check_path": "/", "requires_auth": true},
  "volumes": [{"src_storage_uri": "storage://harbor/tidepool/reef/data", "dst_path": "/data",
   "read_only": true}],
  "secret_env": {"KEY": "secret://harbor/tidepool/reef/api-key"}},
 "http_url": "https://job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34.jobs.harbor.example.test",
 "http_url_named": "https://train-7--de6b1d3c98.jobs.harbor.example.test",
 "internal_hostname": "job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34.platform--tidepool--reef",
 "internal_hostname_named": "train-7--de6b1d3c98.platform--tidepool--reef",
 "scheduler_enabled": false, "preemptible_node": false, "is_preemptible": false,
 "is_preemptible_node_required": false, "pass_config": false, "privileged": false,
 "restart_policy": "on-failure", "priority": "high", "max_run_time_minutes": 1440,
 "materialized": true, "being_dropped": false, "logs_removed": false,
 "total_price_credits": "0.2612847222222222222222222222", "price_credits_per_hour": "12.5"}
"""


async def send_all(socket: web.WebSocketResponse, *frames: bytes | str) -> None:
    for frame in frames:
        if isinstance(frame, str):
            await socket.send_str(frame)
        else:
            await socket.send_bytes(frame)


async def drain(socket: web.WebSocketResponse) -> list[bytes | str]:
    """What the client sends until it closes."""
    kinds = (WSMsgType.BINARY, WSMsgType.TEXT)
    return [message.data async for message in socket if message.type in kinds]


GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """A whole WebSocket frame of a server."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 2**16:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + payload


def raw_websocket(talk: Connection) -> Connection:
    """Accepts a WebSocket, then leaves the connection to `talk`."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(
            line.split(b":", 1)[1].strip()
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key:")
        )
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        await talk(reader, writer)

    return connection
