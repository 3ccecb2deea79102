"""What one run of the dashboard knows: the platform, a context, and the feeds of that context."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from apolo_tui.config import ContextRules, Settings
from apolo_tui.model.alerts import Alert
from apolo_tui.model.errors import ApoloError
from apolo_tui.model.link import Connecting, Failed, Link, Retrying
from apolo_tui.store.audit import AuditLog
from apolo_tui.store.connection import Connection
from apolo_tui.store.events import Events
from apolo_tui.store.feed import Backoff, FeedPool
from apolo_tui.store.jobs import JobList, JobsFeed
from apolo_tui.store.platform import Clock, Context, Opener, Platform, Sleep
from apolo_tui.store.reach import Reach
from apolo_tui.store.snapshot import Snapshots
from apolo_tui.store.state import State
from apolo_tui.store.topic import Topic

if TYPE_CHECKING:
    from apolo_tui.store.alert_log import AlertLog
    from apolo_tui.store.commands import Commands
    from apolo_tui.store.forwards import Forwards
    from apolo_tui.store.history import TelemetryHistory
    from apolo_tui.store.log_feeds import LogFeeds
    from apolo_tui.store.outlook import Outlook
    from apolo_tui.store.sessions.registry import Sessions
    from apolo_tui.store.telemetry import TelemetryFeed

TICK = 1.0
"""Seconds between two looks at the clock."""
ASLEEP = 10.0
"""A tick that took so many seconds longer means that the machine, or the process, was asleep."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One context with its feeds and commands."""

    context: Context
    jobs: JobsFeed
    telemetry: "TelemetryFeed"
    commands: "Commands"
    outlook: "Outlook"
    rules: ContextRules
    tasks: tuple[asyncio.Task[None], ...] = ()


