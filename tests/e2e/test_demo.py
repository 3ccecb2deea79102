"""`apolo-tui --demo`: jobs at once, and gone without a trace."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.e2e.tmux import Tmux
from tests.until import wait_until

pytestmark = pytest.mark.needs("tmux")


def of_folder(folder: Path) -> list[str]:
    """Processes that name a folder in their command or environment."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            told = [*(process.info["cmdline"] or []), *process.environ().values()]
        except psutil.Error:
            continue
        # tmux itself and what waits in it were started with the same environment.
        words = " ".join(process.info["cmdline"] or [])
        if any(str(folder) in word for word in told) and "tmux" not in words:
            found.append(words)
    return [words for words in found if not words.startswith("sleep 100000")]


@pytest.mark.parametrize("way", ["q", "SIGTERM"])
def test_the_demonstration_shows_jobs_and_leaves_nothing(way: str, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    environ = {"TMPDIR": str(folder)}
    with Tmux(tmp_path, columns=120, rows=40, environ=environ) as terminal:
        terminal.run("apolo-tui --demo")
        terminal.wait_until(lambda text: "train-" in text and "DEMO" in text, within=60)
        terminal.wait_until(lambda text: "simulated" in text or "GPU" in text)
        terminal.keys("2", "<")  # what would be remembered of a platform that stays
        if way == "q":
            terminal.keys("q")
        else:
            os.kill(terminal.pid, signal.SIGTERM)
        terminal.wait_until(lambda _: not terminal.running, within=60)
    wait_until(lambda: not of_folder(folder), within=30, what="no process of the demonstration")
    wait_until(lambda: not list(folder.iterdir()), within=30, what="an empty folder")
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert not kept & {"state.json", "alerts.db", "telemetry.db", "audit.log"}
