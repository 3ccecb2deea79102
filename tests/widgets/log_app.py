"""An app that shows a log and nothing else, in this process or in a terminal of its own.

As a program: `python -m tests.widgets.log_app FILE MODES` shows the lines of a file in one mode
after the other and leaves.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from textual.app import App, ComposeResult

from apolo_tui import stylesheets
from apolo_tui.model.link import Live
from apolo_tui.model.logs import LogStore, Marks
from apolo_tui.theme import THEMES
from apolo_tui.widgets.log_pane import LogPane
from apolo_tui.widgets.log_title import LogFacts

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class LogApp(App[None]):
    """Has one pane; tell it with `fill` what there is to see."""

    def __init__(self, *, modes: str = "", text: bytes = b"") -> None:
        super().__init__(css_path=[str(path) for path in stylesheets.sheets()])
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.store = LogStore()
        self.marks = Marks()
        self._ways = modes
        self._text = text

    def compose(self) -> ComposeResult:
        yield LogPane(now=lambda: NOW, zone=UTC)

    @property
    def pane(self) -> LogPane:
        return self.query_one(LogPane)

    def fill(self, data: bytes) -> None:
        """Take more of the log and show it."""
        self.store.append(data)
        self.update()

    def update(self) -> None:
        """Show the store as it is."""
        self.pane.show(self.store, self.marks, LogFacts(name="job", window="all", link=Live()))

    def on_mount(self) -> None:
        self.pane.view.focus()
        if self._text or self._ways:
            self.run_worker(self._play())

    async def _play(self) -> None:
        """Every way of showing the lines, each long enough to be painted."""
        await asyncio.sleep(0.2)
        self.fill(self._text)
        for mode in self._ways:
            {"r": self.pane.toggle_raw, "p": self.pane.toggle_pretty, "w": self.pane.toggle_wrap}[
                mode
            ]()
            await asyncio.sleep(0.2)
        self.pane.open_search("a")
        await asyncio.sleep(0.2)
        self.exit()


if __name__ == "__main__":
    LogApp(text=Path(sys.argv[1]).read_bytes(), modes=sys.argv[2]).run()
