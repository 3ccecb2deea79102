"""What a context has beside its jobs: capacity, money, alerts, jobs being started and saved."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from apolo_tui.config import Settings
from apolo_tui.model.alerts import Alert
from apolo_tui.model.job import JobDescription
from apolo_tui.model.start.command import run_command
from apolo_tui.model.start.request import StartRequest
from apolo_tui.store.account import AccountFeed
from apolo_tui.store.alert_log import AlertLog
from apolo_tui.store.alerts import Alerts
from apolo_tui.store.audit import AuditLog
from apolo_tui.store.capacity import CapacityFeed
from apolo_tui.store.events import Events
from apolo_tui.store.feed import FeedPool
from apolo_tui.store.history import TelemetryHistory
from apolo_tui.store.jobs import JobsFeed
from apolo_tui.store.platform import Clock, Context
from apolo_tui.store.reach import Reach
from apolo_tui.store.saves import Save, Saves
from apolo_tui.store.starts import Starts


@dataclass(frozen=True, slots=True)
class Shared:
    """What the outlooks of all contexts have in common."""

    reach: Reach
    pool: FeedPool
    events: Events
    audit: AuditLog
    history: TelemetryHistory
    alert_log: AlertLog
    announce: Callable[[Alert], None]
    me: Callable[[], str]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Outlook:
    """The feeds and the work of one context."""

    capacity: CapacityFeed
    account: AccountFeed
    alerts: Alerts
    starts: Starts
    saves: Saves
    tasks: tuple[asyncio.Task[None], ...]


def open_outlook(shared: Shared, context: Context, jobs: JobsFeed, settings: Settings) -> Outlook:
    """Begin to follow all of it; its tasks are cancelled when the context is left."""
    pool, clock = shared.pool, shared.clock
    capacity = CapacityFeed(shared.reach, context.cluster, history=shared.history, clock=clock)
    account = AccountFeed(shared.reach, context, clock=clock)
    watch = settings.alerts
    alerts = Alerts(
        jobs.topic,
        shared.alert_log,
        announce=shared.announce,
        me=shared.me if watch.mine else lambda: "",
        account=f"{context.cluster}/{context.org}",
        purse=account.topic,
        marks=watch.marks,
        quiet=watch.quiet_hours,
        look=settings.timings.alert_look,
        clock=clock,
    )

    def started(request: StartRequest, job: JobDescription | None, error: str) -> None:
        """The audit log and the event list hear of every request."""
        name = request.name or (job.id if job is not None else "a job")
        shared.audit.write(context, "start", job.id if job else name, error or "done")
        if job is None:
            shared.events.add(f"{name} was not started: {error}", severity="error")
            return
        shared.events.add(f"Asked for {name}", command=str(run_command(request)), job_id=job.id)
        jobs.put(job)

    def saved(save: Save) -> None:
        name = save.job.name or save.job.id
        result = f"failed: {save.error}" if save.error else "done"
        shared.audit.write(context, f"save as {save.image}", save.job.id, result)
        command = f"apolo job save {save.job.id} {save.image}"
        if save.error:
            text = f"{name} was not saved: {save.error}"
            shared.events.add(text, severity="error", command=command, job_id=save.job.id)
        else:
            text = f"{name} is saved as {save.image}"
            shared.events.add(text, command=command, job_id=save.job.id)

    tasks = (
        pool.start(capacity.run(), name=f"capacity {context}"),
        pool.start(account.run(), name=f"account {context}"),
        pool.start(alerts.run(), name=f"alerts {context}"),
    )
    starts = Starts(shared.reach, pool, started=started, changed=jobs.put)
    saves = Saves(shared.reach, pool, finished=saved)
    return Outlook(capacity, account, alerts, starts, saves, tasks)
