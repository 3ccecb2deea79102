"""Reading the progress of a job's container being saved as an image (docs/protocol.md 6.7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import ClientResponse

from apolo_tui.client.core import Core
from apolo_tui.model.errors import ApoloError, ClientError, ConnectionFailed, JobNotRunning
from apolo_tui.wire import lenient
from apolo_tui.wire.listing import Lines


@dataclass(frozen=True, slots=True)
class SaveProgress:
    """One step. `current` of `total` bytes where the step tells them."""

    status: str
    layer: str = ""
    """The id of the image's layer that the step is about; empty for the image as a whole."""
    current: int | None = None
    total: int | None = None


async def follow_save(
    core: Core, response: ClientResponse, on_progress: Callable[[SaveProgress], None] | None
) -> None:
    """Read to the end. Raises JobNotRunning or ClientError for an error that the platform tells,
    ConnectionFailed when it ends before the image was made.
    """
    lines = Lines()
    made = False
    async for chunk in core.chunks(response):
        for line in lines.feed(chunk):
            made |= _step(line, on_progress)
    last = lines.end()
    if last is not None:
        made |= _step(last, on_progress)
    if not made:
        raise ConnectionFailed("the platform stopped before the image was made")


def _step(line: bytes, on_progress: Callable[[SaveProgress], None] | None) -> bool:
    """Tell a step; whether it is the one by which the image is made. Raises its error."""
    try:
        document = lenient.mapping(msgspec.json.decode(line))
    except lenient.NOT_JSON:
        return False
    if "error" in document or "errorDetail" in document:
        raise _failed(document)
    status = lenient.text(document.get("status"))
    if status and on_progress is not None:
        detail = lenient.mapping(document.get("progressDetail"))
        on_progress(
            SaveProgress(
                status,
                lenient.text(document.get("id")),
                lenient.integer(detail.get("current")),
                lenient.integer(detail.get("total")),
            )
        )
    return status == "CommitFinished"


def _failed(document: Mapping[str, object]) -> ApoloError:
    detail = lenient.mapping(document.get("errorDetail"))
    text = lenient.text(detail.get("message")) or lenient.text(document.get("error"))
    text = text or "the image could not be saved"
    kind = JobNotRunning if "not running" in text.lower() else ClientError
    return kind(text, status=200)
