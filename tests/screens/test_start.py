"""The start form in the running dashboard: new, rerun, its checks, its cost, its command."""

import asyncio
import base64
import re
import shlex
from decimal import Decimal
from pathlib import Path
from typing import Any

from textual.widgets import Input, TextArea
from yarl import URL

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Answer
from apolo_tui.local.staging import Staging
from apolo_tui.model.job import HTTPPort, JobDescription, JobRestartPolicy, JobStatus, Volume
from apolo_tui.model.start.command import run_command
from apolo_tui.model.start.draft import Field
from apolo_tui.model.start.request import rerun_of
from apolo_tui.screens.start import StartPage
from apolo_tui.screens.started import StartedPage
from apolo_tui.widgets.table import LineTable
from apolo_tui.wire.start import start_document
from tests.screens.dashboard import Dashboard, dashboard, start
from tests.screens.money import client_of, configuration
from tests.screens.rows import row
from tests.screens.test_actions import written


def page(board: Dashboard) -> StartPage:
    assert isinstance(board.app.screen, StartPage)
    return board.app.screen


async def opened(board: Dashboard, key: str) -> StartPage:
    await board.press(key)
    await board.until(lambda: isinstance(board.app.screen, StartPage))
    await board.pilot.pause()
    return page(board)


async def fill(board: Dashboard, field: Field, text: str) -> None:
    """Type a text into a field in place of what is there."""
    control = page(board).query_one(f"#{field.value}")
    control.focus()
    await board.pilot.pause()
    if isinstance(control, TextArea):
        control.select_all()
        await board.press("delete")
    else:
        assert isinstance(control, Input)
        control.value = ""
    await board.type(text)


async def newest(board: Dashboard, client: Client, known: set[str]) -> JobDescription:
    """The job that the form started."""

    async def found() -> JobDescription | None:
        async with client.jobs.list() as jobs:
            new = [job async for job in jobs if job.id not in known]
        return new[0] if new else None

    return await board.until(found, what="no job was started\n" + board.text)  # type: ignore[no-any-return]  # a job


def payload(job: JobDescription) -> dict[str, Any]:
    return start_document(**rerun_of(job).parameters())


RICH: dict[str, Any] = {
    "tags": ("exp", "v2"),
    "env": {"LR": "0.1", "TEXT": 'a "b"\nc', "HF_TOKEN": "hf_123"},
    "volumes": (Volume(URL("storage:data set"), "/data", read_only=True),),
    "http": HTTPPort(8080, requires_auth=False, health_check_path="/ready"),
    "life_span": 5400.0,
    "restart_policy": JobRestartPolicy.ON_FAILURE,
    "description": "it's a test",
    "working_dir": "/",
    "shm": True,
    "schedule_timeout": 90.0,
}


