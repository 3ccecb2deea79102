"""Whole trees end: children, and those that got away from their parents."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.api import Keeper
from apolo_tui.local.keeper.connection import spawn
from apolo_tui.local.keeper.trees import MARK, Trees, mark, marked
from tests.local.keeper.watching import alive, end_of, eventually, gone, log_text, logged, shell
from tests.until import until

DAEMON = """
import os, sys
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
print("daemon", os.getpid(), flush=True)
null = os.open(os.devnull, os.O_RDWR)
for fd in range(3): os.dup2(null, fd)
os.execvpe("sleep", ["sleep", "1000"], {environment})
"""


async def daemon_of(keeper: Keeper, job_id: str) -> int:
    # The number may come in a chunk of its own: the line is whole with its end.
    text = await logged(keeper, job_id, b"\n")
    words = text.split(b"daemon ")[1].split()

    def settled() -> bool:
        return alive(int(words[0])) and system.environment_value(int(words[0]), "OLD") is None

    await until(settled)
    return int(words[0])


@pytest.mark.parametrize("end", ["kill", "stop", "root ends"])
async def test_double_forked_and_setsid_children_end_with_their_run(
    keeper: Keeper, tmp_path: Path, end: str
) -> None:
    (tmp_path / "daemon.txt").write_text(DAEMON.format(environment="os.environ"))
    script = f"""
        python3 {tmp_path}/daemon.txt
        setsid sleep 1000 &
        sh -c 'sleep 1000 & exec sleep 1000' &
        read go
    """
    await keeper.start(shell("job-a", script))
    daemon = await daemon_of(keeper, "job-a")

    async def grown() -> list[int]:
        pids = list(await keeper.tree("job-a"))
        return pids if len(pids) == 5 else []

    pids = await eventually(grown)
    assert daemon in pids
    match end:
        case "kill":
            await keeper.signal("job-a", signal.SIGKILL)
        case "stop":
            await keeper.stop("job-a")
        case _:
            async with keeper.attach("job-a") as channel:
                await channel.write(b"go\n")
    state = await end_of(keeper, "job-a")
    assert not any(alive(pid) for pid in pids)
    assert state.exit_code == {"kill": 137, "stop": 143, "root ends": 0}[end]


@pytest.mark.skipif(not system.LINUX, reason="elsewhere a keeper cannot adopt orphans")
async def test_an_orphan_that_dropped_its_environment_ends_too(
    folder: Path, tmp_path: Path
) -> None:
    keeper = await spawn(folder)
    (tmp_path / "daemon.txt").write_text(DAEMON.format(environment="{}"))
    await keeper.start(shell("job-other", "sleep 1000"))
    await keeper.start(shell("job-a", f"python3 {tmp_path}/daemon.txt; sleep 1000"))
    daemon = await daemon_of(keeper, "job-a")
    await keeper.stop("job-a")
    await keeper.stop("job-other")
    await gone(daemon)
    await keeper.shutdown()


async def test_the_rest_of_a_tree_may_print_to_the_end(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "(while :; do echo child; done) & echo root; exit 4"))
    assert (await end_of(keeper, "job-a")).exit_code == 4
    assert b"root\n" in await log_text(keeper, "job-a")


async def test_a_process_of_another_run_is_left_alone(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "sleep 1000 & wait"))
    await keeper.start(shell("job-b", "sleep 1000 & wait"))

    async def grown() -> list[int]:
        pids = list(await keeper.tree("job-b"))
        return pids if len(pids) == 2 else []

    others = await eventually(grown)
    await keeper.stop("job-a")
    assert all(alive(pid) for pid in others)
    assert sorted(await keeper.tree("job-b")) == sorted(others)


def test_marks_are_told_apart() -> None:
    assert marked("token", mark("token", ("job-1", 7))) == ("job-1", 7)
    for value in (None, "", "token", "token/", "token/job-1", "token/job/x", "other/job-1/7"):
        assert marked("token", value) is None


def test_a_mark_in_the_environment_makes_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.posix_spawnp("sleep", ["sleep", "1000"], {**os.environ, MARK: "token/job-1/0"})
    try:
        trees = Trees("token")
        assert [p.pid for p in trees.scan()["job-1", 0]] == [pid]
        assert [p.pid for p in trees.glance()["job-1", 0]] == [pid]
        assert Trees("another").scan() == {}
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert trees.glance() == {}


def test_a_later_process_of_the_same_number_is_not_killed() -> None:
    pid = os.posix_spawnp("sleep", ["sleep", "1000"], dict(os.environ))
    process = system.look_up(pid)
    assert process is not None
    earlier = replace(process, started=process.started - 1)
    system.kill_exactly(earlier, signal.SIGKILL)
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    system.kill_exactly(process, signal.SIGKILL)
    assert os.waitpid(pid, 0) == (pid, signal.SIGKILL)
