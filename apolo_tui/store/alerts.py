"""Watches the jobs of a context and tells what happens to them, each thing once."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from apolo_tui.model.alerts import (
    LIFE_SPAN_MARKS,
    Alert,
    Mute,
    QuietHours,
    Rule,
    expiring,
    next_mark,
    running_out,
    transitions,
)
from apolo_tui.model.job import JobDescription
from apolo_tui.model.money import Purse
from apolo_tui.model.query_facts import Facts
from apolo_tui.store.alert_log import AlertLog
from apolo_tui.store.jobs import JobList
from apolo_tui.store.platform import Clock
from apolo_tui.store.topic import Topic

LOOK = 5.0
"""Seconds between two looks at the clock, which may have jumped meanwhile."""
RELOAD = 30.0
"""Seconds between two looks at what other instances told."""
NEWS = 120.0
"""A change that is older than so many seconds when it is found goes to the list alone."""
SLACK = 5.0
"""Seconds by which the platform's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Board:
    """The alerts to look at, newest first, and what is muted."""

    alerts: tuple[Alert, ...] = ()
    mutes: tuple[Mute, ...] = ()
    unseen: int = 0
    """Alerts that were told since somebody looked at the list."""
    trouble: str = ""
    """Why they are not remembered; empty when they are."""

    def latest(self, rules: Sequence[Rule] = tuple(Rule)) -> Alert | None:
        return next((alert for alert in self.alerts if alert.rule in rules), None)


class Alerts:
    """Run `run()` as a task; read `topic`. `announce` is called with what is not to be missed.

    `me` tells whose jobs are watched: everybody's if empty.
    """

    def __init__(
        self,
        jobs: Topic[JobList],
        log: AlertLog,
        *,
        announce: Callable[[Alert], None],
        me: Callable[[], str] = lambda: "",
        account: str = "",
        purse: Topic[Purse | None] | None = None,
        marks: Sequence[float] = LIFE_SPAN_MARKS,
        quiet: QuietHours | None = None,
        clock: Clock = time.time,
        look: float = LOOK,
    ) -> None:
        self.topic: Topic[Board] = Topic(Board())
        self._jobs = jobs
        self._log = log
        self._announce = announce
        self._me = me
        self._account = account
        self._purse = purse
        self._marks = marks
        self._quiet = quiet
        self._clock = clock
        self._look = look
        self._before: Mapping[str, JobDescription] | None = None
        self._since = 0.0
        self._started = clock()
        self._told: set[str] = set()
        self._reloaded_at: float | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._log.prune()
        while True:
            seen = self._jobs.version
            await self.check()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._jobs.changed(seen)

    async def check(self) -> None:
        """Look once at the jobs, the purse and the time."""
        now = self._clock()
        found = [*self._found(now)]
        if found:
            await self._tell(found, now)
        if found or self._reloaded_at is None or not 0 <= now - self._reloaded_at < RELOAD:
            await self._reload(now)

    def _found(self, now: float) -> Iterator[Alert]:
        value = self._jobs.value
        if value.as_of is None and not value.cached:
            return
        before, after = self._before, value.jobs
        if before is not None and before is not after:
            since = datetime.fromtimestamp(self._since - SLACK, UTC)
            changed = after.changed_since(before)
            # Nearly all of a long list is the same as before.
            news = after if changed is None else {job_id: after[job_id] for job_id in changed}
            yield from transitions(before, news, since=since, me=self._me())
        if before is None or before is not after:
            self._before = after
            self._since = value.as_of or now
        if not value.cached:
            # What the last session left is too old to count down from.
            yield from expiring(after.active.values(), self._facts(now), marks=self._marks)
        purse = self._purse.value if self._purse is not None else None
        if purse is not None:
            alert = running_out(purse.balance, purse.burn, now=now, account=self._account)
            if alert is not None:
                yield alert

    def _facts(self, now: float) -> Facts:
        as_of = self._jobs.value.as_of or now
        return Facts(
            now=datetime.fromtimestamp(now, UTC),
            answered_at=datetime.fromtimestamp(as_of, UTC),
            me=self._me(),
        )

    def _pause(self) -> float:
        """Seconds until a countdown passes a mark, if that is soon."""
        value = self._jobs.value
        if value.cached:
            return self._look
        wait = next_mark(value.jobs.active.values(), self._facts(self._clock()), marks=self._marks)
        return self._look if wait is None else max(0.01, min(self._look, wait))

    async def _tell(self, alerts: Sequence[Alert], now: float) -> None:
        unknown = [alert for alert in alerts if alert.key not in self._told]
        if not unknown:
            return
        tellings = await self._log.tell(unknown)
        for alert in unknown:
            self._told.update((alert.key, *alert.covers))
            telling = tellings[alert.key]
            # What another instance told while this one was running has not been seen here.
            if not telling.new and telling.told_at < self._started:
                continue
            board = self.topic.value
            others = tuple(item for item in board.alerts if item.key != alert.key)
            self.topic.publish(replace(board, alerts=(alert, *others), unseen=board.unseen + 1))
            if not self.silenced(alert, now):
                self._announce(alert)

    def silenced(self, alert: Alert, now: float) -> bool:
        """Whether it is kept in the list and not announced: muted, in quiet hours, or old news."""
        if any(mute.covers(alert, now) for mute in self.topic.value.mutes):
            return True
        if self._quiet is not None:
            local = datetime.fromtimestamp(now).astimezone().time()
            if self._quiet.contain(local):
                return True
        lasting = alert.rule in (Rule.EXPIRING, Rule.RUNWAY)
        return not lasting and now - alert.at > NEWS

    async def _reload(self, now: float) -> None:
        self._reloaded_at = now
        alerts, mutes = await self._log.recent(), await self._log.mutes()
        board = self.topic.value
        if mutes is None:
            # Without the log, what this instance told is all there is.
            self.topic.publish(replace(board, trouble=self._log.trouble))
        elif (alerts, mutes, "") != (board.alerts, board.mutes, board.trouble):
            self.topic.publish(replace(board, alerts=alerts, mutes=mutes, trouble=""))

    # What the screens ask for

    def seen(self) -> None:
        """Somebody looked at the list."""
        if self.topic.value.unseen:
            self.topic.publish(replace(self.topic.value, unseen=0))

    async def mute(self, scope: str, *, seconds: float | None = None) -> None:
        """Mute `all`, `job:ID` or `rule:NAME`, for some seconds or until it is taken back."""
        until = None if seconds is None else self._clock() + seconds
        await self._log.mute(scope, until)
        others = tuple(mute for mute in self.topic.value.mutes if mute.scope != scope)
        self.topic.publish(replace(self.topic.value, mutes=(*others, Mute(scope, until))))

    async def unmute(self, scope: str) -> None:
        await self._log.unmute(scope)
        mutes = tuple(mute for mute in self.topic.value.mutes if mute.scope != scope)
        self.topic.publish(replace(self.topic.value, mutes=mutes))