@row("J1", "S6")
async def test_an_untouched_rerun_sends_what_the_source_was_started_with(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    source = await start(client, command="sh -c 'sleep 600'", **RICH)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await opened(board, "r")
        await board.shows("nothing: this starts the same job again")
        await board.press("ctrl+s")
        again = await newest(board, client, {source.id})
        assert payload(again) == payload(source)
        assert again.id != source.id
        entries = await board.until(lambda: written(tmp_path / "state"))
        assert [(entry["action"], entry["job"]) for entry in entries] == [("start", again.id)]


@row("J1")
async def test_what_a_rerun_changes_is_shown_and_nothing_else_changes(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    source = await start(
        client, "train", "sleep 600 --batch-size 512", wait=JobStatus.FAILED, env={"LR": "0.1"}
    )
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train")
        await opened(board, "r")
        await fill(board, Field.COMMAND, "sleep 600 --batch-size 256")
        await board.shows("- --batch-size 512", "+ --batch-size 256")
        await board.press("ctrl+s")
        again = await newest(board, client, {source.id})
        expected = {**payload(source), "command": "sleep 600 --batch-size 256"}
        assert payload(again) == expected


@row("J2")
async def test_a_new_job_with_every_option(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(tmp_path / "state", platform=platform) as board:
        form = await opened(board, "n")
        assert not form.query_one("#advanced").display
        await board.press("f6")
        assert form.query_one("#advanced").display
        texts = {
            Field.IMAGE: "ubuntu:22.04",
            Field.COMMAND: "sleep 600",
            Field.NAME: "fresh",
            Field.TAGS: "a b",
            Field.LIFE_SPAN: "2h",
            Field.HTTP_PORT: "8080",
            Field.ENV: "LR=1",
            Field.VOLUMES: "storage:data:/data:ro",
            Field.SCHEDULE_TIMEOUT: "5m",
            Field.WORKING_DIR: "/",
            Field.DESCRIPTION: "words",
            Field.HEALTH_CHECK_PATH: "/ready",
        }
        for field, text in texts.items():
            await fill(board, field, text)
        for field in (Field.HTTP_AUTH, Field.WAIT_FOR_QUOTA, Field.TTY, Field.SHM):
            form.query_one(f"#{field.value}").focus()
            await board.press("space")
        for field in (Field.RESTART, Field.PRIORITY):
            form.query_one(f"#{field.value}").focus()
            await board.press("right")
        form.query_one(f"#{Field.PRESET.value}").focus()
        await board.press("g")
        await board.until(lambda: form.checked.request is not None)
        request = form.checked.request
        assert request is not None
        assert request.wait_for_jobs_quota
        await board.press("ctrl+s")
        job = await newest(board, client, set())
        assert job.name == "fresh"
        assert payload(job) == payload_of(request)


def payload_of(request: Any) -> dict[str, Any]:
    """Without the one thing that a job does not tell."""
    sent = start_document(**request.parameters())
    sent.pop("wait_for_jobs_quota", None)
    return sent


@row("J3")
async def test_the_presets_say_what_would_start_now_and_are_sorted(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for _ in range(2):
        await start(client, preset="gpu-small")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        form = await opened(board, "n")
        table = form.query_one("#preset", LineTable)
        await board.until(lambda: board.line("gpu-small", " 0 "))
        full = await board.shows("gpu-small", "12.5", "7.0", "28G", "nvidia-l4")
        assert re.search(r"gpu-small\s+0\s", full)
        # What is full comes last, however cheap the others are.
        assert [str(key) for key in table.keys][-1] == "gpu-small"
        await board.press("f7", "f7", "f7")
        await board.until(lambda: next(iter(table.keys)) == "gpu-small")
        table.focus()
        await board.press("g")
        await board.shows("cost 12.5 cr/h")


@row("J4")
async def test_the_cost_is_told_before_against_the_balance_and_what_burns(
    tmp_path: Path,
) -> None:
    poor = configuration(Decimal(30))
    async with local.serve(configuration=poor) as platform:
        async with client_of(platform, tmp_path) as client:
            await start(client, "burner", preset="cpu-large")
        async with dashboard(tmp_path / "state", platform=platform) as board:
            await board.shows("4cr/h", "30cr=")
            form = await opened(board, "n")
            await fill(board, Field.IMAGE, "ubuntu")
            form.query_one("#preset", LineTable).focus()
            form.query_one("#preset", LineTable).move_cursor("cpu-small")
            await fill(board, Field.LIFE_SPAN, "1d")
            # 30 credits at 4 + 0.5 an hour are gone before the day is over.
            await board.shows("cost 0.5 cr/h, up to 12 cr for 1d", "runs out in 6h")
            await fill(board, Field.LIFE_SPAN, "2h")
            await board.shows("up to 1 cr for 2h")
            assert not board.line("runs out in")


@row("J5")
async def test_faults_show_at_their_field_while_typing_and_stop_the_request(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(tmp_path / "state", platform=platform) as board:
        form = await opened(board, "n")
        await fill(board, Field.NAME, "Bad--Name")
        await board.shows("! a name has a-z")
        await fill(board, Field.NAME, "good-name")
        await board.hides("! a name has a-z")
        await board.press("ctrl+s")
        await board.shows("! an image is needed")
        assert board.app.focused is form.query_one("#image")
        assert board.writes == []


@row("J5")
async def test_a_refusal_of_the_platform_shows_at_its_field(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "taken")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        form = await opened(board, "n")
        await fill(board, Field.IMAGE, "ubuntu")
        await fill(board, Field.NAME, "taken")
        await board.shows("an active job is called so")
        await board.press("ctrl+s")
        await board.shows("already exists")
        assert board.app.focused is form.query_one("#name")
        await fill(board, Field.NAME, "other")
        await board.hides("already exists")
        platform.faults.add("jobs.create", Answer(503, '{"error": "busy"}'), times=1)
        await board.press("ctrl+s")
        await board.shows("! busy")
        assert isinstance(board.app.screen, StartPage)


@row("J6")
async def test_the_phases_of_a_start_then_what_to_do_next(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    go = asyncio.Event()

    async def phases(staging: Staging) -> None:
        staging.pending("Pulling", "Pulling image ubuntu")
        await go.wait()

    platform.phases = phases
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await opened(board, "n")
        await fill(board, Field.IMAGE, "ubuntu")
        await fill(board, Field.COMMAND, "sleep 600")
        await fill(board, Field.NAME, "fresh")
        await board.press("ctrl+s")
        await board.until(lambda: isinstance(board.app.screen, StartedPage))
        await board.shows("Creating", "0m0")
        await board.shows("● Pulling", "Pulling image ubuntu")
        go.set()
        await board.shows("● Running")
        await board.shows("It runs", "l logs", "F forward")
        await board.press("F")
        await board.shows("Forward a port of fresh")
        await board.press("escape")
        assert board.selected == "fresh"


@row("J8")
async def test_the_command_is_shown_and_copied(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    source = await start(client, "train", "sh -c 'sleep 600'", wait=None, env={"HF_TOKEN": "hf_1"})
    async with dashboard(tmp_path / "state", platform=platform, size=(200, 60)) as board:
        await board.select("train")
        await opened(board, "r")
        await board.shows("apolo run --detach", "--preset cpu-micro", "--name train")
        await board.shows("HF_TOKEN=••••")
        await board.press("f8")
        await board.says("Command copied")
        sent = board.clipboard.sent[-1]
        copied = base64.b64decode(sent.split(";")[2].rstrip("\a\x1b\\")).decode()
        assert shlex.split(copied) == list(run_command(rerun_of(source)).words)
        assert "hf_1" in copied


async def test_a_form_that_was_changed_asks_before_it_is_left(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await opened(board, "n")
        await board.press("escape")
        await board.until(lambda: not isinstance(board.app.screen, StartPage))
        await opened(board, "n")
        await fill(board, Field.IMAGE, "ubuntu")
        await board.press("escape")
        await board.shows("Leave the form?")
        await board.press("n")
        assert page(board).query_one("#image", Input).value == "ubuntu"
        await board.press("escape")
        await board.press("y")
        await board.until(lambda: not isinstance(board.app.screen, StartPage))


async def test_read_only_has_no_form(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.command("ro")
        for key in ("n", "r", "F"):
            await board.press(key)
            assert board.app.screen is board.main
        await board.says("read-only")
