"""The last lines of the screen: only keys that work here and now, and no news told twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import Settings
from apolo_tui.model.errors import ConfigError
from apolo_tui.model.job import JobStatus
from apolo_tui.screens.help import HelpPage
from apolo_tui.screens.runs import RunsPage
from apolo_tui.screens.start import StartPage
from apolo_tui.store.platform import Platform
from tests.screens.dashboard import QUICK, dashboard, start
from tests.screens.rows import row


@row("K4")
async def test_beside_a_text_field_only_keys_that_it_does_not_type(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.press("n")
        await board.until(lambda: isinstance(board.app.screen, StartPage))
        await board.until(lambda: "f1 help" in board.lines[-1])
        assert "cmd" not in board.lines[-1]
        assert "ctrl+s start" in board.lines[-1]
        await board.press("tab")  # the table of presets types nothing
        await board.until(lambda: "?help" in board.lines[-1])
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)
        await board.press("question_mark")
        await board.until(lambda: isinstance(board.app.screen, HelpPage))
        assert board.lines[-1].split() == ["esc", "back"]


@row("K4", "D1")
async def test_over_the_list_the_footer_tells_the_tabs_and_the_way_back(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.select("train-one")
        assert board.lines[-1].endswith("q quit")
        assert "open" in board.lines[-1]
        await board.press("enter")
        await board.until(lambda: board.lines[-1].endswith("q list"))
        assert "]next tab" in board.lines[-1]
        assert "open" not in board.lines[-1]
        await board.press("q")
        await board.until(lambda: board.lines[-1].endswith("q quit"))
        await board.press("H")
        await board.until(lambda: isinstance(board.app.screen, RunsPage))
        await board.until(lambda: "⏎ go to job" in board.lines[-1])


async def test_without_a_job_no_key_that_needs_one(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.shows("No jobs in", "n starts one")
        for word in ("filter", "open", "logs", "shell", "bump", "kill", "rerun"):
            assert word not in board.lines[-1]
        assert "n new" in board.lines[-1]
        await start(client, "train-one")
        await board.until(lambda: "K kill" in board.lines[-1])


@row("R1")
async def test_the_first_run_offers_what_works_without_a_login(tmp_path: Path) -> None:
    @asynccontextmanager
    async def no_login() -> AsyncIterator[Platform]:
        raise ConfigError("there is no login at ~/.apolo", next_step="Log in with: apolo login")
        yield  # a context manager has one

    async with dashboard(
        tmp_path / "state",
        opener=no_login,
        size=(80, 24),
        ready=False,
    ) as board:
        await board.shows("There is no login to the platform yet")
        await board.until(lambda: "ctrl+r try now" in board.lines[-1])
        assert "kill" not in board.lines[-1]
        assert board.lines[-1].endswith("q quit")
        assert board.text.count("here is no login at") == 1


@row("W1")
async def test_what_a_message_tells_is_not_told_below_it_as_well(
    platform: local.Platform, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apolo_tui.app.TOAST", 3600.0)
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await start(client, "train-one")
        await board.says("train-one started")
        await board.shows("! a new alert", "A alerts")
        assert not board.line("! train-one started")
        board.app.clear_notifications()
        await board.shows("! train-one started", "A alerts")


@row("L10")
async def test_marks_are_counted_where_no_frame_tells_them(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("train-one", "train-two"):
        await start(client, name, wait=JobStatus.RUNNING)
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.until(lambda: len(board.names) == 2)
        assert "marked" not in board.lines[1]
        await board.press("asterisk")
        await board.until(lambda: "2 marked" in board.lines[1])
        await board.press("ctrl+backslash")
        await board.until(lambda: "marked" not in board.lines[1])


@row("A9")
async def test_each_action_of_the_menu_is_one_line(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.select("train-one")
        await board.press("x")
        first = await board.shows("⏎", "Open", "Show the detail")
        place = board.lines.index(first)
        labels = [action.label for action in board.main.possible(board.job("train-one"))]
        shown = board.lines[place : place + min(len(labels), 12)]
        assert all(
            f" {label.capitalize()} " in line for label, line in zip(labels, shown, strict=False)
        )


@row("Y1")
@pytest.mark.parametrize("size", [(80, 24), (60, 16), (40, 10)])
async def test_how_a_dialog_is_answered_is_seen_on_every_screen(
    platform: local.Platform, client: Client, tmp_path: Path, size: tuple[int, int]
) -> None:
    await start(client, "train-one", life_span=7200.0)
    async with dashboard(tmp_path / "state", platform=platform, size=size) as board:
        await board.select("train-one")
        await board.press("K")
        await board.shows("Kill train-one?")
        await board.shows("y yes", "n esc cancel")
        assert board.line("Cancel", "Kill")
        await board.press("escape", "plus")
        await board.shows("More time for train-one")
        await board.shows("⏎ bump")
        assert board.line("costs up to") or board.line("ends ")


@row("G5", "K4")
async def test_the_search_of_a_log_has_its_own_keys(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one", "bash -c 'echo hello; sleep 600'")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.select("train-one")
        await board.press("l")
        await board.shows("hello")
        await board.until(lambda: "/search" in board.lines[-1] and "9 all" in board.lines[-1])
        await board.press("slash")
        await board.until(lambda: "enter keep" in board.lines[-1])
        await board.press("escape")
        await board.until(lambda: "/search" in board.lines[-1])
        await board.press("0")
        await board.shows("Nothing since now.")


@row("L7")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_keys_of_the_order_stand_beside_the_order_or_in_the_frame(
    platform: local.Platform, client: Client, tmp_path: Path, size: tuple[int, int]
) -> None:
    await start(client, "train-one")
    settings = Settings(
        refresh=0.5, timings=QUICK, keys={"jobs.sort_right": ("circumflex_accent",)}
    )
    async with dashboard(
        tmp_path / "state", platform=platform, settings=settings, size=size
    ) as board:
        await board.select("train-one")
        line = await board.shows("< ^ sort")
        assert (line == board.lines[1]) == (size[0] == 80)
        assert ("[ ] tabs" in board.text) == (size[0] == 120)
        await board.press("circumflex_accent")
        await board.until(lambda: "CREATED" not in board.lines[1])
