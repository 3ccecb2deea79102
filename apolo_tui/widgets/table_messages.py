"""What a table tells the screen that it is on."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from textual.message import Message
from textual.widget import Widget


@dataclass
class TableMessage(Message):
    """A message of a table."""

    table: Widget

    @property
    def control(self) -> Widget:
        """The table, for `@on(..., "#id")`."""
        return self.table


@dataclass
class RowHighlighted(TableMessage, namespace="line_table"):
    """The cursor came to another row; `key` and `row` are None when there are no rows."""

    key: Hashable | None
    row: Any


@dataclass
class RowSelected(TableMessage, namespace="line_table"):
    """A row was chosen."""

    key: Hashable
    row: Any


@dataclass
class HeaderSelected(TableMessage, namespace="line_table"):
    """The title of a sortable column was clicked."""

    column: str


@dataclass
class MarksChanged(TableMessage, namespace="line_table"):
    """Rows were marked or unmarked; `keys` are all that are marked now."""

    keys: frozenset[Hashable]


@dataclass
class ReachedEnd(TableMessage, namespace="line_table"):
    """The last row is on screen: the time to load more. Once for each number of rows."""

    count: int
