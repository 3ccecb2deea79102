"""Capacity, telemetry, kill and save (docs/protocol.md sections 6.1, 6.3, 6.5, 6.7)."""

import signal

import msgspec
from aiohttp import WSCloseCode, web

from apolo_tui.local.http.bodies import read_json
from apolo_tui.local.http.gate import user_of
from apolo_tui.local.http.monitored import monitored_job, not_running, running_job
from apolo_tui.local.http.refusal import RefusedError, json_response
from apolo_tui.local.http.socket import open_socket, serve_until_closed
from apolo_tui.local.job_request import save_request
from apolo_tui.local.keeper.api import NotRunning
from apolo_tui.local.services import SERVICES
from apolo_tui.local.telemetry import TelemetryError
from apolo_tui.wire.telemetry import encode_telemetry

CANNOT_SAVE = (
    "Saving a job as an image is not available on the local platform: it has no containers"
)


async def get_capacity(request: web.Request) -> web.StreamResponse:
    services, name = request.app[SERVICES], request.match_info["cluster"]
    cluster = services.configuration.cluster(name)
    if cluster is None:
        raise web.HTTPNotFound
    if cluster not in services.configuration.clusters_of(user_of(request)):
        missing = [{"uri": f"cluster://{name}/access", "action": "read"}]
        raise RefusedError(403, {"missing": missing})
    queue = services.engine.queues[name]
    return json_response({preset.name: queue.free_slots(preset) for preset in cluster.presets})


async def top(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    record = monitored_job(request, "read")
    engine = services.engine
    async with open_socket(request, protocols=("top.apolo.us",), heartbeat=None) as socket:

        async def send() -> None:
            async for sample in services.telemetry.samples(record.id):
                if socket.closed:
                    return
                await socket.send_str(encode_telemetry(sample))

        async def until_final() -> None:
            while (job := engine.live.get(record.id)) is not None and not job.record.final:
                await job.changed.wait()

        try:
            await serve_until_closed(socket, send(), until_final())
        except TelemetryError as error:
            await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=str(error).encode()[:120])
    return socket


async def kill(request: web.Request) -> web.StreamResponse:
    record = running_job(request, "write")
    keeper = await request.app[SERVICES].engine.keeper()
    try:
        await keeper.signal(record.id, signal.SIGKILL)
    except NotRunning:
        raise not_running(record) from None
    return web.Response(status=204)


async def save(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    record = monitored_job(request, "write")
    image = save_request(await read_json(request))["container"]["image"]
    cluster = services.configuration.cluster(record.project.cluster)
    host = image.partition("/")[0]
    if cluster is None or host != cluster.registry_host:
        raise RefusedError(400, f"Cannot save the job as {image}: Unknown registry host")
    line = {"error": CANNOT_SAVE, "errorDetail": {"message": CANNOT_SAVE}}
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson; charset=utf-8"})
    await response.prepare(request)
    await response.write(msgspec.json.encode(line) + b"\r\n")
    await response.write_eof()
    return response
