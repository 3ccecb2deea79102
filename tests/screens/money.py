"""Platforms with little money, for what the dashboard tells about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client, get
from apolo_tui.local.configuration import Configuration, Quota
from apolo_tui.local.example import two_clusters


def configuration(credits_left: Decimal | None, jobs: int | None = 20) -> Configuration:
    """The example, in which the first user has so many credits, or no limit."""
    quotas = dict(two_clusters().user_quotas)
    quotas["harbor", "tidepool", "mira"] = Quota(credits_left, total_running_jobs=jobs)
    return replace(two_clusters(), user_quotas=quotas)


@asynccontextmanager
async def client_of(platform: local.Platform, folder: Path) -> AsyncIterator[Client]:
    async with get(platform.login_folder(folder / "login-of-client"), environ={}) as client:
        yield client
