"""A log in an app to be measured: ours, Textual's RichLog, or its Log.

python -m benchmarks.harness.log_app ours|spill|richlog|richbatch|log|loglines
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Log, RichLog, Static

from apolo_tui import stylesheets
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    JobDescription,
    JobStatus,
    JobStatusHistory,
    JobStatusItem,
    Resources,
)
from apolo_tui.model.link import Live
from apolo_tui.model.logs import LineIndex, LogStore, Marks, Query, compile_query
from apolo_tui.store.log_spill import SpillFile
from apolo_tui.store.log_window import ALL
from apolo_tui.store.logs import LogFeed, LogLimits
from apolo_tui.theme import THEMES
from apolo_tui.widgets.log_pane import LogPane
from apolo_tui.widgets.log_title import LogFacts
from apolo_tui.widgets.terminal_driver import TerminalDriver
from benchmarks.harness.control import serve, settle, usage
from benchmarks.harness.log_text import LINE

MIB = 1 << 20
MEMORY = 20 * MIB
SLICE = 0.004


def running_job() -> JobDescription:
    """A job that runs since long ago."""
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    item = JobStatusItem(JobStatus.RUNNING, begun)
    return JobDescription(
        id="job-1",
        owner="x",
        cluster_name="x",
        status=JobStatus.RUNNING,
        history=JobStatusHistory(status=JobStatus.RUNNING, created_at=begun, transitions=(item,)),
        container=Container(image=RemoteImage("x"), resources=Resources(memory=1, cpu=1)),
    )


class Measured(App[None]):
    """What all of them have: a token for each key, and the commands."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "#token { dock: bottom; height: 1; } RichLog, Log { height: 1fr; }"

    def __init__(self, kind: str) -> None:
        # Ours with the driver of the dashboard, the others with Textual's own.
        super().__init__(driver_class=TerminalDriver if kind in ("ours", "spill") else None)
        self.kind = kind
        self.handled: list[float] = []
        self.keys = 0
        self.took: dict[str, Any] = {}
        self.work: asyncio.Task[None] | None = None
        self.token = Static("ready K0Z", id="token")

    def on_mount(self) -> None:
        self.control = serve(self.commands())

    def commands(self) -> dict[str, Any]:
        return {
            "feed": self.feed,
            "state": lambda: {"over": self.work is None or self.work.done(), **self.took},
            "keys": self.take_keys,
            "settle": settle,
            "lines": lambda: {"lines": self.line_count},
            "collect": self.collect,
        }

    @property
    def line_count(self) -> int:
        raise NotImplementedError

    def take(self, lines: list[bytes]) -> None:
        """One batch of lines."""
        raise NotImplementedError

    def toggle_wrap(self) -> None:
        """Wrap long lines, or not."""

    def collect(self) -> dict[str, Any]:
        before = time.perf_counter()
        gc.collect()
        return {"seconds": time.perf_counter() - before, **usage()}

    def take_keys(self) -> dict[str, Any]:
        handled, self.handled = self.handled, []
        return {"handled": handled}

    def on_key(self, event: events.Key) -> None:
        if event.key == "w":
            self.toggle_wrap()
        if event.key == "z":
            self.answered()

    def answered(self) -> None:
        """Note the time, and paint a new token."""
        self.handled.append(time.perf_counter())
        self.keys += 1
        self.token.update(f"K{self.keys}Z", layout=False)

    def feed(self, path: str, lines: int, batch: int) -> None:
        """Read so many lines of a file in batches, with a yield to the app after each tenth."""
        self.work = asyncio.create_task(self._feed(Path(path), lines, batch))

    async def _feed(self, path: Path, lines: int, batch: int) -> None:
        cpu = time.process_time()
        with path.open("rb") as file:
            for number in range(lines // batch):
                self.take([file.read(batch * LINE)])
                if number % 10 == 9:
                    await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        self.took = {"cpu_seconds": time.process_time() - cpu}


class Ours(Measured):
    """The pane of a log, fed by hand or by a LogFeed."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.pane = LogPane(zone=UTC)
        limits: dict[str, Any] = {}
        if kind == "spill":
            limits = {"memory_limit": MEMORY, "sink": SpillFile()}
        self.store = LogStore(**limits)
        self.marks = Marks()
        self.follower: LogFeed | None = None

    CSS_PATH = [str(path) for path in stylesheets.sheets()]  # noqa: RUF012 - as Textual wants it

    def compose(self) -> ComposeResult:
        yield self.pane
        yield self.token

    def on_mount(self) -> None:
        # Textual calls the method of the base class as well.
        self.pane.view.focus()
        self.set_interval(0.1, self._update)

    def _update(self) -> None:
        if self.follower is not None:
            state = self.follower.topic.value
            self.store, self.marks = state.store, state.marks
        self.pane.show(self.store, self.marks, LogFacts(name="job", window="all", link=Live()))

    @property
    def line_count(self) -> int:
        return self.store.end

    def take(self, lines: list[bytes]) -> None:
        self.store.append(lines[0])

    def commands(self) -> dict[str, Any]:
        more = {
            "flood": self.flood,
            "stop": self.stop,
            "look": self.look,
            "tokens": self.give_tokens,
            "search": self.search,
        }
        return {**super().commands(), **more}

    def flood(self, url: str) -> None:
        """Follow a log as the dashboard does."""
        self.work = asyncio.create_task(self._flood(url))

    async def _flood(self, url: str) -> None:
        async with aiohttp.ClientSession() as session:

            @asynccontextmanager
            async def open_log(
                since: datetime | None, separator: str
            ) -> AsyncIterator[AsyncIterator[bytes]]:
                async with session.ws_connect(url, max_msg_size=0, compress=0) as socket:
                    yield _messages(socket)

            async def status() -> JobDescription:
                return running_job()

            limits = LogLimits(memory=MEMORY, total=200 * MIB)
            self.follower = LogFeed(open_log, status, job=running_job(), limits=limits)
            self.follower.look_back(ALL)
            await self.follower.run()

    def toggle_wrap(self) -> None:
        self.pane.toggle_wrap()

    # What is answered to, with a token in the same paint

    tokens = False

    def give_tokens(self) -> None:
        """From now on each of the keys of a log gets a token."""
        self.tokens = True

    def on_key(self, event: events.Key) -> None:
        # Textual calls the method of the base class as well.
        act = ACTS.get(event.key)
        if not self.tokens or act is None or self.pane.searching:
            return
        act(self.pane)
        self.answered()

    def on_resize(self, event: events.Resize) -> None:
        if self.tokens:
            self.call_after_refresh(self.answered)

    def look(self) -> dict[str, Any]:
        """How the view stands."""
        search, view = self.pane.view.search, self.pane.view
        matches = search.matches
        return {
            **usage(),
            "lines": view.store.end,
            "dropped": view.store.dropped,
            "searched": matches is None or matches.complete,
            "matches": 0 if matches is None else matches.count,
            "errors": search.errors.complete,
            "following": view.following,
            "last": view.visible_text.splitlines()[-1:],
            "behind": view.frames_left_out,
        }

    def stop(self) -> None:
        if self.work is not None:
            self.work.cancel()
            self.follower = None

    def search(self, text: str) -> dict[str, Any]:
        """All matches of a text; CPU seconds of all steps and of the longest."""
        index = LineIndex(self.store, compile_query(Query(text)))
        longest, clock = 0.0, time.perf_counter
        cpu = time.process_time()
        over = False
        while not over:
            before = time.thread_time()
            over = index.step(until=clock() + SLICE, clock=clock)
            longest = max(longest, time.thread_time() - before)
        return {"seconds": time.process_time() - cpu, "longest": longest, "count": index.count}


ACTS: dict[str, Callable[[LogPane], object]] = {
    "f2": lambda pane: pane.open_search("checksum"),
    "f3": lambda pane: pane.open_search(r"step \d+7 loss=0\.\d*7"),
    "f4": lambda pane: pane.close_search(clear=True),
    "x": lambda pane: pane.toggle_only(),
    "exclamation_mark": lambda pane: pane.invert(),
    "n": lambda pane: pane.go_to_match(forward=True),
    "N": lambda pane: pane.go_to_match(forward=False),
    "e": lambda pane: pane.go_to_error(forward=True),
    "E": lambda pane: pane.go_to_error(forward=False),
    "s": lambda pane: pane.view.follow(on=not pane.view.following),
    "g": lambda pane: pane.view.action_first(),
    "G": lambda pane: pane.view.follow(on=True),
    "v": lambda pane: pane.toggle_wrap(),
}
"""What the keys of the viewer do, under keys that are the same here and there."""


async def _messages(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[bytes]:
    async for message in socket:
        yield message.data


class Rich(Measured):
    """RichLog: a Text of each line, or of each batch."""

    def compose(self) -> ComposeResult:
        self.log_widget = RichLog(wrap=False, highlight=False, markup=False)
        yield self.log_widget
        yield self.token

    @property
    def line_count(self) -> int:
        return len(self.log_widget.lines)

    def take(self, lines: list[bytes]) -> None:
        text = lines[0].decode("utf-8", "replace")
        if self.kind == "richbatch":
            self.log_widget.write(Text.from_ansi(text.rstrip("\n")))
        else:
            for line in text.splitlines():
                self.log_widget.write(Text.from_ansi(line))


class Plain(Measured):
    """Log, by its fastest method."""

    def compose(self) -> ComposeResult:
        self.log_widget = Log()
        yield self.log_widget
        yield self.token

    @property
    def line_count(self) -> int:
        return self.log_widget.line_count

    def take(self, lines: list[bytes]) -> None:
        text = lines[0].decode("utf-8", "replace")
        if self.kind == "loglines":
            self.log_widget.write_lines(text.splitlines())
        else:
            self.log_widget.write(text)


APPS = {
    "ours": Ours,
    "spill": Ours,
    "richlog": Rich,
    "richbatch": Rich,
    "log": Plain,
    "loglines": Plain,
}

if __name__ == "__main__":
    APPS[sys.argv[1]](sys.argv[1]).run()
