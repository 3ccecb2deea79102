"""Telemetry of earlier sessions in the running dashboard."""

from collections.abc import Mapping
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Silence
from apolo_tui.model.usage import Telemetry
from tests.screens.dashboard import dashboard, start
from tests.screens.rows import row


@row("T6")
async def test_the_next_session_begins_with_what_this_one_saw(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train")
        await board.until(lambda: len(known(board.main.look.telemetry, job.id)) >= 3)
        before = known(board.main.look.telemetry, job.id)
    platform.faults.add("top", Silence())
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train")
        await board.until(lambda: known(board.main.look.telemetry, job.id))
        again = known(board.main.look.telemetry, job.id)
        assert [int(at) for at in again[: len(before)]] == [int(at) for at in before]
        await board.shows("cpu", "/0.01")


def known(telemetry: Mapping[str, Telemetry], job_id: str) -> list[float]:
    """The times of the samples that a chart would show."""
    found = telemetry.get(job_id)
    return [sample.timestamp for sample in found.series.since(0.0)] if found is not None else []
