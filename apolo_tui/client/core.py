"""The transport: one session, the token, one mapping of errors, retries, bounded bodies.

docs/protocol.md sections 3, 4 and 11 (pitfalls 18-23, 30, 42, 43).
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
from aiohttp import ClientResponse, hdrs
from yarl import URL

from apolo_tui.client.clocks import ClockOffset
from apolo_tui.client.failures import TRANSPORT_ERRORS, broken, failure
from apolo_tui.client.hosts import Hosts
from apolo_tui.client.session import CONNECT_LIMIT, READ_LIMIT, Proxies
from apolo_tui.client.tokens import Tokens
from apolo_tui.client.websocket import CLOSE_LIMIT, WebSocket
from apolo_tui.model.errors import (
    ApoloError,
    ConflictError,
    ConnectionFailed,
    IllegalArgumentError,
    ProtocolError,
    RateLimited,
    TooLargeError,
)
from apolo_tui.wire import lenient

HEARTBEAT = 10.0
"""Seconds of silence after which a WebSocket is pinged."""
MAX_FRAME = 16 * 2**20
"""Bytes of a WebSocket frame; the platform sends up to 4 MiB."""
MAX_BODY = 64 * 2**20
"""Bytes of a JSON answer."""
MAX_ERROR_BODY = 64 * 2**10
"""Bytes of an error's body that are read."""
MAX_REQUEST = 2**20
"""Bytes of a JSON request that the platform takes."""
MAX_TARGET = 8000
"""Characters of path and query that the platform takes, nearly."""

ATTEMPTS = 3
"""How often a call that may be repeated is made before its failure is told."""
FIRST_DELAY = 0.25
"""Seconds before the first repetition; doubled each time, and up to as much again by chance."""
LONGEST_WAIT = 10.0
"""Seconds of a `Retry-After` that are waited for; longer ones are the caller's decision."""

REPEATABLE = frozenset({hdrs.METH_GET, hdrs.METH_DELETE})

Params = Iterable[tuple[str, str]]

log = logging.getLogger(__name__)


