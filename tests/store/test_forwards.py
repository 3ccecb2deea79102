"""Forwards: several, watched, reconnecting, on the next free port, and remembered."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apolo_tui.model.errors import ConnectionFailed, IllegalArgumentError, ResourceNotFound
from apolo_tui.model.forwards import Forward, Remembered
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Ended, Failed, Live, Retrying
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.forwards import Forwards, free_port
from apolo_tui.store.state import State
from tests.model.jobs import make_job
from tests.store.platforms import FakePlatform
from tests.until import until

JOB = make_job(1, name="web")


@pytest.fixture
async def pool() -> AsyncIterator[FeedPool]:
    async with FeedPool() as pool:
        yield pool


@pytest.fixture
def asked() -> FakePlatform:
    return FakePlatform(jobs={JOB.id: JOB})


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.json")


@pytest.fixture
def forwards(asked: FakePlatform, pool: FeedPool, state: State) -> Forwards:
    return Forwards(asked, pool, state, clock=lambda: 100.0, health=0.02)


def only(forwards: Forwards) -> Forward:
    (forward,) = forwards.topic.value
    return forward


async def test_it_comes_up_and_counts(forwards: Forwards, asked: FakePlatform) -> None:
    forwards.start(JOB, 8080, 0)
    await until(lambda: only(forwards).link == Live())
    assert only(forwards).address == "127.0.0.1:40000"
    assert only(forwards).since == 100.0
    assert asked.listening is not None
    asked.listening.connections = 2
    asked.listening.bytes_sent, asked.listening.bytes_received = 10, 20
    await until(lambda: only(forwards).connections == 2)
    assert (only(forwards).bytes_sent, only(forwards).bytes_received) == (10, 20)


async def test_a_cut_reconnects(forwards: Forwards, asked: FakePlatform) -> None:
    forwards.start(JOB, 8080, 0)
    await until(lambda: only(forwards).link == Live())
    asked.jobs[JOB.id] = ConnectionFailed("cut")
    await until(lambda: isinstance(only(forwards).link, Retrying))
    assert asked.listening is not None, "the local port stays open"
    asked.jobs[JOB.id] = JOB
    await until(lambda: only(forwards).link == Live())


async def test_a_suspended_job_is_waited_for(forwards: Forwards, asked: FakePlatform) -> None:
    asked.jobs[JOB.id] = make_job(1, status=JobStatus.SUSPENDED)
    forwards.start(JOB, 8080, 0)
    await until(lambda: isinstance(only(forwards).link, Retrying))
    link = only(forwards).link
    assert isinstance(link, Retrying)
    assert link.reason == "the job is suspended"


async def test_no_access_is_told_and_asked_again(forwards: Forwards, asked: FakePlatform) -> None:
    asked.jobs[JOB.id] = ResourceNotFound("no such job")
    forwards.start(JOB, 8080, 0)
    await until(lambda: isinstance(only(forwards).link, Retrying))


async def test_the_end_of_the_job_closes_the_port(forwards: Forwards, asked: FakePlatform) -> None:
    forwards.start(JOB, 8080, 0)
    await until(lambda: only(forwards).link == Live())
    asked.jobs[JOB.id] = make_job(1, status=JobStatus.SUCCEEDED)
    await until(lambda: only(forwards).link == Ended())
    await until(lambda: asked.listening is None)
    assert forwards.open == ()


async def test_a_connection_that_does_not_get_through(
    forwards: Forwards, asked: FakePlatform
) -> None:
    forwards.start(JOB, 8080, 0)
    await until(lambda: only(forwards).link == Live())
    assert asked.on_error is not None
    assert asked.listening is not None
    asked.on_error(IllegalArgumentError("Cannot connect to port 8080"))
    assert only(forwards).trouble == "Cannot connect to port 8080"
    asked.listening.bytes_received = 5
    await until(lambda: only(forwards).trouble == "")


async def test_a_port_that_cannot_be_had(forwards: Forwards, asked: FakePlatform) -> None:
    asked.forward_error = IllegalArgumentError("port 80 cannot be used here")
    forwards.start(JOB, 8080, 0)
    await until(lambda: isinstance(only(forwards).link, Failed))


async def test_several_and_closing_one(forwards: Forwards, asked: FakePlatform) -> None:
    first = forwards.start(JOB, 8080, 0)
    second = forwards.start(JOB, 9090, 0)
    await until(lambda: [item.link for item in forwards.topic.value] == [Live(), Live()])
    forwards.close(first)
    assert [item.number for item in forwards.topic.value] == [second]


async def test_a_busy_port_gives_way_to_the_next(forwards: Forwards, asked: FakePlatform) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        found = free_port(port)
        assert found != port
        assert found == 0 or port < found <= port + 100
        forwards.start(JOB, 8080, port)
        await until(lambda: only(forwards).link == Live())
        assert only(forwards).local_port != port
    assert free_port(0) == 0


async def test_it_is_remembered_and_offered_again(
    forwards: Forwards, asked: FakePlatform, pool: FeedPool, tmp_path: Path
) -> None:
    forwards.start(JOB, 8080, 18080)
    later = Forwards(asked, pool, State(tmp_path / "state.json"))
    item = Remembered("prod", "web", JOB.id, 8080, 18080)
    assert later.remembered() == (item,)
    assert later.offered([JOB]) == ((item, JOB),)
    again = make_job(2, name="web")
    assert later.offered([again]) == ((item, again),)
    assert later.last_port(again) == item
    assert later.offered([make_job(3, name="other")]) == ()
    assert later.offered([make_job(2, name="web", status=JobStatus.SUCCEEDED)]) == ()
    assert forwards.offered([JOB]) == (), "it is open"
    later.forget(item)
    assert later.remembered() == ()


async def test_closing_it_forgets_it(forwards: Forwards, state: State) -> None:
    number = forwards.start(JOB, 8080, 18080)
    forwards.close(number)
    assert forwards.remembered() == ()
    assert forwards.last_port(JOB) is None


async def test_a_bound_on_what_is_remembered(forwards: Forwards) -> None:
    for port in range(1, 31):
        forwards.start(JOB, port, 0)
    remembered = forwards.remembered()
    assert len(remembered) == 20
    assert remembered[0].job_port == 30
