"""What there is to spend and how fast it is spent (docs/protocol.md section A.5).

The burn is that of all jobs which the balance pays for, in whichever project they run: the user's
own, or those of the organisation where the user has no limit and the organisation has one.
"""

import asyncio
import time
from decimal import Decimal

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobStatus
from apolo_tui.model.money import NOTHING, Purse
from apolo_tui.store.feed import Backoff
from apolo_tui.store.platform import Clock, Context, Sleep
from apolo_tui.store.services import Accounts
from apolo_tui.store.topic import Topic

EVERY = 60.0
"""Seconds between two questions."""


class AccountFeed:
    """Run `run()` as a task; read `topic`: None until known, and where the platform is silent."""

    def __init__(
        self,
        accounts: Accounts,
        context: Context,
        *,
        every: float = EVERY,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
        backoff: Backoff | None = None,
    ) -> None:
        self.topic: Topic[Purse | None] = Topic(None)
        self.as_of: float | None = None
        """Unix time of the last answer."""
        self._accounts = accounts
        self._context = context
        self._every = every
        self._clock = clock
        self._sleep = sleep
        self._backoff = backoff or Backoff(first=5.0, most=every)

    async def run(self) -> None:
        """Ask until cancelled. What was known stays while the platform does not answer."""
        if self._context.org is None:
            return
        while True:
            try:
                purse = await self._ask(self._context.org)
            except ApoloError as error:
                await self._sleep(self._backoff.after(error))
                continue
            self._backoff.reset()
            self.as_of = self._clock()
            if purse != self.topic.value:
                self.topic.publish(purse)
            await self._sleep(self._every)

    async def _ask(self, org: str) -> Purse | None:
        cluster, accounts = self._context.cluster, self._accounts
        account = await accounts.get_account(cluster_name=cluster, org_name=org)
        if account is None:
            return None
        me = await accounts.me()
        owners: tuple[str, ...] = (me,)
        balance = account.balance
        if balance.credits is None:
            shared = await accounts.get_org_account(cluster_name=cluster, org_name=org)
            if shared is not None and shared.balance.credits is not None:
                balance, owners = shared.balance, ()
        count, burn = 0, NOTHING
        running = accounts.running(owners=owners, cluster_name=cluster, org_names=(org,))
        async with running as jobs:
            async for job in jobs:
                if job.status is JobStatus.RUNNING:
                    count += job.owner == me
                    burn += job.price_credits_per_hour or Decimal(0)
        return Purse(
            balance.credits,
            balance.spent_credits,
            burn,
            count,
            account.quota.total_running_jobs,
        )
