"""The dashboard in a pseudo terminal, its screen read as a user would read it.

    with Watched(program) as seen: ...
    seen.press(b"j", lambda: seen.cursor != before)    # seconds until the frame that shows it ended

Other things change on screen all the time, so the paint that follows a key is not always the
key's. What the program writes is fed into a terminal of ours, and a key has been answered when
its effect can be read there and the frame that it came with is complete.
"""

import re
import time
from collections.abc import Callable, Mapping
from itertools import takewhile
from pathlib import Path

import psutil
from rich.cells import get_character_cell_size

from apolo_tui.terminal.screen import Screen
from benchmarks.harness.terminal_pty import TerminalProgram

FRAME_MARK = b"\x1b[?2026"
TITLE = re.compile(r"Jobs (\d+)/(\d+)")
CURSOR = "│▶"
FIRST_ROW, AFTER_ROWS = 4, 38
"""The lines of the list's rows on a terminal of 40 lines."""
LIST = 49
"""Columns of the list on a terminal of 120."""
NAME = slice(5, 22)
"""Where the name stands: it changes by no clock."""


class Watched:
    """A dashboard of 120 by 40 cells, its list beside the detail."""

    def __init__(self, program: TerminalProgram) -> None:
        self.program = program
        self._screen = Screen(120, 40, width=get_character_cell_size, scrollback=0)
        self._taken = 0
        self._open = False

    # What is on screen

    def line(self, y: int) -> str:
        """A line of the screen, or of its part with the list."""
        return self._screen.row(y).plain()[:LIST] if y >= 2 else self._screen.row(y).plain()

    @property
    def cursor(self) -> tuple[int, str]:
        """The cursor's line, and the name that it is on; (-1, "") when it is nowhere."""
        for y in range(FIRST_ROW, AFTER_ROWS):
            text = self.line(y)
            if text.startswith(CURSOR):
                return y, text[NAME]
        return -1, ""

    @property
    def names(self) -> list[str]:
        """The names in the list, down to the lower edge of its frame."""
        lines = (self.line(y) for y in range(FIRST_ROW, AFTER_ROWS))
        return [line[NAME] for line in takewhile(lambda line: line[:1] != "╰", lines)]

    @property
    def counts(self) -> tuple[int, int]:
        """Jobs that are shown, and that are known."""
        found = TITLE.search(self.line(2))
        return (int(found[1]), int(found[2])) if found else (-1, -1)

    def shows(self, text: str) -> bool:
        """Whether the text is on screen."""
        return text in self._screen.text()

    @property
    def whole(self) -> bool:
        """Whether all jobs that there are have been loaded."""
        return not self.line(1).rstrip().endswith("+")

    # Keys

    def catch_up(self) -> float | None:
        """Read what came; the time of the last piece of a frame that is complete."""
        return self._read(lambda: False)

    def press(self, keys: bytes, done: Callable[[], bool], *, within: float = 20.0) -> float | None:
        """Seconds until the effect of the keys was on screen; None when it never was."""
        self.catch_up()
        pressed = time.perf_counter()
        if keys:
            self.program.write(keys)
        while time.perf_counter() - pressed < within:
            at = self._read(done)
            if at is not None:
                return max(0.0, at - pressed)
            time.sleep(0.0005)
        return None

    def _read(self, done: Callable[[], bool]) -> float | None:
        """Read what came, up to the frame after which it is done."""
        for at, data in self.program.chunks(self._taken):
            self._taken += 1
            self._screen.feed(data)
            mark = data.rfind(FRAME_MARK)
            if mark >= 0:
                self._open = data[mark + len(FRAME_MARK) :][:1] == b"h"
            if not self._open and done():
                return at
        return None

    def settle(self, seconds: float = 1.0) -> None:
        """Let so much time pass."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.catch_up()
            time.sleep(0.01)

    # What it costs

    @property
    def memory(self) -> int:
        """Bytes that the program holds."""
        return int(psutil.Process(self.program.pid).memory_info().rss)

    @property
    def cpu(self) -> float:
        """CPU seconds of all its threads so far."""
        tasks = Path(f"/proc/{self.program.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def at_rest(
    watched: Mapping[str, Watched], seconds: float, keys: bytes = b"", times: int = 0
) -> dict[str, tuple[float, float]]:
    """CPU seconds and bytes of each within some time, in which all get the same keys."""
    before = {name: (one.cpu, one.program.bytes_written) for name, one in watched.items()}
    begun = time.perf_counter()
    for number in range(max(1, times)):
        if times:
            for one in watched.values():
                one.program.write(keys)
        until = begun + seconds * (number + 1) / max(1, times)
        while time.perf_counter() < until:
            for one in watched.values():
                one.catch_up()
            time.sleep(0.01)
    return {
        name: (one.cpu - before[name][0], one.program.bytes_written - before[name][1])
        for name, one in watched.items()
    }
