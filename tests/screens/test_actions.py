"""What the user does with jobs in the running dashboard."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.widgets import Button, OptionList

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import Settings, Timings
from apolo_tui.local.faults import Answer, BlackHole
from apolo_tui.model.job import JobRestartPolicy, JobStatus
from apolo_tui.screens.bump import BumpDialog
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.events_page import EventsPage
from apolo_tui.screens.picker import Picker
from apolo_tui.store.commands import PARALLEL
from tests.screens.dashboard import QUICK, Dashboard, dashboard, rewritten, start
from tests.screens.rows import row
from tests.screens.test_detail import decoded
from tests.until import until

AT_ONCE = Settings(refresh=0.5, timings=QUICK, kill_delay=0.0)


async def asks(board: Dashboard, *keys: str) -> ConfirmDialog:
    """Press the keys, and wait for the question."""
    await board.press(*keys)
    await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
    screen = board.app.screen
    assert isinstance(screen, ConfirmDialog)
    return screen


def written(folder: Path) -> list[dict[str, str]]:
    """What the audit log of a state folder has."""
    path = folder / "audit.log"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


@row("A1")
async def test_kill_asks_and_cancel_is_the_default(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train-one")
    guarded = Settings(refresh=0.5, kill_delay=0.0)
    async with dashboard(tmp_path / "state", platform=platform, settings=guarded) as board:
        await board.select("train-one")
        await asks(board, "K")
        await board.shows("Kill train-one?")
        assert re.search(r"train-one +running \d+s +[\d.]+ cr", board.text)
        await board.press("enter")  # on Cancel
        await board.until(lambda: not isinstance(board.app.screen, ConfirmDialog))
        await asks(board, "K")
        await board.press("n")
        assert not board.writes
        await asks(board, "K")
        await board.press("y")
        await board.until(lambda: board.writes == ["jobs.delete"])
        await board.shows("⊘C", "train-one")
        assert (await client.jobs.status(job.id)).status is JobStatus.CANCELLED
        other = await start(client, "train-two")
        await board.select("train-two")
        dialog = await asks(board, "K")
        await board.press("right")
        assert dialog.query_one("#confirm", Button).has_focus
        await board.press("enter")
        await board.until(lambda: board.writes.count("jobs.delete") == 2)
        assert board.calls("jobs.delete")[-1].job_id == other.id


@row("A1")
async def test_a_held_key_does_not_answer_what_it_asked(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    guarded = Timings(selection_delay=0.02, repeat_guard=60.0)
    settings = Settings(
        refresh=0.5, timings=guarded, kill_delay=0.0, keys={"jobs.kill": ("y", "exclamation_mark")}
    )
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.select("train-one")
        for key in ("y", "exclamation_mark"):
            dialog = await asks(board, key)
            await board.press(key, key)
            assert board.app.screen is dialog
            await board.press("n")
        assert not board.writes


@row("A2")
async def test_a_kill_can_be_taken_back_before_it_is_sent(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    slow = Settings(refresh=0.5, timings=QUICK, kill_delay=600.0)
    async with dashboard(tmp_path / "state", platform=platform, settings=slow) as board:
        await board.select("train-one")
        await asks(board, "K")
        await board.press("y")
        line = await board.shows("Killing 1 job in", "U undo")
        assert re.search(r"in (600|5\d\d)s", line)
        await board.press("U")
        await board.hides("Killing")
        await board.says("train-one lives on")
        assert not board.writes
        await asks(board, "K")
        await board.press("exclamation_mark")
        await board.until(lambda: board.writes == ["jobs.delete"])
    quick = Settings(refresh=0.5, timings=QUICK, kill_delay=1.0)
    for name in ("spared", "train-two"):
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform, settings=quick) as board:
        for name in ("spared", "train-two"):
            await board.select(name)
            await asks(board, "K")
            await board.press("y")
            await board.shows("Killing 1 job in")
            if name == "spared":
                await board.press("U")
                await board.says("spared lives on")
        # What was asked for first would have been sent first.
        await board.until(lambda: board.calls("jobs.delete")[1:])
        assert board.calls("jobs.delete")[-1].job_id == board.job("train-two").id
        assert len(board.writes) == 2
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("spared")
        await asks(board, "K")
        await board.shows("Sent after 5s; until then U takes it back")


@row("A3", "S6")
async def test_a_bulk_kill_tells_each_result_and_keeps_failures_marked(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    jobs = [await start(client, f"task-{number}") for number in range(3)]
    platform.faults.add("jobs.delete", Answer(403, '{"missing": []}'), job_id=jobs[1].id)
    async with dashboard(tmp_path / "state", platform=platform, settings=AT_ONCE) as board:
        await board.until(lambda: len(board.names) == 3)
        await board.press("asterisk")
        await asks(board, "K")
        await board.shows("Kill 3 jobs?")
        for job in jobs:
            await board.shows(str(job.name), "running")
        await board.press("y")
        for words in ("Killed task-0", "Killed task-2", "task-1: kill failed"):
            await board.says(words)
        assert len(board.writes) == 3
        await board.until(lambda: board.main.table.marked == {jobs[1].id})
        await board.shows("1 marked")
        assert board.main.look.failures.keys() == {jobs[1].id}
        await board.select("task-0")
        await board.shows("task-1", "! ")
        await board.select("task-1")
        await board.shows("failed")
        await board.shows("⊘C", "task-0")
        await board.shows("⊘C", "task-2")
        await board.shows("●R", "task-1")
    results = {entry["job"]: entry["result"] for entry in written(tmp_path / "state")}
    assert results.keys() == {job.id for job in jobs}
    assert results[jobs[0].id] == "done"
    assert results[jobs[1].id].startswith("failed: ")


@row("A3", "A4")
async def test_a_bulk_kill_sends_a_few_at_once_and_five_want_no_word(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for number in range(5):
        await start(client, f"task-{number}", wait=None)
    async with dashboard(tmp_path / "state", platform=platform, settings=AT_ONCE) as board:
        await board.until(lambda: len(board.names) == 5)
        platform.faults.add("jobs.delete", BlackHole())
        await board.press("asterisk")
        await asks(board, "K")
        await board.shows("Kill 5 jobs?")
        await board.press("y")
        await board.until(lambda: len(board.writes) == PARALLEL)
        await board.refresh()
        assert 1 < len(board.writes) == PARALLEL < 5


@row("A4")
async def test_jobs_of_others_and_many_jobs_want_a_word(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "theirs")
    rewritten(platform, "theirs", owner="ann")
    async with dashboard(tmp_path / "state", platform=platform, settings=AT_ONCE) as board:
        await board.select("theirs")
        dialog = await asks(board, "K")
        await board.shows("theirs", "OWNER ann")
        assert dialog.query_one("#confirm", Button).disabled
        await board.type("y")
        await board.press("enter")
        assert not board.writes
        dialog.query_one("#phrase").value = ""  # type: ignore[attr-defined]  # an Input
        await board.type("kill")
        await board.press("enter")
        await board.until(lambda: board.writes == ["jobs.delete"])
    for number in range(6):
        await start(client, f"task-{number}", wait=None)
    async with dashboard(tmp_path / "state", platform=platform, settings=AT_ONCE) as board:
        await board.command("filter task-")
        await board.until(lambda: len(board.names) == 6)
        await board.press("asterisk")
        dialog = await asks(board, "K")
        assert dialog.query("#phrase")


@row("A5")
async def test_a_bump_shows_its_effect_and_sends_whole_minutes(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train-one", life_span=3600.0, preset="gpu-small")
    await start(client, "no-limit")
    await start(client, "ended-one", "true", life_span=3600.0, wait=JobStatus.SUCCEEDED)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.shows("train-one", "0h59m")
        await board.press("plus")
        await board.until(lambda: isinstance(board.app.screen, BumpDialog))
        line = await board.shows("ends", "→", "limit 1h → 2h")
        ends = re.search(r"ends ([\d :-]*\d) → ([\d :-]*\d) +limit", line)
        assert ends is not None
        assert ends[1] != ends[2]
        await board.shows("costs up to 12.5 cr more")
        await board.press("down", "down")
        await board.shows("limit 1h → 1d1h")
        await board.press("down")
        await board.shows("type how long")
        assert board.app.screen.query_one("#custom").display
        await board.press("enter")
        await board.type("2h30m")
        await board.shows("limit 1h → 3h30m")
        await board.press("escape", "plus", "down")
        await board.shows("limit 1h → 5h")
        await board.press("enter")
        await board.until(lambda: board.writes == ["jobs.life_span"])
        await board.shows("train-one", "4h59m")
        assert (await client.jobs.status(job.id)).life_span == 5 * 3600.0
        await board.command("bump 90s")
        await board.shows("limit 5h → 5h2m")
        await board.press("enter")
        await board.until(lambda: len(board.writes) == 2)
        assert (await client.jobs.status(job.id)).life_span == (5 * 60 + 2) * 60.0
        await board.command("bump 0")
        await board.shows("must be longer than zero")
        assert board.app.screen.query_one("#confirm", Button).disabled
        await board.press("enter", "escape")
        await board.select("no-limit")
        await board.press("plus")
        await board.says("has no limit")
        assert len(board.writes) == 2
        await board.select("ended-one")
        await board.press("plus")
        await board.says("it has ended")
        await board.select("no-limit")
        await board.press("asterisk", "plus")
        await board.shows("left out: no-limit")
        await board.press("escape")


@row("A9")
async def test_the_menu_lists_only_what_applies(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "running-one", life_span=3600.0)
    await start(client, "ended-one", "true", wait=JobStatus.SUCCEEDED)

    def listed(board: Dashboard) -> str:
        assert isinstance(board.app.screen, Picker)
        options = board.app.screen.query_one(OptionList)
        prompts = (
            options.get_option_at_index(index).prompt for index in range(options.option_count)
        )
        return "\n".join(str(prompt) for prompt in prompts)

    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("running-one")
        await board.press("x")
        await board.until(lambda: isinstance(board.app.screen, Picker))
        text = listed(board)
        assert "K  Kill" in text
        assert "+  Bump" in text
        assert "Browse" not in text
        assert "Restart container" not in text
        await board.press("escape")
        await board.select("ended-one")
        await board.press("x")
        await board.until(lambda: isinstance(board.app.screen, Picker))
        text = listed(board)
        assert "Kill" not in text
        assert "Bump" not in text
        assert "l  Logs" in text
        assert "r  Rerun" in text
        await board.press("y")
        await board.shows("[Spec]")


@row("A10", "S6")
async def test_restart_container_is_for_jobs_with_a_policy_and_kills_only_the_container(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "served", restart_policy=JobRestartPolicy.ALWAYS)
    await start(client, "plain")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("plain")
        await board.command("restart-container")
        await board.says("no restart policy")
        await board.select("served")
        await board.press("x")
        await board.shows("Restart container")
        await board.press("escape")
        await board.command("restart-container")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        assert not board.writes
        await board.press("y")
        await board.until(lambda: board.writes == ["kill"])
        assert board.calls("kill")[0].job_id == job.id
        found = await client.jobs.status(job.id)
        assert not found.status.is_finished
    (entry,) = written(tmp_path / "state")
    assert (entry["action"], entry["job"]) == ("restart container", job.id)


@row("A12", "S6")
async def test_each_action_tells_the_apolo_command_and_is_written_down(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train-one", life_span=3600.0)
    folder = tmp_path / "state"
    # Times in the file are to the millisecond.
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    async with dashboard(folder, platform=platform, settings=AT_ONCE) as board:
        await board.select("train-one")
        bump = f"apolo job bump-life-span {job.id} 1h"
        await board.press("plus")
        await board.shows("apolo job bump-life-span")
        await board.press("c")
        await board.until(lambda: board.clipboard.sent)
        assert decoded(board.clipboard.sent[-1]) == bump
        await board.press("enter")
        await board.until(lambda: board.writes == ["jobs.life_span"])
        await asks(board, "K")
        await board.shows(f"apolo kill {job.id}")
        await board.press("c", "y")
        await board.until(lambda: "jobs.delete" in board.writes)
        assert decoded(board.clipboard.sent[-1]) == f"apolo kill {job.id}"
        await board.command("events")
        await board.until(lambda: isinstance(board.app.screen, EventsPage))
        await board.shows(bump)
        await board.shows(f"apolo kill {job.id}")
        await until(lambda: len(written(folder)) == 2)
    entries = written(folder)
    times = [datetime.fromisoformat(entry["time"]) for entry in entries]
    assert began <= times[0] <= times[1] <= datetime.now(UTC)
    assert [entry["action"] for entry in entries] == ["bump 1h", "kill"]
    assert {entry["job"] for entry in entries} == {job.id}
    assert {entry["result"] for entry in entries} == {"done"}
    assert {entry["context"] for entry in entries} == {"harbor/tidepool/kelp"}
    assert (folder / "audit.log").stat().st_mode & 0o077 == 0
