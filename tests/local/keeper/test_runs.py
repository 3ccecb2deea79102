"""Runs: how they are started and how they end."""

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apolo_tui.local.keeper.api import Keeper, KeeperError, NotRunning, RunSpec
from apolo_tui.local.keeper.launch import DESCRIPTOR_LIMIT
from tests.local.keeper.watching import (
    PATIENCE,
    end_of,
    eventually,
    gone,
    log_text,
    logged,
    run_to_end,
    shell,
)


async def test_a_run_is_told_from_its_start_to_its_end(keeper: Keeper) -> None:
    before = datetime.now(UTC)
    started = await keeper.start(shell("job-a", "exit 3"))
    assert started.pid is not None
    assert started.alive
    ended = await end_of(keeper, "job-a")
    assert (ended.exit_code, ended.pid, ended.out_of_memory) == (3, started.pid, False)
    assert ended.started_at == started.started_at
    assert ended.ended_at is not None
    assert before <= ended.started_at <= ended.ended_at <= datetime.now(UTC)
    assert not ended.alive


async def test_an_end_is_told_until_it_is_forgotten(keeper: Keeper) -> None:
    ended = await run_to_end(keeper, shell("job-a", "true"))
    assert list(await keeper.runs()) == [ended]
    assert await end_of(keeper, "job-a") == ended
    await keeper.forget("job-a", 0)
    assert list(await keeper.runs()) == []
    await keeper.forget("job-a", 0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1])
async def test_a_signal_to_the_root_gives_128_and_its_number(
    keeper: Keeper, number: signal.Signals
) -> None:
    await keeper.start(RunSpec("job-a", 0, ("sleep", "1000")))
    await keeper.signal("job-a", number)
    assert (await end_of(keeper, "job-a")).exit_code == 128 + number


