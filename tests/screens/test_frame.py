"""The frame of the dashboard: header, footer, help, commands, themes, sizes, the mouse."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.color import Color
from textual.widgets import Input

from apolo_tui import local
from apolo_tui.actions import ACTIONS
from apolo_tui.client.client import Client
from apolo_tui.config import Settings, load
from apolo_tui.local.faults import Delay, Drop
from apolo_tui.model.cells import width
from apolo_tui.model.job import JobStatus
from apolo_tui.screens.command_line import CommandLine
from apolo_tui.screens.help import HelpPage
from apolo_tui.screens.start import StartPage
from apolo_tui.theme import THEMES
from tests.screens.dashboard import QUICK, Dashboard, as_ended, dashboard, rewritten, start
from tests.screens.rows import row

SIZES = ((80, 24), (120, 40), (200, 60), (60, 16))


@row("K1", "K2")
async def test_keys_are_rebound_and_faults_of_the_file_are_told_with_their_line(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    path = tmp_path / "config.toml"
    path.write_text(
        'refresh = 2\n\n[keys]\n"jobs.kill" = "ctrl+x"\n"jobs.nothing" = "k"\n'
        '"jobs.menu" = "i"\n\n[wrong]\n'
    )
    loaded = load(path, environ={})
    told = [str(problem) for problem in loaded.problems]
    assert any(f"{path}:5: jobs.nothing is not an action" in text for text in told)
    assert any(f"{path}:6: i is both" in text for text in told)
    assert any(f"{path}:8: wrong is not a setting" in text for text in told)
    async with dashboard(
        tmp_path / "state",
        platform=platform,
        settings=loaded.settings,
        problems=loaded.problems,
        size=(80, 24),
    ) as board:
        await board.says("jobs.nothing is not an action")
        await board.select("train-one")
        await board.shows("ctrl+x kill")
        await board.press("K")
        assert board.app.screen is board.main
        await board.press("ctrl+x")
        await board.shows("Kill train-one?")
        await board.press("escape", "x")
        await board.shows("train-one: actions")


@row("K3", "Y2")
@pytest.mark.parametrize("theme", THEMES)
async def test_each_theme_draws_and_states_are_told_without_colour(
    platform: local.Platform, client: Client, tmp_path: Path, theme: str
) -> None:
    await start(client, "running-one")
    await start(client, "ended-one")
    rewritten(platform, "ended-one", **as_ended("failed", "Error", exit_code=3))
    settings = Settings(refresh=0.5, timings=QUICK, theme=theme)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        assert board.app.theme == theme
        await board.shows("●R", "running-one")
        await board.shows("✗F", "ended-one")
        await board.shows("▶")
        if theme == "mono":
            assert not colours(board)
        await board.select("ended-one")  # the row under the cursor has colours of its own
        assert board.colour("●R", "running-one") == drawn(theme, "status-running")
        another = "light" if theme == "dark" else "dark"
        await board.command(f"theme {another}")
        assert board.colour("●R", "running-one") == drawn(another, "status-running")


def drawn(theme: str, token: str) -> str:
    """What a token of a theme is called on screen."""
    colour = THEMES[theme].variables[token]
    name = colour.removeprefix("ansi_")
    if name in (colour, "default"):
        return name
    return f"color({Color.parse(name).number})"


@row("K3")
async def test_no_color_takes_every_colour_away(
    platform: local.Platform, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await start(client, "running-one")
    async with dashboard(tmp_path / "state", platform=platform, no_color=True) as board:
        await board.select("running-one")
        for keys in ((), ("K",), ("escape", "question_mark"), ("escape", "y")):
            await board.press(*keys)
            assert not colours(board), keys
        await board.press("escape")
        # Without a colour, the cursor is told by what a terminal without colours can do.
        assert any(
            segment.style is not None and segment.style.reverse
            for strip in board.app.screen._compositor.render_strips()
            for segment in strip
            if "running-one" in strip.text
        )


def colours(board: Dashboard) -> set[str]:
    """The colours on screen that are not the terminal's own."""
    found = set()
    for strip in board.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            for colour in (style.color, style.bgcolor) if style is not None else ():
                if colour is not None and not colour.is_default:
                    found.add(f"{colour.name} on {segment.text!r}")
    return found


@row("K4")
async def test_the_help_has_the_effective_keys_and_can_be_searched(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    settings = Settings(refresh=0.5, timings=QUICK, keys={"jobs.kill": ("ctrl+x",)})
    async with dashboard(
        tmp_path / "state", platform=platform, settings=settings, size=(120, 40)
    ) as board:
        for text in (
            "? help",
            ": cmd",
            "/ filter",
            "⏎ open",
            "l logs",
            "s shell",
            "+ bump",
            "q quit",
        ):
            assert text in board.lines[-1]
        assert "ctrl+x kill" in board.lines[-1]
        await board.press("question_mark")
        await board.until(lambda: isinstance(board.app.screen, HelpPage))
        await board.shows("Show only matching jobs")
        await board.type("kill")
        await board.shows("ctrl+x", "Kill")
        assert not board.line("Show only matching jobs")
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)


