"""Logs: bytes in, lines out. No I/O, no event loop, no clock.

`LogStore` keeps the lines, `Intake` fills it from one connection after the other, `LineIndex`
finds lines, and `text`, `levels`, `records` and `pretty` say how a line is to be read.
"""

from apolo_tui.model.logs.blocks import BlockSink, LogStore
from apolo_tui.model.logs.errors import error_pattern
from apolo_tui.model.logs.index import LineIndex
from apolo_tui.model.logs.intake import Intake
from apolo_tui.model.logs.levels import Level, level_of
from apolo_tui.model.logs.marks import Gap, Mark, Marks, Restart
from apolo_tui.model.logs.messages import MatchingMessages
from apolo_tui.model.logs.patterns import Pattern, Query, compile_query
from apolo_tui.model.logs.slowness import Limit, SlowExpressionError, no_limit
from apolo_tui.model.logs.stamps import Stamp, TimeMode, show_stamp, split_stamp

__all__ = [
    "BlockSink",
    "Gap",
    "Intake",
    "Level",
    "Limit",
    "LineIndex",
    "LogStore",
    "Mark",
    "Marks",
    "MatchingMessages",
    "Pattern",
    "Query",
    "Restart",
    "SlowExpressionError",
    "Stamp",
    "TimeMode",
    "compile_query",
    "error_pattern",
    "level_of",
    "no_limit",
    "show_stamp",
    "split_stamp",
]
