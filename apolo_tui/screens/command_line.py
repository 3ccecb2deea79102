"""The `:` line: a command, its argument, completion and history."""

from collections.abc import Sequence
from typing import ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from apolo_tui.actions import Action, Scope, commands
from apolo_tui.screens.host import Host
from apolo_tui.screens.page import Dialog
from apolo_tui.widgets.lines import Line, Lines

SHOWN = 6


class CommandLine(Dialog[str]):
    """Dismissed with the line, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("tab", "complete", "complete", show=False),
        Binding("up", "recall(-1)", "older", show=False),
        Binding("down", "recall(1)", "newer", show=False),
    ]

    def __init__(
        self, scopes: Sequence[Scope], *, history: Sequence[str] = (), text: str = ""
    ) -> None:
        super().__init__()
        self._commands = commands(scopes)
        self._history = list(history)
        self._at = len(self._history)
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="command-line"):
            yield Lines(self._candidates, id="candidates")
            yield Input(self._text, placeholder="command; tab completes", id="line")

    def on_mount(self) -> None:
        line = self.query_one("#line", Input)
        line.focus()
        line.cursor_position = len(self._text)

    def _matching(self) -> list[Action]:
        lines = self.query("#line").results(Input)
        typed = next((line.value for line in lines), self._text).lstrip(":").split(" ")[0]
        starting = [name for name in self._commands if name.startswith(typed)]
        inside = [name for name in self._commands if typed in name and name not in starting]
        return [self._commands[name] for name in (*sorted(starting), *sorted(inside))]

    def _candidates(self, room: int) -> list[Line]:
        found: list[Line] = [
            [
                (f" :{action.command_name} {action.argument}".ljust(34), "key"),
                (action.help, "muted"),
            ]
            for action in self._matching()[:SHOWN]
        ]
        return found or [[(" no such command", "warning")]]

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#candidates", Lines).redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip().lstrip(":").strip() or None)

    def action_complete(self) -> None:
        """As far as all candidates agree, or the first one."""
        line = self.query_one("#line", Input)
        typed, space, _ = line.value.lstrip(":").partition(" ")
        if space:
            return
        names = [action.command_name for action in self._matching()]
        starting = [name for name in names if name.startswith(typed)] or names
        if not starting:
            return
        common = _common_start(starting)
        line.value = common if len(common) > len(typed) else starting[0]
        if len(starting) == 1:
            line.value = starting[0] + (" " if self._commands[starting[0]].argument else "")
        line.cursor_position = len(line.value)

    def action_recall(self, by: int) -> None:
        self._at = max(0, min(len(self._history), self._at + by))
        line = self.query_one("#line", Input)
        line.value = self._history[self._at] if self._at < len(self._history) else ""
        line.cursor_position = len(line.value)

    def on_key(self, event: events.Key) -> None:
        """Backspace in an empty line leaves it."""
        if event.key == "backspace" and not self.query_one("#line", Input).value:
            event.stop()
            self.dismiss(None)


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    length = next(
        (at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]),
        min(len(first), len(last)),
    )
    return first[:length]


async def run_command(page: Screen[object], line: str) -> None:
    """Do what the line says, on the screen that it was typed over."""
    app = page.app
    host = cast(Host, app)
    name, _, argument = line.partition(" ")
    scopes = (*getattr(page, "SCOPES", ()), Scope.APP)
    known = commands(scopes)
    action = known.get(name)
    if action is None:
        starting = [command for command in known if command.startswith(name)]
        shortest = min(starting, key=len, default="")
        if all(command.startswith(shortest) for command in starting):
            starting = starting and [shortest]
        if len(starting) != 1:
            hint = f"; did you mean {', '.join(starting[:4])}?" if starting else "; tab lists them"
            host.say(f"There is no command {name}{hint}", "error")
            return
        action = known[starting[0]]
    argument = argument.strip()
    if action.writes and host.readonly:
        host.say(f"read-only: {action.label} is off; :rw allows it", "warning")
        return
    if argument and not action.argument:
        host.say(f"{action.command_name} takes no argument", "error")
        return
    call = f"{action.method}({argument!r})" if argument else action.invocation
    await app.run_action(call, app if action.scope is Scope.APP else page)
