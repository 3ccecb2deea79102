"""Jobs, transitions and prices on disk."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from apolo_tui.local.database import PAGE, Database, DatabaseError
from apolo_tui.local.example import KELP, REEF
from apolo_tui.local.names import new_job_id
from apolo_tui.local.record import JobRecord, Transition
from apolo_tui.local.selection import Selection

START = datetime(2026, 11, 22, 7, 40, 0, 120000, tzinfo=UTC)
CONTAINER = {"image": "x", "env": {}, "volumes": [], "resources": {"cpu": 1.0, "memory": 1 << 20}}


def new_record(n: int = 0, **more: object) -> JobRecord:
    fields: dict[str, object] = {
        "id": new_job_id(),
        "owner": "mira",
        "project": REEF,
        "created_at": START + timedelta(seconds=n),
        "container": CONTAINER,
        "price_per_hour": Decimal("3.6"),
        **more,
    }
    record = JobRecord(**fields)  # type: ignore[arg-type]
    record.add(Transition("pending", record.created_at, "Creating"))
    return record


def run(record: JobRecord, database: Database, *, seconds: float = 10.0) -> None:
    """Let it run for a while and succeed."""
    began = record.created_at + timedelta(seconds=1)
    for transition in (
        Transition("running", began),
        Transition("succeeded", began + timedelta(seconds=seconds), exit_code=0),
    ):
        record.add(transition)
        database.save(record, transition=True)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    record = new_record(
        name="train",
        tags=("a", "b"),
        description="words",
        restart_policy="always",
        schedule_timeout=1.5,
        max_run_time_minutes=60,
        preset_name="cpu",
    )
    with closing(Database(tmp_path / "db")) as database:
        database.insert(record)
        record.add(Transition("running", START + timedelta(seconds=2)))
        record.runs, record.materialized = 1, True
        database.save(record, transition=True)
    with closing(Database(tmp_path / "db")) as database:
        assert database.load(record.id) == record
        assert database.load_active() == [record]
        assert database.load_newest("train", "mira") == record
        assert database.load_newest("train", "bob") is None
        assert database.load("job-none") is None
    assert (tmp_path / "db").stat().st_mode & 0o777 == 0o600


def test_spending_outlives_the_jobs(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "db")) as database:
        for n in range(3):
            record = new_record(n)
            database.insert(record)
            run(record, database)
            database.save(record)  # no second payment
            database.delete(record.id)
        assert database.spent("harbor", "tidepool", "mira") == Decimal("0.03")
        assert database.spent_by_org("harbor", "tidepool") == Decimal("0.03")
        assert database.spent("harbor", "tidepool", "bob") == 0
        assert list(database.select(Selection())) == []


def test_pages_are_complete_and_in_order(tmp_path: Path) -> None:
    count = 2 * PAGE + 7
    with closing(Database(tmp_path / "db")) as database:
        # Many at the same instant: the order is that of arrival.
        records = [new_record(n // 100) for n in range(count)]
        for record in records:
            database.insert(record)
        ids = [record.id for record in records]

        def listed(**wanted: object) -> list[str]:
            selection = Selection(**wanted)  # type: ignore[arg-type]
            return [row.id for page in database.select(selection) for row in page]

        assert listed() == ids
        assert listed(reverse=True) == ids[::-1]
        assert listed(limit=PAGE + 1) == ids[: PAGE + 1]
        assert listed(limit=3, reverse=True) == ids[:-4:-1]
        assert listed(since=START + timedelta(seconds=5)) == ids[500:]
        assert listed(readable_by="bob") == []
        assert listed(readable_by="bob", readable=[KELP]) == []
        assert listed(readable_by="bob", readable=[KELP, REEF]) == ids


def test_the_documents_of_finished_jobs_are_kept(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "db")) as database:
        record = new_record()
        database.insert(record)
        ((row,),) = database.select(Selection())
        assert row.document is None
        run(record, database, seconds=3600)
        ((row,),) = database.select(Selection(statuses=["succeeded"]))
        assert row.document is not None
        assert b'"total_price_credits":"3.60' in row.document
        assert database.first_finished() == START + timedelta(seconds=3601)
        assert database.finished_before(START) == []
        assert database.finished_before(START + timedelta(hours=2)) == [record.id]
        record.being_dropped = True
        database.save(record)
        assert database.finished_before(START + timedelta(hours=2)) == []
        assert database.being_dropped() == [record.id]


def test_a_change_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "db")) as database:
        record = new_record()
        database.insert(record)
        with pytest.raises(sqlite3.IntegrityError):
            database.insert(record)
        assert database.load(record.id) == record


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseError, match="another version of apolo-tui"):
        Database(path)
