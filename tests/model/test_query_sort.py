"""The order of a list, groups, the newest of a name, and views."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query import QueryError
from apolo_tui.model.query_facts import NO_LIMIT, Facts, is_problem, run_time, time_left
from apolo_tui.model.query_groups import GROUPINGS, group, latest_of_each_name
from apolo_tui.model.query_sort import (
    HANDS_OFF,
    RESORT_EVERY,
    SORT_KEYS,
    Sort,
    arrange,
    first_direction,
    may_resort,
)
from apolo_tui.model.query_views import SAVED, View, jobs_in_view
from tests.model.jobs import NOON, make_job
from tests.model.test_query import FACTS, JOBS, jobs_strategy, sample


def order(jobs: list[JobDescription], key: str, *, descending: bool = False) -> list[int]:
    return [int(job.id[4:], 16) for job in arrange(jobs, Sort(key, descending), FACTS)]


def test_the_time_left_begins_with_the_job_that_ends_next() -> None:
    jobs = [
        make_job(1, run=60, life_span=None),
        make_job(2, status=JobStatus.PENDING, run=None),
        make_job(3, run=86400 - 240),
        make_job(4, run=0),
        make_job(5, status=JobStatus.SUCCEEDED),
        make_job(6, run=99999),
    ]
    assert order(jobs, "left")[:4] == [6, 3, 4, 1]
    assert set(order(jobs, "left")[4:]) == {2, 5}
    assert order(jobs, "left", descending=True)[:4] == [1, 4, 3, 6]
    assert time_left(jobs[0], FACTS) == NO_LIMIT
    assert time_left(jobs[1], FACTS) is None
    assert time_left(jobs[2], FACTS) == 240
    assert time_left(jobs[5], FACTS) == 0


def test_a_running_job_has_run_longer_since_the_platform_answered() -> None:
    facts = Facts(now=NOON, answered_at=NOON - timedelta(seconds=30))
    running = make_job(1, run=100, life_span=600)
    assert run_time(running, facts) == 130
    assert time_left(running, facts) == 470
    assert run_time(make_job(2, run=100, status=JobStatus.SUSPENDED), facts) == 100
    assert run_time(make_job(3, run=None, status=JobStatus.PENDING), facts) is None
    ahead = Facts(now=NOON, answered_at=NOON + timedelta(seconds=30))
    assert run_time(running, ahead) == 100


@pytest.mark.parametrize(
    ("key", "first"),
    [("gpu", 2), ("cpu", 3), ("cost", 1), ("name", 5), ("owner", 1), ("preset", 1), ("status", 1)],
)
def test_each_column_sorts(key: str, first: int) -> None:
    assert order(JOBS, key)[0] == first


@given(jobs_strategy, st.sampled_from(sorted(SORT_KEYS)), st.booleans())
def test_sorting_keeps_every_job_and_puts_missing_values_last(
    jobs: list[JobDescription], key: str, descending: bool
) -> None:
    jobs = list({job.id: job for job in jobs}.values())
    shown = arrange(jobs, Sort(key, descending), FACTS)
    assert sorted(job.id for job in shown) == sorted(job.id for job in jobs)
    values = [SORT_KEYS[key](job, FACTS) for job in shown]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=descending)
    again = arrange(list(reversed(jobs)), Sort(key, descending), FACTS)
    assert [job.id for job in again] == [job.id for job in shown]


def test_directions() -> None:
    assert first_direction("cost")
    assert first_direction("created")
    assert not first_direction("left")
    assert not first_direction("name")
    assert Sort("left", False).inverted() == Sort("left", True)


def test_live_columns_rest_between_sortings_and_after_a_key() -> None:
    live, calm = Sort("gpu"), Sort("name")
    assert may_resort(live, now=100, sorted_at=None, key_at=None)
    assert not may_resort(live, now=100, sorted_at=100 - RESORT_EVERY / 2, key_at=None)
    assert may_resort(live, now=100, sorted_at=100 - RESORT_EVERY, key_at=None)
    assert may_resort(calm, now=100, sorted_at=99.9, key_at=None)
    assert not may_resort(calm, now=100, sorted_at=None, key_at=100 - HANDS_OFF / 2)
    assert may_resort(live, now=100, sorted_at=None, key_at=100 - HANDS_OFF)


def test_one_row_for_each_name() -> None:
    jobs = [
        make_job(1, name="train", age=900),
        make_job(2, name="train", age=60),
        make_job(3, name=None),
        make_job(4, name="train", age=3600),
        make_job(5, name=None),
        make_job(6, name="train", owner="bob"),
    ]
    latest = latest_of_each_name(jobs)
    assert [(entry.job.id[-1], entry.count) for entry in latest] == [
        ("2", 3),
        ("3", 1),
        ("5", 1),
        ("6", 1),
    ]


def test_groups_have_subtotals_of_what_runs() -> None:
    jobs = [
        make_job(1, owner="bob", price="0.4"),
        make_job(2, owner="ann", price="8"),
        make_job(3, owner="bob", price="0.4"),
        make_job(4, owner="bob", price="9", status=JobStatus.FAILED),
        make_job(5, owner="bob", price=None),
    ]
    ann, bob = group(jobs, "owner")
    assert (ann.label, len(ann.jobs), ann.credits_per_hour) == ("ann", 1, Decimal(8))
    assert (bob.label, len(bob.jobs), bob.credits_per_hour) == ("bob", 4, Decimal("0.8"))


def test_a_job_is_in_the_group_of_each_tag_and_those_without_come_last() -> None:
    jobs = [make_job(1), make_job(2, tags=["b", "a", "a"]), make_job(3, tags=["b"])]
    labels = [(found.label, [job.id[-1] for job in found.jobs]) for found in group(jobs, "tag")]
    assert labels == [("a", ["2"]), ("b", ["2", "3"]), ("", ["1"])]


@given(jobs_strategy, st.sampled_from(sorted(GROUPINGS)))
def test_grouping_loses_no_job(jobs: list[JobDescription], by: str) -> None:
    grouped = [job for found in group(jobs, by) for job in found.jobs]
    assert {job.id for job in grouped} == {job.id for job in jobs}
    if by != "tag":
        assert len(grouped) == len(jobs)


def test_what_is_a_problem() -> None:
    assert not is_problem(make_job(1), FACTS)
    assert is_problem(make_job(2, run=86400 - 60), FACTS)
    assert is_problem(make_job(3, status=JobStatus.PENDING, reason="ErrImagePull"), FACTS)
    assert not is_problem(make_job(4, status=JobStatus.PENDING, reason="Scheduling"), FACTS)
    assert is_problem(make_job(5, status=JobStatus.CANCELLED, reason="QuotaExhausted"), FACTS)
    assert not is_problem(make_job(6, status=JobStatus.CANCELLED, reason="UserRequested"), FACTS)
    assert is_problem(make_job(7, status=JobStatus.SUSPENDED), FACTS)


def numbers(view: View) -> list[int]:
    return [int(job.id[4:], 16) for job in jobs_in_view(JOBS, view, FACTS)]


def test_the_scope_of_a_view() -> None:
    assert set(numbers(View(mine=True))) == {1, 4, 5, 6}
    assert set(numbers(View(ended=False))) == {1, 2, 3, 6, 7}
    assert set(numbers(View(problems=True))) == {1, 5, 7}
    assert numbers(View(filter="train", sort=Sort("cost", True))) == [2, 1]
    with pytest.raises(QueryError):
        jobs_in_view(JOBS, View(filter="("), FACTS)


def test_the_saved_views() -> None:
    shown = {digit: set(numbers(view)) for digit, view in SAVED.items()}
    assert shown == {
        "1": {1, 4, 5, 6},
        "2": {1, 2, 3, 6, 7},
        "3": set(),
        "4": {1},
        "5": {1, 2, 3, 4, 5, 6, 7},
    }
    failed = make_job(9, status=JobStatus.FAILED, ended_ago=60, age=10 * 86400)
    assert jobs_in_view([failed], SAVED["3"], FACTS) == [failed]


def test_telemetry_of_a_job_that_no_longer_runs_is_not_looked_at() -> None:
    job = make_job(1, status=JobStatus.SUCCEEDED)
    facts = Facts(now=NOON, telemetry={job.id: sample(50)})
    assert SORT_KEYS["gpu"](job, facts) is None
