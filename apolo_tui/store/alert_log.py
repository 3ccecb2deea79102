"""The alerts that were told, and what is muted: on disk, shared by instances of the dashboard."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.model.alerts import Alert, Mute, Rule, Severity
from apolo_tui.store.database import Database
from apolo_tui.store.platform import Clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS alert (
    key TEXT PRIMARY KEY, told_at REAL NOT NULL, at REAL NOT NULL, rule TEXT NOT NULL,
    text TEXT NOT NULL, severity TEXT NOT NULL, job TEXT NOT NULL, name TEXT NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_time ON alert (at);
CREATE TABLE IF NOT EXISTS mute (scope TEXT PRIMARY KEY, until REAL) WITHOUT ROWID;
"""

KEPT = 30 * 86400.0
"""Seconds for which an alert is remembered. No job's countdown is silent for longer."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Whether an alert is new, and when it was told first, by whichever instance."""

    new: bool
    told_at: float


class AlertLog:
    """Remembers what was told. Without a disk it remembers for as long as the process lives."""

    def __init__(self, path: Path, *, clock: Clock = time.time) -> None:
        self._database = Database(path, SCHEMA)
        self._clock = clock
        self._told: dict[str, Telling] = {}

    @property
    def trouble(self) -> str:
        return self._database.trouble

    async def tell(self, alerts: Sequence[Alert]) -> dict[str, Telling]:
        """Enter alerts that are not there yet, and what they cover. The first one wins a key."""
        now = self._clock()
        fresh = [alert for alert in alerts if alert.key not in self._told]
        if fresh:
            entered = await self._database.write(lambda connection: _enter(connection, fresh, now))
            if entered is None:
                entered = {alert.key: Telling(True, now) for alert in fresh}
            for key, telling in entered.items():
                self._told[key] = Telling(False, telling.told_at)
            self._told |= {
                key: Telling(False, now)
                for alert in fresh
                for key in alert.covers
                if key not in self._told
            }
        else:
            entered = {}
        return {alert.key: entered.get(alert.key) or self._told[alert.key] for alert in alerts}

    async def recent(self, most: int = 500) -> tuple[Alert, ...]:
        """The newest alerts first."""
        rows = await self._database.read(lambda connection: _recent(connection, most))
        return tuple(rows or ())

    async def mute(self, scope: str, until: float | None) -> None:
        """Mute `scope` until a unix time, or for as long as nobody takes it back."""
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO mute VALUES (?, ?)", (scope, until)
            )
        )

    async def unmute(self, scope: str) -> None:
        await self._database.write(
            lambda connection: connection.execute("DELETE FROM mute WHERE scope = ?", (scope,))
        )

    async def mutes(self) -> tuple[Mute, ...] | None:
        """Those that hold at present; None when they cannot be read."""
        now = self._clock()
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT scope, until FROM mute WHERE until IS NULL OR until > ? ORDER BY scope",
                (now,),
            ).fetchall()
        )
        return None if rows is None else tuple(Mute(scope, until) for scope, until in rows)

    async def prune(self) -> None:
        """Forget what is too old."""
        now = self._clock()
        await self._database.write(lambda connection: _forget(connection, now))

    async def close(self) -> None:
        await self._database.close()


def _enter(
    connection: sqlite3.Connection, alerts: Iterable[Alert], now: float
) -> dict[str, Telling]:
    found = {}
    for alert in alerts:
        new = _insert(connection, alert, now)
        (told_at,) = connection.execute(
            "SELECT told_at FROM alert WHERE key = ?", (alert.key,)
        ).fetchone()
        found[alert.key] = Telling(new, told_at)
        for key in alert.covers:
            # Without a text: it is settled, but was never told.
            connection.execute(
                "INSERT OR IGNORE INTO alert VALUES (?, ?, ?, ?, '', '', '', '')",
                (key, now, alert.at, alert.rule.value),
            )
    return found


def _insert(connection: sqlite3.Connection, alert: Alert, now: float) -> bool:
    cursor = connection.execute(
        "INSERT OR IGNORE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            alert.key,
            now,
            alert.at,
            alert.rule.value,
            alert.text,
            alert.severity.value,
            alert.job_id,
            alert.job_name,
        ),
    )
    return cursor.rowcount == 1


def _recent(connection: sqlite3.Connection, most: int) -> list[Alert]:
    rows = connection.execute(
        "SELECT key, at, rule, text, severity, job, name FROM alert "
        "WHERE text <> '' ORDER BY at DESC, key LIMIT ?",
        (most,),
    )
    known = {rule.value for rule in Rule}
    return [
        Alert(
            key=key,
            at=at,
            rule=Rule(rule),
            text=text,
            severity=Severity(severity),
            job_id=job,
            job_name=name,
        )
        for key, at, rule, text, severity, job, name in rows
        if rule in known
    ]


def _forget(connection: sqlite3.Connection, now: float) -> None:
    connection.execute("DELETE FROM alert WHERE told_at < ?", (now - KEPT,))
    connection.execute("DELETE FROM mute WHERE until IS NOT NULL AND until <= ?", (now,))
