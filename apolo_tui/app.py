"""The app: puts store, screens, theme and keymap together.

Each action imports the page that it opens: the first frame does not wait for them.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import WorkerFailed

from apolo_tui import stylesheets
from apolo_tui.actions import ACTIONS, Action, Scope, key_label, with_keymap
from apolo_tui.config import Problem, Settings
from apolo_tui.model.alerts import Alert
from apolo_tui.model.alerts import Severity as AlertSeverity
from apolo_tui.model.job import JobDescription
from apolo_tui.model.notices import Channel, bell, channel_of, notification
from apolo_tui.screens.confirm import ConfirmDialog, Question
from apolo_tui.screens.host import Sessions
from apolo_tui.screens.main import MainScreen, Start
from apolo_tui.screens.picker import Choice, Picker
from apolo_tui.store.events import Severity
from apolo_tui.store.platform import Context
from apolo_tui.store.state import Json
from apolo_tui.store.workspace import Workspace
from apolo_tui.theme import THEMES
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.glyphs import ASCII, glyphs_of
from apolo_tui.widgets.lines import plain_text
from apolo_tui.widgets.parsed_sheets import ParsedSheets
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.terminal_driver import TerminalDriver
from apolo_tui.widgets.type_ahead import TypeAheadApp

WRITES = frozenset(action.method for action in ACTIONS.values() if action.writes)
WIDTHS = ((0, "-tiny"), (60, "-narrow"), (116, "-wide"), (180, "-huge"))
"""From how many cells on a screen has which class; the sheets lay the panes out by them."""
HEIGHTS = ((0, "-flat"), (16, "-low"), (22, "-medium"), (34, "-tall"))
"""The same for its lines."""
TERMINAL_CLASS = "-takes-keys"
"""A widget with this class and the focus gets every key but those of `LEAVING`."""
LEAVING = frozenset({"leave_terminal"})


TOAST = 6.0
"""Seconds for which a message stays."""
SETTLED_AFTER = 3.0
"""Seconds from the start until what stays for good has been imported and built."""


RARELY = (100_000, 50, 100)
"""The thresholds of the garbage collector while much is imported and built that stays."""
IN_PARTS = (5_000, 10, 500)
"""Those from then on: 100,000 young objects, half of them garbage, are 50 to 90 ms of work at
once, for which a key would wait; 5,000 are 3 ms. A full collection stays rare by itself."""
TIDY_EVERY, UNTYPED = 60.0, 5.0
"""Seconds between full collections, and from the last key to one."""


def settle() -> None:
    """Let the garbage collector leave alone what stays, and take what does not in small parts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*IN_PARTS)


def actions_provider() -> type[Provider]:
    """What the palette offers."""
    from apolo_tui.screens.palette import ActionProvider

    return ActionProvider