class Workspace:
    """Opened around the app: `async with Workspace(...) as workspace`.

    Nothing is asked of the platform before `start()`, which the app calls after its first frame.
    `archive` is the folder of the telemetry and the alerts that are kept: by default that of the
    audit log.
    """

    def __init__(
        self,
        opener: Opener,
        settings: Settings,
        *,
        platform_key: str,
        state: State,
        snapshots: Snapshots | None,
        audit: Path,
        archive: Path | None = None,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.state = state
        self.events = Events(clock=clock)
        self.clock = clock
        self.pool = FeedPool()
        self.connection = Connection(opener, self.pool)
        self.desk: Topic[Desk | None] = Topic(None)
        self.link: Topic[Link] = Topic(Connecting())
        """How it stands before there is a desk."""
        self.contexts: Topic[tuple[Context, ...]] = Topic(())
        """What the user may look at, as far as it is known."""
        self.audit = AuditLog(audit, clock=clock)
        self._archive = archive or audit.parent
        self.reach = Reach(self.connection)
        self.announce: Callable[[Alert], None] = lambda alert: None
        """Called with each alert that is not to be missed; the app puts its own in place."""
        self.all_commands: list[Commands] = []
        """Of every context that was looked at: a kill may still wait in one left behind."""
        self._key = platform_key
        self._snapshots = snapshots
        self._sleep = sleep
        self._previous: Context | None = None
        self._wake = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        opened = vars(self)
        if "sessions" in opened:
            await self.sessions.close_all()
        with suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                await self.connection.close()
        try:
            await self.pool.__aexit__(kind, error, traceback)
        finally:
            if "history" in opened:
                await self.history.close()
            if "alert_log" in opened:
                await self.alert_log.close()

    # Parts that are not needed before something is shown

    @cached_property
    def sessions(self) -> "Sessions":
        """The terminals of jobs that are open."""
        from apolo_tui.store.sessions.registry import Sessions

        return Sessions(self.pool)

    @cached_property
    def history(self) -> "TelemetryHistory":
        """The telemetry of the last week."""
        from apolo_tui.store.history import TelemetryHistory

        return TelemetryHistory(self._archive / "telemetry.db", clock=self.clock)

    @cached_property
    def alert_log(self) -> "AlertLog":
        """The alerts that were told."""
        from apolo_tui.store.alert_log import AlertLog

        return AlertLog(self._archive / "alerts.db", clock=self.clock)

    @cached_property
    def logs(self) -> "LogFeeds":
        """The logs that are read."""
        from apolo_tui.store.log_feeds import LogFeeds

        return LogFeeds(self.connection, self.pool, clock=self.clock, sleep=self._sleep)

    @cached_property
    def forwards(self) -> "Forwards":
        """The ports that are forwarded."""
        from apolo_tui.store.forwards import Forwards

        health = self.settings.timings.forward_health
        return Forwards(self.reach, self.pool, self.state, clock=self.clock, health=health)

    # The context

    @property
    def platform(self) -> Platform | None:
        """The platform, when it is open at this moment."""
        return self.connection.now

    @property
    def remembered(self) -> Context | None:
        """The context of the last session with this platform."""
        try:
            return Context.parse(str(self.state.table("contexts").get(self._key, "")))
        except ValueError:
            return None

    def cached(self) -> tuple[Context, JobList] | None:
        """What the last session left, for the first paint."""
        context = self.remembered
        if context is None or self._snapshots is None or self._chosen:
            return None
        found = self._snapshots.load(self._key, context)
        return (context, found) if found else None

    @property
    def _chosen(self) -> bool:
        settings = self.settings
        return any((settings.cluster, settings.org, settings.project))

    def start(self) -> None:
        """Begin to ask the platform."""
        self.pool.start(self._start(), name="start")
        self.pool.start(self._watch_clock(), name="clock")
        self.pool.start(self.history.run(), name="history")

    async def _start(self) -> None:
        context = None if self._chosen else self.remembered
        if context is not None:
            self.switch(context)
            return
        backoff = Backoff(first=1.0)
        while True:
            self._wake.clear()
            try:
                platform = await self.connection.platform()
                settings = self.settings
                context = platform.resolve(settings.cluster, settings.org, settings.project)
                break
            except ApoloError as error:
                delay = backoff.next()
                link: Link = Retrying(error.message, delay, error.next_step)
                if not error.transient:
                    link = Failed(error.message, error.next_step)
                self.link.publish(link)
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._wake.wait()
        self.switch(context)

    def switch(self, context: Context) -> None:
        """Look at another context at once; whatever the old one still waits for is dropped."""
        from apolo_tui.store.commands import Commands
        from apolo_tui.store.outlook import Shared, open_outlook
        from apolo_tui.store.telemetry import TelemetryFeed

        initial = self._snapshots.load(self._key, context) if self._snapshots else None
        old = self.desk.value
        if old is not None:
            self._previous = old.context
        self._leave()
        settings, timings = self.settings, self.settings.timings
        jobs = JobsFeed(
            self.connection,
            context,
            refresh=settings.refresh,
            initial=initial,
            clock=self.clock,
            sleep=self._sleep,
            login_refused=self.connection.reset,
        )
        telemetry = TelemetryFeed(
            self.connection,
            cluster=context.cluster,
            sockets=settings.telemetry_sockets,
            silence=timings.reconnect,
            sampling=timings.sampling,
            history=self.history,
            clock=self.clock,
            sleep=self._sleep,
        )
        commands = Commands(
            self.connection,
            context,
            pool=self.pool,
            events=self.events,
            audit=self.audit,
            kill_delay=settings.kill_delay,
            done=jobs.refresh_now,
            clock=self.clock,
            sleep=self._sleep,
        )
        self.all_commands.append(commands)
        tasks = (
            self.pool.start(jobs.run(), name=f"jobs {context}"),
            self.pool.start(telemetry.run(), name=f"telemetry {context}"),
        )
        shared = Shared(
            self.reach,
            self.pool,
            self.events,
            self.audit,
            self.history,
            self.alert_log,
            announce=lambda alert: self.announce(alert),
            me=lambda: self.platform.user if self.platform is not None else "",
            clock=self.clock,
        )
        outlook = open_outlook(shared, context, jobs, settings)
        rules = settings.rules(str(context))
        desk = Desk(context, jobs, telemetry, commands, outlook, rules, (*tasks, *outlook.tasks))
        self.desk.publish(desk)
        self.state.put("contexts", {**self.state.table("contexts"), self._key: str(context)})

    def learn_contexts(self) -> None:
        """Publish what is known of the contexts, and ask the platform for more."""
        self.pool.start(self._learn_contexts(), name="contexts")
        self._publish_contexts()

    async def _learn_contexts(self) -> None:
        with suppress(ApoloError):
            platform = await self.connection.platform()
            self._publish_contexts()
            await platform.learn_contexts()
            self._publish_contexts()

    def _publish_contexts(self) -> None:
        desk = self.desk.value
        known = set(self.platform.contexts()) if self.platform is not None else set()
        known |= {item for item in (desk.context if desk else None, self._previous) if item}
        self.contexts.publish(tuple(sorted(known, key=str)))

    def complete(self, written: str) -> Context:
        """The context that is meant: all of it, its beginning, or a part that only one has.

        Raises ValueError, with a text for the user.
        """
        context = Context.parse(written)
        self._publish_contexts()
        known = self.contexts.value
        if context in known or (context.project and context.org):
            return context
        parts = written.strip("/").split("/")
        starting = [item for item in known if str(item).split("/")[: len(parts)] == parts]
        having = starting or [item for item in known if written in str(item).split("/")]
        if len(having) == 1 or starting:
            return having[0]
        if having:
            names = ", ".join(str(item) for item in having[:4])
            raise ValueError(f"{written} may be {names}")
        return context

    @property
    def previous(self) -> Context | None:
        """The context before this one."""
        return self._previous

    def _leave(self) -> None:
        desk = self.desk.value
        if desk is None:
            return
        for task in desk.tasks:
            task.cancel()
        self.keep_snapshot()

    def keep_snapshot(self) -> None:
        """Keep the list for the next first paint."""
        desk = self.desk.value
        if desk is None or self._snapshots is None:
            return
        value = desk.jobs.topic.value
        if value.jobs and not value.cached:
            with suppress(OSError):
                self._snapshots.save(self._key, desk.context, value.jobs.values())

    def reconnect(self) -> None:
        """Ask at once, and open every stream anew."""
        self._wake.set()
        desk = self.desk.value
        if desk is not None:
            if desk.jobs.topic.value.login_needed:
                self.connection.reset()
            desk.jobs.refresh_now()
            desk.telemetry.reconnect()
        self.pool.restart()
        self.logs.reconnect()

    async def _watch_clock(self) -> None:
        """Open new streams after a sleep: the old ones are dead and do not say so."""
        while True:
            before = self.clock(), time.monotonic()
            await self._sleep(TICK)
            slept = max(self.clock() - before[0], time.monotonic() - before[1]) - TICK
            if slept > ASLEEP:
                self.events.add(f"Woke up after {slept:.0f} s; reconnecting", severity="warning")
                self.reconnect()
