"""A keeper within the caller's own event loop: its runs end when it does."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from apolo_tui.local.keeper.api import Keeper, KeeperError
from apolo_tui.local.keeper.client import KeeperClient
from apolo_tui.local.keeper.compressing import OLD
from apolo_tui.local.keeper.folder import KeeperFolder
from apolo_tui.local.keeper.journal import LOG_LIMIT
from apolo_tui.local.keeper.keeping import Keeping, Options


@asynccontextmanager
async def open_keeper(
    folder: Path, *, log_limit: int = LOG_LIMIT, compress_after: float = OLD
) -> AsyncIterator[Keeper]:
    """Keep below `folder` in this process; at the end every run is killed.

    `log_limit`: bytes of log kept for a job. `compress_after`: seconds. Raises KeeperError when
    another keeper has the folder.
    """
    place = KeeperFolder(folder)
    place.create()
    lock = place.lock()
    if lock is None:
        raise KeeperError(f"Another keeper keeps {folder}; connect to it instead.")
    try:
        keeping = Keeping(place, Options(log_limit=log_limit, compress_after=compress_after))
        try:
            yield KeeperClient(keeping, place)
        finally:
            await keeping.close()
    finally:
        os.close(lock)
