"""Starting jobs: one request each, followed until the job runs, errors at their field."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from apolo_tui.model.errors import IllegalArgumentError, ResourceNotFound, ServerError
from apolo_tui.model.job import JobStatus
from apolo_tui.model.start.draft import Field
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.starts import Start, Starts
from tests.model.jobs import make_job
from tests.model.start import make_request
from tests.store.platforms import FakePlatform
from tests.until import until

PENDING = make_job(status=JobStatus.PENDING, run=None)


@pytest.fixture
async def pool() -> AsyncIterator[FeedPool]:
    async with FeedPool() as pool:
        yield pool


def last(starts: Starts) -> Start:
    return starts.topic.value[-1]


async def test_a_job_is_followed_until_it_runs(pool: FeedPool) -> None:
    asked = FakePlatform(started=PENDING, jobs={PENDING.id: PENDING})
    told: list[Any] = []
    changed: list[Any] = []
    starts = Starts(
        asked, pool, started=lambda *result: told.append(result), changed=changed.append, poll=0.01
    )
    request = make_request(command="sleep 5")
    number = starts.start(request)
    await until(lambda: last(starts).job is not None)
    assert not last(starts).over
    asked.jobs[PENDING.id] = make_job()
    await until(lambda: last(starts).over)
    assert starts.get(number) is last(starts)
    assert told == [(request, PENDING, "")]
    assert changed[-1].status is JobStatus.RUNNING
    calls = [call for call in asked.calls if call[0] == "start"]
    assert calls == [("start", request.parameters())]


async def test_a_refusal_finds_its_field(pool: FeedPool) -> None:
    asked = FakePlatform(started=IllegalArgumentError("Preset was not found", status=400))
    starts = Starts(asked, pool, poll=0.01)
    starts.start(make_request())
    await until(lambda: last(starts).over)
    assert last(starts).error == "Preset was not found"
    assert last(starts).field is Field.PRESET


async def test_a_cut_while_waiting_is_told_and_passes(pool: FeedPool) -> None:
    asked = FakePlatform(started=PENDING, jobs={PENDING.id: ServerError("down")})
    starts = Starts(asked, pool, poll=0.01)
    starts.start(make_request())
    await until(lambda: last(starts).trouble == "down")
    asked.jobs[PENDING.id] = make_job()
    await until(lambda: last(starts).over)
    assert last(starts).trouble == ""


async def test_a_job_that_vanishes(pool: FeedPool) -> None:
    asked = FakePlatform(started=PENDING, jobs={PENDING.id: ResourceNotFound("no such job")})
    starts = Starts(asked, pool, poll=0.01)
    starts.start(make_request())
    await until(lambda: last(starts).error == "no such job")


async def test_several_at_once(pool: FeedPool) -> None:
    asked = FakePlatform(started=make_job())
    starts = Starts(asked, pool, poll=0.01)
    numbers = [starts.start(make_request()) for _ in range(25)]
    await until(lambda: all(start.over for start in starts.topic.value))
    assert [start.number for start in starts.topic.value] == numbers[-20:]
    assert starts.get(numbers[0]) is None
    await asyncio.sleep(0)
