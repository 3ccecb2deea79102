"""One run that is alive: its process, its streams, its log."""

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from apolo_tui.local.keeper.api import RunSpec, RunState
from apolo_tui.local.keeper.growth import Growth
from apolo_tui.local.keeper.journal import Journal
from apolo_tui.local.keeper.launch import Launched
from apolo_tui.local.keeper.outputs import Output
from apolo_tui.local.keeper.system import Process
from apolo_tui.local.keeper.trees import RunKey

LAST_WORDS = 1.0
"""Seconds that a stream may stay open after the last process of the tree is gone."""


class LiveRun:
    """A run from its start until all of its log is written."""

    def __init__(
        self,
        spec: RunSpec,
        *,
        launched: Launched,
        root: Process | None,
        working_dir: Path,
        journal: Journal,
        started_at: datetime,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.spec = spec
        self.working_dir = working_dir
        self.root = root
        self.growth = Growth(spec.run)
        self.journal = journal
        self.state = RunState(spec.job_id, spec.run, launched.pid, started_at)
        self.exit_code: int | None = None
        """Of the root, known before the run is over."""
        self.out_of_memory = False
        self.over = asyncio.Event()
        """Set when the tree is gone and the log is written."""
        self.kill_at = 0.0
        """Event loop time until which the rest of the tree may end by itself."""
        self.stdin = launched.stdin
        self._streams = [
            Output(loop, fd, sink=partial(self._print, number), tty=spec.tty)
            for number, fd in ((1, launched.stdout), (2, launched.stderr))
            if fd is not None
        ]

    @property
    def key(self) -> RunKey:
        return self.spec.job_id, self.spec.run

    def _print(self, stream: int, data: bytes) -> None:
        self.journal.append(self.spec.run, stream, data)
        self.growth.grew()

    def signal_root(self, number: int) -> None:
        """Send a signal to the root, which is a child that nobody waited for yet."""
        if self.exit_code is None and self.state.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.state.pid, number)

    def drain(self) -> None:
        for stream in self._streams:
            stream.drain()

    async def finish(self, ended_at: datetime) -> None:
        """Take the last output, close the streams and the log. The tree is gone."""
        for stream in self._streams:
            if not stream.drain():
                # Something that is of no tree of ours may have it open.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stream.closed.wait(), LAST_WORDS)
            stream.close()
        if self.stdin is not None and not self.spec.tty:
            os.close(self.stdin)
        self.stdin = None
        self.journal.close()
        self.state = replace(
            self.state,
            ended_at=ended_at,
            exit_code=128 + signal.SIGKILL if self.exit_code is None else self.exit_code,
            out_of_memory=self.out_of_memory,
        )
