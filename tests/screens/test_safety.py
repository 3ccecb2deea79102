"""Nothing is lost by accident: rights, quitting, and a fuzz over every key."""

import string
from pathlib import Path

from textual.widgets import Input

from apolo_tui import local
from apolo_tui.actions import ACTIONS, Scope
from apolo_tui.app import TERMINAL_CLASS
from apolo_tui.client.client import Client
from apolo_tui.config import ContextRules, Settings, Timings
from apolo_tui.screens.command_line import CommandLine
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.forwards import ForwardDialog
from apolo_tui.screens.help import HelpPage
from tests.screens.dashboard import QUICK, SESSIONS, Dashboard, dashboard, start
from tests.screens.rows import row
from tests.screens.test_every_key import KEYS

HERE = "harbor/tidepool/kelp"
READ_ONLY = Settings(refresh=0.5, timings=QUICK, readonly=True)


@row("S1")
async def test_read_only_takes_away_all_that_writes(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one", life_span=3600.0)
    async with dashboard(tmp_path / "state", platform=platform, settings=READ_ONLY) as board:
        await board.select("train-one")
        await board.shows("apolo-tui", " RO ")
        footer = board.lines[-1]
        assert "kill" not in footer
        assert "bump" not in footer
        for key in ("K", "plus", "s", "a", "n", "r", "F"):
            board.app.clear_notifications()
            await board.press(key)
            await board.says("read-only: ")
            assert board.app.screen is board.main
        for command in ("kill", "bump 1h", "restart-container", "save-image snap:v1", "new"):
            board.app.clear_notifications()
            await board.command(command)
            await board.says("read-only: ")
            assert board.app.screen is board.main
        await board.press("ctrl+p")
        await board.until(lambda: board.app.screen is not board.main)
        await board.type("kill")
        await board.shows("Undo kill", "(U)")
        assert not board.line("(K)")
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)
        await board.press("x")
        await board.shows("train-one: actions")
        assert not board.line("Kill")
        assert not board.line("Shell")
        await board.press("escape")
        assert not board.writes
        assert not board.calls(*SESSIONS)
        names = {action.method for action in ACTIONS.values() if action.writes}
        assert {"kill", "bump", "shell", "attach", "restart_container"} <= names
        assert {"new", "rerun", "forward", "save_image"} <= names
        for name in names:
            assert not board.main.check_action(name, ())


