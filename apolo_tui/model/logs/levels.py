"""How severe a log line is, from the words that programs use for it."""

import re
from enum import IntEnum


class Level(IntEnum):
    """In order: what is worse is greater."""

    NONE = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


WORDS = {
    "trace": Level.DEBUG,
    "debug": Level.DEBUG,
    "info": Level.INFO,
    "notice": Level.INFO,
    "warn": Level.WARNING,
    "warning": Level.WARNING,
    "err": Level.ERROR,
    "error": Level.ERROR,
    "crit": Level.ERROR,
    "critical": Level.ERROR,
    "fatal": Level.ERROR,
    "panic": Level.ERROR,
    "severe": Level.ERROR,
}
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))

HEAD = 160
"""Characters: a level stands near the start of a line."""

UPPER = re.compile(rf"(?:^|[\s\[(<|:\"'=/-])({_WORD.upper()})(?=$|[\s\])>|:\"',;/-])")
NAMED = re.compile(
    rf"(?:\b(?:level|lvl|severity|levelname|log\.level)\"?\s*[=:]\s*\"?|^\[|^<|\s\[)({_WORD})\b",
    re.IGNORECASE,
)
FIRST = re.compile(rf"({_WORD})\s*:", re.IGNORECASE)
GLOG = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d")
RAISED = re.compile(
    r"(?:\[rank\d+\]:\s*)?"
    r"(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception)(?::\s|:?$)"
    r"|CUDA error|panic: |thread '.*' panicked|Segmentation fault|Killed$"
)
TRACEBACK = re.compile(
    r"(?P<prefix>.{0,40}?)(?:Exception Group )?Traceback \(most recent call last\):\s*$"
)
"""The first line of a Python traceback; `prefix` is what a launcher put in front (`[rank0]: `)."""

ERROR_NEEDLES = (
    b"err",
    b"crit",
    b"fatal",
    b"panic",
    b"severe",
    b"traceback",
    b"exception",
    b"segmentation fault",
    b"killed",
    b" e0",
    b" e1",
    b" f0",
    b" f1",
)
"""A line without one of these, in lower case, is no error."""


def level_of(text: str) -> Level:
    """The level of a line's text; NONE when it says nothing about it."""
    head = text[:HEAD]
    found = GLOG.match(head)
    if found:
        return {"I": Level.INFO, "W": Level.WARNING}.get(found[1], Level.ERROR)
    for pattern in (NAMED, UPPER):
        found = pattern.search(head)
        if found:
            return WORDS[found[1].lower()]
    found = FIRST.match(head)
    if found:
        return WORDS[found[1].lower()]
    if RAISED.match(head) or TRACEBACK.match(head):
        return Level.ERROR
    return Level.NONE
