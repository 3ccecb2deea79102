"""The purse: whose credits, and which jobs burn them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from apolo_tui.model.config import Account, Balance, Quota
from apolo_tui.model.errors import ServerError
from apolo_tui.model.job import JobStatus
from apolo_tui.model.money import Purse
from apolo_tui.store.account import AccountFeed
from apolo_tui.store.feed import Backoff
from apolo_tui.store.platform import Context
from tests.model.jobs import make_job
from tests.store.platforms import FakePlatform
from tests.until import until

HERE = Context("prod", "acme", "vision")


def account(balance: str | None, quota: int | None = 20) -> Account:
    left = None if balance is None else Decimal(balance)
    return Account(Balance(left, Decimal(3)), Quota(quota))


def platform(**answers: object) -> FakePlatform:
    jobs = [
        make_job(1, price="8"),
        make_job(2, price="0.5", project="other"),
        make_job(3, price="16", owner="bob"),
        make_job(4, price="9", status=JobStatus.PENDING),
    ]
    return FakePlatform(jobs={job.id: job for job in jobs}, **answers)  # type: ignore[arg-type]  # fields of it


@asynccontextmanager
async def following(asked: FakePlatform, context: Context = HERE) -> AsyncIterator[AccountFeed]:
    feed = AccountFeed(
        asked, context, every=0.01, clock=lambda: 5.0, backoff=Backoff(first=0.01, most=0.01)
    )
    task = asyncio.ensure_future(feed.run())
    yield feed
    task.cancel()
    await asyncio.wait({task})


async def test_the_users_credits_and_the_users_jobs_of_all_projects() -> None:
    async with following(platform(account=account("312"))) as feed:
        await until(lambda: feed.topic.value is not None)
        assert feed.topic.value == Purse(Decimal(312), Decimal(3), Decimal("8.5"), 2, 20)
        assert feed.as_of == 5.0


async def test_the_credits_of_the_organisation_where_the_user_has_no_limit() -> None:
    asked = platform(account=account(None), org_account=account("1000", None))
    async with following(asked) as feed:
        await until(lambda: feed.topic.value is not None)
        assert feed.topic.value == Purse(Decimal(1000), Decimal(3), Decimal("24.5"), 2, 20)


async def test_no_limit_at_all() -> None:
    async with following(platform(account=account(None))) as feed:
        await until(lambda: feed.topic.value is not None)
        assert feed.topic.value is not None
        assert feed.topic.value.balance is None
        assert feed.topic.value.burn == Decimal("8.5")


async def test_a_platform_that_does_not_tell() -> None:
    asked = platform(account=None)
    async with following(asked) as feed:
        await until(lambda: len(asked.calls) > 2)
        assert feed.topic.value is None
        assert not [call for call in asked.calls if call[0] == "running"]


async def test_what_was_known_stays_while_the_platform_is_in_trouble() -> None:
    asked = platform(account=account("312"))
    async with following(asked) as feed:
        await until(lambda: feed.topic.value is not None)
        asked.account = ServerError("down")
        count = len(asked.calls)
        await until(lambda: len(asked.calls) > count + 2)
        assert feed.topic.value is not None
        asked.account = account("300")
        await until(lambda: getattr(feed.topic.value, "balance", None) == 300)


async def test_without_an_organisation_nothing_is_asked() -> None:
    asked = platform(account=account("1"))
    await AccountFeed(asked, Context("prod")).run()
    assert asked.calls == []
