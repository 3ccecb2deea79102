"""The logs of live runs: complete, prompt, followed by many."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from apolo_tui.local.keeper.api import Keeper, LogChunk, RunSpec
from apolo_tui.local.keeper.inprocess import open_keeper
from apolo_tui.local.keeper.lines import LogText
from apolo_tui.local.keeper.segments import COMPRESSED
from tests.local.keeper.watching import (
    PATIENCE,
    end_of,
    log_lines,
    log_text,
    logged,
    run_to_end,
    shell,
)
from tests.until import until


async def follow_until(keeper: Keeper, job_id: str, mark: bytes) -> bytes:
    """Follow the log and leave as soon as `mark` was told."""
    text, render = b"", LogText()
    async with asyncio.timeout(PATIENCE):
        async for chunks in keeper.log(job_id, follow=True):
            text += b"".join(map(render.render, chunks))
            if mark in text:
                return text
    return text


async def test_lines_have_the_times_of_their_arrival(keeper: Keeper) -> None:
    before = datetime.now(UTC)
    await keeper.start(shell("job-a", "echo one; read go; echo two; echo three >&2; echo four"))
    await logged(keeper, "job-a", b"one")
    between = datetime.now(UTC)
    async with keeper.attach("job-a") as channel:
        await channel.write(b"go\n")
        await end_of(keeper, "job-a")
    lines = await log_lines(keeper, "job-a")
    times = [line.time for line in lines]
    assert times == sorted(times)
    assert before <= times[0] <= between <= times[1] <= datetime.now(UTC)
    assert {line.text for line in lines} == {b"one", b"two", b"three", b"four"}
    recent = await log_lines(keeper, "job-a", since=between)
    assert recent == lines[1:]


async def test_a_follower_gets_what_has_no_newline_yet(keeper: Keeper) -> None:
    script = "printf '\\r 10%%'; read go; printf '\\r 20%%'; read go; echo ' done'"
    await keeper.start(shell("job-a", script))
    parts: list[bytes] = []
    async with keeper.attach("job-a") as channel, asyncio.timeout(PATIENCE):
        async for chunks in keeper.log("job-a", follow=True):
            parts += [chunk.data for chunk in chunks]
            if b"".join(parts).endswith(b"0%"):
                await channel.write(b"go\n")
    assert b"".join(parts) == b"\r 10%\r 20% done\n"
    assert len(parts) == 3


async def test_following_ends_with_the_run_and_misses_nothing(keeper: Keeper) -> None:
    for run in range(20):
        await keeper.start(shell("job-a", f"echo {run}", run=run))
        text = await log_text(keeper, "job-a", follow=True)
        assert text == b"".join(b"%d\n" % number for number in range(run + 1))
        await end_of(keeper, "job-a", run)
    assert await log_text(keeper, "job-a", follow=True) == text


async def test_following_goes_on_over_a_restart_from_where_it_was(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "echo first; printf half"))
    found: list[LogChunk] = []
    async with asyncio.timeout(PATIENCE):
        async for chunks in keeper.log("job-a", follow=True):
            found += chunks
        await end_of(keeper, "job-a")
        await keeper.start(shell("job-a", "echo second", run=1))
        async for chunks in keeper.log("job-a", after=found[-1].end, follow=True):
            found += chunks
    text = LogText()
    assert b"".join(map(text.render, found)) == b"first\nhalf\nsecond\n"


async def test_two_hundred_followers(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "read go; seq 20000; echo end"))
    async with keeper.attach("job-a") as channel:
        followers = [
            asyncio.create_task(log_text(keeper, "job-a", follow=True)) for _ in range(200)
        ]
        await asyncio.sleep(0)
        await channel.write(b"go\n")
        texts = await asyncio.gather(*followers)
    expected = b"".join(b"%d\n" % number for number in range(1, 20001)) + b"end\n"
    assert all(text == expected for text in texts)


async def test_a_follower_may_leave_at_any_time(keeper: Keeper) -> None:
    await keeper.start(shell("job-a", "while :; do echo noise; done"))
    for _ in range(5):
        assert b"noise\n" in await follow_until(keeper, "job-a", b"noise\n")
    task = asyncio.create_task(log_text(keeper, "job-a", follow=True))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert b"noise" in await follow_until(keeper, "job-a", b"noise")


async def test_who_comes_as_the_last_one_leaves_is_told_what_follows(
    keeper: Keeper, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    await keeper.start(
        shell("job-a", f"echo one; until [ -e '{go}' ]; do sleep 0.05; done; echo two")
    )
    async with asyncio.timeout(PATIENCE):
        leaves, comes = (
            cast("AsyncGenerator[Sequence[LogChunk]]", keeper.log("job-a", follow=True))
            for _ in range(2)
        )
        assert (await anext(leaves))[-1].data == b"one\n"
        first = asyncio.ensure_future(anext(comes))
        await asyncio.sleep(0)  # it has asked, and has no answer yet
        await leaves.aclose()
        assert (await first)[-1].data == b"one\n"
        second = asyncio.ensure_future(anext(comes))
        await asyncio.sleep(0)
        go.touch()
        assert (await second)[-1].data == b"two\n"
        await comes.aclose()


async def test_long_lines_and_binary_are_kept_whole(keeper: Keeper) -> None:
    script = """
