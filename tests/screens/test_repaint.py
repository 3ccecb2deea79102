"""What is painted when nothing happens but time: the lines that differ, and no others."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
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
        # Hours and minutes are the same a second later, unless a minute or a sample came between:
        # after that leap of the clock it is the samples that are new again.
        for _ in range(20):
            repainted = rows & await painted_after(board, clock, 1.0)
            if not repainted:
                break
        assert not repainted


@row("R6")
async def test_the_same_jobs_again_are_drawn_with_the_clock(
    platform: local.Platform, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(client, "one")
    async with dashboard(tmp_path / "state", platform=platform, settings=SLOW) as board:
        await board.shows("live")
        await board.shows("▶", "one")
        main, drawn = board.main, list[str]()
        monkeypatch.setattr(main, "redraw", lambda **_: drawn.append("redraw"))
        context, jobs = main.context, main.jobs
        assert context is not None
        assert jobs.as_of is not None
        main.take_jobs(replace(jobs, as_of=jobs.as_of + 5), context)
        assert drawn == []
        assert main.jobs.as_of == jobs.as_of + 5
        main.take_jobs(replace(jobs, revision=jobs.revision + 1), context)
        assert drawn == ["redraw"]


@row("R6")
async def test_the_first_sample_is_drawn_at_once_and_the_next_ones_with_the_clock(
    platform: local.Platform, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(client, "one")
    async with dashboard(tmp_path / "state", platform=platform, settings=SLOW) as board:
        await board.shows("live")
        await board.shows("▶", "one")
        main = board.main
        drawn: list[set[object]] = []
        refresh = main.table.refresh_cells

        def spy(keys: Iterable[object] | None = None) -> None:
            if keys is not None:
                drawn.append(set(keys))
            refresh(keys)

        monkeypatch.setattr(main.table, "refresh_cells", spy)
        desk = main.desk
        assert desk is not None
        (job_id,) = main.jobs.jobs

        def samples() -> int:
            known = desk.telemetry.topic.value.get(job_id)
            return len(known.series) if known is not None else 0

        await board.until(lambda: samples() >= 3)
        assert drawn in ([], [{job_id}])
        assert len(main.look.telemetry) == 1
