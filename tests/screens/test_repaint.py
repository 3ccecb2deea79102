"""What is painted when nothing happens but time: the lines that differ, and no others."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import Settings
from tests.screens.dashboard import QUICK, Dashboard, dashboard, start
from tests.screens.rows import row

SLOW = Settings(refresh=3600.0, timings=QUICK)
"""No answer of the platform comes between."""


@dataclass
class Clock:
    """The true time, and some more."""

    more: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.more


async def painted_after(board: Dashboard, clock: Clock, seconds: float) -> set[int]:
    """The lines of the screen that are painted when it is so many seconds later."""
    # What the first rows did not wait for is made by then, which lays out the screen anew.
    await board.until(lambda: board.main.job_logs is not None)
    await board.settle()
    lines: set[int] = set()
    screen: Any = board.app.screen
    render = screen._compositor.render_update

    def spy(*arguments: Any, **options: Any) -> Any:
        update = render(*arguments, **options)
        spans = getattr(update, "spans", None)
        lines.update(range(board.app.size.height) if spans is None else (y for y, _, _ in spans))
        return update

    await board.pilot.pause(0.2)
    clock.more += seconds
    screen._compositor.render_update = spy
    try:
        board.main._tick()
        await board.pilot.pause()
        await board.until(lambda: lines)
    finally:
        del screen._compositor.render_update
    return lines


@row("R8")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_an_empty_list_at_rest_paints_its_clock_only(
    platform: local.Platform, tmp_path: Path, size: tuple[int, int]
) -> None:
    clock = Clock()
    async with dashboard(
        tmp_path / "state", platform=platform, settings=SLOW, size=size, clock=clock
    ) as board:
        await board.shows("live")
        assert await painted_after(board, clock, 2.0) == {0}


@row("R8")
async def test_a_list_at_rest_paints_the_rows_whose_time_is_told_anew(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    clock = Clock()
    for name in ("one", "two"):
        await start(client, name)
    async with dashboard(
        tmp_path / "state", platform=platform, settings=SLOW, size=(80, 24), clock=clock
    ) as board:
        await board.press("z")
        rows = {at for at, line in enumerate(board.lines) if " one " in line or " two " in line}
        assert len(rows) == 2
        assert await painted_after(board, clock, 3600.0) >= rows
        # Hours and minutes are the same a second later, unless a minute or a sample came between.
        repainted = [rows & await painted_after(board, clock, 1.0) for _ in range(4)]
        assert set() in repainted
