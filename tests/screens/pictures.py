"""Pictures of every screen, drawn by the dashboard itself on a scene that never changes.

`python -m tests.screens.pictures` draws them anew into docs/pictures.
"""

import asyncio
import html
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# Textual reads this once, when it is imported.
os.environ["TEXTUAL_ANIMATIONS"] = "none"

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.widgets import Input, TextArea

from apolo_tui.config import Settings, Timings
from apolo_tui.model.errors import ConfigError
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Live
from apolo_tui.model.wall import Rotation
from apolo_tui.screens.alerts import AlertsPage
from apolo_tui.screens.bump import BumpDialog
from apolo_tui.screens.capacity import CapacityPage
from apolo_tui.screens.chart import ChartPage
from apolo_tui.screens.command_line import CommandLine
from apolo_tui.screens.compare import ComparePage
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.forwards import ForwardsPage
from apolo_tui.screens.help import HelpPage
from apolo_tui.screens.job_log import JobLog
from apolo_tui.screens.logs import LogsPage
from apolo_tui.screens.runs import RunsPage
from apolo_tui.screens.start import StartPage
from apolo_tui.screens.wall import WallPage
from tests.screens.dashboard import Dashboard, dashboard
from tests.screens.scene import NOW
from tests.screens.scene_platform import ScenePlatform, keep_past

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
VERSIONS = FOLDER / "VERSION.txt"
RENEW = "python -m tests.screens.pictures draws them anew"
SIZES = ((120, 40), (200, 60), (80, 24), (60, 16))
"""Columns and lines, in the order in which the screen takes them."""
STILL = Timings(
    selection_delay=0.02,
    repeat_guard=0.0,
    reveal=3600.0,
    stale=86400.0,
    reconnect=86400.0,
)
"""Nothing goes on by itself while the pictures are drawn."""
LOG_FROM = 24
"""Lines of the screen from which on it shows the end of the log."""
STILLS = 4
"""How often the screen has to look the same before it is taken to stand still."""
FONT_FACE = re.compile(r"\s*@font-face \{[^}]*\}")
TEXT = re.compile(r'<text ([^>]*?)x="([\d.]+)"([^>]*?)textLength="[\d.]+"([^>]*)>(.*?)</text>')
RUN = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*|[\u2500-\u259f]+|[\u2800-\u28ff]{1,2}|[ \xa0]+|.")
"""What one font draws alike: words, lines and blocks, braille; all else by itself."""
CELL = 12.2
"""The width of a cell in the drawings of Rich."""
UNIQUE = re.compile(r"terminal-\d+")


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen at one size: what a terminal shows, and its drawing."""

    name: str
    size: tuple[int, int]
    lines: tuple[str, ...]
    svg: str
    """Empty where the drawing is not kept."""

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}-{self.size[0]}x{self.size[1]}.svg"


Step = Callable[[Dashboard], Awaitable[None]]


async def leave(board: Dashboard) -> None:
    """Back to the main screen, which may be in front already."""
    if board.app.screen is not board.main:
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)


@dataclass(frozen=True, slots=True)
class Shot:
    """How to get to a screen, what has to be on it, and how to get back."""

    name: str
    go: Step
    words: tuple[str, ...]
    """Some of each line that has to be there before the picture is taken, at every size."""
    back: Step = leave
    kept: tuple[tuple[int, int], ...] = ((120, 40),)
    """The sizes of which the drawing is kept in the repository."""


def dependencies() -> str:
    """The versions that the drawings depend on."""
    return "".join(f"{name} {version(name)}\n" for name in ("textual", "rich", "plotext"))


def drawing(svg: str) -> str:
    """The drawing without links to fonts of the web, and with names that stay the same."""
    svg = UNIQUE.sub("t", FONT_FACE.sub("", svg))
    return TEXT.sub(_straight, svg).rstrip() + "\n"


def _straight(found: re.Match[str]) -> str:
    """A text as runs at their own cells, whatever the viewer's fonts make of wide characters."""
    before, start, between, after, text = found.groups()
    runs: list[str] = []
    cells = 0
    for run in RUN.findall(html.unescape(text)):
        width = cell_len(run)
        if run.strip():
            x, length = float(start) + cells * CELL, width * CELL
            inner = html.escape(run.replace(" ", "\xa0"), quote=False)
            runs.append(
                f'<text {before}x="{x:.1f}"{between}textLength="{length:.1f}"{after}>{inner}</text>'
            )
        cells += width
    return "".join(runs)


