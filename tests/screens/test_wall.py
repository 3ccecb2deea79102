"""The monitor wall in the running dashboard."""

import re
from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import Settings, Timings
from apolo_tui.local.faults import BlackHole
from apolo_tui.screens.main import Start
from apolo_tui.screens.wall import WallPage
from tests.screens.dashboard import Dashboard, dashboard, rewritten, start
from tests.screens.rows import row

QUICK_PAGES = Timings(selection_delay=0.02, repeat_guard=0.0, wall_page=1.5)


def wall(board: Dashboard) -> WallPage:
    assert isinstance(board.app.screen, WallPage)
    return board.app.screen


async def opened(board: Dashboard) -> WallPage:
    await board.press("m")
    await board.until(lambda: isinstance(board.app.screen, WallPage))
    return wall(board)


@row("M1")
@pytest.mark.parametrize(("size", "cards"), [((80, 24), 2), ((120, 40), 4), ((200, 60), 5)])
async def test_cards_as_many_as_the_screen_holds_and_no_key_acts(
    platform: local.Platform, client: Client, tmp_path: Path, size: tuple[int, int], cards: int
) -> None:
    for number in range(5):
        await start(client, f"train-{number}", life_span=3600.0 * (number + 2))
    async with dashboard(tmp_path / "state", platform=platform, size=size) as board:
        page = await opened(board)
        await board.until(lambda: len(page.sheet.cards) == cards)
        await board.shows("● train-0", "left")
        await board.shows("cpu ", "/0.01")
        for key in ("K", "s", "plus", "r", "n", "a", "U", "delete"):
            await board.press(key)
            assert wall(board) is page
        await board.says("read-only monitor")
        assert board.writes == []
        assert all(len(line) <= size[0] for line in board.lines)
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)


@row("M1")
async def test_the_command_line_can_begin_with_it(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train")
    begin = Start(monitor=True)
    async with dashboard(tmp_path / "state", platform=platform, start=begin) as board:
        await board.until(lambda: isinstance(board.app.screen, WallPage))
        await board.shows("● train")


@row("M2")
async def test_pages_rotate_and_problems_stay(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for number in range(4):
        await start(client, f"calm-{number}", life_span=86400.0)
    await start(client, "ending", life_span=7200.0)
    rewritten(platform, "ending", history__run_time_seconds=6900.0)
    settings = Settings(refresh=2.0, timings=QUICK_PAGES)
    async with dashboard(
        tmp_path / "state", platform=platform, size=(80, 24), settings=settings
    ) as board:
        page = await opened(board)
        await board.shows("page 1/4", "auto")
        seen: set[str] = set()

        def all_seen() -> bool:
            names = [card.job.name or "" for card in page.sheet.cards]
            assert names[0] == "ending"
            seen.update(names)
            return len(seen) == 5

        await board.until(all_seen)
        await board.press("space")
        await board.shows("held")
        held = page.sheet.number
        await board.press("right")
        await board.until(lambda: page.sheet.number == held % 4 + 1)
        await board.press("left", "left")
        await board.until(lambda: page.sheet.number == (held - 2) % 4 + 1)


@row("M4")
async def test_the_queue_and_the_events(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        await start(client, name, preset="gpu-small")
    await start(client, "waits", preset="gpu-small", wait=None)
    async with dashboard(tmp_path / "state", platform=platform, size=(120, 40)) as board:
        await board.refresh()
        await opened(board)
        await board.shows("queue 1", "failed today 0", "done today 0")
        await board.shows("waits", "waits gpu-small", "0 free")
        await board.shows("Capacity")
        await board.shows("gpu-small", " 0 ")
        job = next(job for job in board.main.jobs.jobs.values() if job.name == "one")
        await client.jobs.send_signal(job.id)
        await board.shows("one failed after")
        await board.shows("failed today 1")


@row("M5")
async def test_the_age_of_the_data_is_always_there(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train")
    timings = Timings(selection_delay=0.02, jobs_stale=1.0)
    settings = Settings(refresh=2.0, timings=timings)
    async with dashboard(
        tmp_path / "state", platform=platform, size=(80, 24), settings=settings
    ) as board:
        await opened(board)
        line = await board.shows("● updated", "s ago")
        assert re.search(r"updated \d+\.\ds ago", line)
        platform.faults.add("jobs.list", BlackHole())
        await board.shows("STALE", within=40.0)
        platform.faults.clear()
        await board.shows("● updated", within=40.0)


@row("T3", "T4")
async def test_at_most_eight_sockets_and_the_others_say_when_they_were_sampled(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for number in range(10):
        await start(client, f"train-{number:02}")
    async with dashboard(tmp_path / "state", platform=platform, size=(200, 60)) as board:
        page = await opened(board)
        await board.until(lambda: len(page.sheet.cards) == 10)
        await board.shows("sampled", "ago", within=40.0)
        assert platform.most_sockets["top"] <= 8
        await board.press("escape")
