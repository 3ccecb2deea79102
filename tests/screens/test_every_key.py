"""Nothing is lost by accident: every single key, on every page, and what reaches the platform."""

import string
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.actions import ACTIONS, Scope
from apolo_tui.client.client import Client
from apolo_tui.screens.alerts import AlertsPage
from apolo_tui.screens.capacity import CapacityPage
from apolo_tui.screens.chart import ChartPage
from apolo_tui.screens.command_line import CommandLine
from apolo_tui.screens.compare import ComparePage
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.events_page import EventsPage
from apolo_tui.screens.forwards import ForwardsPage
from apolo_tui.screens.help import HelpPage
from apolo_tui.screens.logs import LogsPage
from apolo_tui.screens.main import MainScreen
from apolo_tui.screens.picker import Picker
from apolo_tui.screens.runs import RunsPage
from apolo_tui.screens.start import StartPage
from apolo_tui.screens.wall import WallPage
from tests.screens.dashboard import CALM, SESSIONS, WRITES, Dashboard, dashboard, start
from tests.screens.rows import row

JOB, OTHER = "train-one", "train-two"

KEYS = (
    *string.ascii_letters,
    *string.digits,
    *(f"ctrl+{letter}" for letter in string.ascii_lowercase if letter not in "cqz"),
    *(f"f{number}" for number in range(1, 13)),
    *("exclamation_mark", "at", "number_sign", "dollar_sign", "percent_sign", "circumflex_accent"),
    *("ampersand", "asterisk", "left_parenthesis", "right_parenthesis", "minus", "underscore"),
    *("equals_sign", "plus", "left_square_bracket", "right_square_bracket", "backslash"),
    *("left_curly_bracket", "right_curly_bracket", "vertical_line", "semicolon", "apostrophe"),
    *("colon", "quotation_mark", "comma", "full_stop", "slash", "less_than_sign"),
    *("greater_than_sign", "question_mark", "grave_accent", "tilde", "space", "enter", "tab"),
    *("shift+tab", "backspace", "delete", "insert", "up", "down", "left", "right", "home", "end"),
    *("pageup", "pagedown", "ctrl+left", "ctrl+right", "shift+left", "shift+right", "ctrl+at"),
    *("ctrl+backslash", "ctrl+delete", "ctrl+backspace", "alt+k", "alt+d", "alt+enter"),
)
"""Every key but those that leave the program (ctrl+c, ctrl+q, ctrl+z)."""
SESSION_KEYS = frozenset({"s", "a", "t"})
"""On the main screen they open a shell, or what the job shows, or go to it."""
FEARED = ("K", "y")
"""What asks for, and what confirms, something that cannot be taken back."""
KEYS_OF_ACTIONS = frozenset(
    key
    for action in ACTIONS.values()
    if action.scope in (Scope.APP, Scope.JOBS, Scope.TABLE)
    for key in action.keys
)
FIRST_VIEW = "5"
"""The digit of the view in which the list is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A place of the dashboard, and how to get there from the list."""

    keys: tuple[str, ...] = ()
    command: str = ""
    marked: bool = False
    """Two jobs are marked before."""
    zoomed: bool = False
    """The detail fills the screen."""
    tab: str = "overview"
    screen: type = MainScreen
    told: frozenset[str] = frozenset()
    """Keys that write here, or leave, as the page itself tells: not pressed."""


def page(screen: type, *keys: str, **options: object) -> Page:
    return Page(screen=screen, keys=keys, **options)  # type: ignore[arg-type]  # names of fields


