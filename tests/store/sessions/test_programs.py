"""Full-screen programs in an exec session: what they show after each step."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apolo_tui import client, local
from apolo_tui.client.client import Client
from apolo_tui.store.sessions.session import Session
from apolo_tui.store.sessions.state import Kind
from apolo_tui.terminal.screen import Screen
from tests.store.sessions.test_on_local import running_job, session_of
from tests.until import until

STEP = 20.0


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[tuple[Session, Screen]]:
    """A shell with a plain prompt in an empty folder."""
    folder = tmp_path / "place"
    folder.mkdir()
    async with local.serve() as platform:
        login = platform.login_folder(tmp_path / "login")
        async with client.get(login) as opened, shell_in(opened, folder) as found:
            yield found


def shell_in(opened: Client, folder: Path) -> "Shell":
    return Shell(opened, folder)


class Shell:
    """Opens the shell as a context manager."""

    def __init__(self, opened: Client, folder: Path) -> None:
        self._opened, self._folder = opened, folder

    async def __aenter__(self) -> tuple[Session, Screen]:
        job = await running_job(self._opened, "sleep 1000")
        self._session = session_of(self._opened, Kind.EXEC, job, "bash --norc --noprofile")
        session, screen = await self._session.__aenter__()
        session.type(f"cd {self._folder}; PS1='$ '; clear\r".encode())
        await until(lambda: screen.text().strip() == "$", within=STEP)
        return session, screen

    async def __aexit__(self, *details: object) -> None:
        await self._session.__aexit__(None, None, None)


async def shows(screen: Screen, text: str) -> None:
    await until(lambda: text in screen.text(), within=STEP, what=text)


@pytest.mark.needs("vim")
async def test_vim(shell: tuple[Session, Screen]) -> None:
    session, screen = shell
    session.type(b"vim -u NONE -i NONE -N file.txt\r")
    await shows(screen, "~")
    session.type(b"ihello\r\xc3\xbcber world")
    await shows(screen, "über world")
    session.type(b"\x1b")
    session.type(b":split\r")
    await until(lambda: screen.text().count("über world") == 2, within=STEP)
    session.type(b":set number\r")
    await shows(screen, "  2 über world")
    session.type(b":wqa\r")
    await until(lambda: screen.text().strip().endswith("$"), within=STEP)
    session.type(b"cat file.txt | wc -l\r")
    await shows(screen, "\n2")


@pytest.mark.needs("nano")
async def test_nano(shell: tuple[Session, Screen]) -> None:
    session, screen = shell
    session.type(b"nano --ignorercfiles file.txt\r")
    await shows(screen, "GNU nano")
    session.type(b"written in nano")
    await shows(screen, "written in nano")
    session.type(b"\x0f\r")
    await shows(screen, "Wrote 1 line")
    session.type(b"\x18")
    await until(lambda: screen.text().strip().endswith("$"), within=STEP)
    session.type(b"cat file.txt\r")
    await shows(screen, "\nwritten in nano")


@pytest.mark.needs("less")
async def test_less(shell: tuple[Session, Screen]) -> None:
    session, screen = shell
    session.type(b"seq 1000 > numbers; less numbers\r")
    await until(lambda: screen.row(0).plain() == "1", within=STEP)
    session.type(b" ")
    await until(lambda: screen.row(0).plain() == "24", within=STEP)
    session.type(b"G")
    await until(lambda: screen.row(22).plain() == "1000", within=STEP)
    session.type(b"/^500$\r")
    await shows(screen, "not found")  # the search goes forward from the end, and says so
    session.type(b"\rg/^500$\r")
    await until(lambda: screen.row(0).plain() == "500", within=STEP)
    session.type(b"q")
    await until(lambda: screen.text().strip().endswith("$"), within=STEP)


@pytest.mark.needs("dialog")
async def test_dialog(shell: tuple[Session, Screen]) -> None:
    session, screen = shell
    session.type(b"dialog --yesno 'Are you there?' 7 40; echo code $?\r")
    await shows(screen, "Are you there?")
    await shows(screen, "< Yes >")
    session.type(b"\t\r")
    await shows(screen, "code 1")


async def test_a_debugger(shell: tuple[Session, Screen]) -> None:
    session, screen = shell
    session.type(
        b"printf 'x = 6\\ny = x * 7\\nprint(y)\\n' > program.py; python3 -m pdb program.py\r"
    )
    await shows(screen, "(Pdb)")
    session.type(b"next\r")
    await shows(screen, "y = x * 7")
    session.type(b"next\r")
    await shows(screen, "print(y)")
    session.type(b"p y\r")
    await shows(screen, "\n42")
    session.type(b"q\r")
    await until(lambda: screen.text().strip().endswith("$"), within=STEP)


@pytest.mark.parametrize("flood", ["yes", "cat /dev/urandom", "find / -xdev 2>/dev/null"])
async def test_a_flood_ends_with_control_c(shell: tuple[Session, Screen], flood: str) -> None:
    session, screen = shell
    session.type(f"{flood}\r".encode())
    await until(lambda: len(screen.scrollback) > 200, within=STEP)
    session.type(b"\x03")
    # A reset: random bytes may have left any mode or character set behind.
    session.type(b"\x03\rprintf '\\033c'; echo over-$((1+1))\r")
    await shows(screen, "over-2")
