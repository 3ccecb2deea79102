"""What every request passes: faults to order, the loopback checks, the token, the error texts."""

import asyncio
import logging
import re

from aiohttp import web
from aiohttp.typedefs import Handler

from apolo_tui import __version__
from apolo_tui.local.configuration import User
from apolo_tui.local.faults import Answer, BlackHole, Delay, Drop
from apolo_tui.local.http.refusal import RefusedError, json_response
from apolo_tui.local.keeper.api import KeeperError
from apolo_tui.local.services import SERVICES, Call
from apolo_tui.local.validation import DataError

log = logging.getLogger(__name__)

CLIENT_HAS_GONE = 499
LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
OPEN_OPERATIONS = frozenset({"ping", "config", "token", "login_page"})
MONITORING = frozenset(
    {"capacity", "log", "log_ws", "top", "attach", "exec", "kill", "port_forward", "save"}
)


OPERATIONS = web.AppKey("operations", dict[Handler, str])


def operation_of(request: web.Request) -> str:
    """The name of what is asked for, as in the table of routes; `unknown` without one."""
    return request.app[OPERATIONS].get(request.match_info.handler, "unknown")


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals become the protocol's JSON. What nobody foresaw is a 500 without a traceback."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return refused.response()
    except DataError as invalid:
        return json_response({"error": str(invalid)}, status=400)
    except KeeperError as error:
        return json_response({"error": f"The keeper of the local jobs: {error}"}, status=503)
    except web.HTTPException as answer:
        return web.Response(status=answer.status, text=answer.text, headers=_kept(answer))
    except ConnectionError:
        return web.Response(status=CLIENT_HAS_GONE)  # which nobody gets to read
    except Exception as error:
        log.exception("%s %s failed", request.method, request.path)
        text = f"Unexpected exception {type(error).__name__}: {error}."
        return json_response({"error": f"{text} Path with query: {request.path}."}, status=500)


def _kept(answer: web.HTTPException) -> dict[str, str]:
    return {name: answer.headers[name] for name in ("Allow", "Location") if name in answer.headers}


@web.middleware
async def loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only programs of this machine that mean this server, and no web page, may pass."""
    if not LOOPBACK_HOST.fullmatch(request.host):
        raise RefusedError(403, "The Host header must name this machine's loopback address")
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"http://{request.host}".lower():
        raise RefusedError(403, "Requests from web pages are not allowed")
    return await handler(request)


@web.middleware
async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    services = request.app[SERVICES]
    operation, job_id = operation_of(request), request.match_info.get("job")
    services.traffic.record(
        Call(
            operation,
            request.method,
            request.path,
            _user_name(request),
            services.now(),
            job_id,
        )
    )
    hole = services.faults.rule(BlackHole, operation, job_id)
    if hole is not None:
        await hole.removed.wait()
    delay = services.faults.take(Delay, operation, job_id)
    if delay is not None:
        await asyncio.sleep(delay.seconds)
    if services.faults.take(Drop, operation, job_id) is not None:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("dropped on request")
    answer = services.faults.take(Answer, operation, job_id)
    if answer is not None:
        return web.Response(
            status=answer.status,
            text=answer.body,
            content_type=answer.content_type,
            headers=dict(answer.headers),
        )
    return await handler(request)


@web.middleware
async def authentication(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who asks. Only `GET /config` and the like answer strangers."""
    if authenticated(request) is None and operation_of(request) not in OPEN_OPERATIONS:
        raise web.HTTPUnauthorized
    return await handler(request)


def authenticated(request: web.Request) -> User | None:
    """The user of the bearer token; None without a valid one. Raises RefusedError."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme != "Bearer":
        raise RefusedError(400, "Unexpected authorization scheme")
    if not token.strip():
        raise RefusedError(400, "No credentials")
    services = request.app[SERVICES]
    name = services.tokens.identity(token.strip())
    return None if name is None else services.configuration.user(name)


def user_of(request: web.Request) -> User:
    """The user of the request, which passed `authentication`."""
    user = authenticated(request)
    if user is None:  # the token expired within the request
        raise web.HTTPUnauthorized
    return user


def _user_name(request: web.Request) -> str | None:
    try:
        user = authenticated(request)
    except RefusedError:
        return None
    return None if user is None else user.name


async def mark_response(request: web.Request, response: web.StreamResponse) -> None:
    """The service's version, and the reason of a failed handshake (section 4.3)."""
    service = "monitoring" if operation_of(request) in MONITORING else "api"
    response.headers["X-Service-Version"] = f"platform-{service}/{__version__}"
    if (
        response.status >= 400
        and isinstance(response, web.Response)
        and request.headers.get("Connection", "").lower() == "upgrade"
        and request.headers.get("Upgrade", "").lower() == "websocket"
    ):
        text = response.text or ""
        response.headers["X-Error"] = "".join(char for char in text if char.isprintable())
