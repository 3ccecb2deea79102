"""Jobs, their history and prices in SQLite (WAL).

Every change is committed before it is told to anybody, so a killed server loses nothing. A
finished job's document is stored as it is sent; the ones of active jobs are made when asked for.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from apolo_tui.local.document import job_document
from apolo_tui.local.names import ProjectKey, org_project_hash
from apolo_tui.local.record import JobRecord, Transition
from apolo_tui.local.selection import Selection

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  created REAL NOT NULL,
  finished REAL,
  owner TEXT NOT NULL,
  base_owner TEXT NOT NULL,
  name TEXT,
  cluster TEXT NOT NULL,
  org TEXT NOT NULL,
  project TEXT NOT NULL,
  hash TEXT NOT NULL,
  tags TEXT NOT NULL,
  status TEXT NOT NULL,
  runs INTEGER NOT NULL,
  max_run_time_minutes INTEGER,
  materialized INTEGER NOT NULL,
  being_dropped INTEGER NOT NULL,
  logs_removed INTEGER NOT NULL,
  price_per_hour TEXT NOT NULL,
  total_price TEXT NOT NULL,
  request BLOB NOT NULL,
  document BLOB
);
CREATE INDEX jobs_by_creation ON jobs (created, number);
CREATE INDEX jobs_by_status ON jobs (status, created, number);
CREATE INDEX jobs_by_name ON jobs (name, created) WHERE name IS NOT NULL;
CREATE INDEX jobs_by_end ON jobs (finished) WHERE finished IS NOT NULL AND NOT being_dropped;
CREATE INDEX jobs_being_dropped ON jobs (id) WHERE being_dropped;
CREATE TABLE transitions (
  job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  status TEXT NOT NULL,
  time TEXT NOT NULL,
  reason TEXT,
  description TEXT,
  exit_code INTEGER,
  PRIMARY KEY (job, place)
) WITHOUT ROWID;
CREATE TABLE spending (
  cluster TEXT NOT NULL,
  org TEXT NOT NULL,
  user TEXT NOT NULL,
  credits TEXT NOT NULL,
  PRIMARY KEY (cluster, org, user)
) WITHOUT ROWID;
"""
PAGE = 256


class DatabaseError(Exception):
    """The database cannot be used; the text says what to do."""


class Request(msgspec.Struct):
    """The part of a record that never changes, as one blob."""

    container: dict[str, Any]
    preset_name: str | None
    description: str | None
    pass_config: bool
    privileged: bool
    wait_for_jobs_quota: bool
    priority: str
    restart_policy: str
    schedule_timeout: float | None
    energy_schedule_name: str | None
    scheduler_enabled: bool
    preemptible_node: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a listing: the job's id, and its document when it is final."""

    id: str
    created: float
    number: int
    document: bytes | None


