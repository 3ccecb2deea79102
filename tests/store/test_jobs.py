"""The list of jobs in the store: what it asks, what it publishes, how it recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, cast

from apolo_tui.model.errors import (
    AuthenticationError,
    AuthorizationError,
    ConnectionFailed,
    RateLimited,
    ServerNotAvailable,
)
from apolo_tui.model.job import JobStatus
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.model.link import Failed, Live, Retrying
from apolo_tui.store.feed import Backoff
from apolo_tui.store.jobs import JobList, JobsFeed
from tests.store.fakes import HERE, ZERO, FakeJobs, ended_jobs, make_job
from tests.until import until


class Rests:
    """Stands in for sleep: notes the seconds and waits until it is told to go on."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._go = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._go.clear()
        await self._go.wait()

    def over(self) -> None:
        self._go.set()


@asynccontextmanager
async def feed(jobs: FakeJobs, **options: Any) -> AsyncIterator[tuple[JobsFeed, Rests]]:
    rests = Rests()
    made = JobsFeed(
        cast(Any, jobs),
        HERE,
        refresh=5.0,
        clock=lambda: 1000.0,
        sleep=rests,
        backoff=Backoff(first=1.0, jitter=lambda: 0.5),
        **options,
    )
    task = asyncio.create_task(made.run())
    try:
        await until(lambda: rests.seconds)
        yield made, rests
    finally:
        task.cancel()
        await asyncio.wait({task})


async def next_round(rests: Rests) -> None:
    count = len(rests.seconds)
    rests.over()
    await until(lambda: len(rests.seconds) > count)


async def test_a_round_asks_for_the_active_the_new_and_the_missing_ones() -> None:
    active, ending = make_job(1), make_job(2)
    jobs = FakeJobs([active, ending, *ended_jobs(3)[:1]])
    async with feed(jobs) as (made, rests):
        assert isinstance(made.topic.value.link, Live)
        assert made.topic.value.as_of == 1000.0
        assert made.topic.value.history_complete
        assert {job.id for job in made.topic.value.jobs.values()} == set(jobs.known)
        jobs.calls.clear()
        jobs.known[ending.id] = make_job(
            2, status=JobStatus.FAILED, created=ZERO - timedelta(days=3)
        )
        await next_round(rests)
        assert made.topic.value.jobs[ending.id].status is JobStatus.FAILED
        statuses, since = jobs.calls[0][1][0], jobs.calls[1][1][1]
        assert statuses == frozenset(JobStatus.active_items())
        assert since == ZERO - timedelta(seconds=60)
        assert [call for call in jobs.calls if call[0] == "status"] == [("status", ending.id)]
        assert len(jobs.calls) == 3


async def test_the_first_job_of_all_is_seen_though_it_is_over_at_once() -> None:
    jobs = FakeJobs([])
    async with feed(jobs) as (made, rests):
        assert made.topic.value.history_complete
        short = make_job(1, status=JobStatus.FAILED)
        jobs.known[short.id] = short
        await next_round(rests)
        assert list(made.topic.value.jobs) == [short.id]


async def test_many_first_jobs_leave_the_older_ones_to_be_asked_for() -> None:
    jobs = FakeJobs([])
    async with feed(jobs, window=3) as (made, rests):
        jobs.known.update({job.id: job for job in ended_jobs(5)})
        await next_round(rests)
        assert len(made.topic.value.jobs) == 3
        assert not made.topic.value.history_complete
        made.load_more()
        await until(lambda: len(made.topic.value.jobs) == 5)


async def test_the_same_jobs_are_published_as_the_same_objects() -> None:
    jobs = FakeJobs([make_job(1)])
    async with feed(jobs) as (made, rests):
        before = made.topic.value
        await next_round(rests)
        assert made.topic.value.revision == before.revision
        assert made.topic.value.jobs is before.jobs


async def test_gone_jobs_are_told_with_the_reason() -> None:
    dropped, closed = make_job(1), make_job(2)
    jobs = FakeJobs([dropped, closed, make_job(3, created=ZERO + timedelta(days=1))])
    async with feed(jobs) as (made, rests):
        del jobs.known[dropped.id], jobs.known[closed.id]
        jobs.failures[f"status {closed.id}"] = AuthorizationError("no")
        await next_round(rests)
        assert made.topic.value.gone == {
            dropped.id: "dropped by the platform",
            closed.id: "no access",
        }
        assert dropped.id in made.topic.value.jobs


