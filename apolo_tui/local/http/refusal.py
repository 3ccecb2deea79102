"""Refusals and their JSON (docs/protocol.md sections 4.1 and 4.4)."""

from typing import Any

import msgspec
from aiohttp import web

JSON = "application/json"


class RefusedError(Exception):
    """The request is answered with this status and body instead."""

    def __init__(self, status: int, body: str | dict[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = {"error": body} if isinstance(body, str) else body

    def response(self) -> web.Response:
        return json_response(self.body, status=self.status)


def relayed(refused: RefusedError) -> RefusedError:
    """As monitoring tells what the jobs API refused: its JSON as a text within `error`."""
    if "missing" in refused.body:
        return refused
    return RefusedError(refused.status, msgspec.json.encode(refused.body).decode())


def json_response(document: Any, *, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(document),
        status=status,
        content_type=JSON,
        charset="utf-8",
    )


def no_such_job(name: str) -> RefusedError:
    return RefusedError(400, f"no such job {name}")
