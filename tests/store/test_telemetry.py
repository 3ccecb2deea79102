"""Telemetry in the store: few sockets, in turn, and only for what is on screen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from apolo_tui.model.errors import ConnectionFailed
from apolo_tui.model.link import Retrying
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.usage import Series, mean
from apolo_tui.store.telemetry import TelemetryFeed
from tests.store.fakes import FakeJobs
from tests.until import until


@asynccontextmanager
async def feed(jobs: FakeJobs, **options: Any) -> AsyncIterator[TelemetryFeed]:
    made = TelemetryFeed(cast(Any, jobs), cluster="harbor", **options)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_few_jobs_have_a_socket_each_and_none_when_not_shown() -> None:
    jobs = FakeJobs([])
    async with feed(jobs, sockets=4) as made:
        made.show(["a", "b", "c"], selected="b")
        await until(lambda: set(jobs.open_tops) == {"a", "b", "c"})
        made.show(["c"])
        await until(lambda: jobs.open_tops == ["c"])
        made.show([])
        await until(lambda: not jobs.open_tops)
        await until(lambda: set(made.topic.value) == {"a", "b", "c"})


async def test_many_jobs_take_turns_and_the_selected_one_keeps_its_socket() -> None:
    names = [f"j{number}" for number in range(12)]
    jobs = FakeJobs([])
    jobs.samples = {name: [JobTelemetry(1.0, 1, float(at)) for at in range(3)] for name in names}
    async with feed(jobs, sockets=3, sampling=0.2) as made:
        made.show(names, selected="j5")
        await until(lambda: len(made.topic.value) == 12)
        assert jobs.most_tops <= 3
        assert "j5" in jobs.open_tops
        assert [call for call in jobs.calls if call == ("top", "j5")] == [("top", "j5")]
        assert made.topic.value["j0"].in_turn
        assert not made.topic.value["j5"].in_turn
        made.show(names, selected="j7")
        await until(lambda: "j7" in jobs.open_tops)
        assert jobs.most_tops <= 3


async def test_a_socket_that_closes_slowly_keeps_its_place() -> None:
    jobs = FakeJobs([])
    jobs.close_delay = 0.05
    async with feed(jobs, sockets=3) as made:
        for turn in range(8):
            # A page that turns, and one more look at it while the old sockets still close.
            made.show([f"p{turn}-{number}" for number in range(3)])
            await asyncio.sleep(0.01)
            made.show([f"p{turn}-{number}" for number in range(5)])
            await asyncio.sleep(0.01)
        await until(lambda: len(jobs.open_tops) == 3 and all("p7" in top for top in jobs.open_tops))
        assert jobs.most_tops == 3


async def test_a_broken_stream_is_opened_again() -> None:
    jobs = FakeJobs([])
    jobs.failures["top a"] = ConnectionFailed("cut")

    async def no_wait(seconds: float) -> None:
        await asyncio.sleep(0)

    async with feed(jobs, sleep=no_wait) as made:
        made.show(["a"])
        await until(lambda: len([call for call in jobs.calls if call[0] == "top"]) > 3)
        assert isinstance(made.topic.value["a"].link, Retrying)
        del jobs.failures["top a"]
        await until(lambda: made.topic.value["a"].last)


def test_a_series_keeps_samples_and_then_minutes() -> None:
    series = Series()
    for second in range(2 * 3600):
        series.append(JobTelemetry(1.0, 100, float(second), 50, 7))
    assert len(series) == 3600
    found = series.since(0.0)
    assert found[0].timestamp < 60
    assert len(found) == 3600 + 60
    times = [sample.timestamp for sample in found]
    assert times == sorted(times)
    before = series.version
    series.append(JobTelemetry(1.0, 100, 5.0))
    assert series.version == before


def test_an_average_leaves_out_what_is_not_there() -> None:
    average = mean([JobTelemetry(1.0, 10, 0.0), JobTelemetry(3.0, 30, 1.0, 80, 4)])
    assert average == JobTelemetry(2.0, 20, 1.0, 80, 4)
