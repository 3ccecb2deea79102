"""The viewer of logs on a file: opened, read as a connection is read, and shown at its end.

python -m benchmarks.harness.log_open_app FILE
"""

import asyncio
import sys
from datetime import UTC
from pathlib import Path

from textual.app import App, ComposeResult

from apolo_tui import stylesheets
from apolo_tui.model.link import Ended
from apolo_tui.model.logs import Intake, LogStore, Marks
from apolo_tui.store.log_spill import SpillFile
from apolo_tui.theme import THEMES
from apolo_tui.widgets.log_pane import LogPane
from apolo_tui.widgets.log_title import LogFacts

CHUNK = 64 * 1024
"""Bytes that are taken at a time: what comes of a fast connection."""
BETWEEN = 16
"""Chunks between two turns of the event loop."""
MEMORY = 20 << 20


class Opener(App[None]):
    """The pane of a log, followed to its end."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = [  # noqa: RUF012 - as Textual wants it
        str(path) for path in stylesheets.sheets() if path.stem in ("app", "logs")
    ]

    def __init__(self, path: Path) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.path = path
        self.pane = LogPane(zone=UTC)
        self.store = LogStore(memory_limit=MEMORY, sink=SpillFile())

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.view.focus()
        self.work = asyncio.create_task(self._read())

    async def _read(self) -> None:
        intake, marks = Intake(self.store), Marks()
        intake.connect("")
        with self.path.open("rb") as file:
            count = 0
            while chunk := file.read(CHUNK):
                intake.feed(chunk)
                count += 1
                if count % BETWEEN == 0:
                    await asyncio.sleep(0)
        self.pane.show(self.store, marks, LogFacts(name="job", window="all", link=Ended()))


if __name__ == "__main__":
    Opener(Path(sys.argv[1])).run()
