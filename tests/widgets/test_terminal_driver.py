"""What the driver hands to the thread that writes to the terminal, and the thread that reads."""

import os
import pty
import selectors
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App
from textual.events import Key
from textual.message import Message

from apolo_tui.widgets.terminal_driver import TICK, TerminalDriver
from tests.until import until


class Writer:
    """Notes what is queued."""

    def __init__(self) -> None:
        self.queued: list[str] = []

    def write(self, data: str) -> None:
        self.queued.append(data)


async def test_a_frame_takes_one_place_in_the_queue() -> None:
    driver = TerminalDriver(App[None]())
    writer: Any = Writer()
    driver._writer_thread = writer
    driver.write("\x1b[?25l")
    for text in ("one", "two"):
        driver.write(SYNC_START)
        driver.write(text)
        driver.write("cursor")
        driver.write(SYNC_END)
    driver.write("bell")
    assert writer.queued == [
        "\x1b[?25l",
        f"{SYNC_START}onecursor{SYNC_END}",
        f"{SYNC_START}twocursor{SYNC_END}",
        "bell",
    ]


class Reading:
    """A driver that reads what is typed at a terminal of its own."""

    def __init__(self, keyboard: int, driver: TerminalDriver) -> None:
        self.keyboard = keyboard
        self.keys: list[str] = []
        self.driver = driver
        driver.process_message = self._note  # type: ignore[method-assign]
        driver._key_thread = threading.Thread(target=driver.run_input_thread)
        driver._key_thread.start()

    def _note(self, message: Message) -> None:
        if isinstance(message, Key):
            self.keys.append(message.key)


@contextmanager
def reading() -> Iterator[Reading]:
    keyboard, terminal = pty.openpty()
    tty.setraw(terminal)
    driver = TerminalDriver(App[None](), mouse=False)
    driver.fileno = terminal
    driver._waking = os.pipe()
    try:
        found = Reading(keyboard, driver)
        try:
            yield found
        finally:
            driver.disable_input()
            assert driver._key_thread is not None
            assert not driver._key_thread.is_alive()
    finally:
        for end in (keyboard, terminal, *driver._waking):
            os.close(end)


async def test_keys_are_read_and_a_lone_escape_too() -> None:
    with reading() as found:
        os.write(found.keyboard, b"a\r")
        await until(lambda: found.keys == ["a", "enter"])
        os.write(found.keyboard, b"\x1b")
        await until(lambda: found.keys[2:] == ["escape"])


async def test_nobody_wakes_who_waits_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    patience: list[float | None] = []

    class Spy(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> Any:
            patience.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(selectors, "DefaultSelector", Spy)
    monkeypatch.setattr("apolo_tui.widgets.terminal_driver.AWAKE", 3 * TICK)
    with reading() as found:
        await until(lambda: patience == [None])
        os.write(found.keyboard, b"a")
        # While a lone escape may have been typed the parser is asked, and then no more.
        await until(lambda: patience[-1] is None and TICK in patience)
        assert found.keys == ["a"]


async def test_a_driver_can_read_again_after_it_has_ended() -> None:
    with reading() as found:
        found.driver.disable_input()
        found.driver._key_thread = threading.Thread(target=found.driver.run_input_thread)
        found.driver._key_thread.start()
        os.write(found.keyboard, b"b")
        await until(lambda: found.keys == ["b"])
