"""The job that a monitoring request is about, and its keeper."""

from aiohttp import web

from apolo_tui.local.http.access import Action, job_by_id, require
from apolo_tui.local.http.gate import user_of
from apolo_tui.local.http.refusal import RefusedError, relayed
from apolo_tui.local.record import JobRecord
from apolo_tui.local.services import SERVICES


def monitored_job(request: web.Request, action: Action) -> JobRecord:
    """The job of the path by its id; names do not resolve here. Raises RefusedError."""
    services = request.app[SERVICES]
    if services.configuration.cluster(request.match_info["cluster"]) is None:
        raise web.HTTPNotFound
    try:
        record = job_by_id(services, request.match_info["job"])
        require(user_of(request), action, record)
    except RefusedError as refused:
        raise relayed(refused) from None
    return record


def running_job(request: web.Request, action: Action) -> JobRecord:
    """The same for what needs a running container. Raises RefusedError (404)."""
    record = monitored_job(request, action)
    cluster = request.match_info["cluster"]
    if record.project.cluster != cluster or record.status != "running":
        raise not_running(record)
    return record


def not_running(record: JobRecord) -> RefusedError:
    return RefusedError(404, f"Job '{record.id}' is not running.")
