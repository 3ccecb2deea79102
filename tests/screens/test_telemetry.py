"""Live telemetry in the running dashboard."""

import re
import time
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

from apolo_tui import local
from apolo_tui.client.client import Client, get
from apolo_tui.config import Settings, Threshold, Timings
from apolo_tui.local.faults import Silence
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.screens.chart import ChartPage
from apolo_tui.store.telemetry import SAMPLES_A_TURN
from apolo_tui.theme import DARK
from apolo_tui.widgets.chart_focus import FocusChart
from apolo_tui.widgets.sparkline import Marks
from tests.screens.dashboard import QUICK, Dashboard, dashboard, rewritten, start
from tests.screens.gpus import Loads
from tests.screens.rows import row
from tests.store.fakes import FakePlatform, make_job

BUSY = "sh -c 'while :; do :; done'"
DRAWN = frozenset("▁▂▃▄▅▆▇█") | {chr(code) for code in range(0x2801, 0x2900)}
"""Bars, and cells of a chart with dots in them."""
DASH = "\N{EN DASH}"
"""What a column shows of which nothing is known."""


@row("T1")
async def test_the_selected_job_shows_values_and_limits(tmp_path: Path) -> None:
    async with local.serve(gpus=Loads(98, 98)) as platform:
        async with get(platform.login_folder(tmp_path / "login"), environ={}) as client:
            await start(client, "train-gpu", preset="gpu-small")
        async with dashboard(tmp_path / "state", platform=platform) as board:
            await board.select("train-gpu")
            for name, value in (
                (" gpu ", "98%"),
                (" gmem ", "20G/24G"),
                (" cpu ", "/7"),
                (" mem ", "/28G"),
            ):
                drawn = (await board.shows(name, value)).partition(name)[2]
                assert DRAWN & set(drawn), board.text


@row("T2")
async def test_each_visible_row_has_a_trend(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    names = [f"task-{number}" for number in range(4)]
    for name in names:
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform, size=(200, 60)) as board:
        await board.shows("TREND")
        for name in names:

            def has_trend(name: str = name) -> bool:
                column = next(item for item in board.main.table.columns if item.key == "spark")
                cell = column.render(board.job(name))
                return not isinstance(cell, str) and bool(cell.text.strip())

            await board.until(has_trend)


