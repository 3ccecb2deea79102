"""Controls of a form that take one line each: a choice, and a switch."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Choice(Widget, can_focus=True):
    """One of a few words: ← → or space change it."""

    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """Another word was chosen."""

        choice: "Choice"
        value: str

        @property
        def control(self) -> "Choice":
            return self.choice

    def __init__(
        self,
        options: Sequence[str],
        value: str,
        *,
        what: str = "",
        ascii_only: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.options = list(options)
        if value not in self.options:
            self.options.append(value)
        self._what = f"{what} " if what else ""
        self._ascii_only = ascii_only
        self.set_reactive(Choice.value, value)

    def render(self) -> Text:
        shown = self.value or "none"
        arrows = ("<", ">") if self._ascii_only else ("◂", "▸")
        if not self.has_focus:
            return Text(f"{self._what}  {shown}")
        return Text(f"{self._what}{arrows[0]} {shown} {arrows[1]}")

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def step(self, by: int) -> None:
        """The next word, or the one before; it goes round."""
        place = self.options.index(self.value)
        self.value = self.options[(place + by) % len(self.options)]
        self.post_message(self.Changed(self, self.value))

    def on_key(self, event: events.Key) -> None:
        steps = {"right": 1, "space": 1, "enter": 1, "left": -1}
        if event.key in steps:
            event.stop()
            event.prevent_default()
            self.step(steps[event.key])

    def on_click(self) -> None:
        self.step(1)


class Switch(Widget, can_focus=True):
    """On or off: space and enter change it."""

    value: reactive[bool] = reactive(False)

    @dataclass
    class Changed(Message):
        """It was switched."""

        switch: "Switch"
        value: bool

        @property
        def control(self) -> "Switch":
            return self.switch

    def __init__(
        self, text: str, value: bool, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.text = text
        self.set_reactive(Switch.value, value)

    def render(self) -> Text:
        return Text(f"[{'x' if self.value else ' '}] {self.text}")

    def toggle(self) -> None:
        self.value = not self.value
        self.post_message(self.Changed(self, self.value))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("space", "enter"):
            event.stop()
            event.prevent_default()
            self.toggle()

    def on_click(self) -> None:
        self.toggle()
