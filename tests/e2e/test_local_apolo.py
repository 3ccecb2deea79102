"""The real `apolo` command against the local platform, each command with its result checked."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from apolo_tui import local
from apolo_tui.local.example import REEF
from tests.e2e.reference import Apolo
from tests.local.platforms import QUICK, Api, api_of
from tests.local.test_log_streams import gate, logged
from tests.local.test_monitoring import HTTP_SERVER, port_of
from tests.until import until

CTRL_P, CTRL_Q = "\x10", "\x11"


@pytest.fixture
async def platform() -> AsyncIterator[local.Platform]:
    async with local.serve(policies=QUICK) as served:
        yield served


@pytest.fixture
async def api(platform: local.Platform) -> AsyncIterator[Api]:
    async with api_of(platform) as found:
        yield found


@pytest.fixture
def apolo(platform: local.Platform, tmp_path: Path) -> Apolo:
    return Apolo(platform.login_folder(tmp_path / "login", project=REEF))


async def test_login_and_what_needs_no_job(platform: local.Platform, tmp_path: Path) -> None:
    apolo = Apolo(tmp_path / "login")
    login = await apolo("config", "login-with-token", platform.token, str(platform.url))
    login.checked()
    shown, listed = await asyncio.gather(apolo("config", "show"), apolo("ps"))
    for text in ("mira", "harbor", "tidepool", "kelp", "gpu-small", "nvidia-l4", "600", "5000"):
        assert text in shown.checked(), text
    assert "job-" not in listed.checked()


async def test_run_and_look(apolo: Apolo, api: Api, tmp_path: Path) -> None:
    go = tmp_path / "go"
    command = f"echo one; echo two; {gate(go)}; echo three; exit 3"
    detached = await apolo(
        *("run", "--detach", "--preset", "cpu-micro", "--name", "look", "--tag", "t1"),
        *("--life-span", "2h", "-e", "LR=0.1", "ubuntu", "--", "sh", "-c", command),
    )
    assert "Name: look" in detached.checked()
    job_id = (await api.job("look"))["id"]
    await logged(api, job_id, "two")
    following = asyncio.create_task(apolo("logs", "look"))
    ps, status, again, bumped, executed, top = await asyncio.gather(
        apolo("ps", "--format", "{id} {name} {status} {preset} {tags}"),
        apolo("status", "look"),
        apolo("job", "generate-run-command", "look"),
        apolo("job", "bump-life-span", "look", "30m"),
        apolo("exec", "--no-tty", "look", "--", "sh", "-c", "echo $LR; exit 5"),
        apolo("top", "look", "--timeout", "6"),
    )
    for text in (job_id, "look", "running", "cpu-micro", "t1"):
        assert text in ps.checked(), text
    for text in (job_id, "running", "harbor", "LR", "0.1", "cpu-micro", "Life span"):
        assert text in status.checked(), text
    for text in ("--preset cpu-micro", "--name look", "--tag t1", "--env LR=0.1", "ubuntu"):
        assert text in again.checked(), text
    bumped.checked()
    assert (await api.job(job_id))["max_run_time_minutes"] == 150
    assert (executed.code, executed.out) == (5, "0.1\n")
    assert job_id in top.out
    go.touch()
    followed = await following
    assert followed.out.splitlines()[:2] == ["one", "two"]
    assert "three" in followed.out
    await api.finished(job_id)
    stamped = (await api.log(job_id, timestamps="1")).splitlines()
    cut = stamped[2].split(" ")[0].replace("Z", "+00:00")
    late, ended = await asyncio.gather(
        apolo("logs", "look", "--since", cut), apolo("status", "look")
    )
    assert late.checked().splitlines()[0] == "three"
    assert "failed (Error)" in " ".join(ended.checked().split())
    assert "Exit code" in ended.out


async def test_run_attached_kill_and_forward(apolo: Apolo, api: Api, tmp_path: Path) -> None:
    server = await api.start(
        f"{sys.executable} -u -c '{HTTP_SERVER}'", preset_name="cpu-small", name="server"
    )
    victim = await api.start(name="victim")
    remote = await port_of(api, server)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        here = probe.getsockname()[1]
    forward = await apolo.start("port-forward", "server", f"{here}:{remote}")
    go = tmp_path / "go"
    command = ("sh", "-c", f"{gate(go)}; echo hi; exit 4")
    running = asyncio.create_task(
        apolo("run", "--no-tty", "-s", "cpu-micro", "ubuntu", "--", *command)
    )
    killed, missing = await asyncio.gather(apolo("kill", "victim"), apolo("status", "nosuchjob"))
    await until(lambda: api.platform.sockets["attach"] == 1, within=60)
    go.touch()
    attached = await running
    assert attached.code == 4
    assert "hi" in attached.out.splitlines()
    killed.checked()
    assert (await api.job(victim))["status"] == "cancelled"
    assert missing.code == 65
    assert "no such job nosuchjob" in missing.out + missing.err

    async def fetched() -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{here}/") as response,
            ):
                return await response.text() == "hello from the job"
        except aiohttp.ClientError:
            return False

    await until(fetched, within=60, what="the forwarded server")
    forward.terminate()
    await forward.communicate()


async def test_on_a_terminal(apolo: Apolo, api: Api) -> None:
    job_id = await api.start("cat", tty=True, name="terminal")
    await api.when(job_id, "running")
    executed, attached, ran = await asyncio.gather(
        apolo.on_terminal("exec", "terminal", "--", "sh"),
        apolo.on_terminal("attach", "terminal"),
        apolo.on_terminal("run", "-s", "cpu-micro", "-t", "--name", "fresh", "ubuntu", "--", "sh"),
    )
    executed.type("stty size; tty | cut -c1-7; exit 7\r")
    await executed.shows("30 100")
    await executed.shows("/dev/pt")
    assert await executed.end() == 7

    await until(lambda: api.platform.sockets["attach"] >= 1, within=60)
    attached.type("hello\r")
    await attached.shows("hello", times=2)
    attached.type(CTRL_P)
    attached.type(CTRL_Q)
    assert await attached.end() == 0
    assert (await api.job(job_id))["status"] == "running"
    await until(lambda: api.platform.sockets["attach"] >= 1, within=60)
    ran.type("exit 9\r")
    assert await ran.end() == 9
    assert (await api.job("fresh"))["history"]["exit_code"] == 9