PAGES = {
    "list": Page(told=SESSION_KEYS | {"q"}),
    "detail": Page(keys=("enter",), zoomed=True, told=SESSION_KEYS),
    "telemetry": Page(keys=("enter",), zoomed=True, tab="telemetry", told=SESSION_KEYS),
    "history": Page(keys=("enter",), zoomed=True, tab="history", told=SESSION_KEYS),
    "spec": Page(keys=("y",), tab="spec", told=SESSION_KEYS),
    "filter": Page(keys=("slash",)),
    # v hands the terminal to a pager; there is none in a test.
    "logs": page(LogsPage, "l", told=frozenset({"v"})),
    "help": page(HelpPage, "question_mark"),
    "chart": page(ChartPage, "M"),
    "runs": page(RunsPage, "H"),
    "compare": page(ComparePage, "D", marked=True),
    "capacity": page(CapacityPage, "C"),
    "forwards": page(ForwardsPage, "f"),
    "alerts": page(AlertsPage, "A"),
    "events": page(EventsPage, command="events"),
    "wall": page(WallPage, "m"),
    "menu": page(Picker, "x", told=SESSION_KEYS),
    "themes": page(Picker, command="theme"),
    "command": page(CommandLine, "colon"),
    "start": page(StartPage, "n", told=frozenset({"ctrl+s", "f9"})),
    "rerun": page(StartPage, "r", told=frozenset({"ctrl+s", "f9"})),
}


class Walk:
    """Presses keys on one page, and comes back to it after each that led away."""

    def __init__(self, board: Dashboard, page: Page) -> None:
        self.board = board
        self.page = page
        self._known = len(self._changes())
        self._home: tuple[object, ...] = ()
        self._focused: object = None

    async def begin(self) -> None:
        await self._go()
        self._focused = self.board.app.focused
        assert isinstance(self.board.app.screen, self.page.screen)
        assert self.board.main.detail.tab == self.page.tab
        self._home = self._place()

    async def press(self, key: str) -> None:
        """The key alone; and `esc` behind it where it did something."""
        await self.board.press(key)
        self._expect_nothing(key)
        if self._place() != self._home:
            await self.board.press("escape")
            self._expect_nothing(f"esc after {key}")
            if self._place() != self._home:
                await self._go()
                assert self._place() == self._home, f"the way back after {key}"

    async def press_behind_escape(self, key: str) -> None:
        """`esc` and the key in one burst: it comes while the page is being left."""
        self.board.send("escape", key)
        await self.board.settle()
        self._expect_nothing(f"{key} right behind esc")
        await self._go()

    async def end(self) -> None:
        """What was asked of the platform before is there when this is answered."""
        await self.board.refresh()
        self._expect_nothing("all keys together")

    def _changes(self) -> list[str]:
        """All that is no mere question to the platform."""
        assert self.board.platform is not None
        return [
            call.operation
            for call in self.board.platform.calls
            if call.method != "GET" or call.operation in SESSIONS
        ]

    def _expect_nothing(self, what: str) -> None:
        assert self.board.app.return_value is None, f"{what} left the dashboard"
        assert self.board.app.is_running, f"{what} ended the dashboard"
        done = self._changes()[self._known :]
        assert not done, f"{what} did {done}"

    def _place(self) -> tuple[object, ...]:
        """Where the dashboard is: enough to see that a key led somewhere else."""
        main = self.board.main
        view = main.listing.view
        return (
            tuple(type(screen) for screen in self.board.app.screen_stack),
            self.board.app.focused is main.table,
            type(self.board.app.focused),
            main.has_class("-zoom-detail"),
            main.has_class("-zoom-list"),
            main.detail.tab,
            main.listing.digit,
            (view.filter, view.problems, view.ended),
            bool(main.table.marked),
            main.selected_id,
        )

    async def _go(self) -> None:
        """To the page from wherever the last key led; what is as it was stays."""
        board, main, page = self.board, self.board.main, self.page
        while board.app.screen is not main:
            before = board.app.screen
            await board.press("escape")
            if isinstance(before, StartPage) and isinstance(board.app.screen, ConfirmDialog):
                await board.press("y")  # leaves what was typed into the form
        if main.filter_input.display:
            main.close_filter(clear=True)
        self._reset_list()
        if main.has_class("-zoom-list") or main.has_class("-zoom-detail") is not page.zoomed:
            main.remove_class("-zoom-detail", "-zoom-list")
            main.table.focus()
        await board.settle()
        if page.zoomed and main.has_class("-zoom-detail") and board.app.focused is self._focused:
            main.detail.tab = page.tab
            await board.settle()
            return
        main.detail.tab = "overview"
        main.table.focus()
        if page.marked:
            for name in (OTHER, JOB):
                await board.select(name)
                await board.press("space")
        if page.command:
            await board.command(page.command)
        await board.press(*page.keys)
        await board.until(lambda: isinstance(board.app.screen, page.screen))
        if page.tab != main.detail.tab:
            main.show_tab(page.tab)
            await board.settle()

    def _reset_list(self) -> None:
        """The view, the marks and the cursor as they are at first."""
        main = self.board.main
        view = main.listing.view
        if main.table.marked:
            main.table.clear_marks()
        if main.listing.digit != FIRST_VIEW or view.filter or view.problems or not view.ended:
            main.listing.switch(FIRST_VIEW)
            main.listing.change(filter="", problems=False, ended=True, mine=False)
            main.redraw()
        main.table.move_cursor(self.board.job(JOB).id)
        main.settle_selection()  # by itself it would follow some moments later


