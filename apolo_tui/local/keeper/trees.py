"""Which processes belong to which run: children, children of children, and those that got away.

A process belongs to a run when its parent does, or when its environment has the run's mark. The
mark finds what was forked twice or took a session of its own; the memory of what was seen finds
what dropped its environment too.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.system import Process

MARK = "APOLO_TUI_RUN"
"""The variable that tells a run's processes; its value is the keeper's token, job and run."""

RunKey = tuple[str, int]


def mark(token: str, key: RunKey) -> str:
    return f"{token}/{key[0]}/{key[1]}"


def marked(token: str, value: str | None) -> RunKey | None:
    """The run that a mark names, if it is a mark of this keeper's."""
    if value is None:
        return None
    owner, _, rest = value.partition("/")
    job_id, _, run = rest.rpartition("/")
    return (job_id, int(run)) if owner == token and job_id and run.isdigit() else None


@dataclass(frozen=True, slots=True)
class _Seen:
    started: int
    owner: RunKey | None


class Trees:
    """The trees of the runs of one keeper."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._roots: dict[int, tuple[int, RunKey]] = {}
        self._seen: dict[int, _Seen] = {}

    def plant(self, key: RunKey, pid: int) -> Process | None:
        """A run's root, just started and not yet waited for."""
        process = system.look_up(pid)
        if process is not None:
            self.claim(key, process)
        return process

    def claim(self, key: RunKey, process: Process) -> None:
        """This process belongs to that run, whatever it looks like."""
        self._roots[process.pid] = (process.started, key)

    def uproot(self, pid: int) -> None:
        """A root that is no more."""
        self._roots.pop(pid, None)

    def scan(self, *, attempts: int = 4) -> dict[RunKey, list[Process]]:
        """Every process of every run, from a look at every process of the system."""
        self._seen = {pid: seen for pid, seen in self._seen.items() if seen.owner is not None}
        while True:
            numbers = system.pids()
            processes = {process.pid: process for process in _look_up(numbers)}
            if len(processes) == len(numbers):
                break
            # One that ended meanwhile may have left a child that is not in the list.
            if (attempts := attempts - 1) == 0:
                break
        return self._members(processes)

    def glance(self) -> dict[RunKey, list[Process]]:
        """The same from a look at the members known and at the processes that are new."""
        now = set(system.pids())
        for pid in self._seen.keys() - now:
            del self._seen[pid]
        wanted = [
            pid for pid in now if (seen := self._seen.get(pid)) is None or seen.owner is not None
        ]
        return self._members({p.pid: p for p in _look_up(wanted)})

    def known(self) -> dict[RunKey, list[Process]]:
        """Those of the members known that are still there."""
        wanted = [pid for pid, seen in self._seen.items() if seen.owner is not None]
        return self._members({p.pid: p for p in _look_up(wanted)})

    def strays(self, oldest_live: int | None) -> list[Process]:
        """Orphans that this process adopted and that can be of no run that is still alive.

        `oldest_live` is the start of the root that has been alive longest, None without one.
        """
        found = []
        for process in _look_up(system.pids()):
            seen = self._seen.get(process.pid)
            unknown = seen is None or seen.owner is None
            ours = process.parent == os.getpid() and process.pid not in self._roots
            if (
                ours
                and unknown
                and not process.zombie
                and (oldest_live is None or process.started < oldest_live)
            ):
                found.append(process)
        return found

    def _members(self, processes: Mapping[int, Process]) -> dict[RunKey, list[Process]]:
        members: dict[RunKey, list[Process]] = {}
        for process in processes.values():
            owner = self._owner(process, processes)
            if owner is not None and not process.zombie:
                members.setdefault(owner, []).append(process)
        return members

    def _owner(self, process: Process, processes: Mapping[int, Process]) -> RunKey | None:
        path: list[Process] = []
        owner: RunKey | None = None
        step: Process | None = process
        while step is not None:
            seen = self._seen.get(step.pid)
            if seen is not None and seen.started == step.started:
                owner = seen.owner
                break
            path.append(step)
            owner = self._own_mark(step)
            if owner is not None or step.pid == os.getpid():
                break
            step = processes.get(step.parent)
        for step in path:
            self._seen[step.pid] = _Seen(step.started, owner)
        return owner

    def _own_mark(self, process: Process) -> RunKey | None:
        started, key = self._roots.get(process.pid, (-1, ("", 0)))
        if started == process.started:
            return key
        return marked(self._token, system.environment_value(process.pid, MARK))


def _look_up(numbers: Iterable[int]) -> Iterator[Process]:
    for pid in numbers:
        process = system.look_up(pid)
        if process is not None:
            yield process
