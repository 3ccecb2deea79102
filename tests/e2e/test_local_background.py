"""The background platform by its commands: start, join, status, env, stop, serve, idle hours."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from apolo_tui.cli.local import Terminal, local_login, main
from apolo_tui.local import background
from apolo_tui.local.folder import LocalFolder
from tests.e2e.local_jobs import Background, background_platform
from tests.until import until, wait_until


class Typed:
    """A terminal that notes what is written, and answers."""

    def __init__(self, answer: str | None = None) -> None:
        self.lines: list[str] = []
        self.asked: list[str] = []
        self._answer = answer
        self.terminal = Terminal(self.lines.append, self._ask, lambda: answer is not None)

    def _ask(self, question: str) -> str:
        self.asked.append(question)
        assert self._answer is not None
        return self._answer


@pytest.fixture
def ended(home: Path) -> Iterator[Path]:
    """The home folder; nothing runs there in the end."""
    yield home
    access = background.find(LocalFolder.of_user(os.environ, home))
    if access is not None:
        background.stop(access, kill=True)


def command(home: Path, *words: str, answer: str | None = None) -> tuple[int, str, Typed]:
    typed = Typed(answer)
    code = main(words, environ=os.environ, home=home, terminal=typed.terminal)
    return code, "\n".join(typed.lines), typed


def start_job(home: Path) -> None:
    """A sleeping job, started the way a user would: through the printed login."""
    _, text, _ = command(home, "env")
    environ = {**os.environ, "APOLO_CONFIG": text.removeprefix("export APOLO_CONFIG=").strip("'")}
    apolo = Path(sys.executable).with_name("apolo")
    words = [str(apolo), "--disable-pypi-version-check", "--skip-stats", "run", "--detach"]
    process = psutil.Popen([*words, "-s", "cpu-nano", "x", "--", "sleep", "1000"], env=environ)
    assert process.wait(90) == 0


def test_a_life_by_commands(ended: Path) -> None:
    assert command(ended, "status")[:2] == (
        1,
        "The local platform does not run. Start it with: apolo-tui local start",
    )
    assert command(ended, "stop")[:2] == (0, "The local platform does not run.")
    code, text, _ = command(ended, "start")
    assert code == 0
    assert "The local platform runs at http://127.0.0.1:" in text
    assert "runs already" in command(ended, "start")[1]
    assert "if nothing happens" in command(ended, "status")[1]
    login = local_login(os.environ, ended)
    assert (login / "db").stat().st_mode & 0o777 == 0o600
    start_job(ended)
    code, text, _ = command(ended, "status")
    assert code == 0
    assert "1 running" in text
    assert "ends" not in text  # not while a job is active
    code, text, typed = command(ended, "stop")
    assert code == 1
    assert typed.asked == []  # there is nobody to ask
    assert text.startswith("1 job is active; nothing was stopped.")
    code, text, typed = command(ended, "stop", answer="n")
    assert (code, len(typed.asked)) == (1, 1)
    folder = LocalFolder.of_user(os.environ, ended)
    access = background.find(folder)
    assert access is not None
    code, text, typed = command(ended, "stop", answer="y")
    assert (code, text) == (0, "The local platform has ended.")
    assert not access.running.alive
    wait_until(lambda: not of_folder(folder.path), within=30, what="no process is left")
    assert "Bearer" not in folder.log.read_text()
    assert access.token.split(".")[2] not in folder.log.read_text()


def of_folder(path: Path) -> list[psutil.Process]:
    """The server and the keeper of the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(word.startswith("apolo_tui.local") for word in words) and any(
            word.startswith(str(path)) for word in words
        ):
            found.append(process)
    return found


def servers(path: Path) -> list[psutil.Process]:
    return [one for one in of_folder(path) if "apolo_tui.local" in one.info["cmdline"]]


async def test_two_starts_at_once_leave_one_server(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path / "data")
    found = await asyncio.gather(*(asyncio.to_thread(background.start, folder) for _ in range(3)))
    try:
        assert len({access.running.pid for access in found}) == 1
        await until(lambda: len(servers(folder.path)) == 1, within=30)
    finally:
        await asyncio.to_thread(background.stop, found[0], kill=True)


async def test_it_ends_by_itself(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path / "data")
    access = await asyncio.to_thread(background.start, folder, idle=timedelta(seconds=4))
    await until(lambda: not access.running.alive, within=60)
    assert background.find(folder) is None
    assert "nothing happened for" in folder.log.read_text()


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Background]:
    async with background_platform(tmp_path / "data") as found:
        yield found


async def test_jobs_go_on_after_a_signal(platform: Background) -> None:
    job_id = await platform.start("sleep 1000", name="sleeper")
    first = platform.access
    os.kill(first.running.pid, signal.SIGTERM)
    await until(lambda: not first.running.alive, within=30)
    await platform.restart()
    assert platform.access.running.pid != first.running.pid
    assert (platform.access.url, platform.access.token) == (first.url, first.token)
    assert (await platform.job(job_id))["status"] == "running"


async def test_a_stale_note_of_a_server_is_not_believed(platform: Background) -> None:
    running = platform.access.running
    folder = LocalFolder(platform.folder.path.parent / "other")
    folder.create()
    # Another process has the number by now.
    folder.write_running(
        type(running)(
            running.url, os.getpid(), time.time() - 10**6, running.version, running.started_at
        )
    )
    assert folder.running() is None
    (folder.path / "server.json").write_text("{")
    assert folder.last() is None


def test_a_server_in_the_foreground(ended: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from apolo_tui.cli.local import main; "
        "sys.exit(main(['serve'], environ=os.environ, home=Path(os.environ['HOME'])))"
    )
    served = psutil.Popen([sys.executable, "-c", script], stdout=-1, stderr=-1, text=True)
    folder = LocalFolder.of_user(os.environ, ended)
    wait_until(lambda: folder.running() is not None, within=60)
    assert "A local platform runs already in" in command(ended, "serve")[1]
    served.send_signal(signal.SIGINT)
    out, _ = served.communicate(timeout=60)
    assert served.returncode == 0
    assert "ctrl+c ends it, jobs go on" in out
    for process in of_folder(folder.path):
        process.terminate()  # the keeper, which would wait for its idle time
    wait_until(lambda: not of_folder(folder.path), within=30)
