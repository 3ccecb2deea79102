"""Textual's driver, with a way around its key parser for the widget that wants every key.

Textual's parser loses keys before a widget sees them (alt+enter, ctrl+alt+a, the keypad: see
docs/terminal.md). While a captor is set, what the user's terminal sends goes to it as it came;
what the captor gives back (mouse reports, replies) is parsed as usual.
"""

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen

READ_SIZE = 16 * 1024
TICK = 0.1
"""Seconds after which the parser may take a lone escape for a key."""
AWAKE = 1.0 + 2 * ESCAPE_DELAY
"""Seconds after the last input in which the parser is asked for such keys."""

Captor = Callable[[bytes], None]
"""Takes input as it came, in the event loop."""


class TerminalDriver(LinuxDriver):
    """The driver of the dashboard on Linux and macOS."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._captor: Captor | None = None
        self._captors_screen: Screen[Any] | None = None
        self._context = copy_context()
        self._given_back = XTermParser(debug)
        self._has_terminal = False
        self._frame: list[str] | None = None
        self._waking: tuple[int, int] | None = None
        """A pipe: what is written to it wakes the thread that waits for input."""

    def write(self, data: str) -> None:
        """Write to the terminal; a frame as one piece.

        Textual's queue to the terminal has few places, and it waits in the event loop when they are
        taken: on a slow line a key would wait as well.
        """
        if data == SYNC_START:
            self._frame = [data]
        elif self._frame is None:
            super().write(data)
        else:
            self._frame.append(data)
            if data == SYNC_END:
                frame, self._frame = "".join(self._frame), None
                super().write(frame)

    @property
    def captor(self) -> Captor | None:
        """Who gets the input; None for Textual's parser."""
        return self._captor

    def capture(self, captor: Captor, screen: Screen[Any]) -> None:
        """Give the input to a captor while this screen is on top. Called in the event loop."""
        # What the captor starts (a timer) needs the context of the app, not of the input thread.
        self._context = copy_context()
        self._captors_screen = screen
        self._captor = captor

    def release(self) -> None:
        """Give the input to Textual's parser again."""
        self._captor = self._captors_screen = None

    @property
    def _captured(self) -> bool:
        """Whether the input goes to the captor: a dialog over its screen has the keys."""
        return self._captor is not None and self._app.screen_stack[-1:] == [self._captors_screen]

    def give_back(self, data: bytes) -> None:
        """Let Textual parse whole sequences that the captor has no use for."""
        for message in self._given_back.feed(data.decode("utf-8", "replace")):
            self.process_message(message)

    def start_application_mode(self) -> None:
        if self._waking is None:
            self._waking = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._has_terminal = True

    def stop_application_mode(self) -> None:
        self._has_terminal = False
        super().stop_application_mode()
        if self._waking is not None:
            for end in self._waking:
                os.close(end)
            self._waking = None

    def disable_input(self) -> None:
        """Read no more; returns when the thread that reads has ended."""
        if self._waking is None:
            super().disable_input()
            return
        read, write = self._waking
        os.write(write, b"\0")
        super().disable_input()
        os.read(read, 1)

    def _sigcont_application(self, *_: object) -> None:
        """Go on after a stop; in the event loop, for a signal may come in the midst of a write."""
        with suppress(RuntimeError):  # the loop has been closed: the program is at its end
            self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        """Set the terminal up as after `ctrl+z`.

        A SIGSTOP is told to nobody: the terminal is then still set up, which Textual does not
        expect, and would leave a second thread behind that reads the terminal for ever.
        """
        if not self._auto_restart:
            return
        if self._has_terminal:
            self.suspend_application_mode()
            self._must_signal_resume = True
        if self._must_signal_resume:
            self.resume_application_mode()

    def run_input_thread(self) -> None:
        """Read the terminal until the driver is told to end.

        The thread sleeps while nothing is typed: a dashboard that is only looked at would else
        be woken ten times a second.
        """
        assert self._waking is not None
        woken = self._waking[0]
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        selector = selectors.DefaultSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        awake_until = 0.0
        try:
            while not self.exit_event.is_set():
                patience = TICK if time.monotonic() < awake_until else None
                ready = {key.fd for key, _ in selector.select(patience)}
                if woken in ready:
                    # The end is announced just before it comes.
                    self.exit_event.wait(TICK)
                    continue
                if ready:
                    awake_until = time.monotonic() + AWAKE
                    data = self._read_terminal()
                    if not data:
                        # The terminal is gone: its hang-up signal ends the program, for which
                        # this thread must not be waited.
                        return
                    if self._captured:
                        self._loop.call_soon_threadsafe(self._capture, data, context=self._context)
                    else:
                        for message in parser.feed(decode(data)):
                            self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)
        finally:
            selector.close()

    def _read_terminal(self) -> bytes:
        """What was typed; nothing when there is no terminal any more."""
        try:
            return os.read(self.fileno, READ_SIZE)
        except OSError:
            return b""

    def _capture(self, data: bytes) -> None:
        # The focus may have gone elsewhere since the bytes were read.
        if self._captor is not None and self._captured:
            self._captor(data)
        else:
            self.give_back(data)
