import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from apolo_tui.model.uris import Place, is_job_id, parse_uri, shorten_uri

HERE = Place("harbor", "tidepool", "reef")

SHORT_AND_FULL = [
    ("job:train-7", "job://harbor/tidepool/reef/train-7"),
    ("job:/other/train-7", "job://harbor/tidepool/other/train-7"),
    ("job:/org2/p/x", "job://harbor/tidepool/org2/p/x"),
    ("job://c2/o/p/x", "job://c2/o/p/x"),
    ("storage:", "storage://harbor/tidepool/reef"),
    ("storage:dir/", "storage://harbor/tidepool/reef/dir/"),
    ("storage:a b", "storage://harbor/tidepool/reef/a%20b"),
    ("storage:ü", "storage://harbor/tidepool/reef/%C3%BC"),
    ("job:123", "job://harbor/tidepool/reef/123"),
]


@pytest.mark.parametrize(("short", "full"), SHORT_AND_FULL)
def test_a_short_uri_is_completed_from_where_we_are(short: str, full: str) -> None:
    assert str(parse_uri(short, HERE)) == full


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("storage:a?b", r"%3F"),
        ("storage:a#b", r"%23"),
        ("job://me@harbor/x", "user"),
        ("job://harbor:80/x", "port"),
        ("job:~/x", "~"),
        ("train-7", "scheme"),
        ("http://x.test/y", "begin with"),
        ("job://[", "not a URI"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_uri(text, HERE)


def test_without_a_project_a_short_uri_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="no project"):
        parse_uri("job:x", Place("harbor", "tidepool", None))


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("job://harbor/tidepool/reef/train-7", "job:train-7"),
        ("job://harbor/tidepool/other/train-7", "job:/other/train-7"),
        ("job://harbor/org2/p/x", "job://harbor/org2/p/x"),
        ("job://c2/tidepool/reef/x", "job://c2/tidepool/reef/x"),
    ],
)
def test_a_full_uri_is_shown_as_short_as_it_can_be(full: str, short: str) -> None:
    assert shorten_uri(URL(full), HERE) == short


NAMES = st.from_regex(r"[a-z][a-z0-9]{2,8}", fullmatch=True)


@given(NAMES, NAMES, NAMES, NAMES, st.sampled_from(["job", "storage", "disk"]))
def test_shortening_and_completing_are_inverse(
    cluster: str, org: str, project: str, name: str, scheme: str
) -> None:
    uri = URL(f"{scheme}://{cluster}/{org}/{project}/{name}")
    for place in (HERE, Place(cluster, org, project), Place(cluster, org, "other")):
        assert parse_uri(shorten_uri(uri, place), place) == uri


def test_ids_are_told_from_names() -> None:
    assert is_job_id("job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34")
    assert not is_job_id("job-5c1e7a52")
    assert not is_job_id("train-7")
