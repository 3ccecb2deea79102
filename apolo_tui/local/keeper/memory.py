"""Holding runs to their memory limits, by a look at their trees once a second."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.runs import LiveRun
from apolo_tui.local.keeper.trees import Trees

INTERVAL = 1.0
"""Seconds between looks, while there is a run with a limit."""
SEARCH = 3
"""Every so many looks new processes are searched for; the others go to those known."""


class MemoryWatch:
    """Calls `above` with each run whose tree holds more memory than it may."""

    def __init__(
        self,
        trees: Trees,
        *,
        runs: Callable[[], Iterable[LiveRun]],
        above: Callable[[LiveRun], None],
        loop: asyncio.AbstractEventLoop,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._trees = trees
        self._runs = runs
        self._above = above
        self._loop = loop
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is a run with a limit now."""
        if self._task is None:
            self._task = self._loop.create_task(self._watch())

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        looks = 0
        while limited := [run for run in self._runs() if run.spec.memory_limit is not None]:
            trees = self._trees.glance() if looks % SEARCH == 0 else self._trees.known()
            looks += 1
            for run in limited:
                limit, tree = run.spec.memory_limit, trees.get(run.key, [])
                if limit is None or sum(process.resident for process in tree) <= limit:
                    continue
                # The sum counts shared pages once a process. Counting them once is dear: only now.
                if sum(system.proportional_memory(process) for process in tree) > limit:
                    self._above(run)
            await self._sleep(INTERVAL)
        self._task = None
