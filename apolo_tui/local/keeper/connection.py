"""A keeper process from outside: reaching one, starting one, and its calls over the socket."""

import asyncio
import os
import resource
import socket
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

import apolo_tui
from apolo_tui.local.keeper import address, system
from apolo_tui.local.keeper.api import (
    Keeper,
    KeeperError,
    KeeperLost,
    LogPosition,
    NotRunning,
    RunSpec,
    RunState,
)
from apolo_tui.local.keeper.backend import Executed, Joined
from apolo_tui.local.keeper.client import KeeperClient
from apolo_tui.local.keeper.folder import KeeperFolder
from apolo_tui.local.keeper.growth import Growth
from apolo_tui.local.keeper.journal import LOG_LIMIT
from apolo_tui.local.keeper.launch import DESCRIPTOR_LIMIT
from apolo_tui.local.keeper.link import CALL, ENDED, GREW, REPLY, Link, Message

IDLE = 3600.0
"""Seconds that a keeper process stays without a live run and a connection."""

ATTEMPTS = 5
"""Keepers that may end under our hands, one after the other, before we give up."""


async def connect(folder: Path) -> Keeper:
    """Join the keeper process of that folder. Raises KeeperLost when there is none."""
    try:
        connection = address.reach(folder)
    except (ConnectionError, FileNotFoundError, NotADirectoryError) as error:
        raise KeeperLost(f"No keeper runs in {folder}.") from error
    # Streams of channels arrive as descriptors.
    system.raise_descriptor_limit()
    return KeeperClient(RemoteKeeping(connection), KeeperFolder(folder))


async def spawn(
    folder: Path,
    *,
    idle: float = IDLE,
    log_limit: int = LOG_LIMIT,
) -> Keeper:
    """Join the keeper process of that folder, and start it first if it does not run.

    It is no child of this process and goes on after it. Two at once start one. `idle`: seconds
    that it stays without a live run and a connection. Raises KeeperError when it does not start.
    """
    for _ in range(ATTEMPTS):
        try:
            keeper = await connect(folder)
        except KeeperLost:
            await _start(folder, idle=idle, log_limit=log_limit)
            continue
        try:
            # One that is about to end lets us in and says no word.
            await keeper.runs()
        except KeeperLost:
            continue
        return keeper
    raise KeeperError(f"The keeper in {folder} ends as soon as it starts.")


