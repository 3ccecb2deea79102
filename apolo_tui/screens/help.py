"""The help: the keys that work where it was opened, searchable."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from apolo_tui.actions import TITLES, Action, Scope, key_label
from apolo_tui.model.cells import fit, width
from apolo_tui.screens.page import Page
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.lines import Line, Lines, ScrollLines

KEYS_WIDTH = 10
LABEL_WIDTH = 16
BEFORE = 2 + KEYS_WIDTH + 1 + LABEL_WIDTH + 1
"""Cells before what an action does."""


def first_of(names: Sequence[str], room: int) -> str:
    """As many of the names as there is room for, the first one always."""
    shown = ""
    for name in names:
        longer = f"{shown} {name}".strip()
        if shown and width(longer) > room:
            break
        shown = longer
    return shown


class HelpPage(Page[None]):
    """Shows the effective keys, the user's own included."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE)

    def __init__(self, scopes: Sequence[Scope]) -> None:
        super().__init__()
        table = (Scope.TABLE,) if Scope.TABLE not in scopes else ()
        self._scopes = tuple(dict.fromkeys((*scopes, *table)))
        self._words = ""

    def compose(self) -> ComposeResult:
        yield Lines(self._title, id="header")
        yield Input(placeholder="type to search", id="search")
        yield ScrollLines(self._lines, id="text")
        yield self.key_bar()

    def on_mount(self) -> None:
        self.part("#search", Widget).focus()

    def _title(self, room: int) -> list[Line]:
        return [
            [
                (" Help", "title"),
                ("   keys that work here; type to search, ↑↓ pgdn scroll", "muted"),
            ]
        ]

    def footer_actions(self) -> Iterator[Action]:
        """How to leave. What else there is would be typed into the search."""
        yield from self.host.declared((Scope.PAGE,))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._words = event.value.lower()
        self.part("#text", ScrollLines).redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.part("#text", Widget).focus()

    def on_key(self, event: object) -> None:
        """Moving keys go to the text also while the search has the focus."""
        moves = {
            "down": "cursor_down",
            "up": "cursor_up",
            "pagedown": "page_down",
            "pageup": "page_up",
        }
        name = moves.get(getattr(event, "key", ""))
        text = self.part("#text", ScrollLines)
        if name and self.focused is not text:
            getattr(text, f"action_{name}")()

    def _lines(self, room: int) -> list[Line]:
        """The actions by place, narrowed to those with all words."""
        found: list[Line] = []
        words = self._words.split()
        for scope in self._scopes:
            block: list[Line] = []
            for action in self.host.declared((scope,)):
                names = [key_label(key, ascii_only=self.glyphs.ascii_only) for key in action.keys]
                keys = first_of(names, KEYS_WIDTH)
                if action.listed and not action.keys:
                    keys = f":{action.command_name}"
                found_by = (*names, keys, action.label, action.help, action.id)
                text = " ".join((*found_by, f":{action.command_name}")).lower()
                if not all(word in text for word in words):
                    continue
                off = action.writes and self.host.readonly
                told = wrap("read-only: off" if off else action.help, max(20, room - BEFORE))
                label = action.label[0].upper() + action.label[1:]
                style = "muted" if off else "key"
                if width(keys) > KEYS_WIDTH:  # a command says what its label says
                    head = [(f"  {fit(keys, BEFORE - 3)} ", style)]
                else:
                    head = [
                        (f"  {fit(keys, KEYS_WIDTH)} ", style),
                        (f"{fit(label, LABEL_WIDTH)} ", ""),
                    ]
                block.append([*head, (told[0], "muted")])
                block += [[(" " * BEFORE, ""), (rest, "muted")] for rest in told[1:]]
            if block:
                found += [[(f" {TITLES[scope]}", "heading")], *block, []]
        return found or [[(" Nothing matches; backspace widens the search", "muted")]]
