"""After a keeper was killed: ending what it left behind, and telling how its runs ended."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.api import KeeperError, RunState
from apolo_tui.local.keeper.folder import KeeperFolder
from apolo_tui.local.keeper.records import Record, Records
from apolo_tui.local.keeper.trees import Trees

PAUSE = 0.01
PATIENCE = 10.0
"""Seconds for killed processes to be gone."""

LOST = "The keeper was killed, and the job with it."


def reap_orphans(
    folder: Path,
    *,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> list[RunState]:
    """Kill every process that a dead keeper of that folder left, and tell its runs.

    Returns the runs not forgotten yet, all of them ended: those that ended while the keeper
    lived, as it recorded them; the others with exit code 137 and an `error`. They are recorded
    so, and a keeper that starts there tells them too until they are forgotten. Found are the
    processes that bear the folder's mark, and the recorded roots with their descendants if they
    are still the same processes.

    A keeper does this itself when it starts. Blocks, some hundredths of a second if all goes
    well. Raises KeeperError while a keeper lives there, or when a process does not die.
    """
    place = KeeperFolder(folder)
    place.create()
    lock = place.lock()
    if lock is None:
        raise KeeperError(f"A keeper lives in {folder}; it has no orphans.")
    try:
        return end_orphans(place, sleep=sleep, now=now)
    finally:
        os.close(lock)


def end_orphans(
    place: KeeperFolder,
    *,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> list[RunState]:
    """The same for one who holds the folder's lock."""
    records = Records(place.runs)
    trees = Trees(place.token())
    found, boot = records.all(), system.boot()
    for record in found:
        pid = record.state.pid
        if not record.state.alive or pid is None or record.boot != boot:
            continue
        process = system.look_up(pid)
        if process is not None and process.started == record.started:
            trees.claim((record.state.job_id, record.state.run), process)
    _kill_all(trees, sleep=sleep, now=now)
    for index, record in enumerate(found):
        if record.state.alive:
            state = replace(
                record.state,
                ended_at=datetime.now(UTC),
                exit_code=128 + signal.SIGKILL,
                error=LOST,
            )
            found[index] = Record(state, record.started, record.boot)
            records.write(found[index])
    return [record.state for record in found]


def _kill_all(trees: Trees, *, sleep: Callable[[float], None], now: Callable[[], float]) -> None:
    give_up = now() + PATIENCE
    while left := [process for tree in trees.scan().values() for process in tree]:
        if now() > give_up:
            pids = ", ".join(str(process.pid) for process in left)
            raise KeeperError(f"These processes of the last keeper do not end: {pids}.")
        for process in left:
            system.kill_exactly(process, signal.SIGKILL)
        sleep(PAUSE)
