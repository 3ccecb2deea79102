"""The dashboard when the network, the login or the platform fails."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from apolo_tui import local
from apolo_tui.cli.connect import login_opener
from apolo_tui.client.client import Client
from apolo_tui.config import Settings, Timings
from apolo_tui.local.faults import Answer, Drop, Silence
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.main import Start
from tests.screens.dashboard import Dashboard, dashboard, start
from tests.screens.rows import row
from tests.store.fakes import FakePlatform, ended_jobs

EDGY = Settings(refresh=0.5, timings=Timings(selection_delay=0.02, jobs_stale=2.0))


@row("R1")
async def test_without_a_login_it_says_the_three_ways_on_and_goes_on_by_itself(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    folder = tmp_path / "nothing-here"
    async with dashboard(
        tmp_path / "state", opener=login_opener(folder, environ={}), ready=False, size=(80, 24)
    ) as board:
        await board.shows("apolo login")
        await board.shows("apolo login-with-token")
        await board.shows("apolo-tui --local")
        await board.shows("apolo-tui --demo")
        platform.login_folder(folder)
        await board.press("ctrl+r")
        await board.shows("train-one")
        await board.shows("live")


async def test_without_a_network_it_starts_explains_and_keeps_trying(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    platform.faults.add("*", Drop())
    async with dashboard(
        tmp_path / "state", platform=platform, ready=False, size=(80, 24)
    ) as board:
        await board.shows("retrying")
        await board.shows("ctrl+r try now")
        asked = len(board.calls("jobs.list"))
        await board.until(lambda: len(board.calls("jobs.list")) > asked, within=30.0)
        platform.faults.clear()
        await board.press("ctrl+r")
        await board.shows("train-one")


@row("R2")
async def test_a_cut_keeps_the_data_marks_it_stale_and_comes_back(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(
        tmp_path / "state", platform=platform, settings=EDGY, size=(80, 24)
    ) as board:
        await board.select("train-one")
        platform.faults.add("*", Drop())
        platform.cut("top")
        await board.shows("STALE")
        assert board.selected == "train-one"
        await board.shows("●R", "train-one")
        platform.faults.clear()
        await board.shows("live", within=30.0)  # within one step of the back-off, by itself
        assert not board.line("STALE")
        assert board.selected == "train-one"


@row("R3")
async def test_after_a_sleep_every_stream_is_opened_anew(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    ahead = {"seconds": 0.0}
    async with dashboard(
        tmp_path / "state",
        platform=platform,
        clock=lambda: time.time() + ahead["seconds"],
        size=(80, 24),
    ) as board:
        await board.select("train-one")
        await board.until(lambda: platform.sockets["top"] == 1)
        opened = len(board.calls("top"))
        with platform.faults.active("top", Silence()):
            ahead["seconds"] = 600.0
            await board.says("Woke up after")
            await board.until(lambda: len(board.calls("top")) > opened)
        await board.shows("live")


@row("R4")
async def test_a_refused_login_asks_keeps_the_state_and_slows_down(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        rule = platform.faults.add("jobs.list", Answer(401, '{"error": "401: Unauthorized"}'))
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        await board.shows("apolo login")
        refused = len(board.calls("jobs.list"))
        await board.press("escape")
        await board.shows("●R", "train-one")
        assert board.selected == "train-one"
        await board.shows("does not accept" if board.line("does not accept") else "failed")
        assert len(board.calls("jobs.list")) - refused <= 2  # seconds later, not many calls
        platform.faults.remove(rule)
        await board.press("ctrl+r")
        await board.shows("live")
        for status in (429, 500, 503):
            rule = platform.faults.add("jobs.list", Answer(status, '{"error": "busy"}'))
            await board.shows("retrying", within=30.0)
            assert board.selected == "train-one"
            platform.faults.remove(rule)
            await board.press("ctrl+r")
            await board.shows("live", within=30.0)


def has_more(board: Dashboard, before: int) -> bool:
    """Whether more jobs are listed than before."""
    return len(board.names) > before


@row("L15")
async def test_ten_thousand_ended_jobs_come_in_windows_on_demand(tmp_path: Path) -> None:
    fake = FakePlatform(ended_jobs(10_000))

    @asynccontextmanager
    async def opener() -> AsyncIterator[FakePlatform]:
        yield fake

    async with dashboard(tmp_path / "state", opener=opener, size=(80, 24)) as board:
        await board.until(lambda: len(board.names) == 500)
        assert fake.jobs.windows == [500]  # a full list is never asked for
        loaded = 500
        for _ in range(3):
            await board.press("G")
            await board.until(partial(has_more, board, loaded), within=60.0)
            loaded = len(board.names)
        assert set(fake.jobs.windows) == {500}
        assert board.main.selected is not None
        await board.press("g")
        await board.until(lambda: board.main.table.cursor_key == board.main.table.keys[0])
        while not board.main.jobs.history_complete:
            await board.press("G")
            await board.until(lambda: not board.main.jobs.loading_history, within=60.0)
        assert len(board.names) == 10_000


@row("I1")
async def test_it_starts_at_a_job_a_view_and_a_filter(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    await start(client, "doctor")
    async with dashboard(
        tmp_path / "state", platform=platform, start=Start(job="job:doctor"), size=(80, 24)
    ) as board:
        await board.shows("[Overview]")
        await board.shows("doctor", "job-")
        assert board.selected == "doctor"
    async with dashboard(
        tmp_path / "other", platform=platform, start=Start(view="2", filter="train")
    ) as board:
        await board.until(lambda: board.names == ["train-one"])
        assert board.main.listing.digit == "2"
        await board.shows("/train")
    async with dashboard(tmp_path / "third", platform=platform, start=Start(job="nobody")) as board:
        await board.says("There is no job nobody")
