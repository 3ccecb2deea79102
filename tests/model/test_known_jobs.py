"""The known jobs: a mapping, what is counted of it, and what is new in it."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model import known_jobs
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.model.recent_ends import RecentEnds
from tests.model.jobs import NOON, make_job

NEWS = st.lists(
    st.builds(
        make_job,
        st.integers(0, 12),
        status=st.sampled_from(JobStatus),
        age=st.integers(0, 200_000),
        ended_ago=st.one_of(st.none(), st.integers(-100, 200_000)),
    ),
    max_size=5,
)


def by_id(jobs: list[JobDescription]) -> dict[str, JobDescription]:
    return {job.id: job for job in jobs}


@given(NEWS, st.lists(NEWS, max_size=6))
def test_each_value_is_as_if_made_anew_and_tells_what_is_new(
    first: list[JobDescription], later: list[list[JobDescription]]
) -> None:
    values = [KnownJobs(by_id(first))]
    plain = [by_id(first)]
    recent = RecentEnds()
    for number, news in enumerate(later):
        values.append(values[-1].with_news(by_id(news)))
        plain.append({**plain[-1], **by_id(news)})
        now = NOON + timedelta(hours=number)
        ended = {
            job.id
            for job in plain[-1].values()
            if job.status.is_finished
            and job.history.finished_at is not None
            and job.history.finished_at > now - timedelta(days=1)
        }
        assert recent.among(values[-1], now).keys() == ended
    for value, jobs in zip(values, plain, strict=True):
        assert dict(value) == jobs
        assert list(value.values()) == list(jobs.values())
        assert len(value) == len(jobs)
        active = {job_id: job for job_id, job in jobs.items() if not job.status.is_finished}
        assert value.active == active
        assert +Counter(value.counts) == Counter(job.status for job in jobs.values())
        created = [job.created_at for job in jobs.values() if job.created_at]
        assert value.newest is None or value.newest >= max(created)
    last = values[-1]
    for value, jobs in zip(values, plain, strict=True):
        changed = last.changed_since(value)
        assert changed is not None
        differing = {job_id for job_id, job in last.items() if jobs.get(job_id) is not job}
        assert differing <= changed <= last.keys()


def test_what_is_of_another_origin_or_later_is_not_compared() -> None:
    jobs = by_id([make_job(1)])
    value = KnownJobs(jobs)
    later = value.with_news(by_id([make_job(2)]))
    assert later.changed_since(value) == frozenset({make_job(2).id})
    assert value.changed_since(later) is None
    assert value.changed_since(KnownJobs(jobs)) is None
    assert value.changed_since(jobs) is None
    assert value.changed_since(value) == frozenset()


def test_only_some_changes_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_jobs, "REMEMBERED", 10)
    first = KnownJobs()
    second = first.with_news(by_id([make_job(number) for number in range(20)]))
    assert second.changed_since(first) is not None
    third = second.with_news(by_id([make_job(1)]))
    assert third.changed_since(second) == frozenset({make_job(1).id})
    assert third.changed_since(first) is None
