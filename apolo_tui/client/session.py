"""The HTTP session, and the proxies on its way."""

import sys
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # not in typeshed

import aiohttp
from aiohttp import hdrs
from yarl import URL

from apolo_tui import __version__
from apolo_tui.client.hosts import Hosts
from apolo_tui.client.tls import tls_context

CONNECT_LIMIT = 30.0
"""Seconds to connect."""
READ_LIMIT = 60.0
"""Seconds of silence that an answer may have."""
READ_BUFFER = 2**18

Proxies = Callable[[URL], str | None]
"""The proxy on the way to a URL; None for the direct way."""


def open_session(hosts: Hosts) -> aiohttp.ClientSession:
    """A session without cookies that sends nothing but to these hosts."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls_context()),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={hdrs.USER_AGENT: f"apolo-tui/{__version__} ({sys.platform})"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_LIMIT, sock_read=READ_LIMIT),
        read_bufsize=READ_BUFFER,
        middlewares=(hosts,),
    )


def proxies_of(environ: Mapping[str, str]) -> Proxies:
    """The proxies that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.

    This machine itself is always reached directly.
    """
    named = {name.lower(): value for name, value in environ.items() if value}
    known = {name.removesuffix("_proxy"): named[name] for name in named if name.endswith("_proxy")}

    def proxy_of(url: URL) -> str | None:
        host = url.host or ""
        if _is_loopback(host) or proxy_bypass_environment(host, known):
            return None
        return known.get(url.scheme) or known.get("all")

    return proxy_of


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
