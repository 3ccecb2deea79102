"""A platform for the screens, and a client to fill it with jobs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client, get


@pytest.fixture
async def platform() -> AsyncIterator[local.Platform]:
    async with local.serve(port=0) as platform:
        yield platform


@pytest.fixture
async def client(platform: local.Platform, tmp_path: Path) -> AsyncIterator[Client]:
    """Of the first user, in the project in which the dashboard starts as well."""
    login = platform.login_folder(tmp_path / "login-of-tests")
    async with get(login, environ={}) as client:
        yield client