async def _start(folder: Path, *, idle: float, log_limit: int) -> None:
    """Start a keeper process; returns when it, or another, can be reached."""
    soft, _ = DESCRIPTOR_LIMIT
    process = await asyncio.create_subprocess_exec(
        # Jobs get the limit of descriptors that this process had before it raised its own.
        "/bin/sh",
        "-c",
        'ulimit -S -n "$0"; exec "$@"',
        "unlimited" if soft == resource.RLIM_INFINITY else str(soft),
        sys.executable,
        "-m",
        "apolo_tui.local.keeper",
        os.fspath(folder.absolute()),  # noqa: ASYNC240 - reads no disk
        f"--idle={idle}",
        f"--log-limit={log_limit}",
        # Where the package is found, installed or not. The keeper leaves it for the root.
        cwd=Path(apolo_tui.__file__).parents[1],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    _, complaints = await process.communicate()
    if process.returncode != 0:
        reason = complaints.decode(errors="replace").strip()
        raise KeeperError(f"The keeper did not start in {folder}: {reason}")


class RemoteKeeping:
    """The keeper at the other end of a socket; a Backend."""

    def __init__(self, connection: socket.socket) -> None:
        self._link = Link(connection, received=self._received, lost=self._lose)
        self._lost: KeeperLost | None = None
        self._gone = asyncio.Event()
        self._next_ident = 0
        self._calls: dict[int, tuple[asyncio.Future[Any], Callable[[Any], Any]]] = {}
        self._watched: dict[tuple[str, int], Growth] = {}
        self._watchers: dict[Growth, int] = {}
        self._asking: Counter[str] = Counter()
        """How many watchers of a job wait for the keeper's answer."""
        self._listeners: list[Callable[[RunState | Exception], None]] = []

    def _lose(self, text: str = "The keeper is gone.") -> None:
        self._lost = KeeperLost(text)
        self._gone.set()
        calls, self._calls = self._calls, {}
        for reply, _ in calls.values():
            if not reply.done():
                reply.set_exception(self._lost)
        for growth in self._watched.values():
            growth.fail(self._lost)
        for listener in tuple(self._listeners):
            listener(self._lost)

    def _received(self, message: Message, descriptors: list[int]) -> None:
        kind, *rest = message
        if kind == REPLY:
            self._replied(rest[0], rest[1], rest[2], descriptors)
            return
        if kind == GREW:
            job_id, run, alive = rest
            growth = self._watched.get((job_id, run))
            if growth is not None:
                growth.alive = alive
                growth.grew()
        elif kind == ENDED:
            state = msgspec.convert(rest[0], RunState)
            for listener in tuple(self._listeners):
                listener(state)

    def _replied(
        self, ident: int, error: list[str] | None, value: Any, descriptors: list[int]
    ) -> None:
        reply, convert = self._calls.pop(ident, (None, None))
        if reply is None or convert is None or reply.done():
            # Nobody waits for it any more.
            for fd in descriptors:
                os.close(fd)
        elif error is not None:
            kind, text = error
            reply.set_exception(NotRunning(text) if kind == "not-running" else KeeperError(text))
        else:
            reply.set_result(convert((value, descriptors)))

    async def _call(
        self,
        method: str,
        *arguments: Any,
        convert: Callable[[Any], Any] = lambda answer: answer[0],
        give_back: Callable[[Any], None] = lambda value: None,
    ) -> Any:
        """The converted answer. Conversion happens as it arrives, before what comes after it.

        `give_back` gets an answer that arrived for a caller who was just cancelled.
        """
        if self._lost is not None:
            raise self._lost
        ident, self._next_ident = self._next_ident, self._next_ident + 1
        reply = asyncio.get_running_loop().create_future()
        self._calls[ident] = reply, convert
        try:
            self._link.send([CALL, ident, method, arguments])
        except UnicodeEncodeError as error:
            del self._calls[ident]
            raise KeeperError("That is not text.") from error
        try:
            return await reply
        except asyncio.CancelledError:
            if reply.done() and not reply.cancelled() and reply.exception() is None:
                give_back(reply.result())
            raise

    async def start(self, spec: RunSpec) -> RunState:
        return msgspec.convert(await self._call("start", msgspec.to_builtins(spec)), RunState)

    async def signal(self, job_id: str, number: int) -> None:
        await self._call("signal", job_id, number)

    async def stop(self, job_id: str, grace: float) -> None:
        await self._call("stop", job_id, grace)

    async def runs(self) -> Sequence[RunState]:
        return msgspec.convert(await self._call("runs"), list[RunState])

    async def forget(self, job_id: str, run: int) -> None:
        await self._call("forget", job_id, run)

    async def remove(self, job_id: str) -> None:
        await self._call("remove", job_id)

    async def tree(self, job_id: str) -> Sequence[int]:
        return msgspec.convert(await self._call("tree", job_id), list[int])

    async def join(self, job_id: str, stdin: bool) -> Joined:
        (run, position, tty), descriptors = await self._call(
            "join", job_id, stdin, convert=lambda answer: answer, give_back=_close_descriptors
        )
        return Joined(run, LogPosition(*position), tty, descriptors[0] if descriptors else None)

    async def execute(
        self, job_id: str, argv: Sequence[str], tty: bool, stdin: bool, stdout: bool, stderr: bool
    ) -> Executed:
        (ident, has_terminal, places), descriptors = await self._call(
            "execute",
            job_id,
            list(argv),
            tty,
            stdin,
            stdout,
            stderr,
            convert=lambda answer: answer,
            give_back=_close_descriptors,
        )
        streams = [None if place is None else descriptors[place] for place in places]
        return Executed(ident, has_terminal, *streams)

    async def exit_code(self, ident: int) -> int:
        return msgspec.convert(await self._call("exit_code", ident), int)

    async def watch(self, job_id: str) -> Growth | None:
        def watched(answer: tuple[tuple[int, bool] | None, list[int]]) -> Growth | None:
            if answer[0] is None:
                return None
            run, alive = answer[0]
            growth = self._watched.setdefault((job_id, run), Growth(run))
            growth.alive = alive
            self._watchers[growth] = self._watchers.get(growth, 0) + 1
            return growth

        def give_back(growth: Growth | None) -> None:
            if growth is not None:
                self.unwatch(job_id, growth)

        self._asking[job_id] += 1
        try:
            growth: Growth | None = await self._call(
                "watch", job_id, convert=watched, give_back=give_back
            )
        finally:
            self._asking[job_id] -= 1
            self._let_go(job_id)
        return growth

    def unwatch(self, job_id: str, growth: Growth) -> None:
        self._watchers[growth] -= 1
        self._let_go(job_id)

    def _let_go(self, job_id: str) -> None:
        """End what nobody watches any more.

        Not while somebody asks to watch: the keeper knows one watcher a job and connection, and
        would end the new watch by what it is told after it.
        """
        if self._asking[job_id]:
            return
        del self._asking[job_id]
        for key, growth in tuple(self._watched.items()):
            if key[0] == job_id and not self._watchers[growth]:
                del self._watchers[growth]
                del self._watched[key]
                if self._lost is None:
                    # Nobody waits for the answer.
                    self._link.send([CALL, -1, "unwatch", [job_id, growth.run]])

    def on_ended(self, listener: Callable[[RunState | Exception], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        if self._lost is not None:
            listener(self._lost)
        return lambda: self._listeners.remove(listener)

    async def close(self) -> None:
        if self._lost is None:
            self._link.close()
            self._lose("The keeper was left.")

    async def shutdown(self) -> None:
        await self._call("shutdown")
        # The connection ends with the process.
        if self._lost is None:
            await self._gone.wait()


def _close_descriptors(answer: tuple[Any, list[int]]) -> None:
    for fd in answer[1]:
        os.close(fd)
