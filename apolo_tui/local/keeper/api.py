"""What the server knows of the keeper: the values that pass between them and the calls.

A job is run once or, with a restart policy or after a suspension, several times. Each run is
one process tree, named by the job's id and the number of the run, counted from 0.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What to run. `env` is added to the user's own environment; `argv` goes to no shell."""

    job_id: str
    run: int
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str | None = None
    """An absolute path; the user's home when None or missing on this machine."""
    tty: bool = False
    memory_limit: int | None = None
    """Bytes of resident memory over the whole tree; above it the run ends as out of memory."""
    log_limit: int | None = None
    """Bytes of log kept for the job; the oldest part goes first. None: the keeper's default."""


@dataclass(frozen=True, slots=True)
class RunState:
    """One run as the keeper knows it, alive or ended."""

    job_id: str
    run: int
    pid: int | None
    """The root of the process tree; None when it could not be started."""
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    """As a shell tells it: 128 + n after signal n. 126 or 127 when it could not be started."""
    out_of_memory: bool = False
    error: str = ""
    """Why it could not be started, in words."""

    @property
    def alive(self) -> bool:
        return self.ended_at is None


class Channel(Protocol):
    """A pair of streams to a run (attach) or to a further process beside it (exec).

    A slow reader holds up nobody else: an attached channel reads the run's log from disk, from
    the moment it joined, so it lags without loss (as long as the log's bound lets it) and keeps
    nothing in memory. The reader of an exec'd process holds up that process alone.
    """

    async def read(self) -> tuple[int, bytes] | None:
        """The next chunk and its stream, 1 stdout or 2 stderr; None at the end.

        Raises KeeperLost when the keeper is gone.
        """

    async def write(self, data: bytes) -> None:
        """Bytes for stdin; waits while the process does not read.

        Bytes for a process that ended, closed its stdin or was given none go nowhere.
        """

    async def resize(self, columns: int, rows: int) -> None:
        """The size of the terminal, in cells. Nothing happens without one."""

    async def close(self) -> None:
        """Leave. An exec'd process gets SIGHUP with its terminal, and without one a closed stdin
        and broken pipes; what ignores that ends with the run. A run goes on."""

    @property
    def exit_code(self) -> int | None:
        """Of an exec'd process, known after `read` gave None. None for attach, or when unknown."""


class LogPosition(NamedTuple):
    """A place in a job's log, between two chunks. Positions compare in the order of the log."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True)
class LogChunk:
    """What a run printed at once, as it came: some lines, a part of a line, or both.

    The log is a stream of bytes, as the protocol's is (docs/protocol.md section 6.2), cut where
    the keeper read it. A line's time is that of the chunk in which it starts. `lines.LogText`
    renders chunks with or without times, `lines.Lines` puts whole lines together.
    """

    time: datetime
    """When it was read, UTC, to the microsecond; never earlier than that of the chunk before."""
    run: int
    stream: int
    """1 stdout, 2 stderr; 1 with a terminal."""
    data: bytes
    """Not empty. With its newlines, and with those carriage returns that the run printed."""
    line_start: bool
    """Whether the first byte starts a line. False: it goes on with the line before, which had no
    newline yet. A run, and a stream that interrupts the other, start one in any case, so that lines
    of stderr stay whole between blocks of stdout; the interrupted line lacks its newline."""
    end: LogPosition
    """Where the log goes on after this chunk."""


class KeeperError(Exception):
    """The keeper cannot do that; the text says why."""


class NotRunning(KeeperError):  # noqa: N818 - a state of the job, not a fault
    """The job has no run that is alive."""


class KeeperLost(KeeperError):  # noqa: N818 - the standard word for a connection's end
    """The keeper is gone, and with it the jobs that it kept."""


class Keeper(Protocol):
    """The calls. All of them raise KeeperLost when the keeper is gone."""

    async def start(self, spec: RunSpec) -> RunState:
        """Start a run. One that cannot be started is not an error: its state says so."""

    async def signal(self, job_id: str, number: int) -> None:
        """Send a signal to the root process of the live run. Raises NotRunning."""

    async def stop(self, job_id: str, *, grace: float = 5.0) -> None:
        """End the whole tree: SIGTERM, SIGKILL after `grace` seconds. Returns when it is gone."""

    async def runs(self) -> Sequence[RunState]:
        """Every run that is alive, and every ended one not yet forgotten."""

    def ended(self) -> AsyncIterator[RunState]:
        """Runs as they end, those that ended before included; each until it is forgotten."""

    async def forget(self, job_id: str, run: int) -> None:
        """The end of this run is recorded elsewhere; the keeper need not tell it again."""

    def attach(self, job_id: str, *, stdin: bool = True) -> AbstractAsyncContextManager[Channel]:
        """Join the live run: what it prints from now on. Any number at once. Raises NotRunning.

        Whether the run has a terminal is the run's matter. With one, all output is stream 1.
        """

    def exec(
        self,
        job_id: str,
        argv: Sequence[str],
        *,
        tty: bool,
        stdin: bool,
        stdout: bool,
        stderr: bool,
    ) -> AbstractAsyncContextManager[Channel]:
        """Run a further process in the job's environment. Raises NotRunning, KeeperError.

        KeeperError also when it cannot be started, with the reason. With `tty` its output is
        stream 1 and `stderr` means nothing. It ends with the run at the latest.
        """

    async def tree(self, job_id: str) -> Sequence[int]:
        """The pids of the live run's tree, double-forked and setsid children too."""

    def log(
        self,
        job_id: str,
        *,
        since: datetime | None = None,
        after: LogPosition | None = None,
        follow: bool = False,
    ) -> AsyncIterator[Sequence[LogChunk]]:
        """The job's output over all its runs, in batches of some 256 KiB at most a chunk more.

        `since`: only lines that start at that time or later. `after`: from that position on,
        whatever the time, so that a reader goes on where it stopped (after a restart of the job,
        of the server) with nothing lost or doubled. A log whose start was dropped begins with
        its first whole line. A job without a log has an empty one.

        With `follow` it goes on until the live run has ended and all of it is told; what is
        printed is told at once, without waiting for a newline. Without a live run it ends like a
        log that is not followed: to wait for the next run of a job is the caller's part (`after`).
        Without `follow` it needs no live keeper: the files are read.
        """

    async def log_lines_dropped(self, job_id: str) -> int:
        """How many lines went because the log was full. Needs no live keeper."""

    async def remove(self, job_id: str) -> None:
        """Delete the log and all else that is kept of a job. Raises KeeperError while it runs."""

    async def close(self) -> None:
        """Leave the keeper. A keeper process goes on; one in this process ends, and its runs."""

    async def shutdown(self) -> None:
        """End every run at once (SIGKILL), then the keeper. Returns when both are gone."""

    @property
    def folder(self) -> Path:
        """Where the keeper keeps its things; all below this one 0700 folder."""
