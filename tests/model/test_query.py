"""The filter: jobs in, jobs out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query import ALL, QueryError, parse, select
from apolo_tui.model.query_facts import Drift, Facts
from apolo_tui.model.telemetry import JobTelemetry
from tests.model.jobs import NOON, make_job

GIB = 2**30


def sample(gpu: int | None = None, *, cpu: float = 1.0, memory: int = GIB) -> JobTelemetry:
    return JobTelemetry(cpu, memory, NOON.timestamp(), gpu, None if gpu is None else 9 * GIB)


JOBS = [
    make_job(1, name="train-resnet", tags=["exp7", "vision"], preset="a100-1", run=85800),
    make_job(2, name="Train-BERT", owner="bob", preset="a100-8", life_span=None, cost="41"),
    make_job(3, name="notebook", preset="t4-1", owner="bob", run=1800),
    make_job(4, name="prep-data", status=JobStatus.SUCCEEDED, preset="cpu-8", ended_ago=300),
    make_job(5, name="eval", status=JobStatus.FAILED, ended_ago=90000, reason="OOMKilled"),
    make_job(6, status=JobStatus.PENDING, preset=None, run=None, cost=None, image="base:v1"),
    make_job(7, name="night", status=JobStatus.SUSPENDED, owner="me-too", run=600),
]
FACTS = Facts(
    now=NOON,
    me="ann",
    telemetry={
        JOBS[0].id: sample(98, cpu=6.1, memory=38 * GIB),
        JOBS[1].id: sample(3),
        JOBS[2].id: sample(None, cpu=0.1),
    },
)


def found(text: str) -> list[int]:
    """The numbers of the jobs that pass."""
    return [int(job.id[4:], 16) for job in select(JOBS, parse(text), FACTS)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7]),
        ("train", [1, 2]),
        ("Train", [2]),
        ("!train", [3, 4, 5, 6, 7]),
        (r"^train-\w+$", [1, 2]),
        (r"\Sesnet", [1]),
        ("exp7", [1]),
        ("a100-8", [2]),
        ("failed", [5]),
        ("train bob", [2]),
        ("train !bob", [1]),
        ("job-00000006", [6]),
        ("-f trnrs", [1]),
        ("-f TB", [2]),
        ("!-f", [1, 2, 3, 4, 5, 6, 7]),
        ("-f !trn", [3, 4, 5, 6, 7]),
        ('"train-r"', [1]),
        ('"train r"', []),
    ],
)
def test_patterns(text: str, numbers: list[int]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("status:failed", [5]),
        ("status:fail", [5]),
        ("status:s", [4, 7]),
        ("status:failed,pending", [5, 6]),
        ("status:active", [1, 2, 3, 6, 7]),
        ("status:ended", [4, 5]),
        ("status:done", [4]),
        ("!status:running", [4, 5, 6, 7]),
        ("owner:me", [1, 4, 5, 6]),
        ("owner:me,bob", [1, 2, 3, 4, 5, 6]),
        ("owner:me-too", [7]),
        ("owner:an", []),
        ("tag:exp7", [1]),
        ("tag:exp*", [1]),
        ("tag:exp", []),
        ("preset:a100*", [1, 2, 5, 7]),
        ("preset:A100*", []),
        ("preset:?4-1", [3]),
        ("name:rain", [1, 2]),
        ("name:*n*t", [1, 2, 7]),
        ("id:job-00000002", [2]),
        ("id:00000002", []),
        ("image:base", [6]),
        ("project:vision owner:bob", [2, 3]),
        ("cluster:prod status:failed", [5]),
        ("reason:oomkilled", [5]),
        ("gpu:<5", [2]),
        ("status:running gpu:<5", [2]),
        ("gpu:>=98%", [1]),
        ("gpu:98", [1]),
        ("cpu:<=0.1", [3]),
        ("mem:>37G", [1]),
        ("mem:>38G", []),
        ("gmem:=9Gi", [1, 2]),
        ("left:<1h", [1]),
        ("left:>1d", [2]),
        ("left:<1d", [1, 3, 7]),
        ("run:>23h", [1]),
        ("age:<=1h", [1, 2, 3, 4, 5, 6, 7]),
        ("ended:<1d", [4]),
        ("cost:>10", [2]),
        ("price:8", [1, 2, 3, 4, 5, 6, 7]),
        ("restarts:0 owner:bob", [2, 3]),
    ],
)
def test_fields(text: str, numbers: list[int]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize("text", ["status:", "gpu:<", "!", "-f", "tag:,", "left:", '"', '"tra'])
def test_what_is_still_being_typed_is_no_error(text: str) -> None:
    assert set(found(text)) >= set(found("train"))


def test_words_with_a_colon_that_name_no_field_are_patterns() -> None:
    jobs = [make_job(1, name="serve:v1"), make_job(2, name="serve")]
    assert select(jobs, parse("serve:v1"), FACTS) == jobs[:1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("train(", "not a regular expression"),
        ("[", "not a regular expression"),
        ("a{99999999999}", "not a regular expression"),
        ("stauts:failed", "did you mean status:?"),
        ("left:<90", "not a duration"),
        ("left:<soon", "write it like 1d2h3m4s"),
        ("gpu:<five", "gpu:<5"),
        ("mem:>10", "16G"),
    ],
)
def test_errors_say_what_to_write(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=re.escape(says)):
        parse(text)


def test_a_status_from_the_future_can_be_asked_for() -> None:
    job = make_job(1, status=JobStatus.UNKNOWN)
    object.__setattr__(job, "status_text", "frozen")
    assert select([job, make_job(2)], parse("status:frozen"), FACTS) == [job]
    assert select([job, make_job(2)], parse("status:unknown"), FACTS) == [job]


def test_the_empty_query_keeps_all() -> None:
    assert select(JOBS, ALL, FACTS) == JOBS


terms = st.sampled_from(
    ["train", "-f trn", "status:running", "owner:me", "gpu:<5", "left:<1h", "cost:>10", "a.*1"]
)
jobs_strategy = st.lists(
    st.builds(
        make_job,
        st.integers(0, 99),
        name=st.none() | st.text(max_size=6),
        owner=st.sampled_from(["ann", "bob"]),
        status=st.sampled_from(JobStatus),
        tags=st.lists(st.text(max_size=4), max_size=2),
        preset=st.none() | st.sampled_from(["a100-1", "t4"]),
        run=st.none() | st.floats(0, 1e6),
        life_span=st.none() | st.floats(60, 1e6),
        cost=st.none() | st.sampled_from(["0", "10", "10.5"]),
    ),
    max_size=8,
)


@given(jobs_strategy, terms)
def test_the_inverse_is_the_complement(jobs: list[JobDescription], word: str) -> None:
    flag, _, bare = word.rpartition(" ")
    inverse = f"{flag} !{bare}".strip()
    kept, left_out = (select(jobs, parse(text), FACTS) for text in (word, inverse))
    assert len(kept) + len(left_out) == len(jobs)
    assert [job for job in jobs if job in kept] == kept


@given(jobs_strategy, terms, terms)
def test_more_words_keep_fewer_jobs_in_the_same_order(
    jobs: list[JobDescription], first: str, second: str
) -> None:
    both = select(jobs, parse(f"{second} {first}"), FACTS)
    assert both == [job for job in select(jobs, parse(second), FACTS) if job in both]


@given(st.text(max_size=30))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    assert set(found(text)) == {int(job.id[4:], 16) for job in select(JOBS, query, FACTS)}


@given(jobs_strategy, terms, terms)
def test_what_passes_a_narrower_filter_passes_the_wider_one(
    jobs: list[JobDescription], text: str, more: str
) -> None:
    wide = parse(text)
    for longer in (text, text + more, f"{text} {more}", more):
        try:
            narrow = parse(longer)
        except QueryError:  # two words run together are not always one
            continue
        if narrow.narrows(wide):
            passed = select(jobs, wide, FACTS)
            assert all(job in passed for job in select(jobs, narrow, FACTS))


@pytest.mark.parametrize(
    ("narrow", "wide", "certain"),
    [
        ("train", "tra", True),
        ("train 8", "train", True),
        ("Train", "t", False),
        ("TRain", "TR", True),
        ("status:failed tra", "tr status:failed", True),
        ("!train", "!tra", False),
        ("tra", "train", False),
        ("tr.*n", "tr.", False),
        ("train", "", True),
        ("", "train", False),
    ],
)
def test_a_longer_text_narrows(narrow: str, wide: str, certain: bool) -> None:
    assert parse(narrow).narrows(parse(wide)) is certain


@pytest.mark.parametrize(
    ("text", "drift"),
    [
        ("train status:failed owner:me", Drift.NONE),
        ("cost:>5 restarts:0", Drift.NONE),
        ("left:<1h", Drift.ACTIVE),
        ("!gpu:<5 train", Drift.ACTIVE),
        ("left:<1h ended:<1d", Drift.ALL),
    ],
)
def test_whose_answer_changes_with_the_clock(text: str, drift: Drift) -> None:
    assert parse(text).drift is drift
