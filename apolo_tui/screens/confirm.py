"""A question before something is done. The default is to leave everything as it is."""

import time
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from apolo_tui.actions import Scope
from apolo_tui.screens.page import Dialog
from apolo_tui.widgets.bindings import bindings


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked."""

    title: str
    verb: str
    """The button that does it."""
    lines: tuple[str, ...] = ()
    note: str = ""
    command: str = ""
    """The equivalent apolo command; `c` copies it."""
    phrase: str = ""
    """To be typed before it can be confirmed."""
    now: bool = False
    """Whether `!` does it without the time to undo."""
    opened_by: tuple[str, ...] = ()
    """The keys that ask: a repeat of one is no answer."""


class ConfirmDialog(Dialog[str]):
    """Dismissed with `yes`, `now` or None."""

    SCOPES = (Scope.DIALOG,)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DIALOG)

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._opened_at = time.monotonic()

    def compose(self) -> ComposeResult:
        question = self._question
        with Vertical(id="dialog", classes="confirm"):
            yield Static(self.words(question.title), id="title")
            for line in question.lines:
                yield Static(self.words(line), classes="line")
            if question.note:
                yield Static(self.words(question.note), id="note")
            if question.phrase:
                yield Static(self.words(f"Type  {question.phrase}  to confirm:"), classes="line")
                yield Input(id="phrase")
            if question.command:
                yield Static(self.words(question.command), id="command")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(question.verb, id="confirm", disabled=bool(question.phrase))
            yield Static(self.words(self._hint()), id="hint")

    def _hint(self) -> str:
        question = self._question
        parts = ["esc cancel"] if question.phrase else ["y yes", "n esc cancel"]
        if question.now and not question.phrase:
            parts.append("! at once")
        if question.command and not question.phrase:
            parts.append("c copy command")
        return "   ".join(parts)

    def on_mount(self) -> None:
        self.query_one("#phrase" if self._question.phrase else "#cancel").focus()

    def on_key(self, event: events.Key) -> None:
        """A held key must not answer the question that it asked; arrows change the button."""
        repeated = time.monotonic() - self._opened_at < self.host.settings.timings.repeat_guard
        if repeated and event.key in self._question.opened_by:
            event.stop()
            event.prevent_default()
        elif event.key in ("left", "right", "tab", "shift+tab"):
            event.stop()
            event.prevent_default()
            self.focus_next() if event.key in ("right", "tab") else self.focus_previous()

    @property
    def _typed(self) -> bool:
        """Whether the phrase, if there is one, has been typed."""
        phrase = self._question.phrase
        return not phrase or self.query_one("#phrase", Input).value.strip() == phrase

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#confirm", Button).disabled = not self._typed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_confirm()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "confirm":
            self.action_confirm()
        else:
            self.action_cancel()

    def action_confirm(self) -> None:
        if self._typed:
            self.dismiss("yes")

    def action_now(self) -> None:
        if self._question.now and self._typed:
            self.dismiss("now")

    def action_copy_command(self) -> None:
        if self._question.command:
            self.host.copy(self._question.command, "Command")
