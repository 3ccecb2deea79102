"""The line to the keeper: opened, watched, and opened again when it is lost."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from apolo_tui.local.keeper.api import Keeper, KeeperError, KeeperLost, RunState

log = logging.getLogger(__name__)

KeeperOpener = Callable[[], AbstractAsyncContextManager[Keeper]]
RECONNECT_DELAYS = (0.1, 1.0, 5.0, 30.0)


class Listener(Protocol):
    """Who is told of the keeper."""

    async def met(self, keeper: Keeper) -> None:
        """A keeper answers; nobody else reaches it before this returns."""

    def opened(self) -> None:
        """Everybody can reach it now."""

    async def ended(self, keeper: Keeper, state: RunState) -> None:
        """A run has ended."""

    def lost(self) -> None:
        """The keeper is gone, and all that it ran."""


class KeeperLine:
    """Holds the keeper for those who call it."""

    def __init__(self, opener: KeeperOpener, listener: Listener) -> None:
        self._opener = opener
        self._listener = listener
        self._keeper: Keeper | None = None
        self._ready = asyncio.Event()
        self._over = False

    @property
    def open(self) -> bool:
        return self._ready.is_set()

    async def keeper(self) -> Keeper:
        """The keeper, once it can be reached."""
        await self._ready.wait()
        if self._keeper is None:
            raise KeeperLost("the keeper went away")
        return self._keeper

    async def first(self, follower: "asyncio.Task[None]") -> None:
        """Wait until it is open. Raises what ended the `follower`, the task of `follow`."""
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({ready, follower}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if follower.done():
            follower.result()

    async def shutdown(self) -> None:
        """End the keeper for good, and with it whatever it still runs."""
        keeper = await self.keeper()
        self._over = True
        await keeper.shutdown()

    async def follow(self) -> None:
        """Open it and listen; again after a loss. Raises KeeperError if it never opens."""
        opened = False
        failures = 0
        while True:
            try:
                async with self._opener() as keeper:
                    await self._listener.met(keeper)
                    opened, failures = True, 0
                    self._keeper = keeper
                    self._ready.set()
                    self._listener.opened()
                    try:
                        async for state in keeper.ended():
                            await self._listener.ended(keeper, state)
                    finally:
                        self._ready.clear()
                        self._keeper = None
            except KeeperError as error:
                if not opened:
                    raise
                if self._over:
                    return
                log.warning("the keeper is gone: %s", error)
            self._listener.lost()
            await asyncio.sleep(RECONNECT_DELAYS[min(failures, len(RECONNECT_DELAYS) - 1)])
            failures += 1
