"""Row X15: hand a session over to the user's own terminal, until the leader is pressed there."""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App

from apolo_tui.store.sessions.session import Session

LEADER = b"\x1d"
READ_SIZE = 4096
NOTE = "\r\n\x1b[2m-- {title}: ctrl+] returns to the dashboard --\x1b[m\r\n"
SOFT_RESET = b"\x1b[!p\x1b[m\r\n"
"""Leaves the terminal as programs expect it, whatever the job left switched on."""


async def hand_over(app: App[Any], session: Session) -> None:
    """Return when the leader was pressed or the session is over; the tty is as it was."""
    loop = asyncio.get_running_loop()
    source, sink = sys.__stdin__, sys.__stdout__
    if source is None or sink is None:
        return
    done = loop.create_future()

    def typed() -> None:
        data = os.read(source.fileno(), READ_SIZE)
        before, leader, _ = data.partition(LEADER)
        session.type(before)
        if (leader or not data) and not done.done():
            done.set_result(None)

    def printed(data: bytes) -> None:
        os.write(sink.fileno(), data)

    def resized() -> None:
        size = os.get_terminal_size(sink.fileno())
        session.resize(size.columns, size.lines)

    with app.suspend(), _raw(source.fileno()):
        os.write(sink.fileno(), NOTE.format(title=session.title).encode())
        before = session.size
        session.passthrough = printed
        loop.add_reader(source.fileno(), typed)
        loop.add_signal_handler(signal.SIGWINCH, resized)
        resized()
        ended = asyncio.ensure_future(_until_over(session))
        try:
            await asyncio.wait([done, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            session.passthrough = None
            loop.remove_reader(source.fileno())
            loop.remove_signal_handler(signal.SIGWINCH)
            os.write(sink.fileno(), SOFT_RESET)
            session.resize(*before)


async def _until_over(session: Session) -> None:
    async for state in session.state.watch():
        if state.over:
            return


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """The terminal in raw mode, and as it was afterwards."""
    saved = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, saved)
