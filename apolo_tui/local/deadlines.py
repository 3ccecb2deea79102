"""What time alone does to jobs: life spans, schedule timeouts, credits that run out."""

from collections.abc import Callable
from datetime import timedelta

from apolo_tui.local.accounts import Accounts, Payer, payers
from apolo_tui.local.clock import Alarms
from apolo_tui.local.configuration import Policies
from apolo_tui.local.ledger import Ledger
from apolo_tui.local.live import LiveJob
from apolo_tui.local.record import JobRecord

Cancel = Callable[[str, str], None]
FARTHEST = timedelta(days=1)
"""As far as an alarm is set; then it is looked at again."""


class Deadlines:
    """One alarm a deadline. `cancel` ends a job by its id, with a reason."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        accounts: Accounts,
        policies: Policies,
        alarms: Alarms,
        cancel: Cancel,
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._policies = policies
        self._alarms = alarms
        self._cancel = cancel

    def watch_life_span(self, job: LiveJob) -> None:
        """Only running time counts (docs/protocol.md section 5.6)."""
        minutes = job.record.max_run_time_minutes
        if minutes is None or job.record.status != "running":
            self._alarms.clear(("life", job.id))
            return
        limit = minutes * self._policies.life_span_minute.total_seconds()
        left = limit - job.record.run_time(self._ledger.now()).total_seconds()
        if left <= 0:
            self._cancel(job.id, "LifeSpanEnded")
        else:
            delay = timedelta(seconds=min(left, FARTHEST.total_seconds()))
            self._alarms.set(("life", job.id), delay, lambda: self.watch_life_span(job))

    def watch_schedule(self, job: LiveJob, of_cluster: timedelta | None) -> None:
        """`of_cluster`: how long jobs of the cluster wait that do not say themselves."""
        record = job.record
        if record.status != "pending" or record.scheduler_enabled:
            return
        timeout = of_cluster
        if record.schedule_timeout is not None:
            timeout = timedelta(seconds=record.schedule_timeout)
        if timeout is None:
            return
        left = record.created_at + timeout - self._ledger.now()
        if left > timedelta():
            self._alarms.set(
                ("schedule", job.id),
                min(left, FARTHEST),
                lambda: self.watch_schedule(job, of_cluster),
            )
        elif job.placed is not None and not job.placed.done() and job.task is not None:
            description = f"No place became free within {timeout.total_seconds():g} s."
            self._ledger.fail(job, "ClusterScaleUpFailed", description)
            job.task.cancel()

    def placed(self, job: LiveJob) -> None:
        self._alarms.clear(("schedule", job.id))

    def over(self, job: LiveJob) -> None:
        self._alarms.clear(("schedule", job.id))
        self._alarms.clear(("life", job.id))

    def moved(self, record: JobRecord) -> None:
        """A transition may change who spends how fast."""
        for payer in payers(record):
            if self._accounts.quota(payer).credits is not None:
                self._watch_credits(payer)

    def _watch_credits(self, payer: Payer) -> None:
        lasts = self._accounts.lasts(payer)
        if lasts is None:
            self._alarms.clear(("credits", payer))
        elif lasts > timedelta():
            delay = min(lasts, FARTHEST)
            self._alarms.set(("credits", payer), delay, lambda: self._watch_credits(payer))
        else:
            for job in list(self._ledger.live.values()):
                if payer.pays_for(job.record):
                    self._cancel(job.id, "QuotaExhausted")
