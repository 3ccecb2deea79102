"""A scripted platform, a login to it, and a client that uses them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apolo_tui.client import Client, get
from tests.client.logins import login_row, write_login
from tests.client.scripted import Platform, scripted_platform
from tests.until import until


@pytest.fixture(autouse=True)
async def no_task_left() -> AsyncIterator[None]:
    """Nothing that a test started may run on; sockets left open are warnings, which are errors."""
    yield
    mine = asyncio.current_task()
    await until(
        lambda: not [task for task in asyncio.all_tasks() if task is not mine],
        what="the tasks have ended",
    )


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with scripted_platform() as platform:
        yield platform


@pytest.fixture
def login(platform: Platform, tmp_path: Path) -> Path:
    """The folder of a login to the scripted platform."""
    return write_login(tmp_path / "login", login_row(platform.origin))


@pytest.fixture
def slept() -> list[float]:
    """The seconds that the client of the test has slept, without waiting for them."""
    return []


@pytest.fixture
async def apolo(login: Path, tmp_path: Path, slept: list[float]) -> AsyncIterator[Client]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with get(login, environ={}, cwd=tmp_path, sleep=sleep, random=lambda: 0.0) as client:
        yield client
