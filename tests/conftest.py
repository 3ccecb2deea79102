"""What every test gets: a home of its own, UTC, no animation, and programs or a skip."""

import os
import shutil
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]  # xdist tells no types
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

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


TOGETHER = (
    "tests/screens/test_pictures.py",
    "tests/e2e/test_terminal.py",
    "tests/e2e/test_journeys.py",
)
"""Files whose tests share something costly, and so run in one process."""


class Together(LoadScopeScheduling):  # type: ignore[misc]  # its type is not told
    """Gives the processes one test after another, and the files of TOGETHER as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """In the place of `--dist load`.

    The marks of `--dist loadgroup` do not reach its scheduler: pytest 9.2 has no `_nodeid`.
    """
    return Together(config, log) if config.getvalue("dist") == "load" else None


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
