"""Attach and exec: streams to runs, and to processes beside them."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import pytest

from apolo_tui.local.keeper.api import Channel, Keeper, KeeperError, RunSpec
from tests.local.keeper.watching import (
    PATIENCE,
    end_of,
    eventually,
    gone,
    log_text,
    logged,
    read_all,
    read_until,
    shell,
)

ALL_BYTES = bytes(range(256))


async def test_attach_tells_stdout_from_stderr_and_shows_only_what_is_new(
    keeper: Keeper,
) -> None:
    await keeper.start(shell("job-a", "echo old; read go; echo out; echo err >&2; exit 3"))
    await logged(keeper, "job-a", b"old")
    async with keeper.attach("job-a") as channel:
        await channel.write(b"go\n")
        assert await read_all(channel) == {1: b"out\n", 2: b"err\n"}
        assert await channel.read() is None
        assert channel.exit_code is None
    assert await log_text(keeper, "job-a") in (b"old\nout\nerr\n", b"old\nerr\nout\n")


async def test_several_attached_channels_see_the_same(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-a", 0, ("cat",)))
    async with contextlib.AsyncExitStack() as stack:
        channels = [await stack.enter_async_context(keeper.attach("job-a")) for _ in range(5)]
        for number, channel in enumerate(channels):
            await channel.write(f"line {number}\n".encode())
            texts = [await read_until(each, f"line {number}\n".encode()) for each in channels]
            assert len(set(texts)) == 1
    (state,) = await keeper.runs()
    assert state.alive


async def test_attach_without_stdin_writes_nothing(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-a", 0, ("cat",)))
    async with keeper.attach("job-a", stdin=False) as silent, keeper.attach("job-a") as channel:
        await silent.write(b"no\n")
        await channel.write(b"yes\n")
        assert await read_until(channel, b"yes\n") == b"yes\n"


async def test_a_slow_reader_holds_up_nobody_and_loses_nothing(keeper: Keeper) -> None:
    lines = 400_000
    await keeper.start(shell("job-a", f"read go; seq {lines}; echo done"))
    async with keeper.attach("job-a") as slow, keeper.attach("job-a") as fast:
        await fast.write(b"go\n")
        assert (await read_all(fast))[1].endswith(b"done\n")
        assert (await end_of(keeper, "job-a")).exit_code == 0
        text = (await read_all(slow))[1]
    assert text == b"".join(b"%d\n" % n for n in range(1, lines + 1)) + b"done\n"
    assert await log_text(keeper, "job-a") == text


async def test_binary_passes_unchanged_both_ways(keeper: Keeper) -> None:
    data = ALL_BYTES * 1000
    await keeper.start(RunSpec("job-a", 0, ("head", "-c", str(len(data)))))
    async with keeper.attach("job-a") as channel:
        reading = asyncio.create_task(read_all(channel))
        await channel.write(data)
        assert (await reading)[1] == data
    assert await log_text(keeper, "job-a") == data


async def test_writing_waits_for_a_process_that_does_not_read(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-a", 0, ("sleep", "1000")))
    async with keeper.attach("job-a") as channel:
        writing = asyncio.create_task(channel.write(bytes(1 << 20)))
        done, _ = await asyncio.wait([writing], timeout=0.1)
        assert not done
        await channel.close()
        await asyncio.wait_for(writing, PATIENCE)


async def test_a_terminal_has_a_size_that_can_change(keeper: Keeper) -> None:
    script = "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"
    await keeper.start(shell("job-a", script, tty=True))
    await logged(keeper, "job-a", b"24 80\r\nready\r\n")
    async with keeper.attach("job-a", stdin=False) as channel:
        await channel.resize(123, 45)
        assert b"45 123\r\n" in (await read_all(channel))[1]


async def test_a_shell_on_a_terminal_has_job_control_and_its_own_session(
    keeper: Keeper,
) -> None:
    await keeper.start(RunSpec("job-a", 0, ("sh",), tty=True))
    async with keeper.attach("job-a") as channel:
        await channel.write(b"sleep 1000\n")
        await read_until(channel, b"sleep 1000\r\n")

        async def sleeps() -> bool:
            return len(await keeper.tree("job-a")) == 2

        await eventually(sleeps)
        await channel.write(b"\x03")
        await channel.write(b"echo $((40 + 2)) $(tty)\n")
        assert b"42 /dev/" in await read_until(channel, b"42 /dev/")
        await channel.write(b"exit 5\n")
        await read_all(channel)
    assert (await end_of(keeper, "job-a")).exit_code == 5


@contextlib.asynccontextmanager
async def beside(
    keeper: Keeper,
    *argv: str,
    tty: bool = False,
    stdin: bool = True,
    stdout: bool = True,
    stderr: bool = True,
) -> AsyncIterator[Channel]:
    async with keeper.exec(
        "job-a", argv, tty=tty, stdin=stdin, stdout=stdout, stderr=stderr
    ) as channel:
        yield channel


@pytest.fixture
async def job(keeper: Keeper) -> Keeper:
    await keeper.start(RunSpec("job-a", 0, ("sleep", "1000"), env={"EXTRA": "extra"}))
    return keeper


async def test_exec_without_a_terminal(job: Keeper) -> None:
    script = "read line; echo out $line $EXTRA; echo err >&2; exit 7"
    async with beside(job, "sh", "-c", script) as channel:
        assert channel.exit_code is None
        await channel.write(b"typed\n")
        assert await read_all(channel) == {1: b"out typed extra\n", 2: b"err\n"}
        assert channel.exit_code == 7
    assert await log_text(job, "job-a") == b""


async def test_exec_with_a_terminal(job: Keeper) -> None:
    async with beside(job, "sh", tty=True, stderr=False) as channel:
        await channel.resize(100, 30)
        await channel.write(b"stty size; echo $TERM\n")
        text = await read_until(channel, b"xterm-256color\r\n")
        assert b"30 100\r\n" in text
        await channel.write(b"exit 42\n")
        await read_all(channel)
        assert channel.exit_code == 42


async def test_exec_gives_only_the_streams_asked_for(job: Keeper) -> None:
    script = "echo out; echo err >&2; cat"
    async with beside(job, "sh", "-c", script, stdin=False, stderr=False) as channel:
        assert await read_all(channel) == {1: b"out\n", 2: b""}
    async with beside(job, "sh", "-c", script, stdin=False, stdout=False) as channel:
        assert await read_all(channel) == {1: b"", 2: b"err\n"}
    async with beside(job, "sh", "-c", "exit 3", stdout=False, stderr=False) as channel:
        assert await read_all(channel) == {1: b"", 2: b""}
        assert channel.exit_code == 3


async def test_exec_of_what_cannot_be_started_says_why(job: Keeper) -> None:
    with pytest.raises(KeeperError, match=r"no-such-program.*No such file"):
        async with beside(job, "no-such-program"):
            pass


async def test_exec_killed_by_a_signal_tells_it(job: Keeper) -> None:
    async with beside(job, "sh", "-c", "kill -9 $$") as channel:
        await read_all(channel)
        assert channel.exit_code == 137


async def test_exec_passes_binary_and_holds_up_only_itself(job: Keeper) -> None:
    async with beside(job, "cat") as slow, beside(job, "cat") as channel:
        stuck = asyncio.create_task(slow.write(bytes(4 << 20)))
        data = ALL_BYTES * 4000
        writing = asyncio.create_task(channel.write(data))
        text = b""
        async with asyncio.timeout(PATIENCE):
            while len(text) < len(data):
                item = await channel.read()
                assert item is not None
                text += item[1]
        assert text == data
        await writing
        assert not stuck.done()
        await slow.close()
        await asyncio.wait_for(stuck, PATIENCE)


async def test_leaving_hangs_up_an_execs_terminal(job: Keeper) -> None:
    async with beside(job, "sh", "-c", "echo $$; exec sleep 1000", tty=True) as channel:
        pid = int(await read_until(channel, b"\n"))
        assert pid in await job.tree("job-a")
    await gone(pid)
    (state,) = await job.runs()
    assert state.alive


async def test_an_exec_ends_with_its_run(job: Keeper) -> None:
    async with beside(job, "sh", "-c", "echo ready; exec sleep 1000") as channel:
        await read_until(channel, b"ready")
        await job.stop("job-a")
        await read_all(channel)
        assert channel.exit_code in (137, 143)


async def test_an_exec_is_over_when_its_process_is(job: Keeper) -> None:
    async with beside(job, "sh", "-c", "sleep 1000 & echo started; exit 6") as channel:
        assert (await read_all(channel))[1] == b"started\n"
        assert channel.exit_code == 6


async def test_closing_wakes_who_reads(job: Keeper) -> None:
    async with job.attach("job-a") as attached, beside(job, "cat") as executed:
        reading = [asyncio.create_task(channel.read()) for channel in (attached, executed)]
        await asyncio.sleep(0)
        await attached.close()
        await executed.close()
        assert await asyncio.wait_for(asyncio.gather(*reading), PATIENCE) == [None, None]


async def test_twenty_execs_at_once(job: Keeper) -> None:
    async def one(number: int) -> bytes:
        async with beside(job, "sh", "-c", f"read line; echo {number} $line") as channel:
            await channel.write(b"x\n")
            return (await read_all(channel))[1]

    texts = await asyncio.gather(*(one(number) for number in range(20)))
    assert texts == [b"%d x\n" % number for number in range(20)]


async def test_no_descriptor_of_the_keeper_reaches_a_job(keeper: Keeper) -> None:
    await keeper.start(RunSpec("job-other", 0, ("sleep", "1000"), tty=True))
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        script = "import os; print(sorted(map(int, os.listdir('/dev/fd')))[:-1])"
        await keeper.start(RunSpec("job-a", 0, ("python3", "-c", script)))
        await end_of(keeper, "job-a")
    finally:
        os.close(inherited)
    assert await log_text(keeper, "job-a") == b"[0, 1, 2]\n"
