"""Request bodies: bounded in size and in time, and JSON."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from apolo_tui.local.http.refusal import RefusedError

MAX_BODY = 1 << 20
BODY_TIMEOUT = 30.0


async def read_body(request: web.Request) -> bytes:
    """The whole body. Raises HTTPException when it is too long or takes too long."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


async def read_json(request: web.Request) -> Any:
    """The body as JSON, whatever its Content-Type says. Raises RefusedError, HTTPException."""
    body = await read_body(request)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RefusedError(400, f"The body is not JSON: {error}") from None
