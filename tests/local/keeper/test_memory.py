"""Memory limits: over the whole tree, shared pages once, and at no cost while all sleep."""

import sys

import pytest

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.api import Keeper, RunSpec
from tests.local.keeper.watching import end_of, eventually, log_text, logged

MB = 1 << 20

FORKS = """
import os, time
block = bytearray(os.urandom({size}))
for _ in range({forks}):
    if os.fork() == 0:
        time.sleep(1000)
print("ready", flush=True)
time.sleep(1000)
"""


def python(job_id: str, script: str, *, limit: int) -> RunSpec:
    return RunSpec(job_id, 0, (sys.executable, "-c", script), memory_limit=limit)


async def test_a_tree_above_its_limit_ends_as_out_of_memory(keeper: Keeper) -> None:
    # Neither process is above the limit alone.
    each = f"b = bytearray(b'x' * {80 * MB}); import time; time.sleep(1000)"
    script = f"""
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-c", {each!r}]) for _ in range(3)]
children[0].wait()
"""
    await keeper.start(python("job-a", script, limit=150 * MB))
    state = await end_of(keeper, "job-a")
    assert (state.exit_code, state.out_of_memory) == (137, True)


async def test_a_tree_below_its_limit_goes_on(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-small", 0, ("sleep", "1000"), memory_limit=64 * MB))
    await keeper.start(python("job-big", f"b = b'x' * {200 * MB}; input()", limit=100 * MB))
    assert (await end_of(keeper, "job-big")).out_of_memory
    assert {state.job_id: state.alive for state in await keeper.runs()} == {
        "job-small": True,
        "job-big": False,
    }


@pytest.mark.skipif(not system.LINUX, reason="elsewhere shared pages are counted once a process")
async def test_what_forked_processes_share_counts_once(keeper: Keeper) -> None:
    script = FORKS.format(size=60 * MB, forks=4)
    await keeper.start(python("job-a", script, limit=150 * MB))
    await logged(keeper, "job-a", b"ready")

    async def processes() -> list[system.Process]:
        found = [system.look_up(pid) for pid in await keeper.tree("job-a")]
        present = [process for process in found if process is not None]
        return present if sum(process.resident for process in present) > 250 * MB else []

    tree = await eventually(processes)
    assert sum(system.proportional_memory(process) for process in tree) < 130 * MB
    # Another job that is above its limit shows that the look at memory came by.
    await keeper.start(python("job-big", f"b = b'x' * {200 * MB}; input()", limit=100 * MB))
    assert (await end_of(keeper, "job-big")).out_of_memory
    assert next(state for state in await keeper.runs() if state.job_id == "job-a").alive


async def test_a_killed_run_is_not_out_of_memory(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-a", 0, ("sleep", "1000"), memory_limit=1 << 40))
    await keeper.signal("job-a", 9)
    assert not (await end_of(keeper, "job-a")).out_of_memory
    assert await log_text(keeper, "job-a") == b""
