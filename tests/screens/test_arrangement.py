"""Bringing a long list up to date with few changes, beside making it anew."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.model import query_views
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query import Query
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.query_sort import FIXED, HANDS_OFF, Sort
from apolo_tui.model.query_views import View, jobs_in_view
from apolo_tui.model.steps import completed
from apolo_tui.screens import arrangement, jobs_page
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
    jobs: Jobs,
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


def test_only_what_changed_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    in_view = query_views.in_view

    def counted(job: JobDescription, view: View, facts: Facts, *, query: Query) -> bool:
        looked_at.append(job.id)
        return in_view(job, view, facts, query=query)

    kept, view = Arrangement(), View(filter="train")
    jobs = {job.id: job for job in (make_job(number, name="train") for number in range(5000))}
    arranged(kept, jobs, view, query := view.query(), now=0.0)
    monkeypatch.setattr(arrangement, "in_view", counted)
    monkeypatch.setattr(arrangement, "viewing", None)  # all jobs would go through it
    ended = make_job(7, name="train", status=JobStatus.FAILED)
    assert ended in arranged(kept, {**jobs, ended.id: ended}, view, query, now=1.0)
    assert looked_at == [ended.id]


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
