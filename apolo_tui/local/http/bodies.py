"""Request bodies: bounded in size and in time, and JSON."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from apolo_tui.local.http.refusal import RefusedError

MAX_BODY = 1 << 20
BODY_TIMEOUT = 30.0


async def read_json(request: web.Request) -> Any:
    """The body as JSON, whatever its Content-Type says. Raises RefusedError, HTTPException."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            body = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RefusedError(400, f"The body is not JSON: {error}") from None
