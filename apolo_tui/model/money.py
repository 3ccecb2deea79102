"""Credits: how fast they go, how long they last, what a job will have cost.

When the balance of a user or an organisation is used up, the platform cancels all their active
jobs, with the reason QuotaExhausted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from apolo_tui.model.job import JobDescription
from apolo_tui.model.units import format_credits

HOUR = 3600
NOTHING = Decimal(0)
LONGEST = timedelta(days=3650)
"""A runway beyond this is none that anybody plans with."""


def burn(jobs: Iterable[JobDescription]) -> Decimal:
    """Credits an hour of the jobs that run. Waiting and suspended jobs cost nothing."""
    return sum(
        (job.price_credits_per_hour or NOTHING for job in jobs if job.status.is_running), NOTHING
    )


def runway(balance: Decimal | None, credits_per_hour: Decimal) -> timedelta | None:
    """How long a balance lasts; zero when it is used up, None without a limit or a burn."""
    if balance is None:
        return None
    if balance <= 0:
        return timedelta(0)
    if credits_per_hour <= 0:
        return None
    seconds = balance / credits_per_hour * HOUR
    return None if seconds > LONGEST.total_seconds() else timedelta(seconds=float(seconds))


def cost_of(credits_per_hour: Decimal, seconds: float) -> Decimal:
    """The price of so many seconds of running."""
    return credits_per_hour * Decimal(str(max(0.0, seconds))) / HOUR


def cost_at_end(job: JobDescription, seconds_left: float | None) -> Decimal | None:
    """What a job will have cost when its life span ends.

    None without a limit, or where the platform tells no price.
    """
    if job.total_price_credits is None or job.price_credits_per_hour is None:
        return None
    if job.status.is_finished:
        return job.total_price_credits
    if seconds_left is None:
        return None
    return job.total_price_credits + cost_of(job.price_credits_per_hour, seconds_left)


@dataclass(frozen=True, slots=True)
class Purse:
    """What there is to spend, and how fast it is spent at present."""

    balance: Decimal | None
    """None when there is no limit."""
    spent: Decimal
    burn: Decimal
    """Credits an hour."""
    running_jobs: int = 0
    most_running_jobs: int | None = None
    """The quota; None when there is none."""

    @property
    def runway(self) -> timedelta | None:
        return runway(self.balance, self.burn)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a job that is about to be started will cost."""

    per_hour: Decimal
    most: Decimal | None
    """At the end of its life span; None without a limit."""
    balance: Decimal | None = None
    runs_out_in: timedelta | None = None
    """When the balance is used up, with what burns already; None when it will not be."""
    too_short: bool = False
    """The balance is used up before the life span ends: the platform would end all jobs."""


def forecast(per_hour: Decimal, life_span: float | None, purse: Purse | None) -> Forecast:
    """The cost of a job at `per_hour`; `life_span` in seconds, None for no limit."""
    most = None if life_span is None else cost_of(per_hour, life_span)
    if purse is None or purse.balance is None:
        return Forecast(per_hour, most)
    lasts = runway(purse.balance, purse.burn + per_hour)
    short = lasts is not None and (life_span is None or lasts.total_seconds() < life_span)
    return Forecast(per_hour, most, purse.balance, lasts, short)


def format_runway(left: timedelta) -> str:
    """`7h34m`, `3d02h`, `120d`, `12m`: two parts at most."""
    minutes = int(left.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days >= 100:
        return f"{days}d"
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}h{minutes % 60:02}m" if hours else f"{minutes}m"


def format_purse(purse: Purse) -> str:
    """For the header: `41.2cr/h  312cr=7h34m`; the burn alone without a limit."""
    text = f"{format_credits(purse.burn)}cr/h"
    if purse.balance is None:
        return text
    left = purse.runway
    lasts = "" if left is None else f"={format_runway(left)}"
    return f"{text}  {format_credits(purse.balance)}cr{lasts}"