async def test_trouble_is_told_with_growing_delays_and_ends_by_itself() -> None:
    jobs = FakeJobs([make_job(1)])
    async with feed(jobs) as (made, rests):
        jobs.failures["list"] = ConnectionFailed("cut")
        for _ in range(6):
            await next_round(rests)
        assert rests.seconds[1:] == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
        link = made.topic.value.link
        assert isinstance(link, Retrying)
        assert link.reason == "cut"
        assert made.topic.value.jobs
        del jobs.failures["list"]
        await next_round(rests)
        assert isinstance(made.topic.value.link, Live)
        assert rests.seconds[-1] == 5.0


async def test_the_platforms_own_delay_and_a_refused_login_are_heeded() -> None:
    refused: list[bool] = []
    jobs = FakeJobs([make_job(1)])
    async with feed(jobs, login_refused=lambda: refused.append(True)) as (made, rests):
        jobs.failures["list"] = RateLimited("slow down", retry_after=77.0)
        await next_round(rests)
        assert rests.seconds[-1] == 77.0
        jobs.failures["list"] = AuthenticationError("who?")
        await next_round(rests)
        assert made.topic.value.login_needed
        assert isinstance(made.topic.value.link, Failed)
        assert rests.seconds[-1] >= 30.0
        assert refused == [True]
        jobs.failures["list"] = ServerNotAvailable("again")
        await next_round(rests)
        assert isinstance(made.topic.value.link, Retrying)


def has_jobs(made: JobsFeed, count: int) -> bool:
    return len(made.topic.value.jobs) == count


async def test_history_comes_in_windows_when_it_is_asked_for() -> None:
    jobs = FakeJobs(ended_jobs(25))
    async with feed(jobs, window=10) as (made, _):
        assert len(made.topic.value.jobs) == 10
        newest = {job.created_at for job in made.topic.value.jobs.values()}
        assert max(job.created_at or ZERO for job in jobs.known.values()) in newest
        for expected in (19, 25):
            made.load_more()
            await until(partial(has_jobs, made, expected))
        await until(lambda: made.topic.value.history_complete)
        asked = len(jobs.windows)
        made.load_more()
        assert len(jobs.windows) == asked


async def test_older_jobs_are_fetched_without_a_round() -> None:
    jobs = FakeJobs(ended_jobs(25))
    async with feed(jobs, window=10) as (made, rests):
        jobs.calls.clear()
        made.load_more()
        await until(partial(has_jobs, made, 19))
        assert len(jobs.calls) == 1
        assert len(rests.seconds) == 1


async def test_older_jobs_that_could_not_be_fetched_are_asked_for_again() -> None:
    jobs = FakeJobs(ended_jobs(25))
    async with feed(jobs, window=10) as (made, rests):
        jobs.failures["list"] = ConnectionFailed("cut")
        made.load_more()
        await until(lambda: isinstance(made.topic.value.link, Retrying))
        del jobs.failures["list"]
        await until(lambda: len(rests.seconds) == 2)
        await next_round(rests)
        await until(partial(has_jobs, made, 19))


async def test_many_jobs_of_one_instant_do_not_repeat_a_window_for_ever() -> None:
    jobs = FakeJobs([make_job(number, status=JobStatus.FAILED) for number in range(30)])
    async with feed(jobs, window=10) as (made, _):
        made.load_more()
        await until(lambda: made.topic.value.history_complete)


async def test_jobs_of_the_last_session_that_were_active_are_looked_up() -> None:
    old = make_job(1, created=ZERO - timedelta(days=10))
    jobs = FakeJobs([make_job(1, status=JobStatus.SUCCEEDED, created=ZERO - timedelta(days=10))])
    initial = JobList(jobs=KnownJobs({old.id: old}), cached=True)
    async with feed(jobs, initial=initial) as (made, _):
        assert made.topic.value.jobs[old.id].status is JobStatus.SUCCEEDED
        assert not made.topic.value.cached


async def test_a_silent_answer_is_given_up() -> None:
    class Silent(FakeJobs):
        @asynccontextmanager
        async def list(self, **options: Any) -> AsyncIterator[Any]:
            await asyncio.Event().wait()
            yield None

    async with feed(Silent([]), silence=0.05) as (made, _):
        link = made.topic.value.link
        assert isinstance(link, Retrying)
        assert "no answer" in link.reason


async def test_paused_it_asks_only_when_told() -> None:
    jobs = FakeJobs([make_job(1)])
    async with feed(jobs) as (made, rests):
        made.set_paused(True)
        count = len(jobs.calls)
        rests.over()
        await asyncio.sleep(0.05)
        assert len(jobs.calls) == count
        made.refresh_now()
        await until(lambda: len(jobs.calls) > count)
