"""The job table, ours or Textual's DataTable, with synthetic jobs: an app to be measured.

python -m benchmarks.harness.table_app ours|datatable
"""

import sys
from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from apolo_tui import stylesheets
from apolo_tui.theme import THEMES
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_columns import Cell, Column
from benchmarks.harness.control import serve, settle

Row = tuple[str, ...]

COLUMNS = (
    ("id", 12),
    ("name", 20),
    ("status", 10),
    ("owner", 8),
    ("project", 12),
    ("preset", 12),
    ("image", 30),
    ("created", 12),
    ("cost", 10),
)
STATUSES = ("running", "failed", "pending", "succeeded")
CHANGING = ("status", "created", "cost")


def row_of(number: int, version: int = 0) -> Row:
    """A synthetic job. Another version differs in what changes of a job."""
    return (
        f"job-{number:08x}",
        f"train-{number}-resnet",
        STATUSES[(number + version) % 4],
        f"user{number % 20}",
        "ml-research",
        "gpu-a100-x1",
        f"ghcr.io/neuro-inc/base:v{number % 9}",
        f"{(number + version) % 60}m ago",
        f"{number * 0.01 + version:.2f}",
    )


def table_of_jobs() -> LineTable[Row]:
    """Our table with the columns of the jobs."""
    return LineTable[Row](
        [
            Column[Row](
                key=name,
                title=name.upper(),
                render=_cell(at, name),
                min_width=width,
                frozen=at < 2,
            )
            for at, (name, width) in enumerate(COLUMNS)
        ],
        key=lambda row: row[0],
    )


def _cell(at: int, name: str) -> Callable[[Row], Cell | str]:
    if name == "status":
        return lambda row: Cell(row[at], row[at])
    return lambda row: row[at]


class Ours(App[None]):
    """LineTable."""

    CSS_PATH: ClassVar = [stylesheets.folder() / "table.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.table = table_of_jobs()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()
        self.control = serve({"load": self.load, "update": self.update_rows, "settle": settle})

    def load(self, rows: int) -> None:
        self.table.set_rows([row_of(number) for number in range(rows)])

    def update_rows(self, numbers: list[int], version: int) -> None:
        for number in numbers:
            self.table.update_row(row_of(number, version))


class Theirs(App[None]):
    """DataTable with fixed column widths and the cursor on rows, its fastest mode."""

    CSS = "DataTable { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        self.table: DataTable[str] = DataTable(cursor_type="row")
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()
        for name, width in COLUMNS:
            self.table.add_column(name.upper(), key=name, width=width)
        self.control = serve({"load": self.load, "update": self.update_rows, "settle": settle})

    def load(self, rows: int) -> None:
        for row in (row_of(number) for number in range(rows)):
            self.table.add_row(*row, key=row[0])

    def update_rows(self, numbers: list[int], version: int) -> None:
        with self.batch_update():
            for number in numbers:
                row = row_of(number, version)
                for at, (name, _) in enumerate(COLUMNS):
                    if name in CHANGING:
                        self.table.update_cell(row[0], name, row[at])


APPS: dict[str, type[App[Any]]] = {"ours": Ours, "datatable": Theirs}

if __name__ == "__main__":
    APPS[sys.argv[1]]().run()
