"""What the first frame does not wait for: not imported before it is needed."""

import importlib.util
import subprocess
import sys

import pytest

LATER = (
    *("aiohttp", "plotext", "yaml", "apolo_tui.client", "apolo_tui.local", "apolo_tui.wire"),
    *("apolo_tui.terminal", "apolo_tui.model.logs", "apolo_tui.model.start"),
    *("apolo_tui.model.config", "apolo_tui.store.logs", "apolo_tui.store.outlook"),
    *("apolo_tui.store.forwards", "apolo_tui.screens.terminals", "apolo_tui.screens.job_log"),
    *("apolo_tui.screens.start", "apolo_tui.screens.wall", "apolo_tui.screens.chart"),
    *("apolo_tui.screens.capacity", "apolo_tui.screens.alerts", "apolo_tui.screens.help"),
    *("apolo_tui.store.history", "apolo_tui.store.alert_log", "apolo_tui.store.telemetry"),
    *("apolo_tui.store.sessions.session", "sqlite3", "tomllib", "textual.widgets._text_area"),
)
FIRST = (
    "import apolo_tui.cli.dashboard, apolo_tui.cli.connect, apolo_tui.app, sys; print(*sys.modules)"
)


@pytest.fixture(scope="module")
def imported() -> frozenset[str]:
    """The modules that the dashboard needs for its first frame."""
    command = [sys.executable, "-c", FIRST]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return frozenset(printed.split())


def test_the_main_screen_is_among_them(imported: frozenset[str]) -> None:
    assert {"textual.app", "apolo_tui.screens.main", "apolo_tui.widgets.table"} <= imported


@pytest.mark.parametrize("name", LATER)
def test_is_imported_later(imported: frozenset[str], name: str) -> None:
    assert importlib.util.find_spec(name) is not None, f"there is no {name} any more"
    assert name not in imported
