"""The jobs API (docs/protocol.md section 5) but for listing and creation."""

from aiohttp import web

from apolo_tui.local.http.access import job_of
from apolo_tui.local.http.bodies import read_json
from apolo_tui.local.http.gate import operation_of, user_of
from apolo_tui.local.http.listing import rendered
from apolo_tui.local.http.refusal import RefusedError
from apolo_tui.local.job_request import (
    drop_progress_request,
    life_span_request,
    materialized_request,
    status_request,
)
from apolo_tui.local.record import Transition
from apolo_tui.local.services import SERVICES
from apolo_tui.local.validation import MAX_INT

NO_CONTENT = 204


async def get_job(request: web.Request) -> web.StreamResponse:
    record = job_of(request, "read")
    return web.Response(
        body=rendered(request.app[SERVICES], record, operation_of(request)),
        content_type="application/json",
        charset="utf-8",
    )


async def delete_job(request: web.Request) -> web.StreamResponse:
    record = job_of(request, "write")
    request.app[SERVICES].engine.cancel(record.id)
    return web.Response(status=NO_CONTENT)


async def put_life_span(request: web.Request) -> web.StreamResponse:
    record = job_of(request, "write")
    body = life_span_request(await read_json(request))
    minutes = body.get("max_run_time_minutes")
    if minutes is None:
        # Adding to a job without a limit starts from nothing, as on the platform.
        already = record.max_run_time_minutes or 0
        minutes = min(already + body["additional_max_run_time_minutes"], MAX_INT)
    request.app[SERVICES].engine.set_life_span(record, minutes)
    return web.Response(status=NO_CONTENT)


async def post_drop(request: web.Request) -> web.StreamResponse:
    record = job_of(request, "write")
    if not record.final:
        raise RefusedError(400, f"Job {record.id} is not finished")
    request.app[SERVICES].engine.retention.drop(record)
    return web.Response(status=NO_CONTENT)


async def post_drop_progress(request: web.Request) -> web.StreamResponse:
    record = job_of(request, "write")
    body = drop_progress_request(await read_json(request))
    if not record.being_dropped:
        raise RefusedError(400, f"Job {record.id} is not being dropped")
    if body.get("logs_removed"):
        await request.app[SERVICES].engine.retention.remove(record.id)
    return web.Response(status=NO_CONTENT)


async def put_status(request: web.Request) -> web.StreamResponse:
    """For services: a cluster's managers may set a status."""
    record = job_of(request, "write")
    services = request.app[SERVICES]
    _require_manager(request, record.project.cluster)
    body = status_request(await read_json(request))
    if record.final:
        raise RefusedError(400, "Invalid job status transition")
    transition = Transition(
        body["status"],
        services.now(),
        body.get("reason"),
        body.get("description"),
        body.get("exit_code"),
    )
    services.engine.set_status(record.id, transition)
    return web.Response(status=NO_CONTENT)


async def put_materialized(request: web.Request) -> web.StreamResponse:
    record = job_of(request, "write")
    _require_manager(request, record.project.cluster)
    body = materialized_request(await read_json(request))
    request.app[SERVICES].engine.set_materialized(record, body["materialized"])
    return web.Response(status=NO_CONTENT)


def _require_manager(request: web.Request, cluster: str) -> None:
    roles = user_of(request).roles.items()
    if not any(key.cluster == cluster and role in ("admin", "manager") for key, role in roles):
        missing = [{"uri": f"job://{cluster}", "action": "manage"}]
        raise RefusedError(403, {"missing": missing})
