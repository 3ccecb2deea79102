"""Bringing a long list up to date with few changes, beside making it anew."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.model.query import Query
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.query_sort import FIXED, HANDS_OFF, SORT_KEYS, Sort
from apolo_tui.model.query_views import View, jobs_in_view
from apolo_tui.model.steps import completed
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.screens import jobs_page
from apolo_tui.screens.arrangement import FEW, Arrangement
from tests.model.jobs import NOON, make_job
from tests.screens.dashboard import dashboard, start

FACTS = Facts(now=NOON, answered_at=NOON, me="ann")
Jobs = dict[str, JobDescription]


def some_job(number: int, chance: random.Random) -> JobDescription:
    """Like others in all that jobs are sorted by, so that places are often equal."""
    ended = chance.random() < 0.3
    return make_job(
        number,
        name=chance.choice((None, "train", "eval", "sweep")),
        owner=chance.choice(("ann", "bob")),
        status=chance.choice((JobStatus.FAILED, JobStatus.SUCCEEDED))
        if ended
        else chance.choice((JobStatus.RUNNING, JobStatus.PENDING)),
        tags=chance.sample(("a", "b"), chance.randrange(3)),
        preset=chance.choice((None, "a100-1", "cpu-small")),
        life_span=chance.choice((None, 3600.0, 86400.0)),
        age=chance.choice((60, 600, 600, 3600)),
        ended_ago=chance.choice((30, 300)) if ended else None,
    )


def arranged(
    kept: Arrangement,
    jobs: Mapping[str, JobDescription],
    view: View,
    query: Query,
    *,
    now: float,
    key_at: float | None = None,
) -> Sequence[JobDescription]:
    return completed(kept.arranging(jobs, view, query, FACTS, now=now, key_at=key_at))


@pytest.mark.parametrize("key", sorted(FIXED))
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("text", ["", "train", "!owner:me", "status:active"])
def test_few_changes_give_the_list_that_is_made_anew(key: str, descending: bool, text: str) -> None:
    chance = random.Random(f"{key} {descending} {text}")
    view = View(sort=Sort(key, descending), filter=text)
    query = view.query()
    kept = Arrangement()
    jobs = {job.id: job for job in (some_job(number, chance) for number in range(40))}
    for second in range(30):
        shown = arranged(kept, jobs, view, query, now=float(second))
        assert list(shown) == jobs_in_view(jobs.values(), view, FACTS)
        changed = [some_job(chance.randrange(60), chance) for _ in range(chance.randrange(4))]
        jobs = {**jobs, **{job.id: job for job in changed}}
        if second == 20:
            jobs.pop(next(iter(jobs)))


@dataclass(frozen=True, slots=True)
class Counted:
    """Lets all jobs pass and remembers which it was asked about."""

    looked_at: list[str]

    def holds(self, job: JobDescription, facts: Facts) -> bool:
        self.looked_at.append(job.id)
        return True


@pytest.mark.parametrize("known", [KnownJobs, dict])
@pytest.mark.parametrize("sort", [Sort(), Sort("name", False), Sort("run", True)])
def test_only_what_changed_is_looked_at(known: type[KnownJobs | Jobs], sort: Sort) -> None:
    looked_at: list[str] = []
    kept, view = Arrangement(), View(sort=sort)
    query = Query("", (Counted(looked_at),))
    jobs = {
        job.id: job
        for job in (
            make_job(number, name=f"train-{number % 7}", status=JobStatus.SUCCEEDED)
            for number in range(5000)
        )
    }
    before = known(jobs)
    arranged(kept, before, view, query, now=0.0)
    assert len(looked_at) == len(jobs)
    looked_at.clear()
    ended = make_job(7, name="train", status=JobStatus.FAILED)
    after = (
        before.with_news({ended.id: ended})
        if isinstance(before, KnownJobs)
        else {**jobs, ended.id: ended}
    )
    shown = arranged(kept, after, view, query, now=1.0)
    assert list(shown) == jobs_in_view(after.values(), view, FACTS)
    assert set(looked_at) == {ended.id}


@pytest.mark.parametrize("key", sorted(SORT_KEYS))
@pytest.mark.parametrize("text", ["", "left:<1h", "run:>10m", "cost:>1", "age:<10m", "!gpu:>5"])
def test_time_moves_jobs_that_the_platform_tells_nothing_new_of(key: str, text: str) -> None:
    chance = random.Random(f"{key} {text}")
    view = View(sort=Sort(key, descending=chance.random() < 0.5), filter=text)
    query, kept = view.query(), Arrangement()
    jobs = KnownJobs({job.id: job for job in (some_job(number, chance) for number in range(30))})
    for minute in range(20):
        facts = replace(
            FACTS,
            now=NOON + timedelta(minutes=minute),
            telemetry={
                job_id: JobTelemetry(
                    cpu=chance.randrange(3),
                    memory_bytes=chance.randrange(3),
                    timestamp=0.0,
                    gpu_duty_cycle=chance.randrange(9),
                )
                for job_id in jobs.active
            },
        )
        shown = completed(kept.arranging(jobs, view, query, facts, now=60.0 * minute, key_at=None))
        assert list(shown) == jobs_in_view(jobs.values(), view, facts)
        changed = [some_job(chance.randrange(40), chance) for _ in range(chance.randrange(3))]
        jobs = jobs.with_news({job.id: job for job in changed})


TEXTS = ("", "t", "tr", "train", "train b", "!t", "!tr", "status:failed", "tag:a", "left:<30m")
STEPS = st.one_of(
    st.tuples(st.just("jobs"), st.lists(st.integers(0, 40), max_size=6)),
    st.tuples(st.just("filter"), st.sampled_from(TEXTS)),
    st.tuples(st.just("sort"), st.sampled_from(["created", "name", "status", "run", "finished"])),
    st.tuples(st.just("ended"), st.booleans()),
    st.tuples(st.just("mine"), st.booleans()),
    st.tuples(st.just("problems"), st.booleans()),
    st.tuples(st.just("key"), st.none()),
    st.tuples(st.just("left"), st.integers(0, 3)),
)


@given(st.lists(STEPS, max_size=25), st.randoms(use_true_random=False))
def test_whatever_was_done_before_the_list_is_as_if_made_anew(
    steps: list[tuple[str, Any]], chance: random.Random
) -> None:
    kept, view = Arrangement(), View()
    jobs = KnownJobs({job.id: job for job in (some_job(number, chance) for number in range(25))})
    now, key_at = 0.0, None
    for what, value in steps:
        now += 1.0
        facts = replace(FACTS, now=NOON + timedelta(seconds=now))
        if what == "jobs":
            jobs = jobs.with_news({job.id: job for job in (some_job(n, chance) for n in value)})
        elif what == "key":
            key_at = now
        elif what == "left":
            other = replace(view, sort=Sort("owner"), filter="")
            half = kept.arranging(jobs, other, other.query(), facts, now=now, key_at=key_at)
            for _ in range(value):
                next(half, None)
            half.close()
        else:
            change: Any = Sort(value, descending=chance.random() < 0.5) if what == "sort" else value
            view = replace(view, **{what: change})
            kept.forget_order()
        shown = completed(kept.arranging(jobs, view, view.query(), facts, now=now, key_at=key_at))
        made_anew = jobs_in_view(jobs.values(), view, facts)
        assert sorted(job.id for job in shown) == sorted(job.id for job in made_anew)
        assert {id(job) for job in shown} == {id(job) for job in made_anew}
    now += HANDS_OFF
    facts = replace(FACTS, now=NOON + timedelta(seconds=now))
    shown = completed(kept.arranging(jobs, view, view.query(), facts, now=now, key_at=key_at))
    assert list(shown) == jobs_in_view(jobs.values(), view, facts)


def test_a_longer_text_is_looked_for_among_what_the_shorter_one_left() -> None:
    kept, view = Arrangement(), View(filter="train")
    jobs = KnownJobs(
        {
            job.id: job
            for job in (
                make_job(number, name="train-long" if number < 10 else "other")
                for number in range(1000)
            )
        }
    )
    arranged(kept, jobs, view, view.query(), now=0.0)
    longer = replace(view, filter="train-l")
    looked_at: list[str] = []
    query = longer.query()
    query = replace(query, conditions=(*query.conditions, Counted(looked_at)))
    assert len(arranged(kept, jobs, longer, query, now=1.0)) == 10
    assert len(looked_at) == 10


def test_a_filter_by_the_clock_looks_at_all_jobs_again() -> None:
    kept, view = Arrangement(), View(filter="left:<1h")
    jobs = {job.id: job for job in (make_job(1, run=3600.0, life_span=7201.0),)}
    query = view.query()
    assert not arranged(kept, jobs, view, query, now=0.0)
    later = replace(FACTS, now=NOON.replace(minute=1), answered_at=NOON)
    assert completed(kept.arranging(jobs, view, query, later, now=60.0, key_at=None))


def test_rows_keep_their_places_after_a_key_and_find_their_own_later() -> None:
    kept, view = Arrangement(), View(sort=Sort("name", False))
    query = view.query()
    jobs = {job.id: job for job in (make_job(1, name="a"), make_job(2, name="b"))}
    arranged(kept, jobs, view, query, now=100.0)
    jobs = {**jobs, jobs["job-00000001"].id: make_job(1, name="z"), "x": make_job(3, name="aa")}
    jobs[make_job(3).id] = jobs.pop("x")
    shown = arranged(kept, jobs, view, query, now=101.0, key_at=100.5)
    assert [job.name for job in shown] == ["z", "b", "aa"]
    shown = arranged(kept, dict(jobs), view, query, now=101.0 + HANDS_OFF, key_at=100.5)
    assert [job.name for job in shown] == ["aa", "b", "z"]


def test_many_changes_are_taken_in_too() -> None:
    chance = random.Random(8)
    kept, view = Arrangement(), View()
    query = view.query()
    for round_ in range(3):
        jobs = {job.id: job for job in (some_job(number, chance) for number in range(2 * FEW))}
        shown = arranged(kept, jobs, view, query, now=float(round_))
        assert list(shown) == jobs_in_view(jobs.values(), view, FACTS)


def test_what_is_left_in_the_middle_changes_nothing() -> None:
    kept, view = Arrangement(), View(sort=Sort("name", False))
    query = view.query()
    jobs = {job.id: job for job in (make_job(number) for number in range(1000))}
    before = arranged(kept, jobs, view, query, now=0.0)
    half = kept.arranging(jobs, View(ended=False), query, FACTS, now=9.0, key_at=None)
    next(half)
    half.close()
    assert arranged(kept, jobs, view, query, now=9.0) == before


async def test_a_long_list_is_filtered_and_sorted_between_keys(
    platform: local.Platform, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_page, "AT_ONCE", 0)
    for name in ("bbb-job", "ccc-run", "aaa-job"):
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.until(lambda: len(board.names) == 3)
        await board.command("sort name")
        await board.until(lambda: board.names == ["aaa-job", "bbb-job", "ccc-run"])
        await board.press("slash", "b", "b", "b")
        await board.until(lambda: board.names == ["bbb-job"])
        await board.shows("Jobs 1/3")
        await board.press("escape")
        await board.until(lambda: len(board.names) == 3)
