"""The query of `GET /jobs` and its two kinds of answer (docs/protocol.md section 5.4)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import msgspec
from aiohttp import web
from multidict import MultiMapping

from apolo_tui.local.configuration import User
from apolo_tui.local.document import job_document
from apolo_tui.local.faults import Cut, ErrorLine, Rewrite
from apolo_tui.local.http.gate import operation_of, user_of
from apolo_tui.local.http.refusal import RefusedError
from apolo_tui.local.job_request import job_name, resource_name, user_name
from apolo_tui.local.record import JobRecord
from apolo_tui.local.selection import Selection
from apolo_tui.local.services import SERVICES, Services
from apolo_tui.local.validation import Check

NDJSON = "application/x-ndjson"
STATUSES = ("pending", "suspended", "running", "succeeded", "failed", "cancelled")
FLAGS = {"0": False, "false": False, "1": True, "true": True}
HOSTNAME_EXCLUDES = ("name", "project_name", "cluster_name", "since", "until")
MAX_SQL_INT = 2**31 - 1


def selection_of(query: MultiMapping[str], user: User) -> Selection:
    """Raises RefusedError or DataError with the platform's texts."""
    common = Selection(
        statuses=_statuses(query),
        tags=[_clean(tag) for tag in query.getall("tag", ())],
        materialized=_flag(query, "materialized"),
        being_dropped=_flag(query, "being_dropped"),
        logs_removed=_flag(query, "logs_removed"),
        readable_by=user.name,
        readable=[project for project in user.roles if user.can_read(project)],
    )
    hostname = query.get("hostname")
    if hostname is not None:
        if any(key in query for key in HOSTNAME_EXCLUDES):
            raise RefusedError(400, "Invalid request")
        return replace(common, hostname=_clean(hostname.partition(".")[0]))
    return replace(
        common,
        name=job_name(query["name"]) if "name" in query else None,
        owners=_each(query, "owner", user_name),
        base_owners=_each(query, "base_owner", user_name),
        clusters=_each(query, "cluster_name", resource_name),
        orgs=_each(query, "org_name", resource_name),
        projects=_each(query, "project_name", resource_name),
        since=_time(query, "since"),
        until=_time(query, "until"),
        reverse=_flag(query, "reverse") or False,
        limit=_limit(query),
    )


def _clean(text: str) -> str:
    # What a broken percent-encoding leaves behind is no text that a database takes.
    return text.encode("utf-8", "replace").decode("utf-8")


def _statuses(query: MultiMapping[str]) -> list[str]:
    wanted = query.getall("status", [])
    for status in wanted:
        if status not in STATUSES:
            raise RefusedError(400, f"{status!r} is not a valid JobStatus")
    return wanted


def _each(query: MultiMapping[str], key: str, check: Check) -> list[str]:
    return [check(value) for value in query.getall(key, ())]


def _time(query: MultiMapping[str], key: str) -> datetime | None:
    if key not in query:
        return None
    try:
        found = datetime.fromisoformat(query[key])
        found.timestamp()
        return found.astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise RefusedError(400, str(error)) from None


def parse_flag(text: str) -> bool:
    try:
        return FLAGS[text.lower()]
    except KeyError:
        raise RefusedError(400, 'Required "0", "1", "false" or "true"') from None


def _flag(query: MultiMapping[str], key: str) -> bool | None:
    return parse_flag(query[key]) if key in query else None


def _limit(query: MultiMapping[str]) -> int | None:
    if "limit" not in query:
        return None
    try:
        limit = int(query["limit"])
    except ValueError as error:
        raise RefusedError(400, str(error)) from None
    if limit <= 0:
        raise RefusedError(400, "limit should be > 0")
    return min(limit, MAX_SQL_INT)


def rendered(services: Services, record: JobRecord, operation: str) -> bytes:
    """A job's JSON as it goes out; a fault may have it rewritten."""
    document = job_document(record, record.finished_at or services.now())
    rewrite = services.faults.find(Rewrite, operation, record.id)
    return msgspec.json.encode(rewrite.change(document) if rewrite else document)


def documents(services: Services, selection: Selection, operation: str) -> Iterator[list[bytes]]:
    """The selected jobs' JSON, in pages."""
    rewriting = services.faults.in_force(Rewrite, operation)
    for page in services.database.select(selection):
        found = []
        for row in page:
            if row.document is not None and not rewriting:
                found.append(row.document)
                continue
            record = services.engine.record(row.id)
            if record is not None:
                found.append(rendered(services, record, operation))
        yield found


async def get_jobs(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    selection = selection_of(request.query, user_of(request))
    operation = operation_of(request)
    if NDJSON in request.headers.get("Accept", ""):
        return await _stream(request, documents(services, selection, operation))
    parts = [part for page in documents(services, selection, operation) for part in page]
    return web.Response(
        body=b'{"jobs": [' + b", ".join(parts) + b"]}",
        content_type="application/json",
        charset="utf-8",
    )


async def _stream(request: web.Request, pages: Iterator[list[bytes]]) -> web.StreamResponse:
    services, operation = request.app[SERVICES], operation_of(request)
    cut = services.faults.take(Cut, operation)
    line = services.faults.take(ErrorLine, operation)
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
    response.enable_chunked_encoding()
    await response.prepare(request)
    sent = 0
    for page in pages:
        body = b"".join(part + b"\n" for part in page)
        if cut is not None and sent + len(body) > cut.after:
            await response.write(body[: max(0, cut.after - sent)])
            _abort(request)
            return response
        await response.write(body)
        sent += len(body)
    if cut is not None:
        _abort(request)
        return response
    if line is not None:
        await response.write(msgspec.json.encode({"error": line.text}))
    await response.write_eof()
    return response


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
