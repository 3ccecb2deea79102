"""A list to choose one thing from: contexts, themes, actions, what to copy, how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from apolo_tui.model.cells import fit, printable
from apolo_tui.screens.page import Dialog


@dataclass(frozen=True, slots=True)
class Choice:
    """One line. `key` is a key that chooses it at once."""

    value: str
    label: str
    hint: str = ""
    key: str = ""


class Picker(Dialog[str]):
    """Dismissed with the value of the choice, or None.

    With `filtered` an input narrows the list; with `free` what is typed may be taken as it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("up", "move(-1)", "up", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        filtered: bool = False,
        free: str = "",
        note: str = "",
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._filtered = filtered or bool(free)
        self._free = free
        self._note = note
        self._shown: list[Choice] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="picker"):
            yield Static(self.words(self._title), id="title")
            if self._note:
                yield Static(self.words(self._note), id="note")
            if self._filtered:
                yield Input(placeholder=self._free or "type to filter", id="filter")
            yield OptionList(id="choices")
            yield Static(self.words("↑↓ choose   ⏎ take   esc cancel"), id="hint")

    def on_mount(self) -> None:
        self._fill("")
        self.query_one("#filter" if self._filtered else "#choices").focus()

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        self._shown = [
            choice
            for choice in self._choices
            if all(word in f"{choice.label} {choice.hint}".lower() for word in words)
        ]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._prompt(choice)) for choice in self._shown)
        if self._shown:
            options.highlighted = 0

    def _prompt(self, choice: Choice) -> Content:
        room = max(12, max((len(item.label) for item in self._choices), default=12) + 2)
        key = f"{choice.key:<3}" if any(item.key for item in self._choices) else ""
        return self.words(f"{key}{fit(choice.label, min(room, 44))} {printable(choice.hint)}")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if self._shown and highlighted is not None:
            self.dismiss(self._shown[highlighted].value)
        elif self._free and event.value.strip():
            self.dismiss(event.value.strip())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].value)

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def on_key(self, event: events.Key) -> None:
        """The keys of the choices, and vim's, while there is no input."""
        if self._filtered:
            return
        for choice in self._shown:
            if choice.key and event.character == choice.key:
                event.stop()
                self.dismiss(choice.value)
                return
        if event.key in ("j", "k"):
            event.stop()
            self.action_move(1 if event.key == "j" else -1)
