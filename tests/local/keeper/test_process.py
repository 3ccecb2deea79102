"""The keeper as a process: it outlives its server, and what it keeps does not outlive it."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest

from apolo_tui.local.keeper import address, system
from apolo_tui.local.keeper.api import Keeper, KeeperError, KeeperLost, LogPosition, RunSpec
from apolo_tui.local.keeper.connection import connect, spawn
from apolo_tui.local.keeper.folder import KeeperFolder
from apolo_tui.local.keeper.inprocess import open_keeper
from apolo_tui.local.keeper.link import CALL, LENGTH
from apolo_tui.local.keeper.orphans import LOST, reap_orphans
from apolo_tui.local.keeper.records import Records
from tests.local.keeper.watching import (
    PATIENCE,
    alive,
    end_of,
    eventually,
    gone,
    keeper_pid,
    log_lines,
    log_text,
    logged,
    run_to_end,
    shell,
)
from tests.until import until


async def test_jobs_outlive_the_server_and_lose_no_line(folder: Path) -> None:
    """A server is killed, by `kill -9`; another comes and finds everything as it was."""
    server = """
import asyncio, os, signal, sys
from pathlib import Path
from apolo_tui.local.keeper.api import RunSpec
from apolo_tui.local.keeper.connection import spawn

async def serve():
    keeper = await spawn(Path(sys.argv[1]))
    script = "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); sleep 0.01; done; sleep 1000"
    for number in range(10):
        spec = RunSpec(f"job-{number}", 0, ("sh", "-c", script), tty=number % 2 == 0)
        await keeper.start(spec)
    print("ready", flush=True)
    async for _ in keeper.log("job-0", follow=True):
        pass

