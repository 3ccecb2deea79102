"""A terminal fed by floods, ours or a naive one on pyte: an app to be measured.

python -m benchmarks.harness.terminal_app ours|pyte

A line below the terminal shows how many keys were typed, so that the time from a key to its
paint can be seen from outside.
"""

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from apolo_tui.model.job import Message
from apolo_tui.store.sessions.session import Session
from apolo_tui.store.sessions.state import Kind, Target
from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.terminal_canvas import Wires
from apolo_tui.widgets.terminal_driver import TerminalDriver
from apolo_tui.widgets.terminal_view import TerminalView
from benchmarks.harness.control import Command, serve, settle

SAMPLES = Path(__file__).resolve().parents[2] / "tests" / "samples" / "terminal"
CHUNK = 32 * 1024
TARGET = Target("job-1", "job-1", "harbor", "image", tty=True)


def plain_log() -> bytes:
    return b"".join(
        b"%06d epoch 8/10 step %d loss=0.4%02d lr=3e-4\r\n" % (n, n * 4, n % 100)
        for n in range(20_000)
    )


def coloured_log() -> bytes:
    return b"".join(
        b"\x1b[2m%06d\x1b[m \x1b[3%dmINFO\x1b[m step \x1b[1m%d\x1b[m loss=\x1b[33m0.4%02d\x1b[m\r\n"
        % (n, n % 8, n * 4, n % 100)
        for n in range(20_000)
    )


def recording(name: str) -> bytes:
    return gzip.decompress((SAMPLES / f"{name}.bin").read_bytes())


def flood_of(kind: str) -> bytes:
    """The bytes that are sent over and over."""
    if kind == "plain":
        return plain_log()
    if kind == "coloured":
        return coloured_log()
    return recording("vim-syntax-120x40")


class Feed:
    """A job's output: floods as fast as they are read, echoes what is typed otherwise."""

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._flood: Iterator[bytes] | None = None

    def flood(self, data: bytes) -> None:
        parts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        self._flood = cycle(parts)
        self._queue.put_nowait(b" ")

    def calm(self) -> None:
        self._flood = None

    def say(self, data: bytes) -> None:
        self._queue.put_nowait(data)

    async def read_out(self) -> Message | None:
        if self._flood is not None:
            await asyncio.sleep(0)
        if self._flood is not None:
            return Message(1, next(self._flood))
        return Message(1, await self._queue.get())

    async def write_in(self, data: bytes) -> None:
        if self._flood is None:
            self.say(data)

    async def resize(self, h: int, w: int) -> None:
        """The feed has no size."""

    async def close(self) -> None:
        """The feed goes on."""


class FeedJobs:
    """Opens the one feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def status(self, job_id: str, /) -> Any:
        raise NotImplementedError

    @asynccontextmanager
    async def exec(self, job_id: str, cmd: str, /, **flags: object) -> AsyncIterator[Feed]:
        yield self._feed

    @asynccontextmanager
    async def attach(self, job_id: str, /, **flags: object) -> AsyncIterator[Feed]:
        yield self._feed


class TerminalApp(App[None], inherit_bindings=False):
    """What both share: the count of keys, and the commands."""

    ENABLE_COMMAND_PALETTE = False
    CSS: ClassVar[str] = "#keys { height: 1; } TerminalView, PyteView { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.feed = Feed()
        self._keys = 0
        self._ticking: asyncio.Task[None] | None = None

    def on_mount(self) -> None:
        commands: dict[str, Command] = {
            "flood": lambda kind: self.feed.flood(flood_of(kind)),
            "calm": self.feed.calm,
            "say": lambda text: self.feed.say(text.encode()),
            "tick": self.tick,
            "settle": settle,
        }
        self._control = serve(commands)

    def typed(self, data: bytes) -> None:
        self._keys += 1
        self.query_one("#keys", Static).update(f"KEY{self._keys:04}", layout=False)

    def tick(self, kind: str = "", rate: float = 30.0) -> None:
        """Send one line, or one full redraw of vim, `rate` times a second; "" ends it."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        if kind:
            self._ticking = asyncio.create_task(self._tick(kind, 1 / rate))

    async def _tick(self, kind: str, every: float) -> None:
        full = [b"\x1b[H" + page for page in pages(recording("vim-syntax-120x40"))]
        number = 0
        while True:
            number += 1
            self.feed.say(
                b"\x1b[5;1Hline %d\x1b[K" % number if kind == "line" else full[number % 2]
            )
            await asyncio.sleep(every)


def pages(data: bytes) -> list[bytes]:
    """Two full screens that differ in every line."""
    screen = Screen(120, 39, width=cell_len)
    screen.feed(data[: len(data) // 2])
    found = []
    for shift in (0, 1):
        lines = [screen.row((y + shift) % 39).plain()[:118].encode() for y in range(39)]
        colours = (b"\x1b[3%dm" % (y % 7 + 1) for y in range(39))
        found.append(
            b"\r\n".join(c + line + b"\x1b[m\x1b[K" for c, line in zip(colours, lines, strict=True))
        )
    return found


class Ours(TerminalApp):
    """TerminalView with a session."""

    def compose(self) -> ComposeResult:
        yield TerminalView()
        yield Static("KEY0000", id="keys")

    def on_mount(self) -> None:
        view = self.query_one(TerminalView)
        screen = Screen(120, 39, width=cell_len)
        session = Session(Kind.EXEC, TARGET, screen, FeedJobs(self.feed), command="sh")

        def type_it(data: bytes) -> None:
            self.typed(data)
            session.type(data)

        view.show(screen, Wires(type_it, session.resize))
        session.on_output = view.output_arrived
        self._session_task = asyncio.create_task(session.run())
        view.focus()


class PyteView(Widget, can_focus=True):
    """The obvious widget on pyte: parse what comes, draw all of it."""

    def __init__(self) -> None:
        super().__init__()
        import pyte

        self.emulated = pyte.Screen(120, 39)
        self.stream = pyte.ByteStream(self.emulated)

    def render_line(self, y: int) -> Strip:
        row = self.emulated.buffer[y] if y < self.emulated.lines else {}
        text = "".join(row[x].data for x in range(120)) if row else ""
        return Strip([Segment(text)]).adjust_cell_length(self.size.width)


class Naive(TerminalApp):
    """PyteView."""

    def compose(self) -> ComposeResult:
        yield PyteView()
        yield Static("KEY0000", id="keys")

    def on_mount(self) -> None:
        self.query_one(PyteView).focus()
        self._session_task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        view = self.query_one(PyteView)
        while (message := await self.feed.read_out()) is not None:
            view.stream.feed(message.data)
            view.refresh()

    def on_key(self, event: events.Key) -> None:
        data = (event.character or "").encode()
        self.typed(data)
        self.feed.say(data)


if __name__ == "__main__":
    {"ours": Ours, "pyte": Naive}[sys.argv[1]]().run()
