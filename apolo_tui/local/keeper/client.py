"""`Keeper` for its users: the calls of a backend, and logs and streams without it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from apolo_tui.local.keeper.api import (
    Channel,
    LogChunk,
    LogPosition,
    RunSpec,
    RunState,
)
from apolo_tui.local.keeper.backend import Backend
from apolo_tui.local.keeper.channels import AttachChannel, ExecChannel
from apolo_tui.local.keeper.folder import KeeperFolder
from apolo_tui.local.keeper.journal import lines_dropped
from apolo_tui.local.keeper.reading import LogReader


class KeeperClient:
    """A keeper, here or in a process of its own; see `Keeper`."""

    def __init__(self, backend: Backend, folder: KeeperFolder) -> None:
        self._backend = backend
        self._folder = folder

    @property
    def folder(self) -> Path:
        return self._folder.path

    async def start(self, spec: RunSpec) -> RunState:
        return await self._backend.start(spec)

    async def signal(self, job_id: str, number: int) -> None:
        await self._backend.signal(job_id, number)

    async def stop(self, job_id: str, *, grace: float = 5.0) -> None:
        await self._backend.stop(job_id, grace)

    async def runs(self) -> Sequence[RunState]:
        return await self._backend.runs()

    async def ended(self) -> AsyncIterator[RunState]:
        arrived: asyncio.Queue[RunState | Exception] = asyncio.Queue()
        leave = self._backend.on_ended(arrived.put_nowait)
        told = set()
        try:
            for state in await self._backend.runs():
                if not state.alive:
                    told.add((state.job_id, state.run))
                    yield state
            while True:
                item = await arrived.get()
                if isinstance(item, Exception):
                    raise item
                if (item.job_id, item.run) not in told:
                    yield item
                # Only what was told before it arrived arrives twice.
                told.discard((item.job_id, item.run))
        finally:
            leave()

    async def forget(self, job_id: str, run: int) -> None:
        await self._backend.forget(job_id, run)

    @asynccontextmanager
    async def attach(self, job_id: str, *, stdin: bool = True) -> AsyncIterator[Channel]:
        growth = await self._backend.watch(job_id)
        try:
            joined = await self._backend.join(job_id, stdin)
            reader = LogReader(self._folder.log(job_id), after=joined.position)
            channel = AttachChannel(joined, stdin=stdin, reader=reader, growth=growth)
            try:
                yield channel
            finally:
                await channel.close()
        finally:
            if growth is not None:
                self._backend.unwatch(job_id, growth)

    @asynccontextmanager
    async def exec(
        self,
        job_id: str,
        argv: Sequence[str],
        *,
        tty: bool,
        stdin: bool,
        stdout: bool,
        stderr: bool,
    ) -> AsyncIterator[Channel]:
        executed = await self._backend.execute(job_id, argv, tty, stdin, stdout, stderr)
        channel = ExecChannel(executed, self._backend.exit_code(executed.ident))
        try:
            yield channel
        finally:
            await channel.close()

    async def tree(self, job_id: str) -> Sequence[int]:
        return await self._backend.tree(job_id)

    async def log(
        self,
        job_id: str,
        *,
        since: datetime | None = None,
        after: LogPosition | None = None,
        follow: bool = False,
    ) -> AsyncIterator[Sequence[LogChunk]]:
        folder = self._folder.log(job_id)
        growth = await self._backend.watch(job_id) if follow else None
        try:
            with LogReader(folder, since=since, after=after) as reader:
                while True:
                    seen, alive = (0, False) if growth is None else (growth.version, growth.alive)
                    if chunks := reader.read():
                        yield chunks
                        # A long log is read in pieces between which others get their turn.
                        await asyncio.sleep(0)
                    elif growth is None or not alive:
                        return
                    else:
                        await growth.wait(seen)
        finally:
            if growth is not None:
                self._backend.unwatch(job_id, growth)

    async def log_lines_dropped(self, job_id: str) -> int:
        return lines_dropped(self._folder.log(job_id))

    async def remove(self, job_id: str) -> None:
        await self._backend.remove(job_id)

    async def close(self) -> None:
        await self._backend.close()

    async def shutdown(self) -> None:
        await self._backend.shutdown()
