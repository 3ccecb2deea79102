"""How long an expression may take.

Some expressions take for ever on some lines: `(a+)+$` tries all ways of cutting a run of letters
into pieces. So whoever has a clock hands in a limit, and a pattern gives such an expression up.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Limit = Callable[[float], AbstractContextManager[None]]
"""A context of at most so many seconds of work; past them it raises SlowExpressionError."""


class SlowExpressionError(Exception):
    """An expression took longer than it may."""


def no_limit(seconds: float) -> AbstractContextManager[None]:
    """For expressions that are known to be fast."""
    return nullcontext()


BLOCK_SECONDS = 0.05
"""For a block at once: many times what it takes."""
LINE_SECONDS = 0.01
"""For one line of a block that took too long."""
MOST_STRIKES = 4
"""Blocks and lines that may take too long before an expression is given up."""
WIDE = 16 * 1024
"""Bytes. In a longer line an expression sees so much at a time."""
