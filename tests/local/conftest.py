"""A platform of two clusters in the test's own loop, and a client of its first user."""

from collections.abc import AsyncIterator

import pytest

from apolo_tui import local
from tests.local.platforms import QUICK, Api, api_of


@pytest.fixture
async def platform() -> AsyncIterator[local.Platform]:
    async with local.serve(policies=QUICK) as served:
        yield served


@pytest.fixture
async def api(platform: local.Platform) -> AsyncIterator[Api]:
    async with api_of(platform) as found:
        yield found
