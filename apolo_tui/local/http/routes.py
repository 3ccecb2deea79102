"""The table of all endpoints; a route's name is the operation that faults and calls go by."""

from aiohttp import web
from aiohttp.typedefs import Handler

from apolo_tui.local.http import (
    accounts,
    configuration,
    control,
    creation,
    forwarding,
    gate,
    jobs,
    listing,
    logs,
    monitoring,
    sessions,
)
from apolo_tui.local.http.bodies import MAX_BODY
from apolo_tui.local.http.refusal import RefusedError
from apolo_tui.local.services import SERVICES, Services

API = "/api/v1"
JOB = API + "/jobs/{job}"
MONITORING = "/clusters/{cluster}/api/v1/jobs"
MONITORED = MONITORING + "/{job}"
ACCOUNTS = "/apis/admin/v1/clusters/{cluster}/orgs/{org}"


async def not_available(request: web.Request) -> web.StreamResponse:
    """Storage, disks, secrets, buckets, images: services that a real cluster has."""
    service = request.match_info["service"].partition("/")[0]
    raise RefusedError(404, f"The local platform has no {service} service")


TABLE: tuple[tuple[str, str, str, Handler], ...] = (
    ("ping", "GET", "/ping", configuration.ping),
    ("ping", "GET", API + "/ping", configuration.ping),
    ("config", "GET", API + "/config", configuration.get_config),
    ("token", "POST", "/oauth/token", configuration.post_token),
    ("login_page", "GET", "/authorize", configuration.login_page),
    ("login_page", "GET", "/logout", configuration.login_page),
    ("jobs.list", "GET", API + "/jobs", listing.get_jobs),
    ("jobs.create", "POST", API + "/jobs", creation.post_job),
    ("jobs.get", "GET", JOB, jobs.get_job),
    ("jobs.delete", "DELETE", JOB, jobs.delete_job),
    ("jobs.life_span", "PUT", JOB + "/max_run_time_minutes", jobs.put_life_span),
    ("jobs.drop", "POST", JOB + "/drop", jobs.post_drop),
    ("jobs.drop_progress", "POST", JOB + "/drop_progress", jobs.post_drop_progress),
    ("jobs.status", "PUT", JOB + "/status", jobs.put_status),
    ("jobs.materialized", "PUT", JOB + "/materialized", jobs.put_materialized),
    ("account.org", "GET", ACCOUNTS, accounts.get_org_account),
    ("account.user", "GET", ACCOUNTS + "/users/{user}", accounts.get_user_account),
    # Before the paths with a job, which would take `capacity` for one.
    ("capacity", "GET", MONITORING + "/capacity", monitoring.get_capacity),
    ("capacity", "POST", MONITORING + "/available", monitoring.get_capacity),
    ("log", "GET", MONITORED + "/log", logs.get_log),
    ("log.delete", "DELETE", MONITORED + "/log", logs.delete_log),
    ("log_ws", "GET", MONITORED + "/log_ws", logs.get_log_ws),
    ("top", "GET", MONITORED + "/top", monitoring.top),
    ("attach", "GET", MONITORED + "/attach", sessions.attach),
    ("attach", "POST", MONITORED + "/attach", sessions.attach),
    ("exec", "GET", MONITORED + "/exec", sessions.exec_),
    ("exec", "POST", MONITORED + "/exec", sessions.exec_),
    ("kill", "POST", MONITORED + "/kill", monitoring.kill),
    ("port_forward", "GET", MONITORED + "/port_forward/{port}", forwarding.port_forward),
    ("save", "POST", MONITORED + "/save", monitoring.save),
    ("control.status", "GET", "/local/v1/status", control.get_status),
    ("control.stop", "POST", "/local/v1/stop", control.post_stop),
)


def application(services: Services) -> web.Application:
    """The whole platform as one application."""
    app = web.Application(
        client_max_size=MAX_BODY,
        middlewares=[gate.errors, gate.loopback, gate.faults, gate.authentication],
    )
    app[SERVICES] = services
    app[gate.OPERATIONS] = {handler: operation for operation, _, _, handler in TABLE}
    app.on_response_prepare.append(gate.mark_response)
    app.add_routes(
        [web.route(method, path, handler) for _, method, path, handler in TABLE]
        + [web.route("*", "/clusters/{cluster}/api/v1/{service:.+}", not_available)]
    )
    return app
