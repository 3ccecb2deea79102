"""Noticing that child processes end, without a thread each."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Protocol

from apolo_tui.local.keeper import system

Ended = Callable[[int], None]
"""Called with the exit code as a shell tells it: 128 + n after signal n."""


class Children(Protocol):
    """Children of this process. One whose end was told is reaped: its number may come again."""

    def watch(self, pid: int, ended: Ended) -> None:
        """Call `ended` once, from the event loop, when the child has ended."""

    def close(self) -> None:
        """Watch no longer."""


def shell_code(status: int) -> int:
    """The exit code that a shell tells for a wait status."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


class OwnChildren:
    """For a process all of whose children are ours: reaps adopted orphans too."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watched: dict[int, Ended] = {}
        loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def watch(self, pid: int, ended: Ended) -> None:
        self._watched[pid] = ended

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            ended = self._watched.pop(pid, None)
            if ended is not None:
                ended(shell_code(status))

    def close(self) -> None:
        self._watched.clear()
        self._loop.remove_signal_handler(signal.SIGCHLD)


class SomeChildren:
    """For a process that has other children beside ours: waits for each of ours by its number."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handles: dict[int, int] = {}
        self._watched: dict[int, Ended] = {}
        if not system.LINUX:
            loop.add_signal_handler(signal.SIGCHLD, self._reap_all)

    def watch(self, pid: int, ended: Ended) -> None:
        self._watched[pid] = ended
        if system.LINUX:
            handle = os.pidfd_open(pid)
            self._handles[pid] = handle
            self._loop.add_reader(handle, self._reap, pid)

    def _reap_all(self) -> None:
        for pid in tuple(self._watched):
            self._reap(pid)

    def _reap(self, pid: int) -> None:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done != pid:
            return
        self._release(pid)
        self._watched.pop(pid)(shell_code(status))

    def _release(self, pid: int) -> None:
        handle = self._handles.pop(pid, None)
        if handle is not None:
            self._loop.remove_reader(handle)
            os.close(handle)

    def close(self) -> None:
        for pid in tuple(self._handles):
            self._release(pid)
        self._watched.clear()
        if not system.LINUX:
            self._loop.remove_signal_handler(signal.SIGCHLD)
