"""What the keeper in this process and the one at the other end of a socket have in common.

Only what must cross the border is here. Logs are read from disk, and the streams of attach and
exec are descriptors that are handed over, so no output passes through the keeper twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from apolo_tui.local.keeper.api import LogPosition, RunSpec, RunState
from apolo_tui.local.keeper.growth import Growth


@dataclass(frozen=True, slots=True)
class Joined:
    """What attach needs: where the log is now, and a copy of stdin, which is the caller's."""

    run: int
    position: LogPosition
    tty: bool
    stdin: int | None


@dataclass(frozen=True, slots=True)
class Executed:
    """A further process and our ends of its streams, which are the caller's."""

    ident: int
    tty: bool
    stdin: int | None
    stdout: int | None
    stderr: int | None


class Backend(Protocol):
    """The calls that `Keeper` is made of. All raise KeeperLost when the keeper is gone."""

    async def start(self, spec: RunSpec) -> RunState: ...

    async def signal(self, job_id: str, number: int) -> None: ...

    async def stop(self, job_id: str, grace: float) -> None: ...

    async def runs(self) -> Sequence[RunState]: ...

    async def forget(self, job_id: str, run: int) -> None: ...

    async def remove(self, job_id: str) -> None: ...

    async def tree(self, job_id: str) -> Sequence[int]: ...

    async def join(self, job_id: str, stdin: bool) -> Joined: ...

    async def execute(
        self, job_id: str, argv: Sequence[str], tty: bool, stdin: bool, stdout: bool, stderr: bool
    ) -> Executed: ...

    async def exit_code(self, ident: int) -> int:
        """Of an executed process, when it has ended. Asked once."""

    async def watch(self, job_id: str) -> Growth | None:
        """The growth of the live run's log; None without one. Given back to `unwatch`."""

    def unwatch(self, job_id: str, growth: Growth) -> None: ...

    def on_ended(self, listener: Callable[[RunState | Exception], None]) -> Callable[[], None]:
        """Tell runs as they end, or why no more will be told. Returns how to stop that."""

    async def close(self) -> None: ...

    async def shutdown(self) -> None: ...
