"""The hosts that may get the token: the platform's own (docs/protocol.md section 11)."""

from collections.abc import Iterable

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from yarl import URL

from apolo_tui.model.errors import ProtocolError


class Hosts:
    """A set of origins, and the middleware of a session that sends nothing anywhere else.

    A redirect is a request of its own to the middleware, so that one to a foreign host is refused
    before anything is sent there.
    """

    def __init__(self) -> None:
        self._origins: set[URL] = set()

    def trust(self, urls: Iterable[URL | None]) -> None:
        """Add the hosts of these URLs; those without a host are passed over."""
        self._origins.update(url.origin() for url in urls if url is not None and url.host)

    def check(self, url: URL) -> None:
        """Raises ProtocolError when the URL is not on one of the platform's hosts."""
        if url.scheme not in ("http", "https") or url.origin() not in self._origins:
            raise ProtocolError(
                f"{url.host or url} is not one of the platform's hosts; nothing was sent there",
                next_step="Check the platform's URL, and log in again with: apolo login",
            )

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        self.check(request.url)
        return await handler(request)
