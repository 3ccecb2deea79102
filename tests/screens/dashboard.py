"""The running dashboard in a test: the app under Textual's pilot, on a local platform."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.widgets import Input

from apolo_tui import local
from apolo_tui.app import ApoloApp
from apolo_tui.cli.connect import login_opener
from apolo_tui.cli.dashboard import decode
from apolo_tui.client.client import Client
from apolo_tui.config import Problem, Settings, Timings
from apolo_tui.local.faults import Rewrite
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.screens.command_line import CommandLine
from apolo_tui.screens.main import MainScreen, Start
from apolo_tui.store.platform import Clock, Opener, Sleep
from apolo_tui.store.snapshot import Snapshots
from apolo_tui.store.state import State
from apolo_tui.store.workspace import Workspace
from apolo_tui.widgets.sparkline import Marks
from tests.until import until

QUICK = Timings(selection_delay=0.02, repeat_guard=0.0, reveal=0.3)
CALM = Settings(refresh=600.0, timings=QUICK)
"""The list is asked for once: what the keys do is all that happens."""
WRITES = frozenset({"jobs.delete", "jobs.life_span", "kill", "save", "jobs.drop"})
PAINTS = 2
"""What a paint lays out anew is painted with the next one."""
SESSIONS = frozenset({"exec", "attach", "port_forward"})


def screen_text(app: App[Any]) -> str:
    """What the user sees, as plain lines: the one place where tests touch the compositor."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def at_rest(pump: MessagePump) -> bool:
    """Whether this part of the app waits for its next message, or will never take one again."""
    if pump._closing or pump._closed or not pump._running:
        return True
    arrived: asyncio.Event = pump._message_queue.ready_event
    waiting: Collection[object] = arrived._waiters  # asyncio keeps to itself who waits
    return bool(waiting) and not arrived.is_set() and not pump._next_callbacks


