"""Messages of more than one line: a Python traceback is one message, with what it belongs to."""

import re
from collections.abc import Callable

from apolo_tui.model.logs.levels import TRACEBACK, Level, level_of

REACH = 400
"""Lines: no message is looked for farther away."""

CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)

TextOf = Callable[[int], str | None]
"""The text of a line by its number; None for a number that has no line."""


def _body(text: str | None, prefix: str) -> str | None:
    """The text without what stands in front of every line of a traceback."""
    if text is None:
        return None
    bare = prefix.rstrip()
    if bare and text.startswith(bare):
        text = text[len(bare) :]
        return text.removeprefix(" ")
    return text


def traceback_end(text_of: TextOf, header: int, prefix: str) -> int:
    """The number after the last line of the traceback that begins at `header`."""
    number = header + 1
    limit = header + REACH
    while number < limit:
        text = _body(text_of(number), prefix)
        if text is None:
            return number
        if text == "" or text[0] in " \t|+":
            number += 1
            continue
        if TRACEBACK.match(text):  # it was cut off, and another begins
            return number
        # The line that names the exception, then perhaps the one that it led to.
        after = number + 1
        while (_body(text_of(after), prefix) or "").startswith((" ", "\t")):
            after += 1
        follow = after
        while _body(text_of(follow), prefix) in ("", *CHAINED):
            follow += 1
        next_text = text_of(follow)
        if follow > after and next_text is not None and TRACEBACK.match(next_text):
            number = follow + 1
            continue
        return after
    return number


def traceback_start(text_of: TextOf, header: int) -> int:
    """The line that the traceback belongs to: the error message right before it, if any."""
    before = text_of(header - 1)
    if before is None or not before[:1].strip() or TRACEBACK.match(before):
        return header
    if (text_of(header - 2) or "").startswith((" ", "\t")):  # it ends the traceback before
        return header
    return header - 1 if level_of(before) is Level.ERROR else header


def record_of(text_of: TextOf, number: int) -> range:
    """The lines of the message that a line is part of; only itself for most lines."""
    record = _record_at(text_of, number + 1)
    if record is not None and number in record:
        return record
    for candidate in range(number, max(-1, number - REACH), -1):
        if text_of(candidate) is None:
            break
        record = _record_at(text_of, candidate)
        if record is not None:
            return record if number in record else range(number, number + 1)
    return range(number, number + 1)


def _record_at(text_of: TextOf, number: int) -> range | None:
    """The message of the traceback that begins at a line; None where none does."""
    text = text_of(number)
    if text is None or "Traceback (most" not in text:
        return None
    header = TRACEBACK.match(text)
    if header is None:
        return None
    # A chained traceback belongs to the first of its chain.
    earlier = _chain_start(text_of, number)
    start = traceback_start(text_of, number) if earlier is None else earlier
    return range(start, traceback_end(text_of, number, header["prefix"]))


def _chain_start(text_of: TextOf, header: int) -> int | None:
    """Where the chain begins that this traceback is a later part of; None if it is the first."""
    before = header - 1
    chained = False
    while text_of(before) in ("", *CHAINED):
        chained = chained or text_of(before) in CHAINED
        before -= 1
    if not chained:
        return None
    record = record_of(text_of, before)
    return record.start if len(record) > 1 else None


RANK = re.compile(r"\[[\w.-]+\]:? ?")
"""What launchers put in front of each line of a process."""
NEAR = 60
"""Lines: a traceback's own line is looked for no farther up than this."""


def in_traceback(text_of: TextOf, number: int) -> bool:
    """Whether a line is one of the indented lines of a traceback."""
    for candidate in range(number, max(-1, number - NEAR), -1):
        text = text_of(candidate)
        if text is None:
            return False
        rank = RANK.match(text)
        body = text[rank.end() :] if rank else text
        if "Traceback (most" in body and TRACEBACK.match(body):
            return True
        if not body.startswith((" ", "\t")):
            return False
    return False
