"""Alerts: once each, in time, across restarts, instances and jumps of the clock."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from apolo_tui.model.alerts import Alert, QuietHours, Rule
from apolo_tui.model.job import JobDescription, JobStatus, JobStatusHistory, JobStatusItem
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.model.link import Live, Retrying
from apolo_tui.model.money import Purse
from apolo_tui.store.alert_log import AlertLog
from apolo_tui.store.alerts import Alerts
from apolo_tui.store.jobs import JobList
from apolo_tui.store.topic import Topic
from tests.model.jobs import NOON, make_job
from tests.until import until

NOW = NOON.timestamp()


class Watch:
    """One instance of the dashboard, as far as alerts are concerned."""

    def __init__(self, path: Path, *, now: float = NOW, **options: object) -> None:
        self.now = now
        self.jobs: Topic[JobList] = Topic(JobList())
        self.purse: Topic[Purse | None] = Topic(None)
        self.announced: list[Alert] = []
        self.log = AlertLog(path, clock=lambda: self.now)
        self.alerts = Alerts(
            self.jobs,
            self.log,
            announce=self.announced.append,
            purse=self.purse,
            account="acme",
            clock=lambda: self.now,
            **options,  # type: ignore[arg-type]  # options of Alerts
        )

    def answer(self, *jobs: JobDescription, cached: bool = False) -> None:
        """The platform tells this now; run times are those at NOON."""
        table = {job.id: self.aged(job) for job in jobs}
        self.jobs.publish(
            JobList(jobs=KnownJobs(table), link=Live(), as_of=self.now, cached=cached)
        )

    def aged(self, job: JobDescription) -> JobDescription:
        """The job with the run time that it has by now."""
        if job.status is not JobStatus.RUNNING or job.history.run_time_seconds is None:
            return job
        ran = job.history.run_time_seconds + self.now - NOW
        return replace(job, history=replace(job.history, run_time_seconds=ran))

    async def at(self, later: float, *jobs: JobDescription) -> list[str]:
        """What is announced when the platform tells these jobs at `later` seconds after NOON."""
        self.now = NOW + later
        self.answer(*jobs)
        return await self.look()

    async def look(self) -> list[str]:
        self.announced.clear()
        await self.alerts.check()
        return [alert.text for alert in self.announced]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.db"


@pytest.fixture
async def watch(path: Path) -> AsyncIterator[Watch]:
    watch = Watch(path)
    yield watch
    await watch.log.close()


def since(later: float, job: JobDescription) -> JobDescription:
    """The job, in its status since so many seconds after NOON."""
    at = NOON + timedelta(seconds=later)
    item = JobStatusItem(job.status, at, job.history.reason)
    history = JobStatusHistory(
        status=job.status,
        reason=job.history.reason,
        created_at=job.created_at,
        run_time_seconds=job.history.run_time_seconds,
        finished_at=at if job.status.is_finished else None,
        transitions=(item,),
    )
    return replace(job, history=history)


PENDING = make_job(name="train", status=JobStatus.PENDING, run=None)
RUNNING = make_job(name="train")


def ending(left: float, number: int = 1, name: str = "train") -> JobDescription:
    return make_job(number, name=name, run=86400 - left)


async def test_the_first_look_is_no_news(watch: Watch) -> None:
    assert await watch.at(0, RUNNING) == []


async def test_each_thing_that_happens_is_told_once(watch: Watch) -> None:
    await watch.at(0, PENDING)
    running = since(4, RUNNING)
    assert await watch.at(5, running) == ["train started"]
    assert await watch.at(10, running) == []
    failed = since(14, make_job(name="train", status=JobStatus.FAILED, reason="OOMKilled", run=180))
    assert await watch.at(15, failed) == ["train failed after 3m: OOMKilled"]
    assert await watch.at(20, failed) == []
    board = watch.alerts.topic.value
    assert [alert.rule for alert in board.alerts] == [Rule.FAILED, Rule.STARTED]
    assert board.unseen == 2
    watch.alerts.seen()
    assert watch.alerts.topic.value.unseen == 0


async def test_a_countdown_passes_its_marks(watch: Watch) -> None:
    job = ending(3700)
    assert await watch.at(0, job) == []
    assert await watch.at(100, job) == ["train ends in 60 min"]
    assert await watch.at(105, job) == []
    assert await watch.at(2800, job) == ["train ends in 15 min"]
    assert await watch.at(3400, job) == ["train ends in 5 min"]
    assert await watch.at(3690, job) == []


async def test_the_countdown_goes_on_while_the_platform_is_silent(watch: Watch) -> None:
    await watch.at(0, ending(3700))
    watch.jobs.publish(replace(watch.jobs.value, link=Retrying("cut", 10)))
    watch.now = NOW + 100
    assert await watch.look() == ["train ends in 60 min"]


async def test_a_sleep_past_two_marks_tells_the_last_one(watch: Watch) -> None:
    await watch.at(0, ending(3700))
    watch.now = NOW + 3000
    assert await watch.look() == ["train ends in 12 min"]
    assert await watch.at(3005, ending(3700)) == []


async def test_a_clock_that_jumps_back_repeats_nothing(watch: Watch) -> None:
    await watch.at(0, ending(3590))
    watch.now = NOW - 7200
    assert await watch.look() == []
    watch.now = NOW + 10
    assert await watch.look() == []


async def test_more_time_starts_the_countdown_anew(watch: Watch) -> None:
    assert await watch.at(0, ending(800)) == ["train ends in 14 min"]
    bumped = replace(ending(800), life_span=86400.0 + 3600)
    assert await watch.at(5, bumped) == []
    assert await watch.at(900, bumped) == ["train ends in 59 min"]


async def test_a_restart_repeats_nothing(path: Path, watch: Watch) -> None:
    await watch.at(0, ending(3500))
    await watch.log.close()
    again = Watch(path, now=NOW + 60)
    assert await again.at(60, ending(3500)) == []
    assert [alert.text for alert in again.alerts.topic.value.alerts] == ["train ends in 59 min"]
    assert await again.at(2700, ending(3500)) == ["train ends in 14 min"]
    await again.log.close()


async def test_what_was_due_while_nobody_watched_is_told_at_the_start(watch: Watch) -> None:
    assert await watch.at(0, ending(700)) == ["train ends in 12 min"]


async def test_two_instances_tell_it_both_and_list_it_once(path: Path, watch: Watch) -> None:
    other = Watch(path)
    await watch.at(0, ending(3601))
    await other.at(0, ending(3601))
    assert await watch.at(1, ending(3601)) == ["train ends in 60 min"]
    assert await other.at(2, ending(3601)) == ["train ends in 60 min"]
    assert len(other.alerts.topic.value.alerts) == 1
    late = Watch(path, now=NOW + 30)
    assert await late.at(30, ending(3601)) == []
    await asyncio.gather(other.log.close(), late.log.close())


async def test_the_list_of_the_last_session_tells_what_changed_since(watch: Watch) -> None:
    watch.answer(RUNNING, ending(100, 2, "old"), cached=True)
    assert await watch.look() == []
    ended = since(0, make_job(name="train", status=JobStatus.SUCCEEDED))
    assert await watch.at(60, ended) == ["train succeeded after 30m"]


async def test_old_news_goes_to_the_list_alone(watch: Watch) -> None:
    watch.answer(RUNNING, cached=True)
    await watch.look()
    ended = make_job(name="train", status=JobStatus.FAILED, reason="Error", ended_ago=7200)
    assert await watch.at(0, ended) == []
    assert [alert.rule for alert in watch.alerts.topic.value.alerts] == [Rule.FAILED]


async def test_only_the_users_jobs(path: Path) -> None:
    watch = Watch(path, me=lambda: "bob")
    await watch.at(0, PENDING, ending(3601, 2))
    assert await watch.at(5, RUNNING, ending(3601, 2)) == []
    await watch.log.close()


async def test_credits_that_run_out(watch: Watch) -> None:
    watch.purse.publish(Purse(Decimal(15), Decimal(0), Decimal(10)))
    (text,) = await watch.at(0, RUNNING)
    assert text.startswith("credits last 1h30m")
    watch.purse.publish(Purse(Decimal(14), Decimal(0), Decimal(10)))
    assert await watch.look() == []


async def test_a_mute_keeps_the_list(watch: Watch) -> None:
    await watch.alerts.mute(f"job:{ending(1).id}", seconds=3600)
    await watch.at(0, ending(3700))
    assert await watch.at(101, ending(3700)) == []
    assert len(watch.alerts.topic.value.alerts) == 1
    assert await watch.at(3605, ending(3700)) == ["train ends in 2 min"]


async def test_a_rule_is_muted_and_unmuted(watch: Watch) -> None:
    await watch.alerts.mute("rule:started")
    await watch.at(0, PENDING)
    assert await watch.at(5, RUNNING) == []
    await watch.alerts.unmute("rule:started")
    other = make_job(2, name="other", status=JobStatus.PENDING)
    await watch.at(10, RUNNING, other)
    started = since(14, make_job(2, name="other"))
    assert await watch.at(15, RUNNING, started) == ["other started"]


async def test_a_mute_is_remembered(path: Path, watch: Watch) -> None:
    await watch.alerts.mute("all", seconds=3600)
    again = Watch(path)
    await again.look()
    assert [mute.scope for mute in again.alerts.topic.value.mutes] == ["all"]
    again.now = NOW + 3601
    await again.look()
    assert again.alerts.topic.value.mutes == ()
    await again.log.close()


async def test_quiet_hours(path: Path) -> None:
    watch = Watch(path, quiet=QuietHours.parse("11:00-13:00"))
    assert await watch.at(0, ending(700)) == []
    assert len(watch.alerts.topic.value.alerts) == 1
    await watch.log.close()


async def test_without_a_disk_it_still_tells_each_thing_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    watch = Watch(tmp_path / "file" / "alerts.db")
    assert await watch.at(0, ending(3500)) == ["train ends in 59 min"]
    assert await watch.at(5, ending(3500)) == []
    assert len(watch.alerts.topic.value.alerts) == 1
    assert watch.alerts.topic.value.trouble
    await watch.log.close()


async def test_the_loop_wakes_for_news_and_for_a_mark(path: Path) -> None:
    """A mark that is a moment away is passed long before the next look at the clock is due."""
    watch = Watch(path, look=3600.0)
    started = asyncio.get_running_loop().time()
    watch.alerts._clock = lambda: NOW + asyncio.get_running_loop().time() - started
    task = asyncio.ensure_future(watch.alerts.run())
    watch.jobs.publish(JobList(jobs=KnownJobs({"a": ending(3600.2)}), link=Live(), as_of=NOW))
    await until(lambda: [alert.rule for alert in watch.announced] == [Rule.EXPIRING])
    watch.jobs.publish(
        JobList(
            jobs=KnownJobs({"a": ending(3600.2), "b": since(0, make_job(9, name="new", age=-1))}),
            link=Live(),
            as_of=NOW,
        )
    )
    await until(lambda: len(watch.announced) == 2)
    assert watch.announced[1].text == "new started"
    task.cancel()
    await asyncio.wait({task})
    await watch.log.close()


async def test_the_log_forgets_what_is_old(path: Path, watch: Watch) -> None:
    await watch.at(0, ending(700))
    watch.now = NOW + timedelta(days=31).total_seconds()
    await watch.log.prune()
    assert await watch.log.recent() == ()
