"""Capacity and money in the running dashboard."""

import asyncio
import re
from decimal import Decimal
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Answer
from apolo_tui.screens.capacity import CapacityPage
from apolo_tui.screens.start import StartPage
from tests.screens.dashboard import dashboard, start
from tests.screens.money import client_of, configuration
from tests.screens.rows import row


@row("C5")
async def test_the_page_shows_what_is_free_what_it_costs_and_what_is_mine(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "one", preset="gpu-small")
    async with dashboard(tmp_path / "state", platform=platform, size=(160, 40)) as board:
        await board.press("C")
        await board.until(lambda: isinstance(board.app.screen, CapacityPage))
        await board.shows("PRESET", "FREE", "CR/H", "TREND 1h", "MINE", "POOL", "PREEMPT")
        line = await board.shows("gpu-small", "12.5", "7.0", "28G", "nvidia-l4", "gpu")
        assert re.search(r"gpu-small\s+1\s", line), "one of two is taken"
        await board.shows("cpu-micro", " 0.01 ")
        assert re.search(r"[▁▂▃▄▅▆▇█]\s+1\s+gpu", line), "the trend, and one is mine"
        await board.shows("jobs quota 1 of 600", "burn 12.5 cr/h", "(runway 3d")
        await start(client, "two", preset="gpu-small")
        await board.until(lambda: re.search(r"gpu-small\s+0\s", board.text))
        await board.press("o", "o", "o")
        await board.shows("by size")
        await board.press("g", "n")
        await board.until(lambda: isinstance(board.app.screen, StartPage))
        await board.shows("▶gpu-small")


@row("C6")
async def test_the_header_shows_burn_and_runway_and_an_alert_comes_in_time(
    tmp_path: Path,
) -> None:
    async with local.serve(configuration=configuration(Decimal(6))) as platform:
        async with client_of(platform, tmp_path) as client:
            await start(client, "burner", preset="cpu-large")
        async with dashboard(tmp_path / "state", platform=platform) as board:
            await board.shows("4cr/h", "cr=1h")
            await board.says("credits last 1h")


@row("C6")
async def test_where_the_platform_does_not_tell_there_is_no_money(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "burner", preset="cpu-large")
    platform.faults.add("account.user", Answer(404, "{}"))
    async with dashboard(tmp_path / "state", platform=platform) as board:
        desk = board.main.desk
        assert desk is not None
        await board.until(lambda: desk.outlook.account.as_of is not None)
        await board.shows("burner")
        assert "cr/h" not in board.lines[0]


@row("C9")
async def test_a_waiting_job_shows_what_would_start_now(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        await start(client, name, preset="gpu-small")
    await start(client, "waits", preset="gpu-small", wait=None)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("waits")
        await board.shows("free now", "gpu-small 0 free")
        await board.select("one")
        await board.hides("free now")
        await asyncio.sleep(0)
