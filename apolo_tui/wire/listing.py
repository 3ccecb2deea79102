"""The query of a job listing, and the lines of its answer (docs/protocol.md sections 4.5, 5.4)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from apolo_tui.model.errors import NDJSONError, ProtocolError, TooLargeError
from apolo_tui.model.job import JobStatus
from apolo_tui.wire import lenient

NDJSON = "application/x-ndjson"
MAX_LINE = 64 * 2**20
"""Bytes of one job; a larger line is an error rather than memory without end."""


def list_query(
    *,
    statuses: Iterable[JobStatus] = (),
    name: str | None = None,
    tags: Sequence[str] = (),
    owners: Iterable[str] = (),
    cluster_name: str,
    org_names: Iterable[str] = (),
    project_names: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    reverse: bool = False,
    limit: int | None = None,
    materialized: bool | None = None,
    being_dropped: bool | None = False,
    logs_removed: bool | None = False,
) -> list[tuple[str, str]]:
    """The query of `GET {api}/jobs`. Naive times are local; the wire always has an offset.

    UNKNOWN is no status that the platform takes, and is left out. Empty filters are left out.
    """
    query = [
        ("status", status.value)
        for status in sorted(set(statuses), key=lambda status: status.value)
        if status is not JobStatus.UNKNOWN
    ]
    if name:
        query.append(("name", name))
    query += [("tag", tag) for tag in tags]
    query += [("owner", owner) for owner in owners]
    if since is not None:
        query.append(("since", wire_time(since)))
    if until is not None:
        query.append(("until", wire_time(until)))
    query.append(("cluster_name", cluster_name))
    if reverse:
        query.append(("reverse", "1"))
    if limit is not None:
        query.append(("limit", str(limit)))
    query += [
        (key, str(value))
        for key, value in (
            ("materialized", materialized),
            ("being_dropped", being_dropped),
            ("logs_removed", logs_removed),
        )
        if value is not None
    ]
    query += [("org_name", org) for org in org_names]
    query += [("project_name", project) for project in project_names]
    return query


def wire_time(time: datetime) -> str:
    """ISO 8601 with an offset; a naive time is local."""
    return (time.astimezone(UTC) if time.tzinfo is None else time).isoformat()


class Lines:
    """Bytes in, whole lines out: the last line may lack its newline, and lines may be huge."""

    __slots__ = ("_limit", "_parts", "_size")

    def __init__(self, *, limit: int = MAX_LINE) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._limit = limit

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that this chunk completes, without their newlines; blank ones are left out.

        Raises TooLargeError when a line has no end within the limit.
        """
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._parts:
            self._parts.append(lines[0])
            lines[0] = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
        self._keep(rest)
        return [line for line in lines if line and not line.isspace()]

    def views(self, data: bytes) -> list[memoryview]:
        """The same as views of the chunk, which costs no copy; blank lines may be among them."""
        end = data.rfind(b"\n")
        if end < 0:
            self._keep(data)
            return []
        views = []
        start = 0
        if self._parts:
            start = data.find(b"\n") + 1
            self._parts.append(data[: start - 1])
            views.append(memoryview(b"".join(self._parts)))
            self._parts.clear()
            self._size = 0
        whole, find, add = memoryview(data), data.find, views.append
        while start <= end:
            stop = find(b"\n", start)
            if stop > start:
                add(whole[start:stop])
            start = stop + 1
        self._keep(data[end + 1 :])
        return views

    def end(self) -> bytes | None:
        """What came after the last newline, if anything did."""
        rest = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return rest if rest.strip() else None

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
            if self._size > self._limit:
                raise TooLargeError(
                    f"a line of more than {self._limit} bytes",
                    next_step="Narrow the list down: by status, by name or by time.",
                )


def error_line(line: bytes) -> NDJSONError | None:
    """The error that a line tells, when it is an error line and not a job."""
    if b'"error"' not in line:
        return None
    try:
        document = msgspec.json.decode(line)
    except lenient.NOT_JSON:
        return None
    if isinstance(document, dict) and "error" in document and "id" not in document:
        return NDJSONError(str(document["error"]))
    return None


class _Jobs(msgspec.Struct):
    jobs: list[msgspec.Raw]


JOBS = msgspec.json.Decoder(_Jobs)


def split_listing(body: bytes) -> list[bytes]:
    """The jobs of a listing that came as one JSON object. Raises ProtocolError."""
    try:
        return [bytes(raw) for raw in JOBS.decode(body).jobs]
    except lenient.NOT_JSON as error:
        raise ProtocolError(f"a listing that cannot be read: {error}") from None
