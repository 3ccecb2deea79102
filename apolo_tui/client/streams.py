"""What stays open: logs, telemetry, sessions and forwarded ports (docs/protocol.md section 6)."""

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

from yarl import URL

from apolo_tui.client.config import Config
from apolo_tui.client.core import Core
from apolo_tui.client.forward import PortForward, check_port
from apolo_tui.client.stdio import StdStream
from apolo_tui.client.websocket import Closed, WebSocket
from apolo_tui.model.errors import ApoloError, IllegalArgumentError, JobNotRunning
from apolo_tui.model.job import JobDescription
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.wire.jobs import JobDecoder
from apolo_tui.wire.listing import wire_time
from apolo_tui.wire.telemetry import decode_telemetry

CHANNELS = "v2.channels.neu.ro"
"""The sub-protocol of attach."""

log = logging.getLogger(__name__)


class _Stream:
    """What is received over one socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    @property
    def heard_at(self) -> float:
        """When the platform last sent something, in unix seconds."""
        return self._socket.heard_at

    @property
    def end(self) -> Closed | None:
        """How it was closed; None while it is open."""
        return self._socket.end

    def __aiter__(self) -> Self:
        return self


class LogStream(_Stream):
    """The bytes of a log, in chunks that need not end where a line or a character ends.

    The iteration ends when the platform closes the log normally, which does not mean that the job
    has ended; any other end raises ConnectionFailed or ServerError.
    """

    def __init__(self, socket: WebSocket, separator: str) -> None:
        super().__init__(socket)
        self.separator = separator
        """The line between what was archived and what is live; empty for none."""

    async def __anext__(self) -> bytes:
        while True:
            frame = await self._socket.receive()
            if isinstance(frame, Closed):
                if frame.normal:
                    raise StopAsyncIteration
                raise frame.error("log")
            if isinstance(frame, str):
                log.warning("a log sent text where bytes were due")
                frame = frame.encode()
            if frame:
                return frame


class TelemetryStream(_Stream):
    """Samples of a job's use of resources, about one a second while it runs.

    It is silent while the job waits. The iteration ends when the platform closes it normally and
    the job may still go on; see `Jobs.top` for what it raises.
    """

    def __init__(
        self,
        socket: WebSocket,
        job: Callable[[], Awaitable[JobDescription]],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(socket)
        self._job = job
        self._clock = clock
        self._any = False

    async def __anext__(self) -> JobTelemetry:
        while True:
            frame = await self._socket.receive()
            if isinstance(frame, Closed):
                if not frame.normal:
                    raise frame.error("telemetry")
                await self._refuse_finished()
                raise StopAsyncIteration
            sample = decode_telemetry(frame, now=self._clock())
            if sample is not None:
                self._any = True
                return sample
            log.warning("a message that is no telemetry is ignored: %.80r", frame)

    async def _refuse_finished(self) -> None:
        """A close without any sample: the job has ended, or the platform could not tell."""
        if self._any:
            return
        job = await self._job()
        if job.status.is_finished:
            raise JobNotRunning(
                f"the job {job.id} is {job.status_text or job.status}, it uses nothing any more",
                next_step="Look at its logs.",
            )


class Streams:
    """The part of `Jobs` whose calls are context managers over an open connection."""

    def __init__(self, core: Core, config: Config) -> None:
        self._core = core
        self._config = config

    async def status(self, id: str) -> JobDescription:
        """A job as it is now. Raises ResourceNotFound when there is none."""
        raw = await self._core.call("GET", self._job(id))
        return self._decoder.decode(raw)

    def _job(self, id: str, *path: str) -> URL:
        """An address of the platform about one job."""
        return self._config.api_url.joinpath("jobs", checked_id(id), *path)

    @property
    def _decoder(self) -> JobDecoder:
        return JobDecoder(self._config.registries)

    async def _monitoring(self, cluster_name: str | None, id: str, *path: str) -> URL:
        """An address of the monitoring service of a cluster about one job."""
        checked_id(id)
        cluster = await self._config.find_cluster(cluster_name)
        return cluster.monitoring_url.joinpath(id, *path)

    @asynccontextmanager
    async def monitor(
        self,
        id: str,
        *,
        cluster_name: str | None = None,
        since: datetime | None = None,
        timestamps: bool = False,
        separator: str | None = None,
        debug: bool = False,
    ) -> AsyncIterator[LogStream]:
        """The log of a job: what was archived, then what is live (docs/protocol.md section 6.2).

        `since` is inclusive, and local time when it is naive. `separator` is put on a line between
        the two parts; None makes a random one, an empty one means none. `debug` adds the
        platform's own notes. Raises what `Jobs.status` raises, and what `LogStream` does.
        """
        if separator is None:
            separator = f"=== Live logs ==={secrets.token_hex(30)}"
        query: list[tuple[str, str]] = []
        if since is not None:
            query.append(("since", wire_time(since)))
        if timestamps:
            query.append(("timestamps", "true"))
        query.append(("separator", separator))
        if debug:
            query.append(("debug", "true"))
        url = await self._monitoring(cluster_name, id, "log_ws")
        async with self._core.websocket(url, params=query) as socket:
            yield LogStream(socket, separator)

    @asynccontextmanager
    async def top(
        self, id: str, *, cluster_name: str | None = None
    ) -> AsyncIterator[TelemetryStream]:
        """What a job uses, from now on (docs/protocol.md section 6.3).

        The iteration raises JobNotRunning when the job had ended before, ServerError when the
        platform cannot tell, ConnectionFailed when the connection broke.
        """
        url = await self._monitoring(cluster_name, id, "top")
        async with self._core.websocket(url) as socket:
            yield TelemetryStream(socket, lambda: self.status(id), self._core.clock)

    @asynccontextmanager
    async def attach(
        self,
        id: str,
        *,
        tty: bool = False,
        stdin: bool = False,
        stdout: bool = False,
        stderr: bool = False,
        cluster_name: str | None = None,
    ) -> AsyncIterator[StdStream]:
        """The standard streams of a running job (docs/protocol.md section 6.4).

        Without any of the four flags they are chosen as the job needs them, which costs a request:
        terminal, input and output for a job with a terminal; input, output and errors without.
        Raises JobNotRunning, and IllegalArgumentError for flags that cannot go together.
        """
        if not (tty or stdin or stdout or stderr):
            job = await self.status(id)
            tty = job.container.tty
            stdin, stdout, stderr = True, True, not tty
            cluster_name = cluster_name or job.cluster_name
        query = _flags(tty=tty, stdin=stdin, stdout=stdout, stderr=stderr)
        url = await self._monitoring(cluster_name, id, "attach")
        async with self._core.websocket(url, params=query, protocols=(CHANNELS,)) as socket:
            yield StdStream(socket, with_output=stdout or stderr)

    @asynccontextmanager
    async def exec(
        self,
        id: str,
        cmd: str,
        *,
        tty: bool = False,
        stdin: bool = False,
        stdout: bool = False,
        stderr: bool = False,
        cluster_name: str | None = None,
    ) -> AsyncIterator[StdStream]:
        """Run a command in a running job (docs/protocol.md section 6.4).

        `cmd` is split by shell quoting rules; no shell is run. Raises JobNotRunning, and
        IllegalArgumentError for an empty or too long command and for flags that cannot be.
        """
        if not cmd.strip():
            raise IllegalArgumentError("there is no command to run")
        query = [("cmd", cmd), *_flags(tty=tty, stdin=stdin, stdout=stdout, stderr=stderr)]
        url = await self._monitoring(cluster_name, id, "exec")
        async with self._core.websocket(url, params=query) as socket:
            yield StdStream(socket, with_output=stdout or stderr)

    @asynccontextmanager
    async def port_forward(
        self,
        id: str,
        local_port: int,
        job_port: int,
        *,
        no_key_check: bool = False,
        cluster_name: str | None = None,
        on_error: Callable[[ApoloError], None] | None = None,
    ) -> AsyncIterator[PortForward]:
        """Lead connections to a port of 127.0.0.1 to a port of a job, while the block runs.

        `local_port` 0 takes any free one; the value tells which. `on_error` is called with the
        error of each connection that could not be made or broke. `no_key_check` has no meaning any
        more. Raises IllegalArgumentError for ports that cannot be used (docs/protocol.md 6.6).
        """
        check_port(local_port, "local port", lowest=0)
        check_port(job_port, "port of a job")
        url = await self._monitoring(cluster_name, id, "port_forward", str(job_port))
        forward = PortForward(lambda: self._core.websocket(url), on_error=on_error)
        await forward.open(local_port)
        try:
            yield forward
        finally:
            await forward.close()


def checked_id(id: str) -> str:
    """The id as it is. Raises IllegalArgumentError for what would be another address."""
    if not id or "/" in id or id in (".", ".."):
        raise IllegalArgumentError(
            f"{id!r} is no id of a job", next_step="Turn a name or a URI into an id with: resolve"
        )
    return id


def _flags(*, tty: bool, stdin: bool, stdout: bool, stderr: bool) -> list[tuple[str, str]]:
    """The query of a session. Raises IllegalArgumentError for flags that cannot be."""
    if not (stdin or stdout or stderr):
        raise IllegalArgumentError("a session needs at least one of stdin, stdout and stderr")
    if tty and stderr:
        raise IllegalArgumentError("a terminal has no stderr of its own: ask for stdout alone")
    flags = (("tty", tty), ("stdin", stdin), ("stdout", stdout), ("stderr", stderr))
    return [(name, str(int(value))) for name, value in flags]
