"""Spilled blocks, downloads and saved lines."""

import asyncio
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from apolo_tui.model.errors import AuthorizationError
from apolo_tui.model.logs.blocks import LONGEST_LINE
from apolo_tui.store.feed import Backoff
from apolo_tui.store.log_download import (
    Progress,
    download,
    new_file,
    save_lines,
    text_of_line,
)
from apolo_tui.store.log_reader import Pace
from apolo_tui.store.log_spill import SpillFile
from tests.store.log_source import FakeLog


@pytest.fixture
def spill(tmp_path: Path) -> Iterator[SpillFile]:
    made = SpillFile(tmp_path, segment_bytes=100)
    yield made
    made.close()


def test_blocks_come_back(spill: SpillFile) -> None:
    blocks = [bytes([number]) * (number + 1) for number in range(50)]
    tickets = [spill.write(block) for block in blocks]
    for block, ticket in zip(blocks, tickets, strict=True):
        assert ticket is not None
        assert spill.read(ticket) == block


def test_no_file_is_left_to_see(spill: SpillFile, tmp_path: Path) -> None:
    assert spill.write(b"x" * 500) is not None
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


def test_room_is_given_back_a_segment_at_a_time(spill: SpillFile) -> None:
    tickets = [spill.write(b"x" * 60) for _ in range(6)]
    assert spill.size == 360
    for ticket in tickets[:2]:
        assert ticket is not None
        spill.drop(ticket)
    assert spill.size == 240


def test_a_folder_that_takes_nothing_is_told(tmp_path: Path) -> None:
    spill = SpillFile(tmp_path / "missing")
    assert spill.write(b"x") is None
    assert "No such file" in spill.trouble


def test_a_full_disk_is_told(spill: SpillFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert spill.write(b"x") is None
    assert spill.trouble == "No space left on device"


PACE = Pace(passes=1, quiet=0.2)


async def downloaded(log: FakeLog, path: Path) -> list[Progress]:
    made: list[Progress] = []
    last = await download(
        log.open,
        log.status,
        path,
        on_progress=made.append,
        pace=PACE,
        backoff=Backoff(first=0.01, most=0.02, jitter=lambda: 0.5),
        clock=log.clock,
    )
    assert made[-1] == last
    return made


@pytest.mark.parametrize("seed", range(4))
async def test_a_download_has_each_line_once_through_cuts(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    log = FakeLog(overlap=20, chunk=5000)
    lines = [b"line %d %s" % (number, b"x" * chance.randrange(100)) for number in range(5000)]
    log.write(*lines)
    log.archived = chance.randrange(5000)
    log.cuts = [chance.randrange(1, 300_000) for _ in range(6)]
    if seed % 2:
        log.finish()
    progress = await downloaded(log, tmp_path / "all.log")
    assert (tmp_path / "all.log").read_bytes() == b"".join(line + b"\n" for line in lines)
    assert progress[-1].done
    assert progress[-1].lines == 5000
    # Half a line at a cut is taken back.
    pairs = pairwise(progress)
    assert all(after.lines >= before.lines - 1 for before, after in pairs)


async def test_a_close_in_the_middle_of_an_archive_is_noticed(tmp_path: Path) -> None:
    log = FakeLog(chunk=1000, closes=[3000, 9000])
    log.write(*(b"line %d" % number for number in range(500)))
    log.finish()
    await downloaded(log, tmp_path / "x")
    assert (tmp_path / "x").read_bytes().count(b"\n") == 500


async def test_a_pause_in_a_finished_log_is_not_its_end(tmp_path: Path) -> None:
    log = FakeLog(chunk=1000, stalls=[3000])
    log.write(*(b"line %d" % number for number in range(500)))
    log.finish()
    await downloaded(log, tmp_path / "x")
    assert (tmp_path / "x").read_bytes().count(b"\n") == 500


async def test_progress_bytes_stay_as_they_came(tmp_path: Path) -> None:
    log = FakeLog()
    log.write(b" 10%\r 20%\r100%", b"\x1b[31mred\x1b[0m", b"", b"bad \xff utf", b"2026 a line")
    log.finish()
    await downloaded(log, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == (
        b" 10%\r 20%\r100%\n\x1b[31mred\x1b[0m\n\nbad \xff utf\n2026 a line\n"
    )


async def test_a_very_long_line_is_saved_whole(tmp_path: Path) -> None:
    log = FakeLog(chunk=100_000)
    long = b"y" * (LONGEST_LINE * 9 + 77)
    log.write(b"a", long, b"b")
    log.finish()
    await downloaded(log, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"a\n" + long + b"\nb\n"


async def test_the_log_of_a_running_job_is_saved_up_to_now(tmp_path: Path) -> None:
    log = FakeLog()
    log.write(b"one", b"two")
    work = asyncio.create_task(downloaded(log, tmp_path / "x"))
    await work
    assert (tmp_path / "x").read_bytes() == b"one\ntwo\n"
    assert log.job.status.is_running


async def test_a_flood_does_not_keep_a_download_open(tmp_path: Path) -> None:
    log = FakeLog()
    log.write(b"old")

    async def flood() -> None:
        while True:
            log.write(b"new")
            log.now += timedelta(milliseconds=100)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(flood())
    try:
        async with asyncio.timeout(20):
            await downloaded(log, tmp_path / "x")
    finally:
        task.cancel()
    assert (tmp_path / "x").read_bytes().startswith(b"old\nnew\n")


async def test_a_refused_download_raises(tmp_path: Path) -> None:
    log = FakeLog(refusals=[AuthorizationError("no")])
    with pytest.raises(AuthorizationError):
        await downloaded(log, tmp_path / "x")


def test_new_files_never_overwrite(tmp_path: Path) -> None:
    names = [new_file(tmp_path / "logs", "train/../x y").name for _ in range(3)]
    assert names == ["train-..-x-y.log", "train-..-x-y-2.log", "train-..-x-y-3.log"]
    assert new_file(tmp_path, "...").name == "job.log"


async def test_saved_lines(tmp_path: Path) -> None:
    count = await save_lines(tmp_path / "x", ("é", "two"))
    assert count == 2
    assert (tmp_path / "x").read_text("utf-8") == "é\ntwo\n"
    assert text_of_line(b"2026-11-22T07:41:00.5Z \xffhello") == "\ufffdhello"
