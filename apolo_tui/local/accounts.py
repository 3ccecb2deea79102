"""Credits and quotas: who has spent how much, and who may still run jobs (section A.5)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from apolo_tui.local.configuration import Configuration, Quota
from apolo_tui.local.database import Database
from apolo_tui.local.record import SECONDS_PER_HOUR, JobRecord


class QuotaError(Exception):
    """The quota does not allow another job; the text is the platform's."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits left (None: without a limit) and spent."""

    credits: Decimal | None
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Payer:
    """A user of an org in a cluster, or with `user` None the org itself."""

    cluster: str
    org: str
    user: str | None = None

    def pays_for(self, record: JobRecord) -> bool:
        return (
            record.project.cluster == self.cluster
            and record.project.org == self.org
            and self.user in (None, record.base_owner)
        )

    def __str__(self) -> str:
        return f"org '{self.org}'" if self.user is None else f"user '{self.user}'"


def payers(record: JobRecord) -> tuple[Payer, Payer]:
    """Who pays for a job: its owner and the org."""
    project = record.project
    return Payer(project.cluster, project.org, record.base_owner), Payer(
        project.cluster, project.org
    )


class Accounts:
    """Reads the spending of finished jobs from the database and adds what runs now."""

    def __init__(
        self,
        configuration: Configuration,
        database: Database,
        active: Callable[[], Iterable[JobRecord]],
        now: Callable[[], datetime],
    ) -> None:
        self._configuration = configuration
        self._database = database
        self._active = active
        self._now = now

    def balance(self, payer: Payer) -> Balance:
        now = self._now()
        if payer.user is None:
            spent = self._database.spent_by_org(payer.cluster, payer.org)
        else:
            spent = self._database.spent(payer.cluster, payer.org, payer.user)
        spent += sum(
            (record.price(now) for record in self._of(payer) if record.started_at), Decimal(0)
        )
        granted = self.quota(payer).credits
        return Balance(None if granted is None else granted - spent, spent)

    def quota(self, payer: Payer) -> Quota:
        if payer.user is None:
            return self._configuration.org_quota(payer.cluster, payer.org)
        return self._configuration.user_quota(payer.cluster, payer.org, payer.user)

    def jobs(self, payer: Payer) -> int:
        """How many jobs count for the quota: those that run or are to run soon."""
        return sum(
            record.status == "running"
            or (record.status == "pending" and not record.wait_for_jobs_quota)
            for record in self._of(payer)
        )

    def check(self, record: JobRecord) -> None:
        """Whether the owner and the org may have one more job. Raises QuotaError."""
        for payer in payers(record):
            if not record.wait_for_jobs_quota and not self.has_room(payer):
                raise QuotaError(f"Jobs limit quota exceeded for {payer}")
        for payer in payers(record):
            if self.quota(payer).credits is None:
                continue
            left = self.balance(payer).credits
            if left is not None and left <= 0:
                raise QuotaError(f"No credits left for {payer}")

    def has_room(self, payer: Payer) -> bool:
        limit = self.quota(payer).total_running_jobs
        return limit is None or self.jobs(payer) < limit

    def lasts(self, payer: Payer) -> timedelta | None:
        """How long the credits last with what runs now. None: for ever."""
        left = self.balance(payer).credits
        burn = sum(
            (record.price_per_hour for record in self._of(payer) if record.status == "running"),
            Decimal(0),
        )
        if left is None or (burn <= 0 < left):
            return None
        if left <= 0:
            return timedelta()
        return timedelta(seconds=min(float(left / burn * SECONDS_PER_HOUR), 1e9))

    def _of(self, payer: Payer) -> Iterable[JobRecord]:
        return (record for record in self._active() if payer.pays_for(record))
