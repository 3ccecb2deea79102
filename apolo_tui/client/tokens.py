"""The token that requests carry: replaced in time, once for all, and given back to the disk.

docs/protocol.md sections 2.5-2.7 and 11 (pitfalls 23, 39, 40, 48).
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from apolo_tui.client.login import USED_SHARE, Login, Token, closing_database, read_login
from apolo_tui.client.session import Proxies
from apolo_tui.model.errors import (
    ApoloError,
    AuthenticationError,
    ConfigError,
    ConnectionFailed,
    ServerError,
)

REFRESH_LIMIT = 30.0
"""Seconds that the token endpoint may take."""
REST_AFTER_FAILURE = 30.0
"""Seconds in which a token that is good for a while yet is used after a refresh failed."""

log = logging.getLogger(__name__)

# One lock for all clients of a process that share a folder; gone with the last of them.
_locks: "WeakValueDictionary[tuple[int, Path], asyncio.Lock]" = WeakValueDictionary()


def _lock_of(folder: Path | None) -> asyncio.Lock:
    if folder is None:
        return asyncio.Lock()
    key = (id(asyncio.get_running_loop()), folder.absolute())
    return _locks.setdefault(key, asyncio.Lock())


class Tokens:
    """The token of one login. `clock` gives unix time in seconds."""

    def __init__(
        self,
        login: Login,
        session: aiohttp.ClientSession,
        *,
        clock: Callable[[], float],
        proxies: Proxies = lambda url: None,
    ) -> None:
        self._login = login
        self._token = login.token
        self._session = session
        self._clock = clock
        self._proxies = proxies
        self._lock = _lock_of(login.folder)
        self._resting_until = 0.0

    @property
    def username(self) -> str:
        """Raises ConfigError when the token does not tell who it is for."""
        return self._token.username

    async def current(self) -> str:
        """The token to send, refreshed first when it is expired.

        Raises AuthenticationError when only logging in again helps, ConnectionFailed or
        ServerError when the refresh failed for a reason that may pass.
        """
        now = self._clock()
        token = self._token
        if not token.expired(now) or now < self._resting_until:
            return token.value
        async with self._lock:
            if self._token is token:
                self._token = await self._replace(token)
        return self._token.value

    async def renew(self, rejected: str) -> bool:
        """After a 401 for this token: whether there is another one now."""
        async with self._lock:
            if self._token.value != rejected:
                return True
            known = await self._on_disk()
            if known is not None and known.value != rejected:
                self._token = known
                return True
            if not self._refreshable(self._token):
                return False
            try:
                self._token = await self._refreshed(self._token)
            except ApoloError as error:
                log.warning("after a refusal: %s", error)
                return False
        return True

    def _refreshable(self, token: Token) -> bool:
        return bool(token.refresh and self._login.token_url)

    async def _replace(self, token: Token) -> Token:
        """What takes the place of an expired token."""
        now = self._clock()
        known = await self._on_disk()
        if known is not None and known.value != token.value and not known.expired(now):
            return known
        token = known or token
        if not self._refreshable(token):
            raise AuthenticationError("the login has expired", status=None)
        try:
            return await self._refreshed(token)
        except (ConnectionFailed, ServerError) as error:
            # The time on disk is three quarters of the token's life: it is good for a while yet.
            dead_at = token.dead_at
            if dead_at is None or dead_at <= now:
                raise
            log.warning("the token could not be refreshed, the old one is used on: %s", error)
            self._resting_until = min(now + REST_AFTER_FAILURE, dead_at)
            return token

    async def _refreshed(self, token: Token) -> Token:
        fresh = await self._ask_for(token)
        if self._login.folder is not None:
            await asyncio.to_thread(self._write_back, self._login.folder, token, fresh)
        return fresh

    async def _on_disk(self) -> Token | None:
        """The token that another program may have put there, if it is of the same user."""
        if self._login.folder is None:
            return None
        try:
            login = await asyncio.to_thread(read_login, self._login.folder)
            same = login.url == self._login.url and login.token.username == self.username
        except ConfigError:
            return None
        return login.token if same else None

    async def _ask_for(self, token: Token) -> Token:
        """A fresh token from the token endpoint (docs/protocol.md section 2.6)."""
        url = self._login.token_url or URL()
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token.refresh,
            "client_id": self._login.client_id,
        }
        asked_at = self._clock()
        if self._session.closed:
            raise ConnectionFailed("the client is closed")
        failed: ApoloError
        try:
            async with self._session.post(
                url,
                data=form,
                headers={"Accept": "application/json"},
                allow_redirects=False,
                middlewares=(),
                proxy=self._proxies(url),
                timeout=aiohttp.ClientTimeout(total=REFRESH_LIMIT),
            ) as response:
                status = response.status
                answer: Any = await response.json(content_type=None) if status == 200 else None
                value, lasts = str(answer["access_token"]), float(answer["expires_in"])
                rotated = answer.get("refresh_token")
        except (aiohttp.ClientError, TimeoutError, OSError):
            failed = ConnectionFailed(f"the token could not be refreshed: no answer of {url.host}")
        except (ValueError, KeyError, TypeError, AttributeError):
            failed = self._refused(status, url)
        else:
            refresh = rotated if isinstance(rotated, str) and rotated else token.refresh
            return Token(value, asked_at + USED_SHARE * lasts, refresh)
        # Raised out here, so that no traceback holds the form.
        raise failed

    def _refused(self, status: int, url: URL) -> ApoloError:
        text = f"the token could not be refreshed: {url.host} answered with HTTP {status}"
        if status >= 500 or status == 429:
            return ServerError(text, status=status)
        return AuthenticationError(text, status=status)

    @staticmethod
    def _write_back(folder: Path, used: Token, fresh: Token) -> None:
        """Put the fresh token in the place of the used one, and touch nothing else.

        When somebody logged out or in meanwhile, or the database is busy, it stays in memory.
        """
        try:
            with closing_database(folder / "db") as database:
                database.execute("BEGIN IMMEDIATE")
                changed = database.execute(
                    "UPDATE main SET token = ?, expiration_time = ?, refresh_token = ?"
                    " WHERE refresh_token = ?",
                    (fresh.value, fresh.expires_at, fresh.refresh, used.refresh),
                ).rowcount
                database.execute("COMMIT")
        except sqlite3.Error as error:
            log.warning("the fresh token stays in memory: %s", error)
        else:
            if not changed:
                log.warning("the fresh token stays in memory: somebody logged in or out meanwhile")
