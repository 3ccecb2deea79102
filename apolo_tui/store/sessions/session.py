"""One session: a stream of a job, the emulator that shows it, and the way of the keys.

`run` opens the stream, feeds the emulator and answers for it until the end. Keys and resizes go
out on a path of their own that never waits for what comes in. An exec that is lost is never run
again; an attach is attached again while the job lives (docs/protocol.md section 6.4).
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from apolo_tui.model.errors import ApoloError, JobNotRunning, ResourceNotFound, StdStreamError
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Connecting, Ended, Failed, Live, Retrying
from apolo_tui.store.sessions.flow import (
    SLOW_READ,
    Inflow,
    ReplyBudget,
    Sleep,
    Slices,
    let_others_run,
)
from apolo_tui.store.sessions.platform import Emulator, Jobs, OpenStream, Stream, Tail
from apolo_tui.store.sessions.state import Kind, SessionState, Target
from apolo_tui.store.topic import Topic

log = logging.getLogger(__name__)

TAIL_LINES = 200
CLOSE_WITHIN = 5.0
"""Seconds for the close of a session, whatever the platform does."""
RESIZE_AFTER = 0.1
"""Seconds of rest after which a burst of resizes is told to the job, once."""
FIRST_DELAY, MOST_DELAY = 1.0, 10.0
MAX_TYPED = 1024 * 1024
"""Bytes typed or pasted that may wait for the network."""

OVERLAP = b"\r\n\x1b[2m-- live; the lines above are from the log and may overlap --\x1b[m\r\n"


class Session:
    """A session of a job. Make it, run `run` in a task, and `close` it at the end."""

    def __init__(
        self,
        kind: Kind,
        target: Target,
        emulator: Emulator,
        jobs: Jobs,
        *,
        command: str = "",
        size: tuple[int, int] = (80, 24),
        tail: Tail | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.kind = kind
        self.target = target
        self.command = command
        self.emulator = emulator
        self.state: Topic[SessionState] = Topic(SessionState())
        self.on_output: Callable[[], None] | None = None
        """Called after the emulator was fed; the view that shows it sets and clears this."""
        self.passthrough: Callable[[bytes], None] | None = None
        """Gets the output as it came, too: the user's own terminal, while it is handed over."""
        self._jobs = jobs
        self._tail = tail
        self._sleep = sleep
        self._size = size
        self._told_size: tuple[int, int] | None = None
        self._stream: Stream | None = None
        self._typed = bytearray()
        self._to_send = asyncio.Event()
        self._replies = ReplyBudget()
        self._bytes_in = 0
        self._closed = False

    @property
    def title(self) -> str:
        """The tab's name: the program, or attach, and the job."""
        what = self.command.split()[0].rpartition("/")[2] if self.command else "attach"
        return f"{what} {self.target.name}"

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the view."""
        return self._size

    @property
    def takes_keys(self) -> bool:
        """Whether what is typed now can reach the job."""
        return isinstance(self.state.value.link, Live | Connecting | Retrying)

    def type(self, data: bytes) -> bool:
        """Send bytes to the job's stdin. False when nothing takes them any more."""
        if not data:
            return True
        if self.state.value.over or len(self._typed) + len(data) > MAX_TYPED:
            return False
        self._typed += data
        self._to_send.set()
        return True

    def resize(self, columns: int, rows: int) -> None:
        """The view has another size; the job is told once the burst is over."""
        if (columns, rows) != self._size:
            self._size = (columns, rows)
            self.emulator.resize(columns, rows)
            self._to_send.set()

    async def run(self) -> None:
        """Follow the session to its end, whatever it is. Expected trouble ends in the state."""
        try:
            if self.kind is Kind.EXEC:
                await self._run_exec()
            else:
                await self._run_attach()
        except ApoloError as error:
            self._tell(Failed(error.message, error.next_step), error.message)

    async def close(self) -> None:
        """Give up the connection, in bounded time. The job itself goes on."""
        self._closed = True
        stream, self._stream = self._stream, None
        if stream is not None:
            try:
                async with asyncio.timeout(CLOSE_WITHIN):
                    await stream.close()
            except (TimeoutError, ApoloError) as error:
                log.info("session %s did not close in time: %s", self.title, error)
        if not self.state.value.over:
            words = {
                Kind.EXEC: "closed; the program may go on in the job",
                Kind.ATTACH: "detached; the job goes on",
            }
            self._tell(Ended(), words[self.kind])

    async def _run_exec(self) -> None:
        target = self.target
        lost = await self._converse(
            lambda: self._jobs.exec(
                target.job_id,
                self.command,
                tty=True,
                stdin=True,
                stdout=True,
                stderr=False,
                cluster_name=target.cluster_name,
            )
        )
        if self._closed:
            return
        if isinstance(lost, int):
            self._tell(Ended(), f"ended with exit code {lost}", lost)
            return
        reason = lost.message if lost else "the platform closed the session without an exit code"
        self._tell(
            Failed(reason, "Open a new shell."),
            f"connection lost: {reason}; the program may still run in the job",
        )

    async def _run_attach(self) -> None:
        delay = FIRST_DELAY
        await self._show_tail()
        while True:
            connected_before = self._bytes_in
            lost = await self._converse(self._open_attach)
            if self._closed:
                return
            job = await self._status_or_none()
            if job is not None and job.status.is_finished:
                self._tell(Ended(), job_end(job), job.history.exit_code)
                return
            if self._bytes_in > connected_before:
                delay = FIRST_DELAY
            reason = lost.message if isinstance(lost, ApoloError) else "the job's output ended"
            if isinstance(lost, ResourceNotFound) and not isinstance(lost, JobNotRunning):
                self._tell(Failed(lost.message, lost.next_step), lost.message)
                return
            self._tell(Retrying(reason, delay), f"reconnecting in {delay:.0f} s: {reason}")
            await self._sleep(delay)
            delay = min(MOST_DELAY, delay * 2)

    def _open_attach(self) -> AbstractAsyncContextManager[Stream]:
        # The platform forces the flags of a job with a terminal; asked otherwise it says 404.
        tty = self.target.tty
        return self._jobs.attach(
            self.target.job_id,
            tty=tty,
            stdin=True,
            stdout=True,
            stderr=not tty,
            cluster_name=self.target.cluster_name,
        )

    async def _show_tail(self) -> None:
        if self._tail is None:
            return
        try:
            lines = await self._tail(TAIL_LINES)
        except ApoloError as error:
            log.info("no log before attach of %s: %s", self.target.job_id, error)
            return
        if lines:
            self.emulator.feed(lines.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            self.emulator.feed(OVERLAP)
            self.emulator.take_replies()
            self._show()

    async def _status_or_none(self) -> JobDescription | None:
        try:
            return await self._jobs.status(self.target.job_id)
        except ApoloError as error:
            log.info("no status of %s: %s", self.target.job_id, error)
            return None

    async def _converse(self, open_stream: OpenStream) -> int | ApoloError | None:
        """One connection, from its opening to its end: its exit code, or why it was lost."""
        self._tell(Connecting(), "")
        inflow = Inflow()
        try:
            async with open_stream() as stream:
                self._stream = stream
                self._told_size = None
                self._to_send.set()
                self._tell(Live(), "")
                async with asyncio.TaskGroup() as tasks:
                    sending = tasks.create_task(self._send(stream))
                    parsing = tasks.create_task(self._parse(inflow))
                    end = await self._read(stream, inflow)
                    inflow.end()
                    await parsing
                    sending.cancel()
                return stream.exit_code if end is None else end
        except ApoloError as error:
            return error
        finally:
            self._stream = None

    async def _read(self, stream: Stream, inflow: Inflow) -> ApoloError | None:
        """Read until the end; the error when it is not a proper one."""
        while True:
            try:
                message = await stream.read_out()
            except StdStreamError:
                return None
            except ApoloError as error:
                return error
            if message is None:
                return None
            self._bytes_in += len(message.data)
            data = message.data if self._raw else newlines(message.data)
            if self.passthrough is not None:
                self.passthrough(data)
            inflow.put(data)
            if inflow.slow:
                await self._sleep(SLOW_READ)

    @property
    def _raw(self) -> bool:
        """Whether the bytes come from a terminal, which has made its line ends itself."""
        return self.kind is Kind.EXEC or self.target.tty

    async def _parse(self, inflow: Inflow) -> None:
        slices = Slices()
        while await inflow.wait():
            slices.feed(self.emulator.feed, inflow)
            self._answer()
            self._show()
            await let_others_run()

    def _answer(self) -> None:
        replies = self._replies.take(self.emulator.take_replies())
        if replies:
            self.type(replies)

    async def _send(self, stream: Stream) -> None:
        """Typed bytes at once, resizes when their burst is over; ends with the connection."""
        resize_at: float | None = None
        loop = asyncio.get_running_loop()
        try:
            while True:
                timeout = None if resize_at is None else max(0.0, resize_at - loop.time())
                try:
                    async with asyncio.timeout(timeout):
                        await self._to_send.wait()
                except TimeoutError:
                    resize_at = None
                    await self._tell_size(stream)
                    continue
                self._to_send.clear()
                if self._typed:
                    data = bytes(self._typed)
                    self._typed.clear()
                    await stream.write_in(data)
                if self._told_size is None:
                    await self._tell_size(stream)
                elif self._told_size != self._size:
                    resize_at = loop.time() + RESIZE_AFTER
        except ApoloError as error:
            # The reader meets the same end and tells it.
            log.info("cannot write to %s: %s", self.title, error)

    async def _tell_size(self, stream: Stream) -> None:
        columns, rows = self._told_size = self._size
        if self._raw:
            await stream.resize(rows, columns)

    def _show(self) -> None:
        if self.on_output is not None:
            self.on_output()

    def _tell(
        self,
        link: Connecting | Live | Retrying | Ended | Failed,
        words: str,
        code: int | None = None,
    ) -> None:
        self.state.publish(SessionState(link, words, code, self._bytes_in))


def newlines(data: bytes) -> bytes:
    """Line ends of a program without a terminal, as a terminal needs them."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def job_end(job: JobDescription) -> str:
    """How the job ended, in words."""
    code = job.history.exit_code
    text = f"the job {job.status_text or job.status.value}"
    if job.history.reason:
        text += f": {job.history.reason}"
    return text if code is None else f"{text}, exit code {code}"
