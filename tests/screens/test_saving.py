"""Saving a container as an image from the running dashboard."""

from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Answer, BlackHole
from tests.screens.dashboard import dashboard, start
from tests.screens.rows import row
from tests.screens.test_actions import written

STEPS = (
    '{"status": "CommitStarted", "details": {"container": "4f0c", "image": "snap:v1"}}',
    '{"status": "CommitFinished"}',
    '{"id": "9b1d", "status": "Pushing", "progressDetail": {"current": 50, "total": 100}}',
    '{"aux": {"Tag": "v1", "Digest": "sha256:0", "Size": 1155}}',
)


@row("A11", "S6")
async def test_a_save_goes_on_in_the_background_and_is_told_at_its_end(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train")
    await start(client, "other")
    # The local platform has no containers: it answers as a real one would.
    platform.faults.add("save", Answer(200, "\r\n".join(STEPS), "application/x-ndjson"))
    fault = platform.faults.add("save", BlackHole())
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train")
        await board.command("save-image snap:v1")
        await board.says("it is told when that is done")
        await board.select("other")
        assert board.selected == "other"
        assert "is saved as" not in board.toasts
        platform.faults.remove(fault)
        await board.says("train is saved as image://harbor/tidepool")
        assert board.calls("save")
        (entry,) = written(tmp_path / "state")
        assert entry["action"].startswith("save as image://harbor/tidepool")
        assert entry["result"] == "done"


async def test_a_save_that_is_refused_says_why(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train")
        await board.command("save-image snap:v1")
        await board.says("train was not saved: Saving a job as an image is not available")


async def test_only_the_platforms_registry_will_do(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train")
        await board.command("save-image gcr.io/p/snap:v1")
        await board.says("Only the platform's registry will do")
        await board.command("save-image")
        await board.shows("Save train as")
        await board.press("escape")
        assert not board.calls("save")
