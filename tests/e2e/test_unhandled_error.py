"""Row R5: an error that nobody expected ends the program with a report and a sane terminal."""

import sys
from pathlib import Path

import pytest

from tests.e2e.tmux import Tmux
from tests.screens.rows import row
from tests.until import wait_until

pytestmark = pytest.mark.needs("tmux")

SECRET = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtaXJhIn0.c2lnbmF0dXJl"
FAULTY = f"""
import inspect
import sys

from apolo_tui.__main__ import main
from apolo_tui.screens.main import MainScreen


def broken(*arguments, **options):
    raise RuntimeError("broken on purpose, token={SECRET}")


async def broken_later(*arguments, **options):
    broken()


name = sys.argv.pop(1)
later = inspect.iscoroutinefunction(getattr(MainScreen, name))
setattr(MainScreen, name, broken_later if later else broken)
sys.exit(main())
"""
"""The console script, with one method of the main screen broken."""


@row("R5")
@pytest.mark.parametrize(
    ("method", "keys"),
    [("action_capacity", ("C",)), ("_tick", ()), ("_watch_link", ())],
    ids=["key", "timer", "worker"],
)
def test_an_unhandled_error_says_where_its_report_is(
    home: Path, tmp_path: Path, method: str, keys: tuple[str, ...]
) -> None:
    program = tmp_path / "faulty.py"
    program.write_text(FAULTY)
    script = tmp_path / "session.sh"
    script.write_text(
        "stty -a > before\n"
        f"{sys.executable} {program} {method}\n"
        "echo code $?\nstty -a > after\nsleep 1000\n"
    )
    with Tmux(tmp_path, columns=200, rows=30) as terminal:
        terminal.run(f"sh {script}")
        if keys:
            terminal.wait_for("apolo login", within=60.0)
            terminal.keys(*keys)
        text = terminal.wait_for("code 1", within=60.0)
        after = tmp_path / "after"
        wait_until(lambda: after.exists() and after.read_text(), within=20.0)
        assert after.read_text() == (tmp_path / "before").read_text()
        assert terminal.modes == ""
    reports = list((home / ".local/state/apolo-tui/reports").glob("report-*.txt"))
    assert len(reports) == 1
    assert "apolo-tui ended: RuntimeError." in text
    assert str(reports[0]) in text.replace("\n", "")
    report = reports[0].read_text()
    assert "reason RuntimeError" in report
    assert "broken on purpose" in report
    assert f"{program}" in report, "where it was"
    for told in (text, report):
        assert SECRET not in told
        assert SECRET.split(".")[1] not in told
    assert reports[0].stat().st_mode & 0o077 == 0
