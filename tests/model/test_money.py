"""Burn, runway and what a job will have cost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apolo_tui.model.job import JobStatus
from apolo_tui.model.money import (
    Purse,
    burn,
    cost_at_end,
    cost_of,
    forecast,
    format_purse,
    format_runway,
    runway,
)
from tests.model.jobs import make_job


def purse(balance: str | None = "312", burn: str = "41.2") -> Purse:
    return Purse(None if balance is None else Decimal(balance), Decimal(0), Decimal(burn))


def test_only_running_jobs_burn() -> None:
    jobs = [
        make_job(1, price="8"),
        make_job(2, price="0.4"),
        make_job(3, price=None),
        make_job(4, status=JobStatus.SUSPENDED),
        make_job(5, status=JobStatus.FAILED),
        make_job(6, status=JobStatus.PENDING),
    ]
    assert burn(jobs) == Decimal("8.4")
    assert burn([]) == 0


@pytest.mark.parametrize(
    ("balance", "credits_per_hour", "left"),
    [
        ("312", "41.2", timedelta(hours=312 / 41.2)),
        ("10", "0", None),
        (None, "10", None),
        ("0", "0", timedelta(0)),
        ("-3", "5", timedelta(0)),
        ("1000000", "0.0001", None),
    ],
)
def test_a_balance_lasts(
    balance: str | None, credits_per_hour: str, left: timedelta | None
) -> None:
    found = runway(None if balance is None else Decimal(balance), Decimal(credits_per_hour))
    assert found == left or (found and left and abs(found - left) < timedelta(seconds=1))


def test_the_cost_at_the_end_of_the_life_span() -> None:
    job = make_job(cost="4.5", price="8")
    assert cost_at_end(job, 3600) == Decimal("12.5")
    assert cost_at_end(job, -5) == Decimal("4.5")
    assert cost_at_end(job, None) is None
    assert cost_at_end(make_job(cost=None), 60) is None
    assert cost_at_end(make_job(price=None), 60) is None
    assert cost_at_end(make_job(status=JobStatus.SUCCEEDED, cost="3"), None) == 3


def test_a_forecast_against_the_balance_and_what_burns_already() -> None:
    found = forecast(Decimal(16), 86400, purse())
    assert found.most == 384
    assert found.runs_out_in is not None
    assert format_runway(found.runs_out_in) == "5h27m"
    assert found.too_short


def test_a_forecast_that_the_balance_covers() -> None:
    found = forecast(Decimal(1), 3600, purse("1000", "0"))
    assert not found.too_short
    assert found.runs_out_in is not None


def test_a_forecast_without_a_limit_of_time_or_of_money() -> None:
    assert forecast(Decimal(1), None, None).most is None
    assert not forecast(Decimal(1), None, purse(None)).too_short
    assert forecast(Decimal(1), None, purse("10")).too_short
    assert not forecast(Decimal(0), None, purse("10", "0")).too_short


def test_seconds_of_running_cost() -> None:
    assert cost_of(Decimal(12), 900) == 3
    assert cost_of(Decimal(12), -1) == 0


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(hours=7, minutes=34), "7h34m"),
        (timedelta(days=3, hours=2), "3d02h"),
        (timedelta(days=120, hours=2), "120d"),
        (timedelta(minutes=12, seconds=59), "12m"),
        (timedelta(0), "0m"),
    ],
)
def test_a_runway_in_words(left: timedelta, text: str) -> None:
    assert format_runway(left) == text


def test_the_header() -> None:
    assert format_purse(purse()) == "41.2cr/h  312cr=7h34m"
    assert format_purse(purse(None)) == "41.2cr/h"
    assert format_purse(purse("312", "0")) == "0cr/h  312cr"