class Clipboard:
    """What the app sent to the terminal beside the screen."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __call__(self, sequence: str) -> None:
        self.sent.append(sequence)


class Dashboard:
    """The app and the platform, and what tests do with them."""

    def __init__(
        self,
        app: ApoloApp,
        pilot: Pilot[int],
        platform: "local.Platform | None",
        clipboard: Clipboard,
    ) -> None:
        self.app = app
        self.pilot = pilot
        self.platform = platform
        self.clipboard = clipboard

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def main(self) -> MainScreen:
        main = self.app.main
        assert isinstance(main, MainScreen)
        return main

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, *words: str) -> str:
        """The first line of the screen with all these words, or ""."""
        return next((line for line in self.lines if all(word in line for word in words)), "")

    def colour(self, text: str, *words: str, ground: bool = False) -> str:
        """The colour in which the text stands on the first line that has it and all the words.

        With `ground` that of what is behind it.
        """
        for strip in self.app.screen._compositor.render_strips():
            if all(word in strip.text for word in (text, *words)):
                for segment in strip:
                    style = segment.style if text in segment.text else None
                    colour = style and (style.bgcolor if ground else style.color)
                    if colour:
                        return colour.name
        return ""

    @property
    def names(self) -> list[str]:
        """The jobs of the table from the top."""
        jobs = self.main.jobs.jobs
        return [jobs[str(key)].name or str(key) for key in self.main.table.keys]

    @property
    def selected(self) -> str:
        job = self.main.selected
        return (job.name or job.id) if job is not None else ""

    @property
    def toasts(self) -> str:
        return "\n".join(str(item.message) for item in self.app._notifications)

    async def press(self, *keys: str) -> None:
        """Press keys, and let what they cause happen.

        Textual's pilot waits for an idle process after each; here the platform lives in the same
        process, so that is slow and tells nothing.
        """
        for key in keys:
            self.send(key)
            await self.settle()

    def send(self, *keys: str) -> None:
        """What a terminal does with keys that come in one burst: one behind the other, at once."""
        for key in keys:
            character = CHARACTERS.get(key, key if len(key) == 1 else None)
            self.app.post_message(events.Key(key, character))

    async def settle(self) -> None:
        """Let every widget work off its messages, those that they cause as well, and paint."""
        for _ in range(PAINTS):
            await self._rest()
            if not self.app.screen_stack:
                return
            self.app.screen._on_timer_update()
        await self._rest()

    async def _rest(self) -> None:
        """Wait until nobody has a message or works on one."""
        deadline = time.monotonic() + 30.0
        turns = quiet = 0
        while quiet < 2:
            # The messages of one turn of the loop are seen in the next one; who is busy for
            # longer waits for something outside.
            await asyncio.sleep(0 if turns < 100 else 0.005)
            busy = next((pump for pump in self._pumps() if not at_rest(pump)), None)
            quiet = quiet + 1 if busy is None else 0
            turns += 1
            assert time.monotonic() < deadline, f"{busy} does not come to rest"

    def _pumps(self) -> Iterator[MessagePump]:
        yield self.app
        stack = self.app.screen_stack
        yield from stack[:-1]
        if stack:
            yield from stack[-1].walk_children(with_self=True)

    async def type(self, text: str) -> None:
        """Type a text: at once where an input has the focus, else key by key."""
        if isinstance(self.app.focused, Input):
            self.app.focused.insert_text_at_cursor(text)
            await self.settle()
            return
        for character in text:
            await self.press(KEYS.get(character, character))

    async def command(self, text: str) -> None:
        """Type a command of the `:` line, and run it."""
        await self.press("colon")
        await self.until(lambda: isinstance(self.app.screen, CommandLine))
        await self.type(text)
        await self.press("enter")

    async def until(self, check: Callable[[], Any], *, within: float = 20.0, what: str = "") -> Any:
        try:
            return await until(check, within=within, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.text}\n{self.toasts}") from None

    async def shows(self, *words: str, within: float = 20.0) -> str:
        """Wait for a line with all these words; returns it."""
        try:
            return str(await until(lambda: self.line(*words), within=within))
        except AssertionError:
            raise AssertionError(f"no line with {words}:\n{self.text}\n{self.toasts}") from None

    async def says(self, words: str) -> None:
        """Wait for a message to the user."""
        try:
            await until(lambda: words in self.toasts, within=20.0)
        except AssertionError:
            raise AssertionError(f"not said: {words}; but {self.toasts}\n{self.text}") from None

    async def hides(self, *words: str) -> None:
        await self.until(lambda: not self.line(*words))

    async def select(self, name: str) -> None:
        """Put the cursor on the job of this name."""
        await self.until(lambda: name in self.names, what=f"{name} is not listed")
        job = next(job for job in self.main.jobs.jobs.values() if job.name == name)
        assert self.main.table.move_cursor(job.id)
        await self.until(lambda: self.main.selected_id == job.id)

    def job(self, name: str) -> JobDescription:
        return next(job for job in self.main.jobs.jobs.values() if job.name == name)

    async def refresh(self) -> None:
        """Ask the platform now, and wait for the answer."""
        before = self.main.jobs.as_of
        desk = self.main.desk
        assert desk is not None
        desk.jobs.refresh_now()
        await self.until(lambda: self.main.jobs.as_of != before)
        await self.settle()

    def calls(self, *operations: str) -> list[Any]:
        assert self.platform is not None
        return [call for call in self.platform.calls if call.operation in operations]

    @property
    def writes(self) -> list[str]:
        """The calls so far that changed a job, by their operations."""
        assert self.platform is not None
        return [call.operation for call in self.platform.calls if call.operation in WRITES]


KEYS = {
    " ": "space",
    "/": "slash",
    ":": "colon",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "!": "exclamation_mark",
    "-": "minus",
    "*": "asterisk",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    ";": "semicolon",
    "=": "equals_sign",
    ",": "comma",
    ".": "full_stop",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "(": "left_parenthesis",
    "+": "plus",
    "_": "underscore",
    "|": "vertical_line",
}
CHARACTERS = {name: character for character, name in KEYS.items()}


@asynccontextmanager
async def dashboard(
    folder: Path,
    *,
    platform: "local.Platform | None" = None,
    opener: Opener | None = None,
    user: str | None = None,
    size: tuple[int, int] = (120, 40),
    settings: Settings | None = None,
    start: Start | None = None,
    environ: Mapping[str, str] | None = None,
    problems: tuple[Problem, ...] = (),
    cache: bool = False,
    no_color: bool = False,
    marks: Marks = Marks.BRAILLE,
    clock: Clock | None = None,
    sleep: Sleep | None = None,
    ready: bool = True,
    kind: str = "",
) -> AsyncIterator[Dashboard]:
    """Run the app on a platform. What it remembers is in `folder`, for the next one as well."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    if opener is None:
        assert platform is not None
        login = platform.login_folder(folder / f"login-{user or 'first'}", user=user)
        opener = login_opener(login, kind=kind, environ={})
    chosen = settings or Settings(refresh=0.5, timings=QUICK)
    given = {"clock": clock, "sleep": sleep}
    options: dict[str, Any] = {name: how for name, how in given.items() if how is not None}
    workspace = Workspace(
        opener,
        chosen,
        platform_key=f"test {user or ''}",
        state=State(folder / "state.json"),
        snapshots=Snapshots(folder / "cache", decode=decode) if cache else None,
        audit=folder / "audit.log",
        **options,
    )
    clipboard = Clipboard()
    async with workspace:
        app = ApoloApp(
            workspace,
            problems=problems,
            environ=environ if environ is not None else {"TERM": "xterm-256color"},
            state_folder=folder,
            start=start or Start(),
            marks=marks,
            no_color=no_color,
        )
        app._to_terminal = clipboard  # type: ignore[method-assign]  # what would reach the terminal
        async with app.run_test(size=size, notifications=True) as pilot:
            board = Dashboard(app, pilot, platform, clipboard)
            await board.until(lambda: app.main is not None)
            if ready:
                await board.until(lambda: board.main.jobs.as_of and not board.main.jobs.cached)
                await board.settle()
            yield board


