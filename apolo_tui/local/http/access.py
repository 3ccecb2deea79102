"""Who may read and write which job (docs/protocol.md section 5.1)."""

from typing import Literal

from aiohttp import web

from apolo_tui.local.configuration import User
from apolo_tui.local.http.gate import user_of
from apolo_tui.local.http.refusal import RefusedError, no_such_job
from apolo_tui.local.record import JobRecord
from apolo_tui.local.services import SERVICES, Services

Action = Literal["read", "write"]


def may(user: User, action: Action, record: JobRecord) -> bool:
    if record.base_owner == user.name:
        return True
    if action == "read":
        return user.can_read(record.project)
    return user.can_write(record.project)


def require(user: User, action: Action, record: JobRecord) -> None:
    """Raises RefusedError, a 403 that names what is missing."""
    if may(user, action, record):
        return
    uris = [record.uri]
    if record.name is not None:
        uris.append(f"{record.project.uri}/{record.name}")
    raise RefusedError(403, {"missing": [{"uri": uri, "action": action} for uri in uris]})


def job_by_id(services: Services, job_id: str) -> JobRecord:
    record = services.engine.record(job_id) if job_id.isascii() else None
    if record is None:
        raise no_such_job(job_id)
    return record


def job_of(request: web.Request, action: Action) -> JobRecord:
    """The job of the path, by id or by the name of an own job. Raises RefusedError."""
    services, user = request.app[SERVICES], user_of(request)
    wanted = request.match_info["job"]
    record = services.engine.record(wanted) if wanted.isprintable() else None
    if record is None and wanted.isprintable():
        newest = services.database.load_newest(wanted, user.name)
        record = None if newest is None else services.engine.record(newest.id)
    if record is None:
        raise no_such_job(wanted)
    require(user, action, record)
    return record
