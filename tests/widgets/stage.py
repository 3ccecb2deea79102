"""An app with the themes and the sheets of the widgets, to put a widget on."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widget import Widget

from apolo_tui import stylesheets
from apolo_tui.theme import THEMES

SHEETS = ("table.tcss", "charts.tcss")


class Stage(App[None]):
    """One or more widgets, and nothing else."""

    CSS_PATH: ClassVar = [stylesheets.folder() / sheet for sheet in SHEETS]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *actors: Widget, theme: str = "dark") -> None:
        super().__init__()
        for known in THEMES.values():
            self.register_theme(known)
        self.theme = theme
        self._actors = actors

    def compose(self) -> ComposeResult:
        yield from self._actors


def screen_lines(app: App[None]) -> list[str]:
    """The screen as text, line by line."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
