"""What every test gets: a home of its own, UTC, no animation, and programs or a skip."""

import os
import shutil
from pathlib import Path

import pytest

# Textual reads this once, when it is imported.
os.environ["TEXTUAL_ANIMATIONS"] = "none"

REQUIRE_PROGRAMS = "APOLO_TUI_REQUIRE_PROGRAMS"
"""Set by CI: a missing system program fails the test that needs it."""

FOREIGN_VARIABLES = (
    "APOLO_CONFIG",
    "APOLO_PASSED_CONFIG",
    "NEUROMATION_CONFIG",
    "NEURO_PASSED_CONFIG",
    "NO_COLOR",
    "COLORTERM",
    "TMUX",
    "BROWSER",
    "PAGER",
)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        missing = [name for name in mark.args if shutil.which(name) is None]
        if missing and os.environ.get(REQUIRE_PROGRAMS):
            pytest.fail(f"{', '.join(missing)} is not installed here", pytrace=False)
        if missing:
            pytest.skip(f"needs {', '.join(missing)}")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, which is also the root of every XDG folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name, below in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_RUNTIME_DIR": ".run",
    }.items():
        monkeypatch.setenv(name, str(folder / below))
    (folder / ".run").mkdir(mode=0o700)
    monkeypatch.setenv("TZ", "UTC")
    for name in FOREIGN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return folder