async def take(board: Dashboard, shot: Shot) -> Picture:
    """Wait until all of it is there and stands still, and draw it."""
    app = board.app
    for word in shot.words:
        await board.shows(word)
    for field in app.screen.query(Input):
        field.cursor_blink = False
    for area in app.screen.query(TextArea):
        area.cursor_blink = False
    app.clear_notifications()
    board.main.redraw_bars()  # the last line tells what they told
    seen: list[str] = []
    while len(seen) < STILLS or len(set(seen[-STILLS:])) > 1:
        await asyncio.sleep(0.04)
        await board.settle()
        seen.append(board.text)
    # Toasts belong to what came before.
    app.clear_notifications()
    await board.settle()
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    lines = tuple(strip.text for strip in strips)
    size = (width, height)
    svg = drawing(app.export_screenshot(simplify=True)) if size in shot.kept else ""
    return Picture(shot.name, size, lines, svg)


def opens(key: str, page: type[object]) -> Step:
    async def go(board: Dashboard) -> None:
        await board.press(key)
        await board.until(lambda: isinstance(board.app.screen, page))

    return go


def on(job: str, then: Step) -> Step:
    async def go(board: Dashboard) -> None:
        await board.select(job)
        await then(board)

    return go


def tab(name: str) -> Step:
    async def go(board: Dashboard) -> None:
        board.main.show_tab(name)
        await board.until(lambda: board.main.detail.tab == name)

    return go


async def stay(board: Dashboard) -> None:
    await board.select("train-resnet")


async def compare(board: Dashboard) -> None:
    for name in ("llm-sft-7b", "train-resnet"):
        await board.select(name)
        await board.press("space")
    await opens("D", ComparePage)(board)


async def kill(board: Dashboard) -> None:
    for name in ("sweep-lr3e4", "notebook-ann"):
        await board.select(name)
        await board.press("space")
    await opens("K", ConfirmDialog)(board)


async def command(board: Dashboard) -> None:
    await opens("colon", CommandLine)(board)
    await board.type("c")


async def forwards(board: Dashboard) -> None:
    open_now = board.app.workspace.forwards
    if not open_now.open:
        open_now.start(board.job("train-resnet"), 8080, 18080)
        open_now.start(board.job("notebook-ann"), 8888, 18888)
    await board.until(lambda: all(forward.connections for forward in open_now.open))
    await opens("f", ForwardsPage)(board)


async def wall(board: Dashboard) -> None:
    """The first page, for ever."""
    await opens("m", WallPage)(board)
    page = board.app.screen
    assert isinstance(page, WallPage)
    page._rotation = Rotation(since=math.inf)


async def terminal(board: Dashboard) -> None:
    await board.select("train-resnet")
    await board.press("s")
    await board.until(lambda: board.main.detail.tab == "terminal")


async def close_terminal(board: Dashboard) -> None:
    sessions = board.app.workspace.sessions
    for session in list(sessions):
        await sessions.close(session)
    await board.until(lambda: board.main.detail.tab != "terminal" or not sessions)
    await board.settle()


async def logs(board: Dashboard) -> None:
    await opens("l", LogsPage)(board)
    log = board.app.screen.query_one(JobLog)
    await board.until(lambda: log.feed is not None and log.feed.topic.value.caught_up)
    # Its title says so a moment later.
    await board.until(lambda: log.view.store is log.feed.topic.value.store if log.feed else False)
    await board.shows("● follow")


SHOTS: tuple[Shot, ...] = (
    Shot("main", stay, ("train-resnet",), kept=SIZES),
    Shot("logs", logs, ("it/s=3.9",), kept=((120, 40), (80, 24))),
    Shot("chart", opens("M", ChartPage), ("gpu",)),
    Shot("spec", tab("spec"), ("name: train-resnet",)),
    Shot("history", tab("history"), ("Pulling",)),
    Shot("telemetry", tab("telemetry"), ("gmem",)),
    Shot("failed", on("train-vit", tab("overview")), ("memory",)),
    Shot("runs", on("train-resnet", opens("H", RunsPage)), ("Runs of train-resnet",)),
    Shot("compare", compare, ("Compare",)),
    Shot("help", opens("question_mark", HelpPage), ("Filter",)),
    Shot("command", command, (":c",)),
    Shot("kill", kill, ("Kill 2 jobs",)),
    Shot("bump", on("train-resnet", opens("plus", BumpDialog)), ("More time",)),
    Shot("start", on("train-vit", opens("r", StartPage)), ("train-vit",), kept=((80, 24),)),
    Shot("capacity", on("train-resnet", opens("C", CapacityPage)), ("a100-1",)),
    Shot("forwards", forwards, ("18080",)),
    Shot("alerts", opens("A", AlertsPage), ("failed",)),
    Shot("wall", wall, ("train-resnet",), kept=((120, 40), (80, 24))),
    Shot("terminal", terminal, ("WARN",), close_terminal, ((120, 40), (80, 24))),
)
FIRST_RUN = Shot("first-run", leave, ("There is no login",))


