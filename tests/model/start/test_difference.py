"""What a rerun changes, in the words that the form shows."""

from hypothesis import given
from yarl import URL

from apolo_tui.model.job import Volume
from apolo_tui.model.start.difference import Change, changes
from apolo_tui.model.start.request import StartRequest
from tests.model.start import MANY, make_request, requests


@MANY
@given(requests)
def test_nothing_changes_against_itself(request: StartRequest) -> None:
    assert changes(request, request) == ()


def test_a_changed_argument_is_shown_with_its_option() -> None:
    before = make_request(command="python train.py --batch-size 512 --lr 0.1")
    after = make_request(command="python train.py --batch-size 256 --lr 0.1")
    assert changes(before, after) == (Change("command", "--batch-size 512", "--batch-size 256"),)


def test_added_and_removed_words() -> None:
    before = make_request(command="python train.py --amp")
    after = make_request(command="python train.py -v")
    assert changes(before, after) == (Change("command", "--amp", "-v"),)
    assert changes(make_request(command="a b"), make_request(command="a")) == (
        Change("command", "b", ""),
    )


def test_quoting_alone_is_a_change_too() -> None:
    change = changes(make_request(command="a 'b'"), make_request(command="a b"))
    assert change == (Change("command", "a 'b'", "a b"),)


def test_every_kind_of_value() -> None:
    before = make_request(env={"LR": "0.1", "OLD": "x", "HF_TOKEN": "one"}, life_span=3600.0)
    mount = Volume(_uri("data"), "/data", read_only=True)
    after = make_request(
        env={"LR": "0.2", "NEW": "", "HF_TOKEN": "two"}, life_span=None, volumes=(mount,), tty=True
    )
    assert changes(before, after) == (
        Change("life span", "1h", "no limit"),
        Change("tty", "off", "on"),
        Change("env LR", "0.1", "0.2"),
        Change("env OLD", "x", ""),
        Change("env HF_TOKEN", "••••", "••••"),
        Change("env NEW", "", '""'),
        Change("volume /data", "", "storage://harbor/tidepool/reef/data:ro"),
    )


def _uri(path: str) -> URL:
    return URL(f"storage://harbor/tidepool/reef/{path}")
