"""What writes: kills with a time to undo, bulk actions, life spans, the audit log."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from apolo_tui.model.errors import AuthorizationError
from apolo_tui.store import apolo_command
from apolo_tui.store.audit import AuditLog
from apolo_tui.store.commands import Commands, names
from apolo_tui.store.events import Events
from apolo_tui.store.feed import FeedPool
from tests.store.fakes import HERE, FakeJobs, make_job
from tests.until import until


@asynccontextmanager
async def commands(jobs: FakeJobs, folder: Path, **options: Any) -> AsyncIterator[Commands]:
    async with FeedPool() as pool:
        yield Commands(
            cast(Any, jobs),
            HERE,
            pool=pool,
            events=Events(),
            audit=AuditLog(folder / "audit.log", clock=lambda: 0.0),
            **options,
        )


async def test_a_kill_waits_and_can_be_taken_back(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def sleep(seconds: float) -> None:
        assert seconds == 5.0
        await go.wait()

    job, other = make_job(1), make_job(2)
    jobs = FakeJobs([job, other])
    async with commands(jobs, tmp_path, sleep=sleep) as made:
        made.kill([job])
        made.kill([other])
        await until(lambda: len(made.pending.value) == 2)
        assert not jobs.calls
        assert made.undo() == (other,)
        go.set()
        await until(lambda: jobs.calls == [("kill", job.id)])
        assert made.undo() == ()
        assert not made.pending.value


async def test_a_bulk_kill_tells_what_worked_and_what_did_not(tmp_path: Path) -> None:
    known = [make_job(number) for number in range(3)]
    jobs = FakeJobs(known)
    jobs.failures[f"kill {known[1].id}"] = AuthorizationError("not yours")
    async with commands(jobs, tmp_path, kill_delay=0.0) as made:
        made.kill(known)
        await until(lambda: made.outcomes.value)
        outcome = made.outcomes.value
        assert outcome is not None
        assert outcome.failed == {known[1].id: "not yours"}
        assert outcome.done == (known[0], known[2])
    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert sorted(line["result"] for line in lines) == ["done", "done", "failed: not yours"]
    assert {line["context"] for line in lines} == {"harbor/tidepool/reef"}


async def test_a_bump_is_in_whole_minutes_and_leaves_unlimited_jobs_alone(tmp_path: Path) -> None:
    job, unlimited = make_job(1), make_job(2, life_span=None)
    jobs = FakeJobs([job, unlimited])
    async with commands(jobs, tmp_path) as made:
        made.bump([job, unlimited], 90.0)
        await until(lambda: made.outcomes.value)
        assert jobs.calls == [("bump", (job.id, 120.0))]
        outcome = made.outcomes.value
        assert outcome is not None
        assert unlimited.id in outcome.failed
        for seconds in (0.0, -60.0, float("nan")):
            with pytest.raises(ValueError, match="longer than zero"):
                made.bump([job], seconds)


async def test_a_container_is_restarted_by_a_signal(tmp_path: Path) -> None:
    job = make_job(1)
    jobs = FakeJobs([job])
    async with commands(jobs, tmp_path) as made:
        made.restart_container(job)
        await until(lambda: jobs.calls == [("send_signal", job.id)])


def test_the_audit_log_does_not_keep_anybody_from_acting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    AuditLog(tmp_path / "file" / "audit.log").write(HERE, "kill", "job-1", "done")


def test_apolo_commands() -> None:
    assert apolo_command.kill(["job-1", "job-2"]) == "apolo kill job-1 job-2"
    assert apolo_command.bump_life_span("job-1", 5400.0) == "apolo job bump-life-span job-1 1h30m"


def test_names_of_many_jobs() -> None:
    jobs = [make_job(number) for number in range(5)]
    assert names(jobs) == "task-00000, task-00001, task-00002 and 2 more"