async def test_the_environment_is_the_users_and_the_specs(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'echo "$HOME|$EXTRA|$NEURO_JOB_ID|$TERM"'
    spec = RunSpec("job-a", 0, ("sh", "-c", script), env={"EXTRA": "ä b", "TERM": "dumb"}, tty=True)
    await run_to_end(keeper, spec)
    home = Path.home()
    assert await log_text(keeper, "job-a") == f"{home}|ä b|job-a|dumb\r\n".encode()


async def test_a_run_starts_in_its_folder_or_in_the_users_home(
    keeper: Keeper, tmp_path: Path
) -> None:
    for run, (wanted, found) in enumerate(
        [
            (str(tmp_path), tmp_path),
            (None, Path.home()),
            ("/no/such/folder", Path.home()),
            ("relative", Path.home()),
        ]
    ):
        await run_to_end(keeper, RunSpec("job-a", run, ("pwd", "-L"), working_dir=wanted))
        lines = (await log_text(keeper, "job-a")).decode().splitlines()
        assert lines[-1] == str(found)


async def test_what_cannot_be_started_ends_at_once_and_says_why(
    keeper: Keeper, tmp_path: Path
) -> None:
    (tmp_path / "plain.txt").write_text("no program")
    cases: list[tuple[tuple[str, ...], int, str]] = [
        (("no-such-program",), 127, "No such file"),
        ((str(tmp_path / "plain.txt"),), 126, "Permission denied"),
        (("echo", "a\0b"), 126, "null byte"),
        ((), 126, "cannot start"),
    ]
    for run, (argv, code, reason) in enumerate(cases):
        state = await keeper.start(RunSpec("job-a", run, argv))
        assert (state.pid, state.exit_code, state.alive) == (None, code, False)
        assert reason in state.error
        assert (await log_text(keeper, "job-a")).decode().splitlines()[-1] == state.error
        assert await end_of(keeper, "job-a", run) == state


async def test_a_job_runs_once_at_a_time(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-a", 0, ("sleep", "1000")))
    with pytest.raises(KeeperError, match="running already"):
        await keeper.start(RunSpec("job-a", 1, ("sleep", "1000")))
    await keeper.signal("job-a", signal.SIGKILL)
    await end_of(keeper, "job-a")
    with pytest.raises(KeeperError, match="ended already"):
        await keeper.start(RunSpec("job-a", 0, ("sleep", "1000")))


@pytest.mark.parametrize("job_id", ["", "../up", "a/b", ".hidden", "a b", "x" * 200])
async def test_what_is_no_jobs_id_is_refused(keeper: Keeper, job_id: str) -> None:
    with pytest.raises(KeeperError, match="is no job's id"):
        await keeper.start(RunSpec(job_id, 0, ("true",)))


async def test_calls_to_a_job_that_does_not_run_are_refused(keeper: Keeper) -> None:
    await run_to_end(keeper, shell("job-a", "true"))
    for job_id in ("job-a", "job-unknown"):
        with pytest.raises(NotRunning):
            await keeper.signal(job_id, signal.SIGKILL)
        with pytest.raises(NotRunning):
            await keeper.tree(job_id)
        with pytest.raises(NotRunning):
            async with keeper.attach(job_id):
                pass
        with pytest.raises(NotRunning):
            async with keeper.exec(
                job_id, ["true"], tty=False, stdin=False, stdout=True, stderr=True
            ):
                pass
        await keeper.stop(job_id)


async def test_stdin_stays_open_without_a_client(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "echo before; cat; echo after"))
    await logged(keeper, "job-a", b"before")
    (state,) = await keeper.runs()
    assert state.alive
    await keeper.stop("job-a", grace=0)
    assert await log_text(keeper, "job-a") == b"before\n"


async def test_a_job_is_not_killed_by_what_its_keeper_ignores(keeper: Keeper) -> None:
    names = "HUP INT QUIT TERM TSTP TTIN TTOU"
    script = f"""
import signal
for name in {names!r}.split():
    print(signal.getsignal(getattr(signal, "SIG" + name)))
"""
    await run_to_end(keeper, RunSpec("job-a", 0, ("python3", "-c", script)))
    handlers = (await log_text(keeper, "job-a")).decode().splitlines()
    assert len(handlers) == len(names.split())
    assert "Handlers.SIG_IGN" not in handlers
    assert "1" not in handlers


async def test_a_job_has_the_users_limit_of_descriptors(keeper: Keeper) -> None:
    await run_to_end(keeper, shell("job-a", "ulimit -S -n"))
    assert int(await log_text(keeper, "job-a")) == DESCRIPTOR_LIMIT[0]


async def test_the_log_of_a_job_goes_on_over_its_runs(keeper: Keeper) -> None:
    for run in range(3):
        await run_to_end(keeper, shell("job-a", f"echo start {run}; printf part", run=run))
    assert await log_text(keeper, "job-a") == (b"start 0\npart\nstart 1\npart\nstart 2\npart")


def traces(folder: Path, job_id: str) -> list[Path]:
    return list(folder.rglob(f"*{job_id}*"))


async def test_removing_a_job_leaves_nothing_of_it(keeper: Keeper, folder: Path) -> None:
    await keeper.start(shell("job-a", "echo hello; exec sleep 1000"))
    with pytest.raises(KeeperError, match="is running"):
        await keeper.remove("job-a")
    assert traces(folder, "job-a") != []
    await keeper.stop("job-a", grace=0)
    await keeper.remove("job-a")
    assert list(await keeper.runs()) == []
    assert await log_text(keeper, "job-a") == b""
    assert traces(folder, "job-a") == []


async def test_stop_asks_the_whole_tree_first(keeper: Keeper) -> None:
    script = """
        forever() { while :; do sleep 0.05; done; }
        (trap "echo child asked; exit 0" TERM; echo ready child; forever) &
        trap 'echo root asked; wait; exit 9' TERM
        echo ready root
        forever
    """
    await keeper.start(shell("job-a", script))
    await logged(keeper, "job-a", b"ready child")
    await logged(keeper, "job-a", b"ready root")
    await keeper.stop("job-a", grace=PATIENCE)
    state = await end_of(keeper, "job-a")
    assert state.exit_code == 9
    text = await log_text(keeper, "job-a")
    assert b"child asked" in text
    assert b"root asked" in text


async def test_stop_kills_who_does_not_listen(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "trap '' TERM; echo ready; while :; do sleep 0.05; done"))
    await logged(keeper, "job-a", b"ready")
    pids = await keeper.tree("job-a")
    await keeper.stop("job-a", grace=0.2)
    await gone(*pids)
    assert (await end_of(keeper, "job-a")).exit_code == 137


async def test_two_hundred_runs_at_once(keeper: Keeper) -> None:
    count = 200
    for number in range(count):
        await keeper.start(
            RunSpec(f"job-{number}", 0, ("sh", "-c", f"echo {number}; exec sleep 1000"))
        )
    states = await keeper.runs()
    assert sum(state.alive for state in states) == count
    assert len({state.pid for state in states}) == count
    await logged(keeper, f"job-{count - 1}", b"199\n")
    for number in range(count):
        await keeper.signal(f"job-{number}", signal.SIGKILL)

    async def all_ended() -> bool:
        return all(not state.alive for state in await keeper.runs())

    await eventually(all_ended)
    for number in range(count):
        assert await log_text(keeper, f"job-{number}") == f"{number}\n".encode()