class Database:
    """One connection, used by one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(
                f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            self._connection.close()
            raise DatabaseError(
                f"{path} was written by another version of apolo-tui (schema {version}, not "
                f"{SCHEMA_VERSION}); use that version, or move the file away"
            )

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def insert(self, record: JobRecord) -> None:
        """A new job with all its transitions so far."""
        self.insert_all((record,))

    def insert_all(self, records: Iterable[JobRecord]) -> None:
        """Many of them in one transaction."""
        with self._transaction():
            for record in records:
                self._insert(record)

    def _insert(self, record: JobRecord) -> None:
        request = Request(
            container=dict(record.container),
            preset_name=record.preset_name,
            description=record.description,
            pass_config=record.pass_config,
            privileged=record.privileged,
            wait_for_jobs_quota=record.wait_for_jobs_quota,
            priority=record.priority,
            restart_policy=record.restart_policy,
            schedule_timeout=record.schedule_timeout,
            energy_schedule_name=record.energy_schedule_name,
            scheduler_enabled=record.scheduler_enabled,
            preemptible_node=record.preemptible_node,
        )
        project = record.project
        self._connection.execute(
            "INSERT INTO jobs (id, created, owner, base_owner, name, cluster, org, project,"
            " hash, tags, status, runs, max_run_time_minutes, materialized, being_dropped,"
            " logs_removed, price_per_hour, total_price, request)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.id,
                record.created_at.timestamp(),
                record.owner,
                record.base_owner,
                record.name,
                project.cluster,
                project.org,
                project.name,
                org_project_hash(project.org, project.name),
                msgspec.json.encode(record.tags).decode(),
                record.status,
                record.runs,
                record.max_run_time_minutes,
                record.materialized,
                record.being_dropped,
                record.logs_removed,
                str(record.price_per_hour),
                "0",
                msgspec.json.encode(request),
            ),
        )
        for place in range(len(record.transitions)):
            self._insert_transition(record, place)
        self._update(record)

    def save(self, record: JobRecord, *, transition: bool = False) -> None:
        """The record's present state; with `transition` its last transition is a new one."""
        with self._transaction():
            if transition:
                self._insert_transition(record, len(record.transitions) - 1)
            self._update(record, ended=transition)

    def _insert_transition(self, record: JobRecord, place: int) -> None:
        one = record.transitions[place]
        self._connection.execute(
            "INSERT INTO transitions SELECT number, ?, ?, ?, ?, ?, ? FROM jobs WHERE id = ?",
            (
                place,
                one.status,
                one.time.isoformat(),
                one.reason,
                one.description,
                one.exit_code,
                record.id,
            ),
        )

    def _update(self, record: JobRecord, *, ended: bool = True) -> None:
        document, finished, total = None, None, Decimal(0)
        if record.finished_at is not None:
            finished = record.finished_at.timestamp()
            total = record.price(record.finished_at)
            document = msgspec.json.encode(job_document(record, record.finished_at))
            if ended:
                self._spend(record, total)
        self._connection.execute(
            "UPDATE jobs SET status = ?, finished = ?, runs = ?, max_run_time_minutes = ?,"
            " materialized = ?, being_dropped = ?, logs_removed = ?, total_price = ?,"
            " document = ? WHERE id = ?",
            (
                record.status,
                finished,
                record.runs,
                record.max_run_time_minutes,
                record.materialized,
                record.being_dropped,
                record.logs_removed,
                str(total),
                document,
                record.id,
            ),
        )

    def _spend(self, record: JobRecord, price: Decimal) -> None:
        key = (record.project.cluster, record.project.org, record.base_owner)
        total = self.spent(*key) + price
        self._connection.execute(
            "INSERT INTO spending VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET credits = excluded.credits",
            (*key, str(total)),
        )

    def spent(self, cluster: str, org: str, user: str) -> Decimal:
        """What the user's finished jobs have cost, dropped ones included."""
        row = self._connection.execute(
            "SELECT credits FROM spending WHERE cluster = ? AND org = ? AND user = ?",
            (cluster, org, user),
        ).fetchone()
        return Decimal(row[0]) if row else Decimal(0)

    def spent_by_org(self, cluster: str, org: str) -> Decimal:
        rows = self._connection.execute(
            "SELECT credits FROM spending WHERE cluster = ? AND org = ?", (cluster, org)
        )
        return sum((Decimal(spent) for (spent,) in rows), Decimal(0))

    def delete(self, job_id: str) -> None:
        with self._transaction() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def load(self, job_id: str) -> JobRecord | None:
        """A job by its id."""
        return next(self._load("id = ?", (job_id,)), None)

    def load_newest(self, name: str, owner: str) -> JobRecord | None:
        """The most recently created job with this name of this owner, whatever its status."""
        return next(
            self._load("name = ? AND owner = ? ORDER BY created DESC, number DESC", (name, owner)),
            None,
        )

    def load_active(self) -> list[JobRecord]:
        """All jobs that are not final, oldest first."""
        return list(self._load("finished IS NULL ORDER BY created, number", ()))

    def finished_before(self, when: datetime) -> list[str]:
        """The jobs that finished by then and are not on their way out yet."""
        rows = self._connection.execute(
            "SELECT id FROM jobs WHERE finished <= ? AND NOT being_dropped", (when.timestamp(),)
        )
        return [job_id for (job_id,) in rows]

    def being_dropped(self) -> list[str]:
        rows = self._connection.execute("SELECT id FROM jobs WHERE being_dropped")
        return [job_id for (job_id,) in rows]

    def first_finished(self) -> datetime | None:
        """When the job that will be dropped next has finished."""
        (first,) = self._connection.execute(
            "SELECT min(finished) FROM jobs WHERE finished IS NOT NULL AND NOT being_dropped"
        ).fetchone()
        return None if first is None else datetime.fromtimestamp(first, UTC)

    def _load(self, where: str, values: tuple[Any, ...]) -> Iterator[JobRecord]:
        rows = self._connection.execute(
            "SELECT number, id, created, owner, name, cluster, org, project, tags, runs,"
            " max_run_time_minutes, materialized, being_dropped, logs_removed, price_per_hour,"
            f" request FROM jobs WHERE {where}",
            values,
        ).fetchall()
        for row in rows:
            request = msgspec.json.decode(row[15], type=Request)
            transitions = self._transitions(row[0])
            record = JobRecord(
                id=row[1],
                created_at=transitions[0].time,
                owner=row[3],
                name=row[4],
                project=ProjectKey(*row[5:8]),
                tags=tuple(msgspec.json.decode(row[8])),
                runs=row[9],
                max_run_time_minutes=row[10],
                materialized=bool(row[11]),
                being_dropped=bool(row[12]),
                logs_removed=bool(row[13]),
                price_per_hour=Decimal(row[14]),
                **msgspec.structs.asdict(request),
            )
            for transition in transitions:
                record.add(transition)
            yield record

    def _transitions(self, number: int) -> list[Transition]:
        rows = self._connection.execute(
            "SELECT status, time, reason, description, exit_code FROM transitions"
            " WHERE job = ? ORDER BY place",
            (number,),
        )
        return [
            Transition(status, datetime.fromisoformat(time), *rest) for status, time, *rest in rows
        ]

    def select(self, selection: Selection) -> Iterator[list[Listed]]:
        """The rows in pages. No transaction stays open between them."""
        where, values = selection.conditions()
        order = "DESC" if selection.reverse else "ASC"
        beyond = "<" if selection.reverse else ">"
        left = selection.limit
        last: tuple[float, int] | None = None
        while left is None or left > 0:
            conditions, bound = list(where), list(values)
            if last is not None:
                conditions.append(f"(created, number) {beyond} (?, ?)")
                bound.extend(last)
            size = PAGE if left is None else min(PAGE, left)
            clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
            page = [
                Listed(*row)
                for row in self._connection.execute(
                    f"SELECT id, created, number, document FROM jobs{clause}"
                    f" ORDER BY created {order}, number {order} LIMIT {size}",
                    bound,
                )
            ]
            if page:
                yield page
            if len(page) < size:
                return
            last = (page[-1].created, page[-1].number)
            if left is not None:
                left -= len(page)
