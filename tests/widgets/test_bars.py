"""The lines at the top and the bottom: what goes first when there is less room."""

from decimal import Decimal

import pytest

from apolo_tui.actions import ACTIONS, Scope
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Connecting, Failed, Link, Live, Retrying
from apolo_tui.model.money import Purse
from apolo_tui.widgets.bars import (
    Header,
    ViewState,
    freshness,
    header_line,
    keys_line,
    notice_line,
    views_line,
)
from apolo_tui.widgets.lines import line_width, plain

FULL = Header(
    context="prod/acme/vision",
    user="mira",
    counts={JobStatus.RUNNING: 7, JobStatus.FAILED: 2},
    link=Live(),
    age=0.4,
    purse=Purse(burn=Decimal("49.4"), spent=Decimal(0), balance=Decimal(312)),
)


@pytest.mark.parametrize(
    ("room", "there", "gone"),
    [
        (120, ("apolo-tui", "●R7", "mira", "49.4cr/h", "312cr", "live 0.4s"), ()),
        (80, ("prod/acme/vision", "mira", "live 0.4s"), ("312cr",)),
        (60, ("prod/acme/vision", "●R7", "live 0.4s"), ("cr/h", "312cr")),
        (44, (" prod/acme/vision  ●R7", "live 0.4s"), ("apolo-tui", "mira")),
        (34, ("prod/acme/vision", "live 0.4s"), ("apolo-tui", "●R7")),
    ],
)
def test_context_and_freshness_stay(
    room: int, there: tuple[str, ...], gone: tuple[str, ...]
) -> None:
    line = header_line(FULL, room)
    assert line_width(line) == room
    assert all(word in plain(line) for word in there), plain(line)
    assert not any(word in plain(line) for word in gone), plain(line)


@pytest.mark.parametrize(
    ("changes", "words", "style"),
    [
        ({}, "● live 0.4s", "live"),
        ({"paused": True}, "◌ PAUSED 0.4s", "stale"),
        ({"cached": True, "age": 130.0}, "◌ cached 2m", "stale"),
        ({"stale": True, "age": 40.0}, "◌ STALE 40s", "stale"),
        ({"link": Connecting()}, "◌ connecting", "stale"),
        ({"link": Retrying("no network", 1.0)}, "◌ retrying 0.4s", "warning"),
        ({"link": Failed("no login"), "age": None}, "◌ failed", "danger"),
    ],
)
def test_how_fresh_it_is(changes: dict[str, object], words: str, style: str) -> None:
    facts: dict[str, object] = {"link": Live(), "age": 0.4} | changes
    link = facts["link"]
    assert isinstance(link, Link)
    age = facts["age"]
    header = Header(
        link=link,
        age=age if isinstance(age, float) else None,
        paused=bool(facts.get("paused")),
        cached=bool(facts.get("cached")),
        stale=bool(facts.get("stale")),
    )
    assert freshness(header) == (words, style)


def test_views_become_digits_and_then_the_active_one() -> None:
    views = [("1", "Mine"), ("2", "Active"), ("5", "All")]
    state = ViewState(
        views=views, active="5", filter="train", sort="LEFT", shown=3, total=9, more=True
    )
    rooms = (80, 44, 34, 30)
    wide, narrow, short, tiny = (plain(views_line(state, room)) for room in rooms)
    assert "[2]Active" in wide
    assert "/train  sort:LEFT↑  3/9+" in wide
    assert "[2]" not in narrow
    assert " 1 2 [5]All" in narrow
    assert " 1 2 5 " in short
    assert " 5" in tiny
    assert " 1 2" not in tiny


def test_a_wrong_filter_says_so_in_place_of_itself() -> None:
    line = plain(views_line(ViewState(filter="a[", error="unfinished set", sort="NAME"), 60))
    assert "unfinished set" in line
    assert "/a[" not in line


def test_the_last_key_always_has_a_place_and_labels_begin_small() -> None:
    actions = [
        action for action in ACTIONS.values() if action.scope is Scope.JOBS and action.footer
    ]
    wide = plain(keys_line(actions, 120))
    assert wide.startswith(" / filter  ⏎ open  l logs")
    narrow = plain(keys_line(actions, 70))
    assert narrow.startswith(" /filter ⏎open l logs")
    for room in (20, 40, 80):
        line = keys_line(actions, room)
        assert line_width(line) == room
        assert plain(line).rstrip().endswith("q quit")
    capitals = [action for action in ACTIONS.values() if action.label[0].isupper() and action.keys]
    shown = plain(keys_line(capitals[:1], 40))
    label = capitals[0].label
    assert label not in shown
    assert label[0].lower() + label[1:] in shown


def test_news_is_cut_before_its_hint() -> None:
    line = notice_line("! " + "word " * 30, "A alerts", "notice", 60)
    assert line_width(line) == 60
    assert plain(line).endswith("A alerts ")
    assert "…" in plain(line)
    assert "A alerts" not in plain(notice_line("news", "A alerts", "notice", 24))