@row("S5")
@pytest.mark.parametrize("name", PAGES)
async def test_no_single_key_writes(
    platform: local.Platform, client: Client, tmp_path: Path, name: str
) -> None:
    """Every key, and every key after `esc`.

    From each page `esc` leads to the list, where every key is pressed as well. What comes right
    behind an `esc` comes while the page is still there; those keys are pressed on each.
    """
    for job in (OTHER, JOB) if PAGES[name].marked else (JOB,):
        await start(client, job, life_span=3600.0)
    folder = tmp_path / "state"
    async with dashboard(folder, platform=platform, settings=CALM, size=(80, 24)) as board:
        await board.select(JOB)
        walk = Walk(board, PAGES[name])
        await walk.begin()
        for key in KEYS:
            if key not in PAGES[name].told:
                await walk.press(key)
        for key in FEARED:
            await walk.press_behind_escape(key)
        await walk.end()


@pytest.mark.parametrize("name", ["list", "detail"])
async def test_without_rights_no_key_opens_a_session(
    platform: local.Platform, client: Client, tmp_path: Path, name: str
) -> None:
    """Not even those that do so with rights."""
    await start(client, JOB, life_span=3600.0)
    folder = tmp_path / "state"
    rights = replace(CALM, readonly=True)
    async with dashboard(folder, platform=platform, settings=rights, size=(80, 24)) as board:
        await board.select(JOB)
        walk = Walk(board, PAGES[name])
        await walk.begin()
        for key in sorted(KEYS_OF_ACTIONS - {"q", "ctrl+c", "ctrl+q", "ctrl+z"}):
            await walk.press(key)
        await walk.end()


async def test_without_a_job_no_key_opens_a_session(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        for key in sorted(SESSION_KEYS):
            await board.press(key)
        await board.refresh()
        assert not board.calls(*SESSIONS)


@pytest.mark.parametrize(("key", "operation"), [("s", "exec"), ("a", "attach")])
async def test_a_session_key_opens_its_session_and_nothing_else(
    platform: local.Platform, client: Client, tmp_path: Path, key: str, operation: str
) -> None:
    await start(client, JOB)
    before = len(platform.calls)
    async with dashboard(tmp_path / "state", platform=platform, settings=CALM) as board:
        await board.select(JOB)
        await board.press(key)
        if key == "a":
            assert isinstance(board.app.screen, ConfirmDialog)
            assert not board.calls(operation)
            await board.press("y")
        await board.until(lambda: board.calls(operation))
        await board.refresh()
        later = list(platform.calls)[before:]
        assert {call.operation for call in later} & (SESSIONS | WRITES) == {operation}
        assert {call.method for call in later} == {"GET"}
