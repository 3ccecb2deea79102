"""Further processes beside runs (exec): started in the environment of one, told when they end."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from apolo_tui.local.keeper.api import KeeperError
from apolo_tui.local.keeper.backend import Executed
from apolo_tui.local.keeper.children import Children
from apolo_tui.local.keeper.launch import LaunchError, launch
from apolo_tui.local.keeper.trees import RunKey, Trees


class Executions:
    """The further processes of a keeper. Their streams belong to who asked for them."""

    def __init__(
        self, *, trees: Trees, children: Children, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._trees = trees
        self._children = children
        self._loop = loop
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._next_ident = 0

    def start(
        self,
        key: RunKey,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        working_dir: Path,
        tty: bool,
        stdin: bool,
        stdout: bool,
        stderr: bool,
    ) -> Executed:
        """Raises KeeperError when it cannot be started."""
        try:
            launched = launch(
                argv,
                environment=environment,
                working_dir=working_dir,
                tty=tty,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
        except LaunchError as error:
            raise KeeperError(str(error)) from error
        self._trees.plant(key, launched.pid)
        ident, self._next_ident = self._next_ident, self._next_ident + 1
        ended = self._ended[ident] = self._loop.create_future()

        def told(code: int) -> None:
            self._trees.uproot(launched.pid)
            if not ended.done():
                ended.set_result(code)

        self._children.watch(launched.pid, told)
        return Executed(ident, tty, launched.stdin, launched.stdout, launched.stderr)

    async def exit_code(self, ident: int) -> int:
        """When it has ended. Asked once. Raises KeeperError for one that is not known."""
        ended = self._ended.get(ident)
        if ended is None:
            raise KeeperError("There is no such process.")
        try:
            return await ended
        finally:
            self._ended.pop(ident, None)

    def close(self) -> None:
        """Nobody is told any more."""
        for ended in self._ended.values():
            ended.cancel()
        self._ended.clear()
