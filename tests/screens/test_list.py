"""The job list in the running dashboard."""

from functools import partial
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client, get
from apolo_tui.config import Settings, Timings, load
from apolo_tui.local.faults import Delay
from apolo_tui.model.job import JobStatus
from apolo_tui.theme import DARK
from tests.screens.dashboard import QUICK, Dashboard, as_ended, dashboard, rewritten, start
from tests.screens.gpus import Loads
from tests.screens.rows import row
from tests.until import until

TIMES = "\N{MULTIPLICATION SIGN}"


@row("L1")
async def test_the_first_paint_is_the_list_of_the_last_session_marked_as_cached(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, cache=True) as board:
        await board.shows("train-one")
    platform.faults.add("jobs.list", Delay(60.0))
    async with dashboard(tmp_path / "state", platform=platform, cache=True, ready=False) as board:
        assert board.line("train-one")
        await board.shows("cached")
        assert not board.line("live")
        platform.faults.clear()
        await board.press("ctrl+r")
        await board.shows("live")
        assert not board.line("cached")


@row("L2")
async def test_a_job_that_ends_on_the_platform_ends_on_screen(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train-one")
    # With a job from the future, this one is too old to be among the new ones.
    await start(client, "newest-one")
    rewritten(platform, "newest-one", history__created_at="2126-11-22T10:00:00+00:00")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.shows("●R", "train-one")
        asked = len(board.calls("jobs.get"))
        await client.jobs.send_signal(job.id)
        await board.shows("✗F", "train-one")
        # The ended job was asked for by its id: the list of active ones no longer has it.
        assert any(call.job_id == job.id for call in board.calls("jobs.get")[asked:])
    nowhere = tmp_path / "config.toml"
    assert load(nowhere, environ={}, flags={"refresh": "2"}).settings.refresh == 2.0
    hasty = load(nowhere, environ={}, flags={"refresh": "1.9"})
    assert hasty.settings.refresh == Settings().refresh
    assert "from 2 seconds" in str(hasty.problems[0])


@row("L3")
async def test_the_cursor_stays_with_its_job_through_sorting_and_removal(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("bbb-job", "ccc-job", "aaa-job"):
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("bbb-job")
        await board.command("sort name")
        await board.until(lambda: board.names == ["aaa-job", "bbb-job", "ccc-job"])
        assert board.selected == "bbb-job"
        await board.press("i")
        await board.until(lambda: board.names == ["ccc-job", "bbb-job", "aaa-job"])
        assert board.selected == "bbb-job"
        assert "▶●R bbb-job" in board.text
        await board.command("filter !bbb")
        await board.until(lambda: board.names == ["ccc-job", "aaa-job"])
        assert board.selected == "aaa-job"  # what stands at the place of the one that went


@row("L4")
async def test_the_filter_narrows_while_it_is_typed(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("train-resnet", "train-vit", "notebook"):
        await start(client, name)
    rewritten(platform, "train-vit", name="train-ViT")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.until(lambda: len(board.names) == 3)
        await board.press("slash")
        await board.type("train")
        assert set(board.names) == {"train-resnet", "train-ViT"}
        for text, expected in (
            ("!train", {"notebook"}),
            ("-f trnrs", {"train-resnet"}),
            ("TRAIN", set()),
            ("ViT", {"train-ViT"}),
            ("train-(vit|x)", {"train-ViT"}),
        ):
            board.main.filter_input.value = ""
            await board.type(text)
            assert set(board.names) == expected, text
        board.main.filter_input.value = ""
        await board.type("tr")
        before = set(board.names)
        await board.type("(")
        assert set(board.names) == before
        assert board.main.listing.error
        assert board.main.listing.error[:10] in board.text


@row("L5")
async def test_the_filter_knows_fields(tmp_path: Path) -> None:
    async with local.serve(gpus=Loads(98, 2)) as platform:
        async with get(platform.login_folder(tmp_path / "login"), environ={}) as client:
            await start(client, "busy", preset="gpu-small", life_span=86400.0)
            await start(client, "idle", preset="gpu-small")
            await start(client, "short-one", life_span=1800.0, tags=["nlp"])
            await start(client, "failed-one", "false", preset="cpu-small", wait=JobStatus.FAILED)
        rewritten(platform, "busy", total_price_credits="12.5")
        rewritten(platform, "short-one", owner="bob")
        async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
            await board.shows("busy", "98%")
            await board.shows("idle", "2%")
            for text, expected in (
                ("status:failed", {"failed-one"}),
                ("status:running gpu:<5", {"idle"}),
                ("left:<1h", {"short-one"}),
                ("tag:nlp", {"short-one"}),
                ("preset:cpu-m*", {"short-one"}),
                ("preset:gpu-small", {"busy", "idle"}),
                ("owner:me !status:failed", {"busy", "idle"}),
                ("owner:bob", {"short-one"}),
                ("cost:>10", {"busy"}),
                ("cost:>100", set()),
            ):
                await board.command(f"filter {text}")
                assert set(board.names) == expected, text


@row("L6")
async def test_the_filter_is_shown_remembered_and_cleared(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    await start(client, "notebook")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.press("slash")
        await board.type("train")
        await board.press("enter")
        assert board.line("/train")
        await board.press("enter")  # the detail, and back
        await board.press("escape")
        assert board.line("/train")
        await board.press("2")  # another view has its own filter
        assert not board.line("/train")
        await board.press("5")
        assert board.line("/train")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        assert board.line("/train")
        assert board.names == ["train-one"]
        await board.press("escape")
        await board.until(lambda: len(board.names) == 2)
        assert not board.line("/train")
        await board.command("filter train")
    forgetful = Settings(refresh=0.5, timings=QUICK, keep_filter=False)
    async with dashboard(tmp_path / "state", platform=platform, settings=forgetful) as board:
        assert not board.line("/train")
        await board.command("filter train")
        assert board.line("/train")
        await board.press("2", "5")
        assert not board.line("/train")


@row("L7")
async def test_the_order_is_chosen_shown_and_remembered(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("bbb-job", "ccc-job", "aaa-job"):
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.until(lambda: board.names == ["aaa-job", "ccc-job", "bbb-job"])
        await board.command("sort name")
        assert board.names == ["aaa-job", "bbb-job", "ccc-job"]
        assert board.line("ST", "NAME↑")
        await board.press("i")
        assert board.names == ["ccc-job", "bbb-job", "aaa-job"]
        assert board.line("ST", "NAME↓")
        await board.press("greater_than_sign")
        assert board.line("ST", "PRESET↑")
        await board.press("less_than_sign")
        assert board.line("ST", "NAME↑")
        await board.press("i")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.until(lambda: board.names == ["ccc-job", "bbb-job", "aaa-job"])


@row("L7")
async def test_live_figures_move_no_row_too_soon_or_under_the_hand(tmp_path: Path) -> None:
    loads = Loads(10, 90)
    patient = Timings(selection_delay=0.02, resort=3600.0, key_rest=0.0)
    hands_off = Timings(selection_delay=0.02, resort=0.0, key_rest=3600.0)
    quick = Timings(selection_delay=0.02, resort=0.0, key_rest=0.0)

    async with local.serve(gpus=loads) as platform:
        async with get(platform.login_folder(tmp_path / "login"), environ={}) as client:
            for name in ("one", "two"):
                await start(client, name, preset="gpu-small")

        async def told(board: Dashboard) -> None:
            """The rows show the loads, and the list has been made anew since."""
            for name, load in zip(("one", "two"), loads.duty, strict=True):
                await board.shows("●R", name, f"{load}%")
            known = board.main.jobs.revision
            await board.until(lambda: board.main.jobs.revision > known + 1)
            await board.settle()

        for timings, moves in ((patient, False), (hands_off, False), (quick, True)):
            settings = Settings(refresh=0.3, timings=timings)
            folder = tmp_path / f"state-{timings.resort}-{timings.key_rest}"
            loads.duty = [10, 90]
            async with dashboard(
                folder, platform=platform, settings=settings, size=(80, 24)
            ) as board:
                await told(board)
                await board.command("sort gpu")
                assert board.names == ["two", "one"]
                loads.duty = [90, 10]
                await told(board)
                assert board.names == (["one", "two"] if moves else ["two", "one"])


@row("L7")
async def test_rows_that_stayed_under_the_hand_move_when_it_rests(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        await start(client, name)
    # Nothing is asked for by itself, so no news come that would move them.
    settings = Settings(refresh=600.0, timings=Timings(selection_delay=0.02, key_rest=1.0))
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.command("sort status")
        assert board.names == ["two", "one"]
        job = board.job("two")
        await client.jobs.send_signal(job.id)
        await until(partial(has_ended, client, job.id))
        await board.press("j")
        await board.refresh()
        assert board.job("two").status is JobStatus.FAILED
        await board.until(lambda: board.names == ["one", "two"])


async def has_ended(client: Client, job_id: str) -> bool:
    return (await client.jobs.status(job_id)).status.is_finished


@row("L8")
async def test_the_width_cycles_and_columns_come_in_apolos_format(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, size=(200, 60)) as board:
        await board.shows("OWNER", "CR/H")
        await board.press("w")
        await board.hides("OWNER")
        await board.shows("NAME", "GPU", "PROGRESS")
        assert not board.line("PRESET", "NAME")
        await board.press("w")
        await board.shows("PRESET", "NAME")
        await board.command("columns {id;max=8} name")
        await board.hides("PROGRESS")
        keys = [column.key for column in board.main.table.columns]
        assert keys == ["name", "id"]
        await board.press("z")
        line = await board.shows("train-one", board.job("train-one").id[:7])
        assert board.job("train-one").id[:8] not in line
        await board.command("columns nonsense")
        await board.says("no column 'nonsense'")
    configured = Settings(refresh=0.5, timings=QUICK, columns="{id;max=8} name")
    async with dashboard(tmp_path / "other", platform=platform, settings=configured) as board:
        assert [column.key for column in board.main.table.columns] == ["name", "id"]


@row("L9")
async def test_a_wide_table_pans_while_the_name_stays(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.command("columns status name owner preset run left cpu mem created image cost")
        await board.until(lambda: not board.line("NAME", "COST"))
        for _ in range(8):
            await board.press("shift+right")
        await board.shows("NAME", "COST")
        await board.shows("train-one")
        assert not board.line("OWNER")
        for _ in range(8):
            await board.press("shift+left")
        await board.shows("NAME", "OWNER")


@row("L10")
async def test_marks_survive_refresh_and_filter_and_are_counted(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name in ("aaa-job", "bbb-job", "ccc-job", "ddd-job"):
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.command("sort name")
        await board.select("aaa-job")
        await board.press("space")
        await board.shows("1 marked")
        await board.press("j", "ctrl+at")
        await board.shows("3 marked")
        await board.refresh()
        await board.shows("3 marked")
        await board.command("filter ddd")
        await board.shows("3 marked")
        await board.press("asterisk")
        await board.shows("4 marked")
        await board.press("ctrl+backslash")
        await board.hides("marked")


@row("L11")
async def test_ended_mine_and_problems_narrow_and_say_so(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "mine-one")
    await start(client, "done-one", "true", wait=JobStatus.SUCCEEDED)
    await start(client, "bad-one", "false", wait=JobStatus.FAILED)
    await start(client, "theirs")
    rewritten(platform, "theirs", owner="bob")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.until(lambda: len(board.names) == 4)
        await board.press("e")
        assert set(board.names) == {"mine-one", "theirs"}
        assert board.line("no ended")
        await board.press("u")
        assert board.names == ["mine-one"]
        assert board.line("mine", "no ended")
        await board.press("u", "e", "exclamation_mark")
        assert board.names == ["bad-one"]
        assert board.line("problems")
        await board.press("exclamation_mark")
        assert len(board.names) == 4


@row("L12")
async def test_saved_views_are_on_the_digits(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "ends-soon", life_span=1200.0)
    await start(client, "ends-later", life_span=2400.0)
    await start(client, "ends-tomorrow", life_span=86400.0)
    await start(client, "failed-one", "false", wait=JobStatus.FAILED)
    await start(client, "done-one", "true", wait=JobStatus.SUCCEEDED)
    await start(client, "failed-long-ago")
    rewritten(platform, "failed-long-ago", **as_ended("failed", "Error"))
    await start(client, "theirs", life_span=86400.0)
    rewritten(platform, "theirs", owner="bob")
    active = {"ends-later", "ends-soon", "ends-tomorrow", "theirs"}
    failed = {"failed-one", "failed-long-ago"}
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.until(lambda: len(board.names) == 7)
        await board.press("1")
        assert set(board.names) == (active | failed | {"done-one"}) - {"theirs"}
        await board.press("2")
        assert set(board.names) == active
        await board.press("3")
        assert board.names == ["failed-one"]
        await board.press("4")
        assert board.names == ["ends-soon", "ends-later"]
        await board.press("9")
        await board.says("There is no view 9")
        await board.press("5")
        assert len(board.names) == 7
        await board.command("filter failed")
        await board.command("sort name")
        await board.command("columns name id")
        await board.command("save night")
        await board.shows("[6]night")
        await board.command("columns default")
        await board.press("1")
        assert len(board.names) == 6
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.press("6")
        assert board.names == ["failed-long-ago", "failed-one"]
        assert board.line("sort:NAME↑")
        assert [column.key for column in board.main.table.columns] == ["name", "id"]
        await board.press("5")
        assert len(board.main.table.columns) > 2


@row("L16")
async def test_restarts_and_preemptions_are_counted_in_the_row(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "restarted")
    await start(client, "preempted")
    rewritten(platform, "restarted", history__restarts=3)
    rewritten(
        platform, "preempted", status="suspended", history__status="suspended", history__restarts=2
    )
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.shows("restarted", f"restarted {TIMES}3")
        await board.shows("◐S", f"preempted {TIMES}2")


@row("L17")
async def test_what_is_not_known_is_shown_and_breaks_nothing(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "odd-one")
    await start(client, "bare-one")
    rewritten(platform, "odd-one", status="frozen", history__status="frozen", preset_name="x-9")
    rewritten(platform, "bare-one", container={}, history={}, preset_name=None, tags=None)
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.shows("?U", "odd-one", "? frozen")
        await board.shows("bare-one")
        for name in ("odd-one", "bare-one"):
            await board.select(name)
            await board.press("enter")
            await board.shows(name)
            for _ in range(6):
                await board.press("right_square_bracket")
            await board.press("escape")


@row("L18")
async def test_the_time_left_counts_down_in_colours(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "four-minutes", life_span=240.0)
    await start(client, "ten-minutes", life_span=600.0)
    await start(client, "half-an-hour", life_span=1800.0)
    await start(client, "a-day", life_span=86400.0)
    await start(client, "no-limit")
    await start(client, "waiting", preset="cpu-large", wait=None)
    rewritten(platform, "waiting", status="pending", history__status="pending")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.command("sort left")
        ending = ["four-minutes", "ten-minutes", "half-an-hour", "a-day"]
        await board.until(lambda: board.names[:4] == ending)
        await board.shows("four-minutes", "0h03m!")
        await board.shows("ten-minutes", "0h09m!")
        await board.shows("a-day", "23h59m")
        await board.shows("no-limit", "∞")
        await board.select("no-limit")  # the row under the cursor has colours of its own
        variables = DARK.variables
        for text, name, token in (
            ("0h03m!", "four-minutes", "value-critical"),
            ("0h09m!", "ten-minutes", "value-warning"),
            ("0h29m", "half-an-hour", "value-notice"),
        ):
            assert board.colour(text, name) == variables[token], name
        told = {variables[f"value-{level}"] for level in ("critical", "warning", "notice")}
        assert board.colour("23h59m", "a-day") not in told
        column = next(item for item in board.main.table.columns if item.key == "left")
        waiting = column.render(board.job("waiting"))
        assert not isinstance(waiting, str)
        assert waiting.text == "–"  # noqa: RUF001 - the dash that is shown
