"""The dashboard when the network, the login or the platform fails."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from textual import events

from apolo_tui import local
from apolo_tui.cli.connect import login_opener
from apolo_tui.client.client import Client
from apolo_tui.config import Settings, Timings
from apolo_tui.local.faults import Answer, Drop, Silence
from apolo_tui.model.errors import (
    ApoloError,
    AuthenticationError,
    RateLimited,
    ServerNotAvailable,
)
from apolo_tui.model.link import Live
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.main import Start
from apolo_tui.store.workspace import TICK
from tests.screens.dashboard import CALM, QUICK, Dashboard, dashboard, rewritten, start
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
        await board.shows("train-one", within=40.0)  # by itself, within a step of the back-off
        await board.shows("live")


@row("R1")
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
        settings=CALM,
        clock=lambda: time.time() + ahead["seconds"],
    ) as board:
        await board.select("train-one")
        await board.until(lambda: platform.sockets["top"] == 1 and board.calls("log_ws"))
        before = {name: len(board.calls(name)) for name in ("top", "log_ws", "jobs.list")}
        with platform.faults.active("top", Silence()):
            ahead["seconds"] = 600.0
            await board.says("Woke up after")
            for name, number in before.items():
                await board.until(partial(has_more_calls, board, name, number), what=name)
        await board.shows("live")


def has_more_calls(board: Dashboard, operation: str, number: int) -> bool:
    """Whether the platform was asked more often than that."""
    return len(board.calls(operation)) > number


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


class Hurry:
    """Waits a thousandth of what is asked for, and remembers how long that was."""

    def __init__(self, *usual: float) -> None:
        self._usual = usual
        self.asked: list[float] = []
        """What is not among the usual times."""

    async def __call__(self, seconds: float) -> None:
        if seconds not in self._usual:
            self.asked.append(seconds)
        await asyncio.sleep(seconds / 1000)


@row("R2", "R4")
async def test_tries_become_rarer_up_to_a_bound_that_depends_on_what_is_wrong(
    tmp_path: Path,
) -> None:
    fake = FakePlatform([])  # without a job, only the list is asked for
    settings = Settings(refresh=7.0, timings=QUICK)
    hurry = Hurry(TICK, settings.refresh)

    @asynccontextmanager
    async def opener() -> AsyncIterator[FakePlatform]:
        yield fake

    async with dashboard(
        tmp_path / "state", opener=opener, settings=settings, sleep=hurry, size=(80, 24)
    ) as board:

        async def tried(error: ApoloError) -> list[float]:
            """The waits between eight tries that fail so."""
            hurry.asked.clear()
            fake.jobs.failures["list"] = error
            await board.until(lambda: len(hurry.asked) >= 8)
            waits = hurry.asked[:8]
            fake.jobs.failures.clear()
            # The screen may not have shown so short an outage.
            await board.until(answered)
            return waits

        def answered() -> bool:
            desk = board.app.workspace.desk.value
            return desk is not None and isinstance(desk.jobs.topic.value.link, Live)

        for error in (ServerNotAvailable("no route"), RateLimited("too many")):
            waits = await tried(error)
            assert waits[0] < 2.0 < waits[3] <= 10.0
            assert max(waits) <= 10.0
            assert len(set(waits[4:])) > 1, "two dashboards would ask in step"
        assert min(await tried(RateLimited("too many", retry_after=42.0))) >= 42.0
        assert min(await tried(AuthenticationError("refused"))) >= 30.0


@row("R4")
async def test_a_job_that_is_forbidden_does_not_spoil_the_list(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    closed = await start(client, "closed-one")
    # With a job from the future, that one is too old to be among the new ones.
    await start(client, "newest-one")
    rewritten(platform, "newest-one", history__created_at="2126-11-22T10:00:00+00:00")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.shows("closed-one")
        platform.faults.add("jobs.get", Answer(403, '{"missing": []}'), job_id=closed.id)
        await client.jobs.kill(closed.id)
        await board.shows("closed-one", "no access")
        await board.refresh()
        await board.shows("live")
        await board.shows("●R", "newest-one")


@row("R6")
async def test_without_the_focus_it_asks_more_rarely(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    seldom = Timings(selection_delay=0.02, unfocused_factor=10_000.0)
    settings = Settings(refresh=0.1, timings=seldom)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        board.app.post_message(events.AppBlur())
        await board.shows("live 2.")  # the list grows older now
        board.app.post_message(events.AppFocus())
        await board.shows("live 0.")


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
        # The rows of a long list follow some moments later.
        await board.until(lambda: len(board.names) == 10_000)


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
