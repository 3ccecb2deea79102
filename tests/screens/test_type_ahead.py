"""What is typed in one go reaches what its first keys open."""

from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.screens.command_line import CommandLine
from apolo_tui.screens.help import HelpPage
from apolo_tui.screens.picker import Picker
from tests.screens.dashboard import CALM, KEYS, dashboard, start


def typed(text: str) -> list[str]:
    return [KEYS.get(character, character) for character in text]


async def test_a_command_goes_into_its_line(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        await board.select("train-one")
        board.send(*typed(":sort name"), "enter")
        await board.shows("sort:NAME")
        await board.until(lambda: board.app.screen is board.main)
        assert not board.writes


async def test_a_filter_goes_into_its_line(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    await start(client, "knight")
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        await board.until(lambda: len(board.names) == 2)
        board.send(*typed("/knig"), "enter", "space")
        await board.until(lambda: board.names == ["knight"])
        await board.until(lambda: board.main.table.marked)
        assert board.main.listing.view.filter == "knig"
        assert board.app.focused is board.main.table


async def test_a_search_in_a_log_goes_into_its_line(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one", command="bash -c 'seq 50; sleep 600'")
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        await board.select("train-one")
        await board.press("l")
        await board.shows("50")
        board.send(*typed("/33"), "enter")
        await board.shows("1/1")


async def test_what_follows_a_command_goes_to_what_it_opens(
    platform: local.Platform, tmp_path: Path
) -> None:
    """Through a line that closes, into a list that opens, and out of it."""
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        board.send(*typed(":theme"), "enter", *typed("mono"), "enter")
        await board.until(lambda: board.app.theme == "mono")
        await board.until(lambda: board.app.screen is board.main)


@pytest.mark.parametrize(
    ("keys", "screen"), [(["question_mark", "escape", "colon"], CommandLine), (["x"], Picker)]
)
async def test_keys_are_acted_upon_in_their_order(
    platform: local.Platform, client: Client, tmp_path: Path, keys: list[str], screen: type
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        await board.select("train-one")
        for _ in range(3):
            board.send(*keys, "escape")
        board.send(*keys)
        await board.until(lambda: isinstance(board.app.screen, screen))
        await board.settle()
        under = board.app.screen_stack[-2]
        assert under is board.main


async def test_a_key_does_not_wait_for_one_that_is_never_done(
    platform: local.Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The widget that had the focus takes no message any more."""
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        monkeypatch.setattr("apolo_tui.widgets.type_ahead.PATIENCE", 0.0)
        lost = board.main.table
        monkeypatch.setattr(lost, "_forward_event", lambda event: None)
        monkeypatch.setattr(lost, "post_message", lambda message: True)
        board.send("j", "question_mark")
        await board.until(lambda: board.app._behind is None or not board.app._behind)
        monkeypatch.undo()
        board.send("question_mark")
        await board.until(lambda: isinstance(board.app.screen, HelpPage))
