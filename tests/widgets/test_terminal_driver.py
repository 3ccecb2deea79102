"""What the driver hands to the thread that writes to the terminal."""

from typing import Any

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App

from apolo_tui.widgets.terminal_driver import TerminalDriver


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
