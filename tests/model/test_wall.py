"""Cards, their order, and the pages that rotate past the cards that stay."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.job import JobStatus
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.wall import Card, Rotation, cards, grid, page
from tests.model.jobs import NOON, make_job

FACTS = Facts(now=NOON, answered_at=NOON)


@pytest.mark.parametrize(
    ("width", "height", "columns", "rows"),
    [(80, 20, 1, 2), (120, 28, 2, 2), (200, 47, 4, 4), (300, 90, 4, 4), (40, 5, 1, 1)],
)
def test_cards_are_as_many_as_can_be_read(width: int, height: int, columns: int, rows: int) -> None:
    found = grid(width, height)
    assert (found.columns, found.rows) == (columns, rows)
    assert found.card_width * found.columns <= width
    assert found.card_height * found.rows <= max(height, found.rows)


def test_problems_first_then_the_least_time_then_the_name() -> None:
    jobs = [
        make_job(1, name="calm", life_span=None),
        make_job(2, name="later", run=0),
        make_job(3, name="soon", run=80000),
        make_job(4, name="ending", run=86000),
        make_job(5, name="alerted", run=10),
        make_job(6, name="b", run=500),
        make_job(7, name="a", run=500),
        make_job(8, name="pending", status=JobStatus.PENDING),
    ]
    found = cards(jobs, FACTS, alerted={jobs[4].id})
    names = [card.job.name for card in found]
    assert names == ["ending", "alerted", "soon", "a", "b", "later", "calm"]
    assert [card.problem for card in found] == [True, True, *[False] * 5]


def make_cards(problems: int, others: int) -> tuple[Card, ...]:
    return tuple(
        Card(make_job(number), float(number), number < problems)
        for number in range(problems + others)
    )


@given(st.integers(0, 40), st.integers(0, 250), st.sampled_from([1, 2, 4, 16]))
def test_every_card_has_its_turn_and_problems_stay(problems: int, others: int, slots: int) -> None:
    found = make_cards(problems, others)
    first = page(found, slots, 0)
    shown = [page(found, slots, index).cards for index in range(first.pages)]
    assert {card.job.id for cards in shown for card in cards} == {card.job.id for card in found}
    assert all(len(cards) <= slots for cards in shown)
    for card in found[: min(problems, slots - 1)]:
        assert all(card in cards for cards in shown)
    assert page(found, slots, first.pages) == first


def test_no_pages_when_all_fit() -> None:
    assert page(make_cards(3, 1), 4, 7).pages == 1
    assert page((), 4, 0).cards == ()


def test_a_page_stays_twenty_seconds() -> None:
    start = Rotation(since=100.0)
    assert start.at(119.9) == start
    assert start.at(120.0).index == 1
    assert start.at(120.0).since == 120.0
    assert start.left(105.0) == 15.0


def test_a_sleep_turns_one_page() -> None:
    woken = Rotation(since=0.0).at(1_000_003.0)
    assert woken.index == 1
    assert woken.since == 1_000_000.0


def test_turned_by_hand_and_held() -> None:
    turned = Rotation(since=0.0).turned(-1, 15.0)
    assert turned.index == -1
    assert turned.at(34.0) == turned
    assert turned.at(35.0).index == 0
    held = Rotation(since=0.0).toggled(5.0)
    assert held.at(500.0) == held
    assert held.left(500.0) == math.inf
    assert held.toggled(500.0).at(519.0).index == 0