@row("K5")
async def test_the_command_line_completes_recalls_and_refuses(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.press("colon")
        await board.until(lambda: isinstance(board.app.screen, CommandLine))
        await board.type("ki")
        await board.shows(":kill")
        await board.press("tab")
        line = board.app.screen.query_one("#line")
        assert line.value == "kill"  # type: ignore[attr-defined]  # an Input
        await board.press("enter")
        await board.shows("Kill train-one?")
        await board.press("escape", "colon", "up")
        assert board.app.screen.query_one("#line").value == "kill"  # type: ignore[attr-defined]
        await board.press("escape")
        await board.command("sor name")
        await board.shows("sort:NAME")
        await board.command("nonsense")
        await board.says("There is no command nonsense")
        await board.press("ctrl+p")
        await board.until(lambda: board.app.screen is not board.main)
        await board.type("Invert")
        await board.shows("Invert", "(i)")
        await board.press("enter")
        await board.shows("sort:NAME↓")


WRITER = """
import json, sys
from pathlib import Path
from apolo_tui.store.files import write_atomically
from apolo_tui.store.state import State

state = State(Path(sys.argv[1]))
with state._locked():
    values = state._read()
    print("reading", flush=True)
    sys.stdin.readline()
    values["written by another"] = "this"
    write_atomically(Path(sys.argv[1]), json.dumps(values).encode())
"""
"""An instance that takes its time for a write."""
TORN = """
import resource, sys
from pathlib import Path
from apolo_tui.store.state import State

state = State(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
assert not state.put("theme", "dark" * 100)
"""
"""An instance whose write stops after 200 bytes, as that of a killed one may."""


def slow_write(path: Path) -> threading.Timer:
    """Begin a write of another instance; it is over when what is returned is."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "reading\n"
    ends = threading.Timer(0.5, writer.communicate, ["go on\n"])
    ends.start()
    return ends


def torn_write(path: Path) -> None:
    """A write of another instance that comes to nothing."""
    assert path.stat().st_size > 200
    subprocess.run([sys.executable, "-c", TORN, str(path)], check=True)


@row("K8")
async def test_two_instances_do_not_fight_over_the_state(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    async with dashboard(folder, platform=platform) as first:
        async with dashboard(folder, platform=platform) as second:
            await first.command("theme light")
            await second.command("sort name")
            await first.until(lambda: first.app.theme == "light")
            await second.shows("sort:NAME")
            # A third one writes at the same moment: whoever comes second waits, and takes it in.
            writing = slow_write(folder / "state.json")
            second.main.listing.set_format("name id")
            writing.join()
        torn_write(folder / "state.json")
    async with dashboard(folder, platform=platform) as third:
        assert third.app.theme == "light"
        await third.shows("sort:NAME")
        assert [column.key for column in third.main.table.columns] == ["name", "id"]
        assert third.app.workspace.state.text("written by another") == "this"
    (folder / "state.json").write_text("{half a fi")
    async with dashboard(folder, platform=platform) as fourth:
        await fourth.shows("[5]All")


@row("M5")
async def test_the_age_of_the_data_is_always_told(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    times = {"skew": 0.0}
    import time

    def clock() -> float:
        return time.time() + times["skew"]

    async with dashboard(
        tmp_path / "state", platform=platform, clock=clock, size=(80, 24)
    ) as board:
        line = await board.shows("live")
        assert re.search(r"live \d+\.\ds", line)
        assert board.colour(line.split("● ")[-1]) == drawn("dark", "link-live")
        platform.faults.add("jobs.list", Delay(600.0))
        for seconds in (11.0, 40.0):  # more than ten seconds, and than two refreshes
            times["skew"] = seconds
            await board.shows(f"STALE {seconds:.0f}"[:-1])
        line = await board.shows("STALE")
        assert re.search(r"STALE 4\ds", line)
        assert board.colour("STALE") == drawn("dark", "link-stale")


@row("Y1")
@pytest.mark.parametrize("size", [*SIZES, (50, 12), (20, 5)])
async def test_every_size_shows_the_list_and_wraps_nothing(
    platform: local.Platform, client: Client, tmp_path: Path, size: tuple[int, int]
) -> None:
    columns, rows = size
    await start(client, "train-one", life_span=3600.0)
    async with dashboard(tmp_path / "state", platform=platform, size=size) as board:
        await board.select("train-one")
        pages = [(), ("enter",)]
        if rows >= 16:
            pages += [("question_mark",), ("escape", "K"), ("escape", "c"), ("escape", "plus")]
        for keys in pages:
            await board.press(*keys)
            await board.settle()
            assert len(board.lines) == rows
            assert all(width(line) <= columns for line in board.lines), board.text
        for _ in range(3):
            await board.press("escape")
        assert "train-o" in board.text
        if columns < 60:
            titles = board.line("ST", "NAME").split()
            assert set(titles) & {"LEFT", "PRESET", "GPU"} <= {"LEFT"}
        # With few lines there are only the list and the keys.
        assert bool(board.line("CREATED↓")) is (rows >= 16)
        if rows >= 16:
            await board.shows("apolo-tui" if columns >= 80 else "harbor/tidepool/kelp")
            assert "quit" in board.lines[-1]
            assert "NAME" in board.text


@row("Y3")
async def test_wide_and_odd_names_keep_the_columns_straight(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    odd = ("日本語のジョブ", "👩‍🔬 lab", "e\u0301tude", "משימה", "ไทยภาษา", "plain")
    for number in range(len(odd)):
        await start(client, f"task-{number}", wait=None)
    for number, name in enumerate(odd):
        rewritten(platform, f"task-{number}", name=name)
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.until(lambda: len(board.names) == len(odd))
        places = set()
        for line in board.lines:
            if "cpu-micro" in line:
                places.add(width(line[: line.index("cpu-micro")]))
                assert width(line) <= 80
        assert len(places) == 1, board.text


@row("Y5")
async def test_the_mouse_works_and_can_be_left_to_the_terminal(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "aaa-job")
    await start(client, "bbb-job")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.command("sort name")
        await board.until(lambda: board.names == ["aaa-job", "bbb-job"])
        await board.select("aaa-job")
        await board.pilot.click(board.main.table, offset=(10, 2))
        await board.until(lambda: board.selected == "bbb-job")
        await board.pilot.click(board.main.table, offset=(6, 0))  # the title of the column
        await board.until(lambda: board.names == ["bbb-job", "aaa-job"])
        tabs = board.main.detail.query_one("#tabs")
        await board.pilot.click(tabs, offset=(14, 0))
        await board.until(lambda: board.main.detail.tab != "overview")


STOLEN = frozenset(
    {"ctrl+q", "ctrl+p", "ctrl+e", "ctrl+b", "ctrl+a", "ctrl+s", "ctrl+d", "ctrl+z", "f1"}
)
"""What terminals and multiplexers keep for themselves."""


def test_each_stolen_key_has_an_alternative() -> None:
    """A key, a command, or what the next test does."""
    for action in ACTIONS.values():
        if STOLEN & set(action.keys):
            others = set(action.keys) - STOLEN
            assert others or action.listed or action.id in ELSEWHERE, action.id


ELSEWHERE = frozenset({"table.half_page_down", "app.palette"})
"""Moving by pages, and the `:` line, do the same."""


def found(folder: Path, name: str) -> bool:
    """Whether there is a file of that name anywhere below."""
    return any(folder.rglob(name))


@row("Y6")
async def test_without_the_stolen_keys_all_of_it_can_be_done(
    platform: local.Platform, client: Client, tmp_path: Path, home: Path
) -> None:
    await start(client, "train-one", "sh -c 'echo hello; sleep 600'")
    for number in range(12):
        await start(client, f"task-{number:02}", wait=None)
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 13)) as board:
        await board.press("question_mark")  # for f1
        await board.until(lambda: isinstance(board.app.screen, HelpPage))
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)
        top = board.main.table.cursor_key
        await board.press("pagedown")  # for ctrl+d
        assert board.main.table.keys.index(board.main.table.cursor_key) > 1
        await board.press("g")
        assert board.main.table.cursor_key == top
        await board.press("colon")  # for ctrl+p, ctrl+z and ctrl+q
        for words in (":suspend", ":quit"):
            await board.type(words)
            await board.shows(words, "  ")
            board.app.screen.query_one("#line", Input).value = ""
        await board.press("escape")
        await board.select("train-one")
        await board.press("l")
        await board.shows("hello")
        await board.command("save")  # for ctrl+s in a log
        await board.says("train-one-shown.log")
        assert found(home, "train-one-shown.log")
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)
        await board.press("r")
        await board.until(lambda: isinstance(board.app.screen, StartPage))
        await board.press("f9")  # for ctrl+s in a form
        await board.until(lambda: board.calls("jobs.create")[13:])
        await board.shows("already exists")  # it was sent: there is one of this name
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)
        await board.press("q")  # for ctrl+q
        await board.until(lambda: board.app.return_value == 0)


async def test_a_broken_connection_is_told_with_what_to_press(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        platform.faults.add("jobs.list", Drop())
        await board.shows("ctrl+r try now")
        await board.shows("train-one")
        assert board.job("train-one").status is JobStatus.RUNNING
