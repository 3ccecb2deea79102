"""One open client of the platform, with the login of the `apolo` command."""

import asyncio
import os
import random as randomness
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from apolo_tui.client.config import Config
from apolo_tui.client.core import Core
from apolo_tui.client.hosts import Hosts
from apolo_tui.client.jobs import Jobs
from apolo_tui.client.login import find_login
from apolo_tui.client.parse import Parse
from apolo_tui.client.session import READ_LIMIT, open_session, proxies_of
from apolo_tui.client.settings import read_overrides
from apolo_tui.client.tls import tls_context
from apolo_tui.client.tokens import Tokens
from apolo_tui.client.users import Users


class Client:
    """The platform as one user sees it. Made by `get`."""

    def __init__(self, core: Core, config: Config, environ: Mapping[str, str]) -> None:
        self._core = core
        self.config = config
        """Clusters, orgs, projects, presets, and the current ones."""
        self.jobs = Jobs(core, config)
        self.parse = Parse(config, environ)
        """Images, volumes and variables as users write them."""
        self.users = Users(core, config)
        """Credits and quota."""

    @property
    def username(self) -> str:
        """Who is logged in. Raises ConfigError when the login does not say."""
        return self.config.username

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the platform's clock is ahead of ours, as far as its answers tell.

        None before the first answer (docs/protocol.md section 11, pitfall 15).
        """
        return self._core.clock_offset


@asynccontextmanager
async def get(
    path: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    random: Callable[[], float] = randomness.random,
    read_limit: float = READ_LIMIT,
) -> AsyncIterator[Client]:
    """A client with the login in the folder `path`, by default the one of the `apolo` command.

    Without a login on disk a passed config in the environment is used, and stays in memory
    (docs/protocol.md sections 2.1 and 2.8). No request is made by this itself, and nothing on disk
    is changed but a token that had to be refreshed.

    `environ`, `cwd`, `clock` (unix seconds), `sleep` and `random` (0 to 1) stand in for those of
    the process; `read_limit` is how many seconds of silence an answer may have. Raises ConfigError
    when there is no login, or none that can be used.
    """
    environ = os.environ if environ is None else environ
    login = await asyncio.to_thread(find_login, path, environ, now=clock())
    overrides = await asyncio.to_thread(read_overrides, login.folder, cwd or Path.cwd())
    await asyncio.to_thread(tls_context)
    hosts = Hosts()
    proxies = proxies_of(environ)
    async with open_session(hosts) as session:
        tokens = Tokens(login, session, clock=clock, proxies=proxies)
        core = Core(
            session,
            hosts,
            tokens,
            clock=clock,
            sleep=sleep,
            random=random,
            read_limit=read_limit,
            proxies=proxies,
        )
        yield Client(core, Config(core, hosts, tokens, login, overrides), environ)