@row("T3")
async def test_sockets_are_few_and_only_for_what_is_on_screen(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for number in range(12):
        await start(client, f"task-{number:02}", wait=None)
    settings = Settings(refresh=0.5, timings=QUICK, telemetry_sockets=3)
    async with dashboard(
        tmp_path / "state", platform=platform, size=(80, 13), settings=settings
    ) as board:
        await board.until(lambda: len(board.names) == 12)
        visible = set(board.main.table.visible_keys)
        assert 3 < len(visible) < 12
        # When each has had its turn, there would be room for those that are not seen.
        known = partial(samples_of, board)
        await board.until(lambda: min(map(known, visible)) >= SAMPLES_A_TURN, within=60.0)
        await board.refresh()
        assert platform.most_sockets["top"] <= 3
        assert {call.job_id for call in board.calls("top")} == visible
        await board.press("question_mark")  # a page over the list: nothing is followed
        await board.until(lambda: platform.sockets["top"] == 0)
        await board.press("escape")
        await board.until(lambda: platform.sockets["top"] > 0)
        assert platform.most_sockets["top"] <= 3
        in_turn = [known for known in board.main.look.telemetry.values() if known.in_turn]
        assert in_turn


def samples_of(board: Dashboard, job_id: Hashable) -> int:
    """How many samples of a job have come."""
    known = board.main.look.telemetry.get(str(job_id))
    return 0 if known is None else len(known.series)


@row("T4")
async def test_silence_is_stale_then_reconnected_and_leaves_a_hole(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train-one")
    # The line breaks off where five seconds are without a value.
    timings = Timings(selection_delay=0.02, stale=2.0, reconnect=6.0)
    settings = Settings(refresh=0.5, timings=timings)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.select("train-one")
        await board.until(lambda: board.main.look.fresh(board.job("train-one")))
        opened = len(board.calls("top"))
        with platform.faults.active("top", Silence()):
            await board.shows("stale", within=30.0)
            await board.until(lambda: len(board.calls("top")) > opened, within=30.0)
        await board.until(lambda: not board.line("stale") and not board.line("reconnecting"))
        drawn = "".join(sorted(DRAWN))
        hole = re.compile(rf"[{drawn}]  +[{drawn}]")
        await board.until(lambda: hole.search(board.text))
        series = board.main.look.telemetry[job.id].series
        times = [sample.timestamp for sample in series.since(0.0)]
        gaps = [after - before for before, after in pairwise(times)]
        assert max(gaps) > 5.0
        with platform.faults.active("top", Silence()):
            rewritten(platform, "train-one", status="suspended", history__status="suspended")
            await board.shows("no telemetry: the job does not run")
            assert not board.line("stale")


@row("T5")
async def test_a_job_without_a_gpu_has_a_dash(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "cpu-only")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        # A sample has arrived when both the row and the strip tell the processor's part of it.
        await board.until(lambda: cell_of(board, "cpu-only", "CPU") not in ("", DASH), within=60.0)
        assert cell_of(board, "cpu-only", "GPU") == DASH
        assert cell_of(board, "cpu-only", "GMEM") == DASH
        await board.shows(" cpu ", " mem ", within=60.0)
        gpu, memory = (await board.shows(" gpu ", " gmem ")).split(" gmem ")
        assert gpu.split() == ["gpu", DASH]
        assert memory.split() == [DASH]


def cell_of(board: Dashboard, name: str, column: str) -> str:
    """What the row of the job shows in a right-aligned column, "" while there is no such row."""
    lines = board.lines
    heads = [line for line in lines if " ST NAME " in line]
    rows = [line for line in lines if f"●R {name} " in line]
    if not heads or not rows:
        return ""
    end = heads[0].index(f" {column} ") + len(column) + 1
    return rows[0][:end].split()[-1]


async def on_chart(board: Dashboard) -> FocusChart:
    await board.press("M")
    await board.until(lambda: isinstance(board.app.screen, ChartPage))
    return board.app.screen.query_one(FocusChart)


@row("T7")
async def test_the_chart_has_windows_a_cursor_and_figures(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one", BUSY)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.until(
            lambda: (
                board.main.look.fresh(board.job("train-one"))
                and len(board.main.look.telemetry[board.job("train-one").id].series) > 2
            )
        )
        chart = await on_chart(board)
        await board.shows("avg", "p95", "max")
        await board.shows("last 15m")
        await board.press("full_stop")
        await board.shows("last 1h00m")
        await board.press("comma", "comma")
        await board.shows("last 5m")
        assert chart.cursor is None
        now = board.lines[1]
        await board.press("left")
        assert chart.cursor is not None
        assert board.lines[1] != now
        assert re.search(r"\d\d:\d\d:\d\d +cpu \d", board.lines[1])
        await board.press("left", "left", "left")
        before = chart.cursor
        await board.press("right")
        assert chart.cursor is not None
        assert chart.cursor > before
        assert platform.sockets["top"] == 1
        await board.press("right_square_bracket")
        await board.shows("mem", "last 5m")
        await board.press("escape")
        await board.shows("[5]All")


@row("T8")
async def test_thresholds_colour_values_and_are_configurable(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one", BUSY, preset="cpu-large")
    limits = {"cpu": Threshold(1.0, 2.0), "memory": Threshold(0.0, 101.0)}
    settings = Settings(refresh=0.5, timings=QUICK, thresholds=limits)

    async with dashboard(
        tmp_path / "state", platform=platform, settings=settings, size=(200, 60)
    ) as board:
        await board.until(lambda: style_of(board, "train-one", "cpu") == "danger")
        assert style_of(board, "train-one", "mem") == "warning"
    async with dashboard(tmp_path / "state", platform=platform, size=(200, 60)) as board:
        await board.until(lambda: board.main.look.fresh(board.job("train-one")))
        assert style_of(board, "train-one", "cpu") == ""  # one core of eight


@row("T8")
async def test_memory_is_coloured_without_any_setting(tmp_path: Path) -> None:
    shares = {"calm": 0.7, "filling": 0.8, "nearly-full": 0.92}
    jobs = [make_job(number, name=name) for number, name in enumerate(shares)]
    fake = FakePlatform(jobs)
    for job in jobs:
        used = round(shares[str(job.name)] * job.container.resources.memory)
        fake.jobs.samples[job.id] = [JobTelemetry(0.1, used, time.time())]

    @asynccontextmanager
    async def opener() -> AsyncIterator[FakePlatform]:
        yield fake

    async with dashboard(tmp_path / "state", opener=opener, size=(200, 60)) as board:
        await board.until(lambda: len(board.main.look.telemetry) == 3)
        await board.until(lambda: style_of(board, "nearly-full", "mem") == "danger")
        await board.until(lambda: style_of(board, "filling", "mem") == "warning")
        await board.until(lambda: board.main.look.fresh(board.job("calm")))
        assert style_of(board, "calm", "mem") == ""


@row("T8")
async def test_thresholds_colour_the_figures_of_gpus(tmp_path: Path) -> None:
    async with local.serve(gpus=Loads(98, 60)) as platform:
        async with get(platform.login_folder(tmp_path / "login"), environ={}) as client:
            for name in ("first", "second"):
                await start(client, name, preset="gpu-small")
        limits = {"gpu": Threshold(50.0, 90.0), "gpu_memory": Threshold(80.0, 90.0)}
        settings = Settings(refresh=0.5, timings=QUICK, thresholds=limits)
        async with dashboard(
            tmp_path / "state", platform=platform, settings=settings, size=(80, 24)
        ) as board:
            await board.until(lambda: style_of(board, "first", "gpu") == "danger")
            await board.until(lambda: style_of(board, "second", "gpu") == "warning")
            assert style_of(board, "first", "gmem") == "warning"
        async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
            await board.select("first")
            await board.shows(" gpu ", "98%")
            variables = DARK.variables
            assert board.colour("98%", " gpu ") == variables["value-critical"]
            assert board.colour("20G/24G", " gmem ") == variables["value-warning"]


def style_of(board: Dashboard, name: str, key: str) -> str:
    """The name of the style of a cell."""
    column = next(item for item in board.main.table.columns if item.key == key)
    cell = column.render(board.job(name))
    return "" if isinstance(cell, str) else cell.style


@row("T9")
async def test_a_plain_terminal_gets_ascii_only(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one", life_span=3600.0)
    for size in ((120, 40), (80, 24)):
        async with dashboard(
            tmp_path / "state", platform=platform, marks=Marks.ASCII, size=size
        ) as board:
            await board.select("train-one")
            await board.until(lambda: board.main.look.fresh(board.job("train-one")))
            for keys in ((), ("question_mark",), ("escape", "K"), ("escape", "plus"), ("escape",)):
                await board.press(*keys)
                await board.settle()
                odd = {letter for letter in board.text if not letter.isascii()}
                assert not odd, f"{odd} after {keys}:\n{board.text}"
    forced = Settings(refresh=0.5, timings=QUICK, ascii=True)
    async with dashboard(tmp_path / "state", platform=platform, settings=forced) as board:
        await board.shows("*R", "train-one")
        assert board.text.isascii()
