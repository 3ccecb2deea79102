"""The keeper process's side of its socket: the calls of its clients, answered by `Keeping`."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.api import KeeperError, NotRunning, RunSpec, RunState
from apolo_tui.local.keeper.growth import Growth
from apolo_tui.local.keeper.keeping import Keeping
from apolo_tui.local.keeper.link import CALL, ENDED, GREW, REPLY, Link, Message

logger = logging.getLogger(__name__)

PAUSE = 0.004
"""Seconds between two words of growth to one client: at once when it is quiet, no flood else."""


class Service:
    """Listens below the keeper's folder until `over` is set.

    It is set by a shutdown, or after `idle` seconds without a live run and a connection.
    """

    def __init__(self, keeping: Keeping, listener: socket.socket, *, idle: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.keeping = keeping
        self._listener = listener
        self._idle = idle
        self._timer: asyncio.TimerHandle | None = None
        self._sessions: set[Session] = set()
        self.over = asyncio.Event()
        self._loop.add_reader(listener, self._accept)
        self._leave_ended = keeping.on_ended(self._ended)
        self._rest()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if system.peer_user(connection) != os.getuid():
            connection.close()
            return
        connection.setblocking(False)
        self._sessions.add(Session(self, connection))
        self._rest()

    def left(self, session: "Session") -> None:
        self._sessions.discard(session)
        self._rest()

    def _ended(self, item: RunState | Exception) -> None:
        if isinstance(item, RunState):
            for session in tuple(self._sessions):
                session.ended(item)
        self._rest()

    def _rest(self) -> None:
        """Start to count idle seconds, or stop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.keeping.idle and not self._sessions:
            self._timer = self._loop.call_later(self._idle, self._idled)

    def _idled(self) -> None:
        self._timer = None
        if self.keeping.idle and not self._sessions:
            self.over.set()

    def close(self) -> None:
        """Let nobody in any more. Who is in learns of the end by the end of this process."""
        self._leave_ended()
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()


class Session:
    """One client's connection."""

    def __init__(self, service: Service, connection: socket.socket) -> None:
        self._service = service
        self._keeping = service.keeping
        self._link = Link(connection, received=self._received, lost=self._lost)
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched: dict[tuple[str, int], tuple[Growth, Callable[[], None]]] = {}
        self._grown: dict[tuple[str, int], Growth] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last_word = 0.0

    def _lost(self) -> None:
        for task in self._tasks:
            task.cancel()
        for growth, listener in self._watched.values():
            growth.forget(listener)
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._service.left(self)

    def _received(self, message: Message, descriptors: list[int]) -> None:
        for fd in descriptors:
            os.close(fd)
        try:
            kind, ident, method, arguments = message
            if kind != CALL:
                raise ValueError(kind)
            if method in ("watch", "unwatch"):
                # At once and in order, so that no word of growth is missed in between.
                self._link.send([REPLY, ident, None, getattr(self, f"_{method}")(*arguments)])
                return
            answer = CALLS[method]
        except (ValueError, KeyError, TypeError):
            logger.error("a client sent what is no call")
            self._link.close()
            self._lost()
            return
        task = asyncio.get_running_loop().create_task(self._answer(ident, answer, arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, ident: int, call: "Call", arguments: list[Any]) -> None:
        try:
            value, descriptors = await call(self._keeping, arguments)
        except (KeeperError, msgspec.ValidationError) as error:
            kind = "not-running" if isinstance(error, NotRunning) else "refused"
            self._link.send([REPLY, ident, [kind, str(error)], None])
        except Exception:
            logger.exception("a call failed")
            reason = ["refused", "The keeper failed; keeper.txt in its folder says why."]
            self._link.send([REPLY, ident, reason, None])
        else:
            self._link.send([REPLY, ident, None, value], descriptors)
            if call is CALLS["shutdown"]:
                self._service.over.set()

    def ended(self, state: RunState) -> None:
        self._link.send([ENDED, msgspec.to_builtins(state)])

    def _watch(self, job_id: str) -> tuple[int, bool] | None:
        growth = self._keeping.growth(job_id)
        if growth is None:
            return None
        key = (job_id, growth.run)
        if key not in self._watched:
            listener = partial(self._grew, key, growth)
            growth.listen(listener)
            self._watched[key] = growth, listener
        return growth.run, growth.alive

    def _unwatch(self, job_id: str, run: int) -> None:
        growth, listener = self._watched.pop((job_id, run), (None, None))
        if growth is not None and listener is not None:
            growth.forget(listener)

    def _grew(self, key: tuple[str, int], growth: Growth) -> None:
        self._grown[key] = growth
        if self._timer is None:
            loop = asyncio.get_running_loop()
            delay = max(0.0, self._last_word + PAUSE - loop.time())
            self._timer = loop.call_later(delay, self._tell_growth)

    def _tell_growth(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        self._last_word = loop.time()
        if self._link.busy:
            # The client is behind: one word later says the same.
            self._timer = loop.call_later(10 * PAUSE, self._tell_growth)
            return
        grown, self._grown = self._grown, {}
        for (job_id, run), growth in grown.items():
            self._link.send([GREW, job_id, run, growth.alive])


Call = Callable[[Keeping, list[Any]], Awaitable[tuple[Any, list[int]]]]


async def _start(keeping: Keeping, arguments: list[Any]) -> tuple[Any, list[int]]:
    (spec,) = arguments
    return msgspec.to_builtins(await keeping.start(msgspec.convert(spec, RunSpec))), []


async def _join(keeping: Keeping, arguments: list[Any]) -> tuple[Any, list[int]]:
    job_id, stdin = msgspec.convert(arguments, tuple[str, bool])
    joined = await keeping.join(job_id, stdin)
    descriptors = [] if joined.stdin is None else [joined.stdin]
    return [joined.run, joined.position, joined.tty], descriptors


async def _execute(keeping: Keeping, arguments: list[Any]) -> tuple[Any, list[int]]:
    job_id, argv, *flags = msgspec.convert(arguments, tuple[str, list[str], bool, bool, bool, bool])
    executed = await keeping.execute(job_id, argv, *flags)
    streams = [executed.stdin, executed.stdout, executed.stderr]
    # With a terminal two of them are one descriptor, which goes over once.
    distinct = list(dict.fromkeys(fd for fd in streams if fd is not None))
    places = [None if fd is None else distinct.index(fd) for fd in streams]
    return [executed.ident, executed.tty, places], distinct


async def _runs(keeping: Keeping, arguments: list[Any]) -> tuple[Any, list[int]]:
    return msgspec.to_builtins(list(await keeping.runs())), []


def _call(method: Callable[..., Awaitable[Any]], kind: Any) -> Call:
    async def call(keeping: Keeping, arguments: list[Any]) -> tuple[Any, list[int]]:
        value = await method(keeping, *msgspec.convert(arguments, kind))
        return msgspec.to_builtins(value), []

    return call


CALLS: dict[str, Call] = {
    "start": _start,
    "join": _join,
    "execute": _execute,
    "runs": _runs,
    "signal": _call(Keeping.signal, tuple[str, int]),
    "stop": _call(Keeping.stop, tuple[str, float]),
    "forget": _call(Keeping.forget, tuple[str, int]),
    "remove": _call(Keeping.remove, tuple[str]),
    "tree": _call(Keeping.tree, tuple[str]),
    "exit_code": _call(Keeping.exit_code, tuple[int]),
    "shutdown": _call(Keeping.shutdown, tuple[()]),
}
