"""The one mapping to errors: of HTTP answers, and of connections that fail.

docs/protocol.md section 4.
"""

import json
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import aiohttp
from yarl import URL

from apolo_tui.model.errors import (
    ApoloError,
    AuthenticationError,
    AuthorizationError,
    BadGateway,
    ClientError,
    ConflictError,
    ConnectionFailed,
    ConnectionTimeout,
    IllegalArgumentError,
    JobNotRunning,
    Missing,
    ProtocolError,
    RateLimited,
    ResourceNotFound,
    ServerError,
    ServerNotAvailable,
    TooLargeError,
)

NESTING = 4
"""How deep an error text is searched for another JSON error: monitoring relays one as text."""

LONGEST_MESSAGE = 1000
"""Characters of an error text that are kept."""

MARKUP = re.compile(r"<[^>]*>")
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
SPACES = re.compile(r"\s+")
GONE = re.compile(r"is not running|container .* not found", re.IGNORECASE | re.DOTALL)


TRANSPORT_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
"""What `broken` makes an error of ours."""


class Refusal(Protocol):
    """An error class that takes the status and the JSON body of the answer."""

    def __call__(
        self, message: str, *, status: int | None, payload: Mapping[str, Any] | None
    ) -> ApoloError: ...


BY_STATUS: Mapping[int, Refusal] = {
    400: IllegalArgumentError,
    401: AuthenticationError,
    404: ResourceNotFound,
    405: ClientError,
    409: ConflictError,
    413: TooLargeError,
    502: BadGateway,
    503: ServerNotAvailable,
}


def failure(
    status: int, body: str, headers: Mapping[str, str], *, now: float, where: str = ""
) -> ApoloError:
    """The error for an answer whose status is not a success.

    `body` may be JSON of any type, text, HTML or empty. `now` is unix time, for a `Retry-After`
    that is a date. `where` names the host in messages that have no text of their own.
    """
    payload, text = explain(body)
    message = text or f"{where or 'the platform'} answered with HTTP {status}"
    if status < 400:
        target = headers.get("Location", "elsewhere")
        return ProtocolError(
            f"{where or 'the platform'} answered with a redirect to {target}, not followed",
            status=status,
        )
    if status == 403:
        missing = _missing(payload)
        if missing and not text:
            message = f"you may not {', '.join(map(str, missing))}"
        return AuthorizationError(message, status=status, payload=payload, missing=missing)
    if status == 429:
        after = _retry_after(headers.get("Retry-After", ""), now)
        return RateLimited(message, status=status, payload=payload, retry_after=after)
    if status == 400 and message.startswith("no such job"):
        return ResourceNotFound(message, status=status, payload=payload)
    if status == 404 and GONE.search(message):
        return JobNotRunning(message, status=status, payload=payload)
    kind = BY_STATUS.get(status) or (ServerError if status >= 500 else IllegalArgumentError)
    return kind(message, status=status, payload=payload)


def explain(body: str) -> tuple[dict[str, Any] | None, str]:
    """The outermost JSON object of an error's body, if it is one, and the text for the user.

    A text that is itself a JSON error is opened, again and again.
    """
    payload: dict[str, Any] | None = None
    text = body
    for _ in range(NESTING):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            break
        if isinstance(value, str):
            text = value
            continue
        if not isinstance(value, dict):
            break
        if payload is None:
            payload = value
        text, may_be_nested = _told(value)
        if not may_be_nested:
            break
    return payload, _readable(text)


def _told(value: Mapping[str, Any]) -> tuple[str, bool]:
    """What an error object says, and whether that may be JSON again.

    It is in `error`, with `msg` before it where there is one.
    """
    parts = [value.get(key) for key in ("msg", "error", "errors", "message")]
    told = [part if isinstance(part, str) else json.dumps(part) for part in parts if part]
    return ": ".join(dict.fromkeys(told)), len(told) == 1 and told[0] in parts


def _readable(text: str) -> str:
    """One line without markup, of bounded length."""
    if text.lstrip().startswith("<"):
        title = TITLE.search(text)
        text = MARKUP.sub(" ", title.group(1) if title else text)
    text = SPACES.sub(" ", text).strip()
    if text in ("null", "[]", "{}"):
        return ""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"


def _missing(payload: Mapping[str, Any] | None) -> Sequence[Missing]:
    items = (payload or {}).get("missing")
    if not isinstance(items, list):
        return ()
    return tuple(
        Missing(str(item.get("uri", "")), str(item.get("action", "")))
        for item in items
        if isinstance(item, dict)
    )


def _retry_after(text: str, now: float) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or a date."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError):
        return None


def broken(error: Exception, url: URL) -> ApoloError:
    """An error of aiohttp or of the system, on the way to `url`, as one of ours."""
    host = url.host or "the platform"
    if isinstance(error, TimeoutError):
        return ConnectionTimeout(f"{host} did not answer in time")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return ConnectionFailed(
            f"{host} could not prove who it is: {error}",
            next_step="Check the platform's URL; for a private certificate set SSL_CERT_FILE.",
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        because = error.os_error.strerror or str(error.os_error)
        return ConnectionFailed(f"cannot connect to {host}: {because}")
    if isinstance(error, aiohttp.ClientPayloadError):
        return ConnectionFailed(f"the answer of {host} broke off")
    if isinstance(error, aiohttp.InvalidURL | aiohttp.TooManyRedirects):
        return ProtocolError(f"{host} redirected in a way that cannot be followed")
    if isinstance(error, aiohttp.ClientResponseError):
        return ProtocolError(f"{host} does not speak HTTP as it should: {error.message}")
    because = str(error) or type(error).__name__
    return ConnectionFailed(f"the connection to {host} broke: {because}")
