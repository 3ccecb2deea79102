"""The feed: opened at the end, resumed without loss, told when it is over."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from apolo_tui.model.errors import AuthorizationError, ConnectionFailed, ServerNotAvailable
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Connecting, Ended, Failed, Link, Live, Retrying
from apolo_tui.model.logs import Gap, LogStore, Restart, split_stamp
from apolo_tui.store.feed import Backoff
from apolo_tui.store.log_reader import Pace
from apolo_tui.store.log_window import ALL, LOOK_BACK
from apolo_tui.store.logs import LogFeed, LogLimits, LogState, LogTimings
from tests.store.log_source import BEGIN, FakeLog, item, job_of
from tests.until import until

PACE = Pace(work=0.002, passes=1, quiet=0.03, first=0.05)
TIMINGS = LogTimings(pace=PACE, impatience=0.2, waiting=0.01, checking=0.05, archive=0.01, fresh=-1)


def feed_of(
    log: FakeLog,
    *,
    enough: int = 20,
    limits: LogLimits | None = None,
    timings: LogTimings = TIMINGS,
) -> LogFeed:
    return LogFeed(
        log.open,
        log.status,
        limits=limits or LogLimits(),
        timings=timings,
        enough=enough,
        clock=log.clock,
        backoff=Backoff(first=0.01, most=0.05, jitter=lambda: 0.5),
    )


@asynccontextmanager
async def following(feed: LogFeed) -> AsyncIterator[list[Link]]:
    """Run the feed; gives the links as they come."""
    links: list[Link] = []
    publish = feed.topic.publish

    def note(state: LogState) -> None:
        if not links or links[-1] != state.link:
            links.append(state.link)
        publish(state)

    feed.topic.publish = note  # type: ignore[method-assign,assignment]  # to see every link, not the last
    task = asyncio.create_task(feed.run())
    try:
        yield links
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


def texts(store: LogStore) -> list[bytes]:
    found = []
    for raw in store.lines(store.first, store.end):
        _, start = split_stamp(raw)
        found.append(raw[start:])
    return found


def shown(feed: LogFeed) -> list[bytes]:
    return texts(feed.topic.value.store)


def numbers(count: int) -> list[bytes]:
    return [b"line %d" % number for number in range(count)]


@pytest.fixture
def log() -> FakeLog:
    made = FakeLog()
    made.write(*numbers(50))
    return made


async def test_a_running_job_opens_with_the_last_quarter_of_an_hour(log: FakeLog) -> None:
    feed = feed_of(log)
    async with following(feed) as links:
        await until(lambda: feed.topic.value.caught_up)
        assert shown(feed) == numbers(50)
        assert isinstance(links[0], Connecting)
        assert isinstance(links[-1], Live)
        since = log.opened[0]
        assert since is not None
        assert timedelta(minutes=14) < log.now - since <= timedelta(minutes=15)
        log.write(b"and one")
        await until(lambda: shown(feed)[-1] == b"and one")


async def test_the_window_widens_until_there_are_enough_lines() -> None:
    log = FakeLog(now=BEGIN + timedelta(days=3))
    log.lines = [(BEGIN + timedelta(days=2, hours=hour), b"hour %d" % hour) for hour in range(24)]
    feed = feed_of(log, enough=10)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        assert feed.topic.value.window.label == "12h"
        assert len(shown(feed)) == 12
        ages = [log.now - since for since in log.opened if since is not None]
        assert len(ages) == 2  # an hour is not tried after a quarter of one with nothing
        assert ages[0] <= timedelta(minutes=15)


async def test_a_silent_job_is_read_whole() -> None:
    log = FakeLog(now=BEGIN + timedelta(days=3))
    log.lines = [(BEGIN + timedelta(seconds=n), b"line %d" % n) for n in range(5)]
    feed = feed_of(log)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        assert shown(feed) == numbers(5)
        assert feed.topic.value.window is ALL
        assert log.opened[-1] is None


async def test_a_finished_job_shows_the_time_before_its_end() -> None:
    log = FakeLog(now=BEGIN + timedelta(hours=3))
    log.lines = [(BEGIN + timedelta(minutes=n), b"line %d" % n) for n in range(180)]
    log.finish()
    log.now += timedelta(days=20)
    feed = feed_of(log, enough=10)
    async with following(feed) as links:
        await until(lambda: isinstance(feed.topic.value.link, Ended))
        assert shown(feed)[-1] == b"line 179"
        assert 10 <= len(shown(feed)) < 20
        feed.look_back(LOOK_BACK[5])
        await until(lambda: len(shown(feed)) in (59, 60) and isinstance(links[-1], Ended))
        assert feed.topic.value.window.label == "1h"


async def test_look_back_replaces_what_is_shown(log: FakeLog) -> None:
    log.now += timedelta(hours=1)
    log.write(b"new")
    feed = feed_of(log, enough=1)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        assert shown(feed) == [b"new"]
        feed.look_back(ALL)
        await until(lambda: len(shown(feed)) == 51)
        feed.look_back(LOOK_BACK[0])
        await until(lambda: feed.topic.value.window.label == "now")
        log.now += timedelta(seconds=5)
        log.write(b"newer")
        await until(lambda: shown(feed)[-1:] == [b"newer"])
        assert b"line 3" not in shown(feed)


async def test_a_flood_is_read_from_nearer_to_its_end() -> None:
    log = FakeLog(now=BEGIN + timedelta(hours=1), stalls=[100_000])
    log.lines = [(log.now - timedelta(seconds=900 - n / 10), b"%d" % n) for n in range(9000)]
    feed = feed_of(log, timings=replace(TIMINGS, pace=replace(PACE, quiet=5)))
    async with following(feed):
        await until(lambda: feed.topic.value.window.label == "1m")
        await until(lambda: shown(feed)[-1:] == [b"8999"])
        assert len(log.opened) == 2
        assert 500 < len(shown(feed)) < 700


async def test_after_a_drop_it_goes_on_where_it_was(log: FakeLog) -> None:
    log.overlap = 5
    feed = feed_of(log)
    async with following(feed) as links:
        await until(lambda: feed.topic.value.caught_up)
        log.drop()
        await until(lambda: any(isinstance(link, Retrying) for link in links))
        log.archived = 50
        log.archive_digits = 6
        log.now += timedelta(seconds=12)
        log.write(b"after")
        await until(lambda: shown(feed)[-1] == b"after")
        assert shown(feed) == [*numbers(50), b"after"]
        gap = feed.topic.value.marks.between(0, 100)
        assert len(gap) == 1
        assert isinstance(gap[0], Gap)
        assert gap[0].proven
        assert 12 <= gap[0].seconds < 20
        assert feed.topic.value.marks.between(50, 51) == gap
        since = log.opened[-1]
        assert since is not None
        assert since > BEGIN + timedelta(hours=1, minutes=59)


async def test_lines_that_went_missing_are_told(log: FakeLog) -> None:
    feed = feed_of(log)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        log.drop()
        log.lines.clear()
        log.now += timedelta(seconds=30)
        log.write(b"after")
        await until(lambda: shown(feed)[-1] == b"after")
        (gap,) = feed.topic.value.marks.between(0, 100)
        assert isinstance(gap, Gap)
        assert not gap.proven


async def test_a_closed_socket_is_not_a_finished_job(log: FakeLog) -> None:
    feed = feed_of(log)
    async with following(feed) as links:
        await until(lambda: feed.topic.value.caught_up)
        log.drop(normally=True)
        await until(lambda: len(log.opened) == 2)
        log.write(b"still here")
        await until(lambda: shown(feed)[-1] == b"still here")
        assert not any(isinstance(link, Ended) for link in links)
        assert len(feed.topic.value.marks) == 0


async def test_the_end_of_the_job_is_the_end_of_the_log(log: FakeLog) -> None:
    feed = feed_of(log, timings=replace(TIMINGS, archive=0.2))
    async with following(feed) as links:
        await until(lambda: feed.topic.value.caught_up)
        log.finish()
        await until(lambda: isinstance(links[-1], Ended))
        log.write(b"late into the archive")
        await until(lambda: shown(feed)[-1] == b"late into the archive")
        await until(lambda: isinstance(links[-1], Ended) and log.connections == 0)
        assert shown(feed) == [*numbers(50), b"late into the archive"]


async def test_a_last_line_without_an_end_is_kept(log: FakeLog) -> None:
    feed = feed_of(log)
    log.cuts = [len(b"".join(log._raw(n) for n in range(50))) - 4]
    async with following(feed):
        await until(lambda: len(log.opened) == 2 and shown(feed) == numbers(50))


async def test_a_refusal_fails_and_reconnect_tries_again(log: FakeLog) -> None:
    log.refusals = [AuthorizationError("no read access")]
    feed = feed_of(log)
    async with following(feed):
        await until(lambda: isinstance(feed.topic.value.link, Failed))
        link = feed.topic.value.link
        assert isinstance(link, Failed)
        assert link.next_step
        feed.reconnect()
        await until(lambda: feed.topic.value.caught_up)
        assert shown(feed) == numbers(50)


async def test_trouble_that_passes_is_waited_out(log: FakeLog) -> None:
    log.refusals = [ServerNotAvailable("maintenance"), ConnectionFailed("no route")]
    feed = feed_of(log)
    async with following(feed) as links:
        await until(lambda: feed.topic.value.caught_up)
        assert sum(isinstance(link, Retrying) for link in links) == 2


async def test_a_pending_job_is_not_asked_for_its_log() -> None:
    log = FakeLog(job=job_of(item(JobStatus.PENDING, BEGIN, "Pulling")))
    feed = feed_of(log)
    async with following(feed):
        await until(lambda: log.asked > 2 or log.opened)
        assert log.opened == []
        state = feed.topic.value
        assert state.job is not None
        assert state.job.history.reason == "Pulling"
        log.now += timedelta(seconds=5)
        log.become(JobStatus.RUNNING)
        log.write(b"begun")
        await until(lambda: shown(feed) == [b"begun"])


async def test_pausing_closes_the_connection_and_loses_nothing(log: FakeLog) -> None:
    feed = feed_of(log)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        feed.pause(paused=True)
        await until(lambda: log.connections == 0)
        assert feed.topic.value.paused
        log.write(b"meanwhile")
        feed.pause(paused=False)
        await until(lambda: shown(feed)[-1] == b"meanwhile")
        assert shown(feed) == [*numbers(50), b"meanwhile"]
        assert len(feed.topic.value.marks) == 0


async def test_restarts_are_marked_where_they_happened(log: FakeLog) -> None:
    feed = feed_of(log)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        log.now += timedelta(seconds=1)
        log.become(JobStatus.RUNNING, "Restarting")
        log.now += timedelta(seconds=3)
        log.become(JobStatus.RUNNING)
        log.write(b"second life")
        await until(lambda: len(feed.topic.value.marks) == 1)
        (mark,) = feed.topic.value.marks.between(50, 51)
        assert isinstance(mark, Restart)
        assert (mark.number, mark.reason) == (1, "Restarting")
        assert feed.topic.value.marks.restarts() == [50]


async def test_a_suspended_job_is_waited_for(log: FakeLog) -> None:
    feed = feed_of(log)
    async with following(feed) as links:
        await until(lambda: feed.topic.value.caught_up)
        log.now += timedelta(seconds=1)
        log.become(JobStatus.SUSPENDED)
        log.drop(normally=True)
        asked = log.asked
        await until(lambda: log.asked > asked + 2)
        log.now += timedelta(hours=1)
        log.become(JobStatus.RUNNING)
        log.write(b"resumed")
        await until(lambda: shown(feed)[-1] == b"resumed")
        assert not any(isinstance(link, Ended) for link in links)
        assert feed.topic.value.marks.restarts() == [50]


async def test_what_is_known_of_the_job_need_not_be_asked(log: FakeLog) -> None:
    feed = feed_of(log, timings=replace(TIMINGS, fresh=60, checking=60))
    feed.update_job(log.job)
    async with following(feed):
        await until(lambda: feed.topic.value.caught_up)
        assert log.asked == 0


async def test_old_lines_go_to_disk_and_come_back(log: FakeLog) -> None:
    log.write(*(b"x" * 200 for _ in range(5000)))
    feed = feed_of(log, limits=LogLimits(memory=200_000))
    async with following(feed):
        await until(lambda: len(feed.topic.value.store) == 5050)
        store = feed.topic.value.store
        assert store.in_memory < 400_000
        assert store.size > 1_000_000
        assert texts(store)[:50] == numbers(50)


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_or_repeated_through_cuts(seed: int) -> None:
    chance = random.Random(seed)
    log = FakeLog(overlap=chance.randrange(0, 30), chunk=chance.choice([100, 1000, 30_000]))
    log.archive_digits = chance.choice([3, 6, 9])
    log.write(*numbers(2000))
    log.archived = chance.randrange(0, 2000)
    log.cuts = [chance.randrange(1, 40_000) for _ in range(12)]
    feed = feed_of(log)
    feed.look_back(ALL)
    async with following(feed):
        for number in range(2000, 3000):
            log.write(b"line %d" % number)
            if chance.random() < 0.02:
                log.drop(normally=chance.random() < 0.5)
                await asyncio.sleep(0)
            if chance.random() < 0.02:
                log.archived = len(log.lines) - chance.randrange(0, 20)
        log.finish()
        await until(lambda: isinstance(feed.topic.value.link, Ended), within=30)
        await until(lambda: len(shown(feed)) == 3000, within=30)
        assert shown(feed) == numbers(3000)