import os, sys
out = sys.stdout.buffer
for number in range(5):
    out.write(bytes([65 + number]) * (1 << 20) + b"\\n")
out.write(bytes(range(256)) * 64)
"""
    await run_to_end(keeper, RunSpec("job-a", 0, ("python3", "-c", script)))
    expected = b"".join(bytes([65 + n]) * (1 << 20) + b"\n" for n in range(5))
    assert await log_text(keeper, "job-a") == expected + bytes(range(256)) * 64


async def test_a_flood_loses_no_line_and_stalls_nobody(keeper: Keeper) -> None:
    size = 96 << 20
    flood = RunSpec("job-flood", 0, ("sh", "-c", f"yes | head -c {size}"))
    await keeper.start(RunSpec("job-quiet", 0, ("cat",)))
    async with keeper.attach("job-quiet") as channel:
        await keeper.start(flood)
        flooding = asyncio.create_task(end_of(keeper, "job-flood"))
        answers = 0
        while not flooding.done():
            await channel.write(b"ping\n")
            async with asyncio.timeout(PATIENCE):
                assert await channel.read() == (1, b"ping\n")
            answers += 1
        assert answers > 1
    assert (await flooding).exit_code == 0
    told = 0
    async for chunks in keeper.log("job-flood"):
        for chunk in chunks:
            assert chunk.data.count(b"y\n") * 2 + 2 >= len(chunk.data)
            told += len(chunk.data)
    assert told == size
    assert await keeper.log_lines_dropped("job-flood") == 0


async def test_a_job_may_have_a_limit_of_its_own(keeper: Keeper) -> None:
    count = 200_000
    await run_to_end(keeper, RunSpec("job-a", 0, ("seq", str(count)), log_limit=200_000))
    lines = await log_lines(keeper, "job-a")
    dropped = await keeper.log_lines_dropped("job-a")
    assert dropped > 0
    assert [int(line.text) for line in lines] == list(range(dropped + 1, count + 1))


async def test_both_streams_and_a_terminal_arrive_whole(keeper: Keeper) -> None:
    count = 3000
    script = f"i=0; while [ $i -lt {count} ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
    await run_to_end(keeper, shell("job-pipes", script))
    await run_to_end(keeper, shell("job-tty", script, tty=True))

    def sorted_lines(lines: Sequence[bytes], word: bytes) -> list[bytes]:
        return [line for line in lines if line.startswith(word)]

    pipes = [line.text for line in await log_lines(keeper, "job-pipes")]
    terminal = [line.text.rstrip(b"\r") for line in await log_lines(keeper, "job-tty")]
    for lines in (pipes, terminal):
        assert len(lines) == 2 * count
        for word in (b"out", b"err"):
            assert sorted_lines(lines, word) == [b"%s %d" % (word, n) for n in range(count)]


async def test_old_segments_are_compressed_while_the_log_is_read(folder: Path) -> None:
    count = 100_000
    async with open_keeper(folder, log_limit=1 << 20, compress_after=0) as keeper:
        await keeper.start(shell("job-a", f"seq 1000000 {1000000 + count}; exec sleep 1000"))
        following = asyncio.create_task(log_text(keeper, "job-a", follow=True))

        def compressed() -> bool:
            segments = sorted((folder / "logs" / "job-a").iterdir())
            return len(segments) > 3 and all(
                path.name.endswith(COMPRESSED) for path in segments[:-1]
            )

        await logged(keeper, "job-a", b"%d\n" % (1000000 + count))
        await until(compressed, within=PATIENCE)
        text = await log_text(keeper, "job-a")
        await keeper.stop("job-a", grace=0)
        assert await following == text
    assert text == b"".join(b"%d\n" % n for n in range(1000000, 1000001 + count))
