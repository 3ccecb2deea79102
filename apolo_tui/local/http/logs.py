"""Logs as an HTTP stream and as a websocket (docs/protocol.md section 6.2)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from apolo_tui.local.faults import Cut
from apolo_tui.local.http.flags import flag
from apolo_tui.local.http.gate import operation_of
from apolo_tui.local.http.monitored import monitored_job
from apolo_tui.local.http.refusal import RefusedError
from apolo_tui.local.http.socket import open_socket, serve_until_closed
from apolo_tui.local.keeper.api import LogChunk, LogPosition
from apolo_tui.local.keeper.lines import LogText
from apolo_tui.local.record import JobRecord
from apolo_tui.local.services import SERVICES, Services

ARCHIVE_DELAY = 5.0
MAX_ARCHIVE_DELAY = 600.0


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What a reader asks for. An empty separator is none."""

    since: datetime | None
    timestamps: bool
    separator: str
    archive_delay: float
    """Seconds to wait for a job that has no pod at present."""


def log_query(request: web.Request) -> LogQuery:
    """Raises RefusedError."""
    query = request.query
    separator = query.get("separator", f"=== Live logs ==={secrets.token_hex(30)}")
    since = None
    if "since" in query:
        try:
            since = datetime.fromisoformat(query["since"])
            since = since.replace(tzinfo=UTC) if since.tzinfo is None else since.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise RefusedError(400, str(error)) from None
    try:
        delay = float(query.get("archive_delay", ARCHIVE_DELAY))
    except ValueError as error:
        raise RefusedError(400, str(error)) from None
    flag(query, "debug", default=False)
    if any(not char.isprintable() for char in separator):
        raise RefusedError(400, "The separator must be printable")
    patience = min(max(0.0, delay), MAX_ARCHIVE_DELAY)
    return LogQuery(since, flag(query, "timestamps", default=False), separator, patience)


class LogStream:
    """One reader's way through a job's log: what is there, the separator, what comes."""

    def __init__(self, services: Services, job_id: str, query: LogQuery) -> None:
        self._services = services
        self._job_id = job_id
        self._query = query
        self._text = LogText(timestamps=query.timestamps)
        self._position: LogPosition | None = None

    async def messages(self) -> AsyncIterator[bytes]:
        archived = False
        rest = b""
        async for chunks in self._read(follow=False):
            body = rest + self._render(chunks)
            whole, newline, rest = body.rpartition(b"\n")
            if newline:
                archived = True
                yield whole + newline
        engine = self._services.engine
        if engine.live.get(self._job_id) is None:
            if rest:
                yield rest + b"\n"
            return
        # The line that has no newline yet is a part of what comes.
        separator = self._query.separator.encode() + b"\n"
        due = archived and bool(self._query.separator)
        if rest:
            if due:
                yield separator
            due = False
            yield rest
        async for body in self._live():
            if due:
                yield separator
            due = False
            yield body

    async def _live(self) -> AsyncIterator[bytes]:
        engine = self._services.engine
        while (job := engine.live.get(self._job_id)) is not None:
            changed, patience = job.changed, self._patience(job.record)
            async for chunks in self._read(follow=True):
                yield self._render(chunks)
            if job.changed is changed:
                try:
                    async with asyncio.timeout(patience):
                        await changed.wait()
                except TimeoutError:
                    return
        async for chunks in self._read(follow=False):
            yield self._render(chunks)

    def _patience(self, record: JobRecord) -> float:
        """Seconds to wait for the next run, or for the first one."""
        last = record.last
        if last.status == "suspended" or (last.status == "pending" and last.reason == "Creating"):
            return self._query.archive_delay
        return self._services.policies.restart_wait.total_seconds()

    async def _read(self, *, follow: bool) -> AsyncIterator[list[LogChunk]]:
        keeper = await self._services.engine.keeper()
        since = self._query.since if self._position is None else None
        batches = keeper.log(self._job_id, since=since, after=self._position, follow=follow)
        async for chunks in batches:
            if chunks:
                self._position = chunks[-1].end
                yield list(chunks)

    def _render(self, chunks: list[LogChunk]) -> bytes:
        return b"".join(self._text.render(chunk) for chunk in chunks)


async def get_log(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    record = monitored_job(request, "read")
    query = log_query(request)
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-Separator": query.separator}
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    cut = services.faults.take(Cut, operation_of(request), record.id)
    await response.prepare(request)
    services.traffic.opened("log")
    try:
        sent = 0
        async for body in _messages(request, services, record, query):
            sent += len(body)
            if cut is not None and sent > cut.after:
                if request.transport is not None:
                    request.transport.abort()
                return response
            await response.write(body)
        await response.write_eof()
    finally:
        services.traffic.closed("log")
    return response


async def get_log_ws(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    record = monitored_job(request, "read")
    query = log_query(request)
    async with open_socket(request, protocols=("logs.apolo.us",)) as socket:

        async def send() -> None:
            async for body in _messages(request, services, record, query):
                await socket.send_bytes(body)

        await serve_until_closed(socket, send())
    return socket


async def _messages(
    request: web.Request, services: Services, record: JobRecord, query: LogQuery
) -> AsyncIterator[bytes]:
    if request.match_info["cluster"] != record.project.cluster:
        return  # another cluster's monitoring has nothing of this job
    async for body in LogStream(services, record.id, query).messages():
        yield body


async def delete_log(request: web.Request) -> web.StreamResponse:
    monitored_job(request, "write")
    return web.Response(status=204)
