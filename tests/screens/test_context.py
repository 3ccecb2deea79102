"""Contexts in the running dashboard."""

import asyncio
import hashlib
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import ContextRules, Settings
from apolo_tui.local.faults import BlackHole
from apolo_tui.screens.picker import Picker
from apolo_tui.theme import LIGHT, THEMES
from tests.screens.dashboard import QUICK, dashboard, start
from tests.screens.rows import row

HERE = "harbor/tidepool/kelp"


@row("C1")
async def test_the_context_is_in_the_header_picked_and_returned_to(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "kelp-job")
    await start(client, "reef-job", project_name="reef")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.shows("apolo-tui", HERE)
        await board.shows("kelp-job")
        await board.command("ctx")
        await board.until(lambda: isinstance(board.app.screen, Picker))
        await board.shows(HERE, "now")
        await board.shows("atoll/tidepool/lagoon")
        await board.type("reef")
        await board.hides("lagoon")
        await board.press("enter")
        await board.shows("apolo-tui", "harbor/tidepool/reef")
        await board.shows("reef-job")
        assert not board.line("kelp-job")
        await board.press("minus")
        await board.shows("apolo-tui", HERE)
        await board.shows("kelp-job")
        await board.command("ctx nowhere/at/all/x")
        await board.says("is not a context")
        await board.press("minus")
        await board.shows("apolo-tui", "harbor/tidepool/reef")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.shows("apolo-tui", "harbor/tidepool/reef")


@row("C2")
async def test_switching_works_while_the_present_context_hangs(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "kelp-job")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.shows("kelp-job")
        with platform.faults.active("*", BlackHole()):
            await board.press("ctrl+r")
            await board.command("ctx reef")
            await board.shows("apolo-tui", "harbor/tidepool/reef", within=5.0)
            await board.hides("kelp-job")
            # Nothing of the old one goes on behind the new one.
            await board.until(
                lambda: not [task for task in asyncio.all_tasks() if HERE in task.get_name()]
            )
        await board.press("ctrl+r")
        await board.shows("live")


@row("C3")
async def test_the_login_on_disk_is_left_as_it_is(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    def contents() -> dict[str, str]:
        folder = tmp_path / "state" / "login-first"
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
            if path.suffix not in (".db-wal", ".db-shm") and path.is_file()
        }

    async with dashboard(tmp_path / "state", platform=platform) as board:
        before = contents()
        await board.command("ctx reef")
        await board.shows("apolo-tui", "harbor/tidepool/reef")
        assert contents() == before
    assert contents() == before


@row("C8")
async def test_a_context_has_its_own_theme_and_rights(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "kelp-job")
    rules = {
        HERE: ContextRules(theme="light", readonly=True),
        "atoll": ContextRules(theme="high-contrast"),
    }
    settings = Settings(refresh=0.5, timings=QUICK, contexts=rules)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.until(lambda: board.app.theme == "light")
        await board.shows("apolo-tui", " RO ")
        assert board.colour(HERE, ground=True) == LIGHT.variables["frame-guarded"]
        await board.select("kelp-job")
        await board.press("K")
        await board.says("read-only")
        assert not board.writes
        await board.command("ctx atoll")
        await board.until(lambda: board.app.theme == "high-contrast")
        await board.hides(" RO ")
        guarded = {theme.variables["frame-guarded"] for theme in THEMES.values()}
        assert board.colour("atoll/tidepool", ground=True) not in guarded
        assert not board.app.readonly
