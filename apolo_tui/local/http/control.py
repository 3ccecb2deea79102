"""Two requests of our own, beside the protocol: how the background platform is, and its end."""

from collections import Counter

import msgspec
from aiohttp import web

from apolo_tui import __version__
from apolo_tui.local.document import time_text
from apolo_tui.local.http.gate import user_of
from apolo_tui.local.http.refusal import RefusedError, json_response
from apolo_tui.local.services import SERVICES


async def get_status(request: web.Request) -> web.StreamResponse:
    """How many jobs there are, and when the server would end by itself."""
    services = request.app[SERVICES]
    _require_owner(request)
    statuses = Counter(job.record.status for job in services.engine.live.values())
    ends_at = services.ends_at()
    return json_response(
        {
            "version": __version__,
            "jobs": dict(statuses),
            "streams": sum(services.traffic.sockets.values()),
            "ends_at": None if ends_at is None else time_text(ends_at),
        }
    )


async def post_stop(request: web.Request) -> web.StreamResponse:
    """End the platform. With active jobs a 409, unless `kill` says to end them too."""
    services = request.app[SERVICES]
    _require_owner(request)
    if services.stop is None:
        raise RefusedError(404, "This platform ends with the program that it is part of")
    active = len(services.engine.live)
    kill = request.query.get("kill") == "true"
    if active and not kill:
        raise RefusedError(409, {"error": f"{active} jobs are active", "active": active})
    services.stop()
    return web.Response(status=202, body=msgspec.json.encode({"active": active}))


def _require_owner(request: web.Request) -> None:
    owner = request.app[SERVICES].configuration.users[0]
    if user_of(request).name != owner.name:
        raise web.HTTPForbidden
