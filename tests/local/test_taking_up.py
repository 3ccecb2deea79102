"""What a server makes of the jobs of its database and of what the keeper runs, case by case."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apolo_tui.local.clock import wall_clock
from apolo_tui.local.configuration import Policies
from apolo_tui.local.database import Database
from apolo_tui.local.engine import Engine
from apolo_tui.local.example import REEF, two_clusters
from apolo_tui.local.keeper.api import Keeper, KeeperError, KeeperLost, RunSpec, RunState
from apolo_tui.local.names import ProjectKey, new_job_id
from apolo_tui.local.record import JobRecord, Transition
from apolo_tui.local.secret_file import SecretFile
from tests.until import until

GONE = KeeperLost("gone")
POLICIES = Policies(restart_delays=(timedelta(hours=1),))


def began(seconds: float = 0.0) -> datetime:
    """A minute ago, and so many seconds later. Not longer: jobs wait five minutes for a place."""
    return wall_clock() - timedelta(minutes=1) + timedelta(seconds=seconds)


@dataclass
class FakeKeeper:
    """Runs nothing: it tells what it was made with, and notes what it is asked."""

    states: list[RunState] = field(default_factory=list)
    started: list[RunSpec] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    forgotten: list[tuple[str, int]] = field(default_factory=list)
    told: "asyncio.Queue[RunState | KeeperError]" = field(default_factory=asyncio.Queue)

    async def runs(self) -> Sequence[RunState]:
        return list(self.states)

    async def start(self, spec: RunSpec) -> RunState:
        self.started.append(spec)
        return RunState(spec.job_id, spec.run, 4711, datetime.now(UTC))

    async def stop(self, job_id: str, *, grace: float = 5.0) -> None:
        self.stopped.append(job_id)

    async def forget(self, job_id: str, run: int) -> None:
        self.forgotten.append((job_id, run))
        self.states = [one for one in self.states if (one.job_id, one.run) != (job_id, run)]

    async def ended(self) -> AsyncIterator[RunState]:
        for state in self.states:
            if not state.alive:
                yield state
        while True:
            item = await self.told.get()
            if isinstance(item, KeeperError):
                raise item
            yield item


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "db")) as opened:
        yield opened


def recorded(
    database: Database, *transitions: Transition, runs: int = 1, **more: object
) -> JobRecord:
    fields: dict[str, object] = {
        "id": new_job_id(),
        "owner": "mira",
        "project": REEF,
        "created_at": began(),
        "container": {"image": "x", "resources": {"cpu": 0.1, "memory": 1 << 20}},
        "runs": runs,
        **more,
    }
    record = JobRecord(**fields)  # type: ignore[arg-type]
    record.add(Transition("pending", began(), "Creating"))
    for transition in transitions:
        record.add(transition)
    database.insert(record)
    return record


def running(reason: str | None = None) -> Transition:
    return Transition("running", began(1), reason)


def alive(record: JobRecord, run: int = 0) -> RunState:
    return RunState(record.id, run, 4711, began())


def over(record: JobRecord, run: int = 0, code: int = 0, error: str = "") -> RunState:
    return RunState(record.id, run, 4711, began(), began(9), code, error=error)


@asynccontextmanager
async def engine_with(database: Database, keeper: FakeKeeper) -> AsyncIterator[Engine]:
    @asynccontextmanager
    async def opener() -> AsyncIterator[Keeper]:
        yield keeper  # type: ignore[misc]

    engine = Engine(
        configuration=two_clusters(),
        policies=POLICIES,
        database=database,
        secrets=SecretFile(Path("/nonexistent")),
        keepers=opener,
        now=wall_clock,
    )
    async with engine.run():
        yield engine


def history(database: Database, record: JobRecord) -> list[tuple[str, str | None]]:
    found = database.load(record.id)
    assert found is not None
    return [(one.status, one.reason) for one in found.transitions]


async def test_a_run_that_goes_on_is_gone_on_with(database: Database) -> None:
    record = recorded(database, running())
    keeper = FakeKeeper([alive(record)])
    async with engine_with(database, keeper) as engine:
        assert engine.queues["harbor"].capacity.slots(engine.live[record.id].demand) < 320 * 10
        keeper.told.put_nowait(over(record, code=3))
        await until(lambda: not engine.live)
    assert history(database, record)[-1] == ("failed", "Error")
    assert len(history(database, record)) == 3
    assert (keeper.started, keeper.stopped) == ([], [])
    assert keeper.forgotten == [(record.id, 0)]


async def test_a_run_that_ended_meanwhile(database: Database) -> None:
    record = recorded(database, running())
    keeper = FakeKeeper([over(record)])
    async with engine_with(database, keeper) as engine:
        await until(lambda: not engine.live)
    assert history(database, record)[-1] == ("succeeded", None)


async def test_a_start_that_was_not_recorded_any_more(database: Database) -> None:
    record = recorded(database, runs=0)
    keeper = FakeKeeper([alive(record)])
    async with engine_with(database, keeper) as engine:
        assert engine.live[record.id].record.status == "running"
        assert engine.live[record.id].record.runs == 1
    assert keeper.started == []


async def test_the_end_of_a_run_is_not_recorded_twice(database: Database) -> None:
    # The server died after it had recorded the restart and before the keeper had forgotten.
    record = recorded(database, running(), running("Restarting"), restart_policy="always")
    keeper = FakeKeeper([over(record, code=1)])
    async with engine_with(database, keeper) as engine:
        await until(lambda: bool(keeper.started))
        assert keeper.started[0].run == 1
        assert engine.live[record.id].record.restarts == 1
    assert keeper.forgotten == [(record.id, 0)]


async def test_a_run_without_a_trace_is_lost(database: Database) -> None:
    record = recorded(database, running(), restart_policy="always")
    async with engine_with(database, FakeKeeper()) as engine:
        await until(lambda: not engine.live)
    assert history(database, record)[-1] == ("failed", "NotFound")


async def test_what_the_next_keeper_tells_of_a_killed_one(database: Database) -> None:
    record = recorded(database, running(), restart_policy="always")
    keeper = FakeKeeper([over(record, code=137, error="The keeper was killed.")])
    async with engine_with(database, keeper) as engine:
        await until(lambda: not engine.live)
    assert history(database, record)[-1] == ("failed", "NotFound")


async def test_runs_of_jobs_that_are_over_are_ended(database: Database) -> None:
    end = Transition("cancelled", began(2), "UserRequested")
    record = recorded(database, running(), end)
    stranger = RunState("job-unknown", 0, 4712, began())
    keeper = FakeKeeper([alive(record), stranger])
    async with engine_with(database, keeper):
        pass
    assert keeper.stopped == [record.id, "job-unknown"]
    assert keeper.forgotten == [(record.id, 0), ("job-unknown", 0)]


async def test_a_suspension_that_was_interrupted(database: Database) -> None:
    suspended = Transition("suspended", began(2))
    record = recorded(database, running(), suspended, scheduler_enabled=True)
    keeper = FakeKeeper([alive(record)])
    async with engine_with(database, keeper):
        await until(lambda: bool(keeper.started))
    assert keeper.stopped == [record.id]
    assert keeper.started[0].run == 1
    assert history(database, record)[-2:] == [("suspended", None), ("running", None)]


async def test_a_job_of_a_cluster_that_is_no_more(database: Database) -> None:
    record = recorded(database, running(), project=ProjectKey("gone", "tidepool", "reef"))
    async with engine_with(database, FakeKeeper()):
        pass
    assert history(database, record)[-1] == ("failed", "ClusterNotFound")


async def test_a_lost_keeper_is_opened_again(database: Database) -> None:
    record = recorded(database, running())
    waiting = recorded(database, runs=0)
    keeper = FakeKeeper([alive(record)])
    async with engine_with(database, keeper) as engine:
        await until(lambda: bool(keeper.started))
        keeper.states.clear()
        keeper.told.put_nowait(GONE)
        await until(lambda: not engine.live)
        again: object = await engine.keeper()
        assert again is keeper
    assert history(database, record)[-1] == ("failed", "NotFound")
    assert history(database, waiting)[-1] == ("failed", "NotFound")
