import asyncio
from collections.abc import AsyncIterator

import pytest

from apolo_tui.store.feed import FeedPool
from apolo_tui.store.sessions.registry import Sessions
from apolo_tui.store.sessions.session import Session
from apolo_tui.store.sessions.state import Kind
from tests.store.sessions.fakes import TARGET, FakeEmulator, FakeJobs, FakeStream
from tests.until import until


@pytest.fixture
async def sessions() -> AsyncIterator[Sessions]:
    async with FeedPool() as pool:
        yield Sessions(pool)


def opened(sessions: Sessions, jobs: FakeJobs) -> Session:
    return sessions.start(Session(Kind.EXEC, TARGET, FakeEmulator(), jobs, command="bash"))


async def test_tabs_are_kept_in_order_and_the_newest_is_in_front(sessions: Sessions) -> None:
    jobs = FakeJobs(FakeStream(), FakeStream(), FakeStream())
    first, second, third = (opened(sessions, jobs) for _ in range(3))
    assert list(sessions) == [first, second, third]
    assert sessions.current.value is third
    assert sessions.select_number(2)
    assert sessions.current.value is second
    assert not sessions.select_number(4)
    sessions.step(1)
    sessions.step(1)
    assert sessions.current.value is first
    sessions.step(-1)
    assert sessions.current.value is third


async def test_output_of_a_session_that_nobody_looks_at_is_kept(sessions: Sessions) -> None:
    one, two = FakeStream(), FakeStream()
    jobs = FakeJobs(one, two)
    first, second = opened(sessions, jobs), opened(sessions, jobs)
    one.say(b"from one")
    two.say(b"from two")
    emulators = [session.emulator for session in (first, second)]
    await until(lambda: [getattr(e, "seen", b"") for e in emulators] == [b"from one", b"from two"])


async def test_closing_a_tab_brings_its_neighbour_to_the_front(sessions: Sessions) -> None:
    jobs = FakeJobs(FakeStream(), FakeStream())
    first, second = opened(sessions, jobs), opened(sessions, jobs)
    await until(lambda: jobs.open == 2)
    await sessions.close(second)
    assert sessions.current.value is first
    await sessions.close(first)
    assert sessions.current.value is None
    assert len(sessions) == 0
    await until(lambda: jobs.open == 0)


async def test_closing_a_tab_leaves_no_task(sessions: Sessions) -> None:
    before = asyncio.all_tasks()
    jobs = FakeJobs(FakeStream())
    session = opened(sessions, jobs)
    await until(lambda: jobs.open == 1)
    assert len(asyncio.all_tasks() - before) >= 3  # the session, its reader's parser, its sender
    await sessions.close(session)
    await until(lambda: not asyncio.all_tasks() - before)
    assert jobs.open == 0


async def test_only_sessions_that_are_not_over_count_as_open(sessions: Sessions) -> None:
    stream = FakeStream()
    session = opened(sessions, FakeJobs(stream))
    assert sessions.open == [session]
    assert sessions.find(lambda found: found.target.job_id == "job-1") is session
    stream.end(0)
    await until(lambda: not sessions.open)
    assert list(sessions) == [session]


async def test_at_the_end_all_are_closed(sessions: Sessions) -> None:
    streams = [FakeStream() for _ in range(5)]
    jobs = FakeJobs(*streams)
    for _ in streams:
        opened(sessions, jobs)
    await until(lambda: jobs.open == 5)
    await sessions.close_all()
    assert all(stream.closed for stream in streams)
    assert not sessions