class Core:
    """Requests and WebSockets to the platform.

    `clock` gives unix time in seconds, `sleep` waits, `random` gives numbers from 0 to 1;
    `read_limit` is how many seconds of silence a REST answer may have; `proxies` tells the way.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        hosts: Hosts,
        tokens: Tokens,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        read_limit: float = READ_LIMIT,
        proxies: Proxies = lambda url: None,
    ) -> None:
        self._session = session
        self._hosts = hosts
        self._tokens = tokens
        self._random = random
        self._read_limit = read_limit
        self._offset = ClockOffset()
        self._proxies = proxies
        self.clock = clock
        self.sleep = sleep

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the platform's clock is ahead of ours, as far as its answers tell.

        They tell whole seconds: every further answer narrows it down. Zero as long as that is
        possible, None before the first answer.
        """
        return self._offset.value

    async def call(
        self, method: str, url: URL, *, params: Params = (), json: object = None
    ) -> bytes:
        """One exchange: the body of a success, at most MAX_BODY bytes.

        GET and DELETE are repeated after transient failures, and anything but POST after a
        conflict. Raises the ApoloError that fits.
        """
        attempt = 1
        while True:
            try:
                response = await self._open(method, url, params=params, json=json)
                try:
                    return await self.body(response)
                finally:
                    response.close()
            except ApoloError as error:
                await self._pause(method, error, attempt)
            attempt += 1

    async def document(
        self, method: str, url: URL, *, params: Params = (), json: object = None
    ) -> Any:
        """The same for an answer that is JSON. Raises ProtocolError when it is not."""
        return decoded(await self.call(method, url, params=params, json=json), url)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: URL,
        *,
        params: Params = (),
        json: object = None,
        headers: Mapping[str, str] | None = None,
        may_pause: bool = False,
    ) -> AsyncIterator[ClientResponse]:
        """An answer whose body the caller reads, with `chunks` or `body`. Opened as in `call`.

        With `may_pause` it may be silent for as long as it likes.
        """
        attempt = 1
        while True:
            try:
                response = await self._open(
                    method, url, params=params, json=json, headers=headers, may_pause=may_pause
                )
                break
            except ApoloError as error:
                await self._pause(method, error, attempt)
            attempt += 1
        try:
            yield response
        finally:
            response.close()

    async def chunks(self, response: ClientResponse) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ConnectionFailed when it is cut off."""
        content = response.content
        while True:
            try:
                chunk = await content.readany()
            except TRANSPORT_ERRORS as error:
                raise broken(error, response.url) from None
            if not chunk:
                return
            yield chunk

    async def body(self, response: ClientResponse) -> bytes:
        """The whole body. Raises TooLargeError beyond MAX_BODY bytes."""
        body = await self._read(response, MAX_BODY)
        if len(body) > MAX_BODY:
            raise TooLargeError(
                f"the answer of {response.url.host} is larger than {MAX_BODY >> 20} MiB",
                next_step="Ask for less at once.",
            )
        return body

    @asynccontextmanager
    async def websocket(
        self, url: URL, *, params: Params = (), protocols: Iterable[str] = ()
    ) -> AsyncIterator[WebSocket]:
        """A connected WebSocket, closed within CLOSE_LIMIT seconds at the end.

        A refused handshake raises what the same HTTP answer would; its text is in `X-Error`
        (docs/protocol.md section 4.3).
        """
        socket = WebSocket(
            await self._handshake(self._target(url, params), tuple(protocols)), clock=self.clock
        )
        try:
            yield socket
        finally:
            await socket.close()

    async def _handshake(
        self, url: URL, protocols: tuple[str, ...]
    ) -> aiohttp.ClientWebSocketResponse:
        renewed = False
        while True:
            token = await self._tokens.current()
            self._refuse_closed()
            try:
                return await self._session.ws_connect(
                    url,
                    headers={hdrs.AUTHORIZATION: f"Bearer {token}"},
                    protocols=protocols,
                    heartbeat=HEARTBEAT,
                    max_msg_size=MAX_FRAME,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_LIMIT),
                    proxy=self._proxies(url),
                )
            except aiohttp.WSServerHandshakeError as error:
                status = error.status
                headers = dict(error.headers or {})
                refused = self._refused_handshake(url, status, headers)
            except TRANSPORT_ERRORS as error:
                status, refused = 0, broken(error, url)
            # Raised out here: the error of aiohttp holds the headers that were sent.
            if status != 401 or renewed or not await self._tokens.renew(token):
                raise refused
            renewed = True

    def _refused_handshake(self, url: URL, status: int, headers: Mapping[str, str]) -> ApoloError:
        if status < 300:
            return ProtocolError(f"{url.host} answered, but not with a WebSocket", status=status)
        text = headers.get("X-Error", "")
        return failure(status, text, headers, now=self.clock(), where=url.host or "")

    async def _open(
        self,
        method: str,
        url: URL,
        *,
        params: Params = (),
        json: object = None,
        headers: Mapping[str, str] | None = None,
        may_pause: bool = False,
    ) -> ClientResponse:
        """A successful answer, its body unread. A 401 refreshes the token, once."""
        url = self._target(url, params)
        data = None if json is None else encoded(json)
        read_limit = None if may_pause else self._read_limit
        renewed = False
        while True:
            token = await self._tokens.current()
            response = await self._send(method, url, token, data, headers or {}, read_limit)
            if response.status < 300:
                return response
            try:
                error = await self._refused(response)
            finally:
                response.close()
            if response.status != 401 or renewed or not await self._tokens.renew(token):
                raise error
            renewed = True

    async def _send(
        self,
        method: str,
        url: URL,
        token: str,
        data: bytes | None,
        headers: Mapping[str, str],
        read_limit: float | None,
    ) -> ClientResponse:
        sent = {**headers, hdrs.AUTHORIZATION: f"Bearer {token}"}
        if data is not None:
            sent[hdrs.CONTENT_TYPE] = "application/json"
        asked_at = self.clock()
        self._refuse_closed()
        try:
            response = await self._session.request(
                method,
                url,
                headers=sent,
                data=data,
                allow_redirects=method == hdrs.METH_GET,
                proxy=self._proxies(url),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=CONNECT_LIMIT, sock_read=read_limit
                ),
            )
        except TRANSPORT_ERRORS as error:
            failed = broken(error, url)
        else:
            date = response.headers.get(hdrs.DATE, "")
            self._offset.observe(date, asked_at=asked_at, answered_at=self.clock())
            return response
        raise failed

    def _refuse_closed(self) -> None:
        """A client that was closed, maybe while a call waited for a token, fails as a cut does."""
        if self._session.closed:
            raise ConnectionFailed("the client is closed")

    def _target(self, url: URL, params: Params) -> URL:
        """The URL with its query, if it may be asked at all."""
        if params := list(params):
            url = url.with_query(params)
        self._hosts.check(url)
        length = len(url.raw_path_qs)
        if length > MAX_TARGET:
            raise IllegalArgumentError(
                f"the request is too long: {length} characters, at most {MAX_TARGET}",
                next_step="Shorten the command; put what is long into a file.",
            )
        return url

    async def _refused(self, response: ClientResponse) -> ApoloError:
        """The error of an answer that is not a success."""
        try:
            body = await self._read(response, MAX_ERROR_BODY)
        except ConnectionFailed:
            # The status says more than that its explanation broke off.
            body = b""
        return failure(
            response.status,
            body[:MAX_ERROR_BODY].decode("utf-8", "replace"),
            response.headers,
            now=self.clock(),
            where=response.url.host or "",
        )

    async def _read(self, response: ClientResponse, limit: int) -> bytes:
        """The body, or a little more than its first `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks(response):
            parts.append(chunk)
            size += len(chunk)
            if size > limit:
                break
        return b"".join(parts)

    async def _pause(self, method: str, error: ApoloError, attempt: int) -> None:
        """Wait before the call is repeated, or raise the error when it is not."""
        repeatable = method in REPEATABLE
        if isinstance(error, ConflictError):
            # It was not done: asking again cannot do it twice.
            repeatable = method != hdrs.METH_POST
        if not (repeatable and error.transient) or attempt >= ATTEMPTS:
            raise error
        delay = FIRST_DELAY * 2 ** (attempt - 1) * (1 + self._random())
        if isinstance(error, RateLimited) and error.retry_after is not None:
            if error.retry_after > LONGEST_WAIT:
                raise error
            delay = max(delay, error.retry_after)
        log.info("%s: again in %.1f s", error, delay)
        await self.sleep(delay)


def encoded(value: object) -> bytes:
    """JSON for a request. Raises TooLargeError beyond what the platform takes."""
    data = msgspec.json.encode(value)
    if len(data) > MAX_REQUEST:
        raise TooLargeError(f"the request has {len(data)} bytes, the platform takes {MAX_REQUEST}")
    return data


def decoded(body: bytes, url: URL) -> Any:
    """JSON of an answer. Raises ProtocolError when it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except lenient.NOT_JSON:
        raise ProtocolError(f"the answer of {url.host} to {url.path} is not JSON") from None
