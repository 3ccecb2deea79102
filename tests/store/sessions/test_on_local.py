"""Sessions over the client against real processes of the in-process platform."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from rich.cells import cell_len

from apolo_tui import client, local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Drop
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Live, Retrying
from apolo_tui.store.sessions.flow import Sleep
from apolo_tui.store.sessions.session import Session
from apolo_tui.store.sessions.shells import find_shell
from apolo_tui.store.sessions.state import Kind, Target
from apolo_tui.store.sessions.tail import last_lines
from apolo_tui.terminal.screen import Screen
from tests.until import until


@pytest.fixture
async def platform() -> AsyncIterator[local.Platform]:
    async with local.serve() as platform:
        yield platform


@pytest.fixture
async def opened(platform: local.Platform, tmp_path: Path) -> AsyncIterator[Client]:
    login = platform.login_folder(tmp_path / "login")
    async with client.get(login) as opened:
        yield opened


async def running_job(opened: Client, command: str, *, tty: bool = False) -> JobDescription:
    image = opened.parse.remote_image("ubuntu:22.04")
    job = await opened.jobs.start(image=image, preset_name="cpu-small", command=command, tty=tty)

    async def runs() -> bool:
        return (await opened.jobs.status(job.id)).status.is_running

    await until(runs, within=30)
    return await opened.jobs.status(job.id)


def target_of(job: JobDescription) -> Target:
    return Target(job.id, job.id, job.cluster_name, job.container.image_str, job.container.tty)


@asynccontextmanager
async def session_of(
    opened: Client,
    kind: Kind,
    job: JobDescription,
    command: str = "",
    *,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[tuple[Session, Screen]]:
    screen = Screen(80, 24, width=cell_len)
    session = Session(kind, target_of(job), screen, opened.jobs, command=command, sleep=sleep)
    task = asyncio.create_task(session.run())
    try:
        yield session, screen
    finally:
        await session.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_shell_runs_commands_knows_its_size_and_tells_its_exit_code(opened: Client) -> None:
    job = await running_job(opened, "sleep 100")
    shell = await find_shell(opened.jobs, target_of(job), {})
    assert shell == "bash"
    async with session_of(opened, Kind.EXEC, job, "bash --norc") as (session, screen):
        session.resize(90, 20)
        session.type(b"echo $((6*7))-done\r")
        await until(lambda: "42-done" in screen.text())
        session.type(b"stty size\r")
        await until(lambda: "20 90" in screen.text())
        session.type(b"exit 3\r")
        await until(lambda: session.state.value.over)
        assert session.state.value.exit_code == 3


async def test_control_c_reaches_a_program_in_the_shell(opened: Client) -> None:
    job = await running_job(opened, "sleep 100")
    async with session_of(opened, Kind.EXEC, job, "bash --norc") as (session, screen):
        session.type(b"yes\r")
        await until(lambda: screen.text().count("y\n") > 10)
        session.type(b"\x03")
        session.type(b"echo after\r")
        await until(lambda: "\nafter" in screen.text(), within=20)


class Keeping:
    """An emulator that keeps all that it is fed."""

    def __init__(self) -> None:
        self.seen = bytearray()

    def feed(self, data: bytes) -> None:
        self.seen += data

    def take_replies(self) -> bytes:
        return b""

    def resize(self, columns: int, rows: int) -> None:
        """Its size does not matter."""


async def test_nothing_of_a_flood_is_dropped(opened: Client) -> None:
    job = await running_job(opened, "sleep 100")
    kept = Keeping()
    command = "sh -c 'seq 400000; exit 4'"
    session = Session(Kind.EXEC, target_of(job), kept, opened.jobs, command=command)
    await asyncio.wait_for(session.run(), 60)
    assert session.state.value.exit_code == 4
    assert bytes(kept.seen) == b"".join(b"%d\r\n" % number for number in range(1, 400_001))


async def test_attach_types_into_the_job_and_ends_with_its_code(opened: Client) -> None:
    job = await running_job(opened, "sh -c 'read line; echo got $line; exit 5'", tty=True)
    async with session_of(opened, Kind.ATTACH, job) as (session, screen):
        await until(lambda: isinstance(session.state.value.link, Live))
        session.type(b"hello\r")
        await until(lambda: session.state.value.over, within=20)
        assert "got hello" in screen.text()
        assert session.state.value.exit_code == 5


async def test_attach_comes_back_after_a_cut(platform: local.Platform, opened: Client) -> None:
    job = await running_job(opened, "sh -c 'while read line; do echo got $line; done'", tty=True)
    async with session_of(opened, Kind.ATTACH, job) as (session, screen):
        await until(lambda: isinstance(session.state.value.link, Live))
        session.type(b"one\r")
        await until(lambda: "got one" in screen.text())
        platform.cut("attach")
        await until(lambda: isinstance(session.state.value.link, Retrying))
        await until(lambda: isinstance(session.state.value.link, Live), within=20)
        session.type(b"two\r")
        await until(lambda: "got two" in screen.text(), within=20)
        assert "got one" in screen.text()


async def test_a_shell_that_is_cut_off_says_so(platform: local.Platform, opened: Client) -> None:
    job = await running_job(opened, "sleep 100")
    async with session_of(opened, Kind.EXEC, job, "bash --norc") as (session, _):
        await until(lambda: isinstance(session.state.value.link, Live))
        platform.cut("exec")
        await until(lambda: session.state.value.over)
        assert "may still run" in session.state.value.words


async def test_after_twenty_seconds_without_the_platform(
    platform: local.Platform, opened: Client
) -> None:
    job = await running_job(opened, "sh -c 'while read line; do echo got $line; done'", tty=True)
    gone = 0.0

    async def nap(seconds: float) -> None:
        """Time passes at once; after twenty seconds of it the platform can be reached again."""
        nonlocal gone
        gone += seconds
        if gone >= 20:
            platform.faults.clear()
        await asyncio.sleep(0)

    async with (
        session_of(opened, Kind.ATTACH, job, sleep=nap) as (attached, screen),
        session_of(opened, Kind.EXEC, job, "bash --norc", sleep=nap) as (shell, kept),
    ):
        attached.type(b"one\r")
        shell.type(b"echo $((6*7))\r")
        await until(lambda: "got one" in screen.text() and "\n42" in kept.text(), within=20)
        platform.faults.add("attach", Drop())
        platform.faults.add("exec", Drop())
        assert platform.cut("attach") == platform.cut("exec") == 1
        await until(lambda: shell.state.value.over)
        assert "connection lost: " in shell.state.value.words
        assert "may still run" in shell.state.value.words
        await until(lambda: gone >= 20 and isinstance(attached.state.value.link, Live), within=20)
        attached.type(b"two\r")
        await until(lambda: "got two" in screen.text(), within=20)
        assert "got one" in screen.text()
        assert "\n42" in kept.text()
        assert platform.sockets["exec"] == 0


async def test_nothing_stays_open_after_a_close(platform: local.Platform, opened: Client) -> None:
    job = await running_job(opened, "sleep 100", tty=True)
    async with (
        session_of(opened, Kind.EXEC, job, "bash --norc") as (shell, _),
        session_of(opened, Kind.ATTACH, job) as (attached, _),
    ):
        await until(lambda: platform.sockets["exec"] == platform.sockets["attach"] == 1)
        await shell.close()
        await attached.close()
        await until(lambda: platform.sockets["exec"] == platform.sockets["attach"] == 0)


async def test_the_last_lines_of_the_log(opened: Client) -> None:
    job = await running_job(opened, "sh -c 'seq 1000; printf half; sleep 100'")

    async def enough() -> bytes:
        found = await last_lines(opened.jobs, target_of(job), 3, clock=time.time)
        return found if found.endswith(b"half") else b""

    assert await until(enough, within=30) == b"998\n999\n1000\nhalf"[4:]
