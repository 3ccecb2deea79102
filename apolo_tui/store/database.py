"""A small SQLite database that several instances of the dashboard write to, off the event loop.

What is kept here is a convenience: a disk that is full, a folder that cannot be written to or a
file that is damaged is told in `trouble`, and the dashboard goes on without it.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BUSY = 5.0
"""Seconds to wait for another instance that is writing."""

log = logging.getLogger(__name__)


class Database:
    """One file, one thread that writes and one that reads.

    `schema` makes the tables when they are missing. Write-ahead logging keeps the file whole
    whenever the process is killed; what was committed may be lost only with the power.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self.trouble = ""
        """Why the last call did not work; empty when it did."""
        self._schema = schema
        self._writer = _Lane("write", self._connect)
        self._reader = _Lane("read", self._connect)
        self._closed = False

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do `work` in one transaction. None when it did not work."""
        return await self._do(self._writer, lambda connection: _transaction(connection, work))

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do `work`, which must not write. None when it did not work."""
        return await self._do(self._reader, work)

    async def tidy(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do `work` that writes but cannot be part of a transaction. None when it did not work."""
        return await self._do(self._writer, work)

    async def close(self) -> None:
        """Finish what is under way, and close the file. May be repeated."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(self._reader.close(), self._writer.close())

    async def _do(self, lane: "_Lane", work: Callable[[sqlite3.Connection], T]) -> T | None:
        if self._closed:
            return None
        try:
            found = await lane.do(work)
        except sqlite3.OperationalError as error:
            self._failed(error)
            return None
        except sqlite3.DatabaseError as error:
            self._failed(error)
            if lane is self._writer:
                await lane.do_without(self._set_aside)
            return None
        except OSError as error:
            self._failed(error)
            return None
        self.trouble = ""
        return found

    def _failed(self, error: Exception) -> None:
        if not self.trouble:
            log.warning("%s cannot be used: %s", self.path.name, error)
        self.trouble = str(error)

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.touch(mode=0o600)
        connection = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)
        try:
            # Only a file without tables takes this one.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(self._schema)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_aside(self) -> None:
        """Put a damaged file out of the way; the next call makes a new one."""
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        if self.path.exists():
            self.path.replace(self.path.with_name(self.path.name + ".damaged"))


class _Lane:
    """A thread with a connection of its own, opened when it is first needed."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"database-{name}")

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def do_without(self, work: Callable[[], None]) -> None:
        """Do something while this lane has no connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._do_without, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=True)

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        try:
            return work(self._connection)
        except sqlite3.DatabaseError:
            self._disconnect()
            raise

    def _do_without(self, work: Callable[[], None]) -> None:
        self._disconnect()
        work()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    # IMMEDIATE: to begin by reading and then find the file locked would be an error at once.
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = work(connection)
    except BaseException:
        # A disk that is full has ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return found