@row("S2")
async def test_rights_change_at_run_time_and_a_protected_context_wants_its_name(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    rules = {HERE: ContextRules(readonly=True, protected=True)}
    settings = Settings(refresh=0.5, timings=QUICK, contexts=rules)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.select("train-one")
        await board.command("rw")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        await board.type("harbor")
        await board.press("enter")
        assert board.app.readonly
        board.app.screen.query_one("#phrase", Input).value = HERE
        await board.settle()
        await board.press("enter")
        await board.until(lambda: not board.app.readonly)
        await board.press("K")
        await board.until(lambda: isinstance(board.app.screen, ConfirmDialog))
        await board.press("escape")
        await board.command("ro")
        await board.until(lambda: board.app.readonly)


@row("S3")
async def test_quit_asks_only_when_something_would_be_lost(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    slow = Settings(refresh=0.5, timings=QUICK, kill_delay=600.0)
    async with dashboard(tmp_path / "state", platform=platform, settings=slow) as board:
        await board.select("train-one")
        await board.press("K", "y")
        await board.shows("Killing 1 job")
        await board.press("q")
        await board.shows("a kill of 1 job(s) has not been sent yet")
        await board.press("n", "U")
        await board.hides("Killing")
        await board.press("enter", "q")  # out of the detail, not out of the dashboard
        await board.shows("train-one")
        assert board.app.return_value is None
        await board.press("q")
        await board.until(lambda: board.app.return_value == 0)
        assert not board.writes


@row("S3")
async def test_quit_asks_while_a_session_or_a_forward_is_open(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.press("s")
        await board.until(lambda: takes_keys(board))
        await board.press("ctrl+right_square_bracket", "d")
        await board.until(lambda: not takes_keys(board))
        for _ in range(2):  # to the list, and out
            if board.app.screen is board.main:
                await board.press("q")
        await board.shows("Leave the dashboard?")
        await board.shows("a terminal is open: bash train-one")
        await board.press("n")
        await board.press("s")
        await board.until(lambda: takes_keys(board))
        await board.press("ctrl+right_square_bracket", "x")
        await board.shows("y yes")
        await board.press("y")
        await board.until(lambda: not board.app.unfinished())
        await board.select("train-one")
        await board.press("F")
        await board.until(lambda: isinstance(board.app.screen, ForwardDialog))
        board.app.screen.query_one("#local-port", Input).value = "0"
        await board.press("enter")
        await board.until(lambda: board.app.unfinished())
        await board.press("escape")
        await board.until(lambda: board.app.screen is board.main)
        await board.press("q")
        await board.shows("1 forwarded port(s) will be closed")
        await board.press("n")
        assert board.app.return_value is None


def takes_keys(board: Dashboard) -> bool:
    """Whether an embedded terminal has the focus."""
    return board.app.focused is not None and board.app.focused.has_class(TERMINAL_CLASS)


@row("S4")
async def test_ctrl_c_never_leaves_a_terminal_a_dialog_or_a_form(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    patient = Timings(selection_delay=0.02, quit_window=60.0)
    settings = Settings(refresh=0.5, timings=patient)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.select("train-one")
        for opening in ("colon", "question_mark", "n", "F", "K"):
            await board.press(opening)
            await board.until(lambda: board.app.screen is not board.main)
            await board.press("ctrl+c", "ctrl+c", "ctrl+c")
            assert board.app.return_value is None
            assert board.app.is_running
            await board.press("escape")
            await board.until(lambda: board.app.screen is board.main)
        await board.press("s")
        await board.until(lambda: takes_keys(board))
        await board.press("ctrl+c", "ctrl+c", "ctrl+c")
        assert board.app.return_value is None
        assert takes_keys(board)
        assert "again to quit" not in board.toasts
        await board.press("ctrl+right_square_bracket", "d")
        await board.until(lambda: not takes_keys(board))


@row("S4")
async def test_the_second_ctrl_c_has_to_come_soon(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    hasty = Settings(refresh=0.5, timings=Timings(selection_delay=0.02, quit_window=0.0))
    async with dashboard(tmp_path / "state", platform=platform, settings=hasty) as board:
        await board.press("ctrl+c", "ctrl+c")
        await board.says("again to quit")
        assert board.app.return_value is None


@row("S4")
async def test_ctrl_c_copies_or_warns_and_never_leaves_an_input(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    patient = Timings(selection_delay=0.02, quit_window=60.0)
    settings = Settings(refresh=0.5, timings=patient)
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        await board.press("slash")
        await board.type("abc")
        await board.press("ctrl+c", "ctrl+c", "ctrl+c")
        assert board.app.return_value is None
        assert board.app.is_running
        await board.press("escape")
        await board.select("train-one")
        await board.press("y")
        await board.shows("preset_name")
        board.app.screen.text_select_all()
        await board.press("ctrl+c")
        await board.until(lambda: board.clipboard.sent)
        assert board.app.return_value is None
        await board.press("ctrl+c")
        await board.says("again to quit")
        assert board.app.return_value is None
        await board.press("ctrl+c")
        await board.until(lambda: board.app.return_value == 0)


def test_what_writes_is_no_plain_key() -> None:
    """Lower case, backspace, delete, ctrl+d and ctrl+k never write."""
    feared = {*string.ascii_lowercase, "backspace", "delete", "ctrl+d", "ctrl+k", "ctrl+x"}
    opened_by_letter = {"jobs.shell", "jobs.attach", "jobs.focus_terminal"}
    for action in ACTIONS.values():
        if action.writes and action.id not in opened_by_letter and action.scope is Scope.JOBS:
            forms = {"jobs.rerun", "jobs.new"}
            if action.id not in forms:
                assert not feared & set(action.keys), action.id


async def test_in_a_dialog_only_its_own_keys_write(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.press("K")
        for key in KEYS:
            if key in ("y", "exclamation_mark"):
                continue
            if board.app.screen is board.main:
                await board.press("K")
            assert isinstance(board.app.screen, ConfirmDialog)
            board.app.screen.query_one("#cancel").focus()
            await board.press(key)
            assert not board.main.desk or not board.main.desk.commands.pending.value, key
            while not isinstance(board.app.screen, ConfirmDialog | type(board.main)):
                await board.press("escape")
        assert not board.writes


async def test_the_commands_and_help_open_nothing_by_accident(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.press("colon")
        assert isinstance(board.app.screen, CommandLine)
        await board.press("backspace")
        await board.until(lambda: board.app.screen is board.main)
        await board.press("f1")
        await board.until(lambda: isinstance(board.app.screen, HelpPage))