async def gallery(folder: Path) -> AsyncIterator[Picture]:
    """Every screen at every size, from one run of the dashboard."""
    await asyncio.to_thread(folder.mkdir)
    await keep_past(folder)

    @asynccontextmanager
    async def opener() -> AsyncIterator[ScenePlatform]:
        yield ScenePlatform()

    settings = Settings(refresh=3600.0, timings=STILL)
    async with dashboard(
        folder, opener=opener, settings=settings, size=SIZES[0], clock=NOW.timestamp
    ) as board:
        for size in SIZES:
            await resize(board, size)
            for shot in SHOTS:
                await begin(board)
                await shot.go(board)
                yield await take(board, shot)
                await shot.back(board)


async def first_run(folder: Path) -> AsyncIterator[Picture]:
    """What somebody sees who has not logged in."""

    @asynccontextmanager
    async def opener() -> AsyncIterator[ScenePlatform]:
        raise ConfigError("no login in ~/.apolo", next_step="Run apolo login.")
        yield

    async with dashboard(
        folder, opener=opener, size=SIZES[0], clock=NOW.timestamp, ready=False
    ) as board:
        for size in SIZES:
            await resize(board, size)
            yield await take(board, FIRST_RUN)


async def resize(board: Dashboard, size: tuple[int, int]) -> None:
    """Give the terminal this many columns and lines."""
    app = board.app
    app.post_message(events.Resize(Size(*size), Size(*size)))
    await board.until(lambda: tuple(app.screen.size) == size)
    await board.settle()


async def begin(board: Dashboard) -> None:
    """The main screen as it is at the start."""
    main = board.main
    assert board.app.screen is main
    main.table.clear_marks()
    main.remove_class("-zoom-detail", "-zoom-list")
    main.detail.tab = "overview"
    main.table.focus()
    await board.select("train-resnet")
    running = [job.id for job in main.jobs.jobs.values() if job.status is JobStatus.RUNNING]
    await board.until(lambda: all(measured(board, job_id) for job_id in running))
    await board.shows("train-resnet", "97%")
    await board.settle()
    if board.app.size.height >= LOG_FROM:
        if main.query_one("#tail").display:
            await board.until(lambda: log_is_read(board))
            await board.shows("● follow")
        await board.shows("it/s=3.9")


def log_is_read(board: Dashboard) -> bool:
    """Whether the log below the overview is that of this moment, and not what it was before."""
    lease = board.app.workspace.logs._leases.get(board.job("train-resnet").id)
    for log in board.main.query_one("#tail").query(JobLog):
        if lease is not None and log._job is not None and log.feed is lease.feed:
            state = lease.feed.topic.value
            return state.caught_up and log.view.store is state.store
    return False


def measured(board: Dashboard, job_id: str) -> bool:
    """Whether the list knows the job's last sample."""
    known = board.main.look.telemetry.get(job_id)
    return known is not None and known.last is not None and isinstance(known.link, Live)


async def all_pictures(folder: Path) -> list[Picture]:
    found = [picture async for picture in gallery(folder / "scene")]
    return found + [picture async for picture in first_run(folder / "first-run")]


def kept(found: Iterable[Picture]) -> list[Picture]:
    """Those whose drawings are in the repository."""
    return [picture for picture in found if picture.svg]


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(all_pictures(Path(folder)))
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for picture in kept(found):
        picture.file.write_text(picture.svg, encoding="utf-8")
    VERSIONS.write_text(dependencies(), encoding="utf-8")
    size = sum(file.stat().st_size for file in FOLDER.glob("*.svg"))
    sys.stdout.write(f"{len(list(kept(found)))} pictures, {size >> 10} KiB, in {FOLDER}\n")
    if len(sys.argv) > 1:
        # All of it as text, to look at.
        Path(sys.argv[1]).write_text(
            "\n".join(
                f"=== {picture.name} {picture.size}\n" + "\n".join(picture.lines)
                for picture in found
            ),
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
