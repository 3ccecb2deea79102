"""A keeper a test, once in the test's event loop and once as a process of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apolo_tui.local.keeper.api import Keeper
from apolo_tui.local.keeper.connection import spawn
from apolo_tui.local.keeper.inprocess import open_keeper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keeper"


@pytest.fixture(params=["here", "process"])
async def keeper(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Keeper]:
    if request.param == "here":
        async with open_keeper(folder) as opened:
            yield opened
        return
    spawned = await spawn(folder, idle=60)
    yield spawned
    await spawned.shutdown()
