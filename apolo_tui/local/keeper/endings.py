"""Ending whole trees: what is left of a run is killed until nothing is left."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.runs import LiveRun
from apolo_tui.local.keeper.system import Process
from apolo_tui.local.keeper.trees import RunKey, Trees

logger = logging.getLogger(__name__)

PAUSE = 0.01
LONGEST_PAUSE = 0.25
GIVE_UP = 15.0
"""Seconds after which a process that survives SIGKILL (stuck in the kernel) is left alone."""


class Endings:
    """Ends the rest of the trees whose root has ended; one look at the processes serves all."""

    def __init__(
        self,
        trees: Trees,
        *,
        strays: Callable[[], Iterable[Process]],
        gone: Callable[[LiveRun], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._trees = trees
        self._strays = strays
        self._gone = gone
        self._loop = loop
        self._ending: dict[RunKey, tuple[LiveRun, float]] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, run: LiveRun) -> None:
        """The root of this run has ended. `gone` is called when the rest of its tree has."""
        self._ending[run.key] = run, max(self._loop.time(), run.kill_at) + GIVE_UP
        if self._task is None:
            self._task = self._loop.create_task(self._sweep())

    async def _sweep(self) -> None:
        pause = PAUSE
        # Many roots may end at once: one look serves them all.
        await asyncio.sleep(PAUSE)
        while self._ending:
            left = self._trees.scan()
            gone = [key for key in self._ending if key not in left]
            now = self._loop.time()
            for key in self._ending.keys() - gone:
                run, give_up = self._ending[key]
                if now >= give_up:
                    logger.error("%s: not to be killed: %s", key, [p.pid for p in left[key]])
                    gone.append(key)
                elif now >= run.kill_at:
                    for process in left[key]:
                        system.kill_exactly(process, signal.SIGKILL)
            for key in gone:
                run, _ = self._ending.pop(key)
                self._gone(run)
            if gone:
                pause = PAUSE
            for process in self._strays():
                system.kill_exactly(process, signal.SIGKILL)
            if self._ending:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        self._task = None
