"""A keeper a test, once in the test's event loop and once as a process of its own."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from apolo_tui.local.keeper.api import Keeper
from apolo_tui.local.keeper.connection import spawn
from apolo_tui.local.keeper.inprocess import open_keeper
from tests.local.keeper.watching import PATIENCE, alive, keeper_pid
from tests.until import wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A keeper's folder; a keeper process that a failed test leaves there is ended."""
    folder = tmp_path / "keeper"
    yield folder
    try:
        pid = keeper_pid(folder)
    except OSError:
        return
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not alive(pid), within=PATIENCE)


@pytest.fixture(params=["here", "process"])
async def keeper(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Keeper]:
    if request.param == "here":
        async with open_keeper(folder) as opened:
            yield opened
        return
    spawned = await spawn(folder, idle=60)
    yield spawned
    await spawned.shutdown()