class ApoloApp(TypeAheadApp, inherit_bindings=False):
    """The dashboard."""

    TITLE = "apolo-tui"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.APP)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {actions_provider}

    def __init__(
        self,
        workspace: Workspace,
        *,
        problems: Sequence[Problem] = (),
        environ: Mapping[str, str],
        state_folder: Path,
        start: Start = Start(),  # noqa: B008 - frozen
        marks: Marks = Marks.BRAILLE,
        no_color: bool = False,
        driver_class: type[Driver] | None = None,
    ) -> None:
        self.workspace = workspace
        self.settings: Settings = workspace.settings
        self.environ = environ
        self.glyphs = ASCII if self.settings.ascii else glyphs_of(marks)
        self._state_folder = state_folder
        self._problems = tuple(problems)
        self._start = start
        self._no_color = no_color
        self._allowed_here: bool | None = None
        self._interrupted_at = float("-inf")
        self.sessions: Sessions | None = None
        self._unfinished: list[Callable[[], Sequence[str]]] = []
        self._actions = with_keymap(self.settings.keys)
        super().__init__(
            driver_class=driver_class or TerminalDriver,
            css_path=[str(path) for path in stylesheets.sheets()],
            ansi_color=True if no_color else None,
        )
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = self._theme_of(None)
        self.stylesheet = ParsedSheets(variables=self.get_css_variables())
        self.HORIZONTAL_BREAKPOINTS = list(WIDTHS)
        self.VERTICAL_BREAKPOINTS = list(HEIGHTS)

    # Start and end

    def on_mount(self) -> None:
        self.set_class(self.glyphs.ascii_only, "-ascii")
        self.set_keymap({name: ",".join(keys) for name, keys in self.settings.keys.items()})
        self.push_screen(MainScreen(self._start))
        for problem in self._problems:
            self.workspace.events.add(str(problem), severity="warning")
            self.notify(str(problem), severity="warning", timeout=12, markup=False)
        self.workspace.announce = self.announce
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first frame: only now is the network touched."""
        if not self.is_headless:
            gc.freeze()
            gc.set_threshold(*RARELY)
            self.set_timer(SETTLED_AFTER, settle)
            self.set_interval(TIDY_EVERY, self._tidy, name="tidy")
        gc.enable()
        self.workspace.start()
        self.run_worker(self._watch_context(), name="context")

    def _tidy(self) -> None:
        """Collect all garbage while no key would wait for it.

        What has lived for some time before it becomes garbage is seldom looked at otherwise, and a
        dashboard that is left running would grow by it.
        """
        if self.untyped_for > UNTYPED:
            gc.collect()

    async def _watch_context(self) -> None:
        async for desk in self.workspace.desk.watch():
            if desk is not None:
                self.theme = self._theme_of(desk.context)
                self._allowed_here = None
                self.refresh_keys()

    def _theme_of(self, context: Context | None) -> str:
        """The theme of the context, else the one chosen here, else the configured one."""
        if self._no_color:
            return "mono"
        rules = self.settings.rules(str(context)) if context is not None else None
        if rules is not None and rules.theme:
            return rules.theme
        remembered = self.workspace.state.text("theme")
        return remembered if remembered in THEMES else self.settings.theme

    def add_unfinished(self, tell: Callable[[], Sequence[str]]) -> None:
        """Ask this, too, for what would be lost by leaving."""
        self._unfinished.append(tell)

    def unfinished(self) -> list[str]:
        """What would be lost by leaving now, in words."""
        kills = [
            f"a kill of {len(kill.jobs)} job(s) has not been sent yet"
            for commands in self.workspace.all_commands
            for kill in commands.pending.value
        ]
        return kills + [text for tell in self._unfinished for text in tell()]

    @property
    def failure(self) -> Exception | None:
        """The unexpected error that ended the app, if any; one of a worker itself, not its end."""
        error = self._exception
        inner = error.error if isinstance(error, WorkerFailed) else None
        return inner if isinstance(inner, Exception) else error

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which prints local variables and so may hold secrets.

        The error is raised again by whoever runs the app, and goes into the report.
        """
        self._close_messages_no_wait()

    # What is allowed

    @property
    def readonly(self) -> bool:
        """Whether everything that writes is switched off."""
        if self._allowed_here is not None:
            return not self._allowed_here
        desk = self.workspace.desk.value
        return self.settings.readonly or (desk is not None and desk.rules.readonly)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The one place that decides what a key may do."""
        focused = self.focused
        if focused is not None and focused.has_class(TERMINAL_CLASS):
            return action in LEAVING
        return not (self.readonly and action in WRITES)

    def declared(self, scopes: Sequence[Scope]) -> Iterator[Action]:
        """The actions of these scopes with the user's keys, in order."""
        for scope in scopes:
            yield from (action for action in self._actions.values() if action.scope is scope)

    def key_of(self, action_id: str) -> str:
        """The first key of an action, as people write it; its command when it has none."""
        action = self._actions[action_id]
        if not action.keys:
            return f":{action.command_name}"
        return key_label(action.keys[0], ascii_only=self.glyphs.ascii_only)

    def refresh_keys(self) -> None:
        """Draw what depends on what is allowed."""
        for screen in self.screen_stack:
            show = getattr(screen, "show_keys", None)
            if show is not None and screen.is_mounted:
                show()

    # Alerts

    def announce(self, alert: Alert) -> None:
        """Tell the user, and the terminal when nobody looks at it."""
        severity: Severity = "information"
        if alert.severity is not AlertSeverity.INFORMATION:
            severity = "error" if alert.severity is AlertSeverity.ERROR else "warning"
        self.say(alert.text, severity)
        rules = self.settings.alerts
        if rules.bell == "never" or (rules.bell == "unfocused" and self.app_focus):
            return
        self._to_terminal(bell())
        channel = channel_of(self.environ) if rules.notify == "auto" else Channel(rules.notify)
        tmux = bool(self.environ.get("TMUX"))
        sequence = notification(self.TITLE or "", alert.text, channel=channel, tmux=tmux)
        if sequence:
            self._to_terminal(sequence)

    # Services for the screens

    def say(self, text: str, severity: Severity = "information") -> None:
        self.notify(self._written(text), severity=severity, timeout=TOAST, markup=False)

    def saying(self, text: str) -> bool:
        """Whether a message with this text is on screen."""
        return any(message.message == self._written(text) for message in self._notifications)

    def _written(self, text: str) -> str:
        return plain_text(text) if self.glyphs.ascii_only else text

    def copy(self, text: str, what: str) -> None:
        from apolo_tui.widgets.clipboard import copy

        try:
            copied = copy(
                text, write=self._to_terminal, environ=self.environ, folder=self._state_folder
            )
        except OSError as error:
            self.say(f"{what} is too long for the clipboard, and no file: {error}", "error")
            return
        self.say(f"{what} copied" if copied.path is None else copied.message)

    def _to_terminal(self, sequence: str) -> None:
        driver = self._driver
        if driver is not None:
            driver.write(sequence)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Show it in a browser; without one, show and copy it."""
        from apolo_tui.screens.browser import open_in_browser

        opened = open_in_browser(str(url), self.environ)
        if opened:
            self.say(f"Opened {url} with {opened}")
        else:
            self.copy(url, url)

    def open_logs(self, jobs: Sequence[JobDescription]) -> None:
        """Show the log of the first of these jobs over the whole screen, and say so for more."""
        from apolo_tui.screens.logs import LogsPage

        self.push_screen(LogsPage(jobs[0]))
        if len(jobs) > 1:
            self.say(
                f"This is the log of {jobs[0].name or jobs[0].id}, the first of {len(jobs)} marked "
                "jobs. Logs are shown one by one: clear the marks to open another"
            )

    def switch_context(self, context: Context) -> None:
        self.workspace.switch(context)
        self.say(f"Now at {context}")

    # Actions

    def action_help(self) -> None:
        from apolo_tui.screens.help import HelpPage

        self.push_screen(HelpPage(self.help_scopes()))

    def help_scopes(self) -> tuple[Scope, ...]:
        """The scopes of the screen in front and of the focused widget, the nearest first."""
        here: tuple[Scope, ...] = tuple(getattr(self.screen, "SCOPES", ()))
        return (*here, Scope.APP)

    def action_command_line(self, text: str = "") -> None:
        from apolo_tui.screens.command_line import CommandLine, run_command

        if isinstance(self.screen, CommandLine):
            return
        history = self.workspace.state.get("command_history")
        lines = [str(line) for line in history] if isinstance(history, list) else []
        page = self.screen

        async def run(line: str | None) -> None:
            if line:
                kept: list[Json] = [*lines, line]
                self.workspace.state.put("command_history", kept[-200:])
                await run_command(page, line)

        self.push_screen(CommandLine(self.help_scopes(), history=lines, text=text), run)

    def action_quit_guarded(self) -> None:
        reasons = self.unfinished()
        if not reasons:
            self.exit(0)
            return
        question = Question(
            title="Leave the dashboard?",
            lines=tuple(reasons),
            verb="Leave",
            note="What has not been sent is not sent. Jobs go on.",
        )

        def leave(answer: str | None) -> None:
            if answer:
                self.exit(0)

        self.push_screen(ConfirmDialog(question), leave)

    def action_interrupt(self) -> None:
        """Copy what is selected; else twice leaves. Never out of an input."""
        selection = self.screen.get_selected_text()
        if selection:
            self.copy(selection, "Selection")
            self.screen.clear_selection()
            return
        if isinstance(self.focused, Input):
            self.say("Nothing is selected; esc leaves the input")
            return
        now = time.monotonic()
        if now - self._interrupted_at < self.settings.timings.quit_window:
            self.action_quit_guarded()
            return
        self._interrupted_at = now
        self.say("Press ctrl+c again to quit")

    def action_refresh(self) -> None:
        self.screen.refresh()  # another program may have written over it
        self.workspace.reconnect()
        self.say("Refreshing")

    def action_pause(self) -> None:
        desk = self.workspace.desk.value
        if desk is not None:
            paused = not desk.jobs.topic.value.paused
            desk.jobs.set_paused(paused)
            self.say("Paused: the list stands still" if paused else "Refreshing again")

    def action_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""
        driver = self._driver
        on = driver is not None and getattr(driver, "_mouse", False)
        disable = getattr(driver, "_disable_mouse_support", None)
        enable = getattr(driver, "_enable_mouse_support", None)
        if driver is None or disable is None or enable is None:
            self.say("This terminal has no mouse to share")
            return
        if self._mouse_given:
            driver._mouse = True
            enable()
        else:
            disable()
            driver._mouse = on
        self._mouse_given = not self._mouse_given
        self.say(
            "The mouse selects text in the terminal; f2 takes it back"
            if self._mouse_given
            else "The mouse is the dashboard's"
        )

    _mouse_given = False

    async def action_context(self, name: str = "") -> None:
        """Switch to the context, or ask which."""
        if name:
            try:
                self.switch_context(self.workspace.complete(name))
            except ValueError as error:
                self.say(str(error), "error")
            return
        self.workspace.learn_contexts()
        current = self.workspace.desk.value
        choices = [
            Choice(
                str(context), str(context), "now" if current and current.context == context else ""
            )
            for context in self.workspace.contexts.value
        ]

        def chosen(name: str | None) -> None:
            if name:
                self.switch_context(Context.parse(name))

        self.push_screen(
            Picker(
                "Context", choices, filtered=True, free="type to filter, or CLUSTER/ORG/PROJECT"
            ),
            chosen,
        )

    def action_previous_context(self) -> None:
        previous = self.workspace.previous
        if previous is None:
            self.say("There is no context before this one")
        else:
            self.switch_context(previous)

    def action_theme(self, name: str = "") -> None:
        def take(chosen: str | None) -> None:
            if chosen:
                self.theme = chosen
                self.workspace.state.put("theme", chosen)

        if not name:
            choices = [
                Choice(theme, theme, "now" if theme == self.theme else "") for theme in THEMES
            ]
            self.push_screen(Picker("Theme", choices, filtered=True), take)
        elif name in THEMES:
            take(name)
        else:
            self.say(f"There is no theme {name}; there are {', '.join(THEMES)}", "error")

    def action_readonly(self) -> None:
        self._allowed_here = False
        self.refresh_keys()
        self.say("Read-only: nothing here can change anything")

    def action_readwrite(self) -> None:
        """Allow changes; a protected context wants its name first."""
        desk = self.workspace.desk.value

        def allow(answer: str | None) -> None:
            if answer:
                self._allowed_here = True
                self.refresh_keys()
                self.say("Changes are allowed")

        if desk is None or not desk.rules.protected:
            allow("yes")
            return
        question = Question(
            title=f"Allow changes in {desk.context}?",
            lines=("This context is protected.",),
            verb="Allow",
            phrase=str(desk.context),
        )
        self.push_screen(ConfirmDialog(question), allow)

    def action_events(self) -> None:
        from apolo_tui.screens.events_page import EventsPage

        self.push_screen(EventsPage())

    # The terminal's focus

    def on_app_blur(self, event: events.AppBlur) -> None:
        self._slow_down(self.settings.timings.unfocused_factor)

    def on_app_focus(self, event: events.AppFocus) -> None:
        self._slow_down(1.0)

    def _slow_down(self, factor: float) -> None:
        desk = self.workspace.desk.value
        if desk is not None:
            desk.jobs.slowdown = factor
            if factor == 1.0:
                desk.jobs.refresh_now()

    def selected_job(self) -> JobDescription | None:
        """The job under the cursor of the main screen."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                return screen.selected
        return None

    @property
    def main(self) -> Screen[None] | None:
        """The main screen."""
        return next((item for item in self.screen_stack if isinstance(item, MainScreen)), None)
