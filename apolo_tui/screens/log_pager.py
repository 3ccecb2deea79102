"""Reading a log in the user's pager, with the lines that come meanwhile."""

import asyncio
import shlex
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from textual.app import App

from apolo_tui.model.logs import LogStore, split_stamp
from apolo_tui.model.logs.text import coloured, last_state

PAGERS = ("lnav", "less -R +G", "more")
"""Tried in this order where $PAGER is not set."""
BATCH = 2000
"""Lines that are written at a time."""
LOOK = 0.2
"""Seconds between two looks for new lines."""


def pager(environ: Mapping[str, str]) -> Sequence[str] | None:
    """The command to read with; None when there is none. A broken $PAGER is passed over."""
    for command in (environ.get("APOLO_TUI_PAGER", ""), environ.get("PAGER", ""), *PAGERS):
        with suppress(ValueError):
            words = shlex.split(command)
            if words and shutil.which(words[0], path=environ.get("PATH")):
                return words
    return None


def text_of(store: LogStore, number: int) -> str:
    """A line for the pager: its last state, with its colours and nothing else."""
    raw = store.line(number)
    start = 0 if store.continues(number) else split_stamp(raw)[1]
    return coloured(last_state(raw[start:]))


async def read_in_pager(
    app: App[object],
    command: Sequence[str],
    store: LogStore,
    lines: Callable[[], Sequence[int]],
    *,
    live: bool,
) -> int:
    """Give the terminal to the pager until it ends; returns its exit code.

    It gets the `lines` of the store, and with `live` those that come while it runs.
    Raises OSError when it cannot be started.
    """
    with app.suspend():
        # ctrl+c belongs to the pager, which shares our terminal.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
            feeding = asyncio.create_task(_feed(process, store, lines(), live=live))
            code = await process.wait()
            feeding.cancel()
            await asyncio.wait({feeding})
            return code
        finally:
            signal.signal(signal.SIGINT, before)


async def _feed(
    process: asyncio.subprocess.Process, store: LogStore, lines: Sequence[int], *, live: bool
) -> None:
    """Write until all is written, or the pager does not want more."""
    pipe = process.stdin
    assert pipe is not None
    try:
        for position in range(0, len(lines), BATCH):
            pipe.write(_text(store, lines[position : position + BATCH]))
            await pipe.drain()
        following = lines[-1] + 1 if lines else store.first
        while live:
            end = store.end - (1 if store.has_partial else 0)
            if following < end:
                pipe.write(_text(store, range(following, end)))
                await pipe.drain()
                following = end
            await asyncio.sleep(LOOK)
    except (BrokenPipeError, ConnectionResetError):
        return
    finally:
        pipe.close()


def _text(store: LogStore, lines: Sequence[int]) -> bytes:
    kept = [text_of(store, number) for number in lines if number >= store.first]
    return "".join(f"{line}\n" for line in kept).encode("utf-8", "replace")