asyncio.run(serve())
"""
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", server, str(folder), cwd=root, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"ready\n"
    keeper = await connect(folder)
    before = {state.job_id: state for state in await keeper.runs()}
    await keeper.close()
    process.kill()
    await process.communicate()

    again = await connect(folder)
    assert {state.job_id: state for state in await again.runs()} == before
    assert len(before) == 10
    for number in range(10):
        await logged(again, f"job-{number}", b"line 299")
        lines = [line.text.rstrip(b"\r") for line in await log_lines(again, f"job-{number}")]
        assert lines == [b"line %d" % line for line in range(300)]
    await again.shutdown()
    await gone(*(state.pid for state in before.values() if state.pid is not None))


async def test_following_goes_on_with_the_next_server(folder: Path) -> None:
    first = await spawn(folder)
    await first.start(shell("job-a", "echo one; read go; echo two"))
    place: LogPosition | None = None

    async def follow() -> None:
        nonlocal place
        async for chunks in first.log("job-a", follow=True):
            place = chunks[-1].end
            await first.close()

    with pytest.raises(KeeperLost):
        await follow()
    second = await connect(folder)
    async with second.attach("job-a") as channel:
        await channel.write(b"go\n")
    assert await log_text(second, "job-a", after=place, follow=True) == b"two\n"
    await second.shutdown()


@pytest.mark.skipif(not system.LINUX, reason="elsewhere a job learns nothing of its keeper's end")
async def test_killing_the_keeper_ends_every_job_and_leaves_no_orphan(folder: Path) -> None:
    keeper = await spawn(folder)
    script = "setsid sleep 1000 & sh -c '(setsid sleep 1000 &)'; sleep 1000"
    roots = []
    for number in range(4):
        state = await keeper.start(shell(f"job-{number}", script, tty=number % 2 == 0))
        roots.append(state.pid or 0)
    pids: list[int] = []
    for number in range(4):

        async def grown(job_id: str = f"job-{number}") -> list[int]:
            found = list(await keeper.tree(job_id))
            return found if len(found) == 4 else []

        pids += await eventually(grown)
    ended = await run_to_end(keeper, shell("job-ended", "exit 3"))
    following = asyncio.create_task(log_text(keeper, "job-0", follow=True))
    attached = keeper.attach("job-1")
    async with attached as channel:
        reading = asyncio.create_task(channel.read())
        await asyncio.sleep(0)
        os.kill(keeper_pid(folder), signal.SIGKILL)
        for task in (following, reading):
            with pytest.raises(KeeperLost):
                await asyncio.wait_for(task, PATIENCE)
    with pytest.raises(KeeperLost):
        await keeper.runs()
    with pytest.raises(KeeperLost):
        await end_of(keeper, "job-0")
    await gone(*roots)
    states = {state.job_id: state for state in reap_orphans(folder)}
    assert not any(alive(pid) for pid in pids)
    assert states.pop("job-ended") == ended
    assert set(states) == {f"job-{number}" for number in range(4)}
    for state in states.values():
        assert (state.exit_code, state.error) == (137, LOST)
        assert not state.alive

    # The next keeper tells them too, until they are forgotten.
    async with open_keeper(folder) as following_keeper:
        assert {state.job_id: state for state in await following_keeper.runs()} == {
            **states,
            "job-ended": ended,
        }
        for state in await following_keeper.runs():
            await following_keeper.forget(state.job_id, state.run)
    assert reap_orphans(folder) == []


async def test_a_keeper_that_starts_ends_the_orphans_of_the_last(folder: Path) -> None:
    keeper = await spawn(folder)
    state = await keeper.start(shell("job-a", "setsid sleep 1000 & echo $!; sleep 1000"))
    child = int(await logged(keeper, "job-a", b"\n"))
    pid = keeper_pid(folder)
    os.kill(pid, signal.SIGKILL)
    await gone(pid)
    again = await spawn(folder)
    assert not alive(child)
    assert state.pid is not None
    assert not alive(state.pid)
    assert (await end_of(again, "job-a")).error == LOST
    await again.shutdown()


async def test_a_recorded_pid_that_is_another_process_now_is_left_alone(folder: Path) -> None:
    async with open_keeper(folder) as keeper:
        await run_to_end(keeper, shell("job-a", "true"))
    innocent = await asyncio.create_subprocess_exec("sleep", "1000")
    try:
        process = system.look_up(innocent.pid)
        assert process is not None
        records = Records(KeeperFolder(folder).runs)
        (record,) = records.all()
        state = replace(record.state, pid=innocent.pid, ended_at=None, exit_code=None)
        for started, boot in ((process.started - 1, system.boot()), (process.started, "before")):
            records.write(msgspec.structs.replace(record, state=state, started=started, boot=boot))
            (told,) = reap_orphans(folder)
            assert told.exit_code == 137
            assert alive(innocent.pid)
    finally:
        innocent.kill()
        await innocent.wait()


async def test_orphans_are_not_reaped_while_a_keeper_lives(keeper: Keeper, folder: Path) -> None:
    with pytest.raises(KeeperError, match="A keeper lives"):
        reap_orphans(folder)


async def test_two_starts_at_once_leave_one_keeper(folder: Path) -> None:
    keepers = await asyncio.gather(*(spawn(folder) for _ in range(4)))
    await keepers[0].start(RunSpec("job-a", 0, ("sleep", "1000")))
    states = [list(await keeper.runs()) for keeper in keepers]
    assert all(state == states[0] for state in states)
    for keeper in keepers[1:]:
        await keeper.close()
    await keepers[0].shutdown()
    with pytest.raises(KeeperLost, match="No keeper runs"):
        await connect(folder)


async def test_a_folder_has_one_keeper_here_or_there(keeper: Keeper, folder: Path) -> None:
    with pytest.raises(KeeperError, match="Another keeper"):
        async with open_keeper(folder):
            pass


async def test_a_keeper_without_runs_and_clients_ends_by_itself(folder: Path) -> None:
    keeper = await spawn(folder, idle=0.2)
    pid = keeper_pid(folder)
    go = folder / "go"
    await keeper.start(shell("job-a", f"while [ ! -e {go} ]; do sleep 0.05; done"))
    await keeper.close()
    # It stays as long as the run does, and a while longer.
    again = await connect(folder)
    go.touch()
    assert (await end_of(again, "job-a")).exit_code == 0
    assert alive(pid)
    await again.close()
    await gone(pid)
    assert not (folder / address.NAME).exists()
    # What was not forgotten is told by the next one.
    later = await spawn(folder)
    assert (await end_of(later, "job-a")).exit_code == 0
    await later.shutdown()


async def test_a_signal_ends_a_keeper_and_its_jobs_in_good_order(folder: Path) -> None:
    keeper = await spawn(folder)
    pid = keeper_pid(folder)
    state = await keeper.start(RunSpec("job-a", 0, ("sleep", "1000")))
    os.kill(pid, signal.SIGTERM)
    assert state.pid is not None
    await gone(pid, state.pid)
    assert not (folder / address.NAME).exists()
    (told,) = reap_orphans(folder)
    assert (told.exit_code, told.error) == (137, "")


async def test_a_keeper_leaves_no_process_and_no_zombie(folder: Path) -> None:
    keeper = await spawn(folder)
    pid = keeper_pid(folder)
    assert pid not in [child.pid for child in psutil.Process().children(recursive=True)]
    script = "(sleep 0.01 &) ; (setsid true &); true & exit 0"
    for run in range(10):
        await run_to_end(keeper, shell("job-a", script, run=run))
    await until(lambda: psutil.Process(pid).children(recursive=True) == [], within=PATIENCE)
    await keeper.shutdown()
    await gone(pid)


async def test_a_keeper_keeps_no_descriptor_of_what_is_over(folder: Path) -> None:
    keeper = await spawn(folder)
    process = psutil.Process(keeper_pid(folder))
    await use_everything(keeper, "job-first")
    before = process.num_fds()
    for number in range(5):
        await use_everything(keeper, f"job-{number}")
    assert process.num_fds() == before
    assert process.num_threads() == 1
    await keeper.shutdown()


async def test_nor_does_its_client(keeper: Keeper) -> None:
    await use_everything(keeper, "job-first")
    before = psutil.Process().num_fds()
    for number in range(5):
        await use_everything(keeper, f"job-{number}")
    assert psutil.Process().num_fds() == before


async def use_everything(keeper: Keeper, job_id: str) -> None:
    """Start, follow, attach, exec, end."""
    for run, tty in enumerate((False, True)):
        await keeper.start(shell(job_id, "echo ready; exec cat", run=run, tty=tty))
        following = asyncio.create_task(log_text(keeper, job_id, follow=True))
        async with keeper.attach(job_id) as channel:
            await channel.write(b"hello\n")
            async with keeper.exec(
                job_id, ["echo", "beside"], tty=tty, stdin=True, stdout=True, stderr=not tty
            ) as executed:
                while await executed.read() is not None:
                    pass
        await keeper.stop(job_id, grace=0)
        await following
    assert (await keeper.start(RunSpec(job_id, 2, ("no-such-program",)))).exit_code == 127


async def test_a_folder_whose_path_is_too_long_for_a_socket(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["a-long-name-" * 4] * 4) / "keeper"
    keeper = await spawn(folder)
    await keeper.start(shell("job-a", "echo hello"))
    await end_of(keeper, "job-a")
    assert await log_text(keeper, "job-a") == b"hello\n"
    await keeper.shutdown()


def modes_below(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}


async def test_only_this_user_may_come_in(folder: Path) -> None:
    keeper = await spawn(folder)
    await run_to_end(keeper, shell("job-a", "echo secret"))
    modes = modes_below(folder)
    assert len(modes) > 8
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
    assert stat.S_ISSOCK((folder / address.NAME).stat().st_mode)
    await keeper.shutdown()


async def test_a_keeper_of_another_user_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = await spawn(folder)
    with monkeypatch.context() as patch:
        patch.setattr(system, "peer_user", lambda connection: os.getuid() + 1)
        with pytest.raises(KeeperError, match="another user's"):
            await connect(folder)
    await keeper.shutdown()


async def test_a_keeper_is_light(folder: Path) -> None:
    keeper = await spawn(folder)
    maps = {Path(entry.path).name for entry in psutil.Process(keeper_pid(folder)).memory_maps()}
    await keeper.shutdown()
    assert not [name for name in maps if "aiohttp" in name or "_http" in name]
    script = "import sys, apolo_tui.local.keeper.__main__; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE
    )
    modules = (await process.communicate())[0].decode().split()
    assert "apolo_tui.local.keeper.keeping" in modules
    assert {"aiohttp", "textual", "rich", "yarl", "sqlite3"}.isdisjoint(modules)


async def test_a_keeper_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeeperError, match=r"did not start.*file"):
        await spawn(tmp_path / "file" / "keeper")


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Keeper]:
    keeper = await spawn(folder)
    yield keeper
    await keeper.shutdown()


def as_message(value: object) -> bytes:
    body = msgspec.msgpack.encode(value)
    return LENGTH.pack(len(body)) + body


HOSTILE = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    LENGTH.pack(1 << 31),
    LENGTH.pack(3) + b"\xc1\xc1\xc1",
    as_message(7),
    as_message([]),
    as_message([0]),
    as_message([3, CALL, 1, "runs", []]),
    as_message([0, CALL, 1, "no such call", []]),
    as_message([0, CALL, 1, "watch", []]),
    as_message([0, CALL, 1, "watch", [[]]]),
    as_message([0, CALL, 1, ["runs"], []]),
    as_message([0, 99, 1, "runs", []]),
    as_message(["x", CALL, 1, "runs", []]),
]


async def test_what_is_no_message_ends_the_connection_only(folder: Path) -> None:
    async with serving(folder) as keeper:
        for hostile in HOSTILE:
            with address.reach(folder) as raw:
                raw.setblocking(True)
                raw.settimeout(PATIENCE)
                await asyncio.to_thread(raw.sendall, hostile)
                assert await asyncio.to_thread(raw.recv, 1) == b"", hostile
        # Half a message, and silence.
        with address.reach(folder) as raw:
            raw.send(LENGTH.pack(1000) + b"half")
            assert list(await keeper.runs()) == []


async def test_calls_with_wrong_arguments_are_refused(folder: Path) -> None:
    async with serving(folder) as keeper:
        with address.reach(folder) as raw:
            raw.setblocking(True)
            raw.settimeout(PATIENCE)
            for method, arguments in (
                ("start", []),
                ("start", [{"job_id": 1}]),
                ("start", [{"job_id": "job-a", "run": 0, "argv": "sh"}]),
                ("signal", ["job-a", "9"]),
                ("stop", ["job-a", None]),
                ("forget", ["../up", 0]),
                ("exit_code", [12345]),
            ):
                body = msgspec.msgpack.encode([0, CALL, 5, method, arguments])
                await asyncio.to_thread(raw.sendall, LENGTH.pack(len(body)) + body)
                size = LENGTH.unpack(await asyncio.to_thread(raw.recv, 4, socket.MSG_WAITALL))[0]
                answer = msgspec.msgpack.decode(await asyncio.to_thread(raw.recv, size))
                assert answer[2] == 5
                assert answer[3][0] == "refused"
        assert list(await keeper.runs()) == []