async def start(
    client: Client,
    name: str | None = None,
    command: str = "sleep 600",
    *,
    preset: str = "cpu-micro",
    wait: JobStatus | None = JobStatus.RUNNING,
    **options: Any,
) -> JobDescription:
    """A job on the platform that has reached a status."""
    job = await client.jobs.start(
        image=RemoteImage(name="ubuntu", tag="22.04"),
        preset_name=preset,
        name=name,
        command=command,
        **options,
    )
    if wait is None:
        return job

    async def reached() -> JobDescription | None:
        found = await client.jobs.status(job.id)
        return found if found.status is wait else None

    found = await until(reached, within=30.0, every=0.05)
    assert found is not None
    return found


_CHANGES: WeakKeyDictionary[local.Platform, dict[str, dict[str, Any]]] = WeakKeyDictionary()


def rewritten(platform: local.Platform, name: str, /, **changes: Any) -> None:
    """The platform tells these values of the job `name` from now on, in lists and by its id.

    `history__status` is the value `status` within `history`.
    """
    known = _CHANGES.setdefault(platform, {})
    if not known:
        for operation in ("jobs.list", "jobs.get"):
            platform.faults.add(operation, Rewrite(partial(_changed, known)))
    known[name] = changes


def _changed(known: Mapping[str, Mapping[str, Any]], document: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(document))
    for path, value in known.get(str(document.get("name")), {}).items():
        node = changed
        *parents, last = path.split("__")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return changed


def as_ended(status: str, reason: str | None, **history: Any) -> dict[str, Any]:
    """Changes that make a running job look ended."""
    return {
        "status": status,
        "history__status": status,
        "history__reason": reason,
        "history__finished_at": "2026-11-22T10:00:00+00:00",
        **{f"history__{name}": value for name, value in history.items()},
    }
