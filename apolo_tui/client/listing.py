"""Reading a listing of jobs as it arrives (docs/protocol.md sections 4.5, 5.4 and 11)."""

import logging
from collections.abc import AsyncGenerator

from aiohttp import ClientResponse, hdrs

from apolo_tui.client.core import Core
from apolo_tui.model.errors import ConnectionFailed, ProtocolError
from apolo_tui.model.job import JobDescription
from apolo_tui.wire.jobs import JobDecoder
from apolo_tui.wire.listing import NDJSON, Lines, error_line, split_listing

log = logging.getLogger(__name__)


async def read_jobs(
    core: Core, response: ClientResponse, decoder: JobDecoder
) -> AsyncGenerator[JobDescription, None]:
    """The jobs of an answer, which is lines of JSON or, from some proxies, one JSON object.

    A job that cannot be read is left out. Raises NDJSONError for an error line, ConnectionFailed
    when the answer breaks off; the jobs before it have been given by then.
    """
    decode = decoder.decode
    if not response.headers.get(hdrs.CONTENT_TYPE, "").startswith(NDJSON):
        for raw in split_listing(await core.body(response)):
            try:
                job = decode(raw)
            except ProtocolError as error:
                log.warning("a job is left out of the list: %s", error)
            else:
                yield job
        return
    lines = Lines()
    async for chunk in core.chunks(response):
        for line in lines.views(chunk):
            try:
                job = decode(line)
            except ProtocolError as error:
                raw = bytes(line)
                if raw.isspace():
                    continue
                _refuse_error_line(raw)
                log.warning("a job is left out of the list: %s", error)
            else:
                yield job
    last = lines.end()
    if last is None:
        return
    try:
        job = decode(last)
    except ProtocolError:
        _refuse_error_line(last)
        raise ConnectionFailed(
            "the list broke off in the middle of a job", next_step="Refresh; what came is shown."
        ) from None
    yield job


def _refuse_error_line(line: bytes) -> None:
    error = error_line(line)
    if error is not None:
        raise error
