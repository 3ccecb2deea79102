"""A program in a pseudo terminal of ours, driven by keys and measured by what it writes.

    with TerminalProgram([sys.executable, "-m", "some.app"], columns=120, rows=40) as program:
        program.wait_for(b"ready")
        painted = program.press(b"j")       # seconds to the last byte, bytes, frames
        program.call("load", rows=1000)     # a command of the program (harness.control)

The program runs its real driver. It is told that the terminal has synchronized output, as
today's terminals have, so that each frame is one that can be counted. A thread reads all that
the program writes and notes when it came.
"""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

CONTROL_VARIABLE = "APOLO_TUI_BENCHMARK_CONTROL"
"""The environment variable with the number of the file of the commands."""

SOURCE = Path(__file__).resolve().parents[2]

REPLIES = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
}
"""What a terminal answers: it knows synchronized output, and not in-band resizing."""

FRAME = b"\x1b[?2026h"
LONGEST_MARK = 16

DEFAULT_QUIET = 0.03
"""Seconds without output after which a paint is over."""


class ProgramEndedError(Exception):
    """The program is gone; the text has the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Painted:
    """What followed a key: seconds to the first and to the last byte, bytes and frames.

    The times are None when nothing was written.
    """

    first: float | None
    last: float | None
    bytes: int
    frames: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    at: float
    start: int
    size: int
    frames: int


class TerminalProgram:
    """A program on a terminal of `columns` by `rows` cells.

    `pace` limits the bytes a second that the terminal takes, for a slow line; None for no limit.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
        folder: Path = SOURCE,
        pace: float | None = None,
    ) -> None:
        self._pace = pace
        self._chunks: list[_Chunk] = []
        self._output = bytearray()
        self._lock = threading.Lock()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._control, theirs = socket.socketpair()
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            list(arguments),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=self._environment(environment or {}, theirs.fileno()),
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        os.close(slave)
        theirs.close()
        self._answers = self._control.makefile("rb")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @staticmethod
    def _environment(extra: Mapping[str, str], control: int) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            # Compiled modules are kept, as those of an installed program are.
            if name not in ("NO_COLOR", "COLUMNS", "LINES", "TMUX", "PYTHONDONTWRITEBYTECODE")
        }
        return {
            **inherited,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            CONTROL_VARIABLE: str(control),
            **extra,
        }

    def __enter__(self) -> "TerminalProgram":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the program, if it has not ended, and forget it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)
        self._answers.close()
        self._control.close()
        os.close(self._master)

    # What it wrote

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> bytes:
        """All that was written so far."""
        with self._lock:
            return bytes(self._output)

    @property
    def bytes_written(self) -> int:
        with self._lock:
            return len(self._output)

    @property
    def frames(self) -> int:
        """The frames that were begun so far."""
        with self._lock:
            return sum(chunk.frames for chunk in self._chunks)

    def chunks(self, number: int) -> list[tuple[float, bytes]]:
        """What was written from chunk `number` on (the first is 0), and when each piece came."""
        with self._lock:
            return [
                (chunk.at, bytes(self._output[chunk.start : chunk.start + chunk.size]))
                for chunk in self._chunks[number:]
            ]

    def wait_for(self, text: bytes, *, within: float = 60.0, after: int = 0) -> float:
        """Wait until `text` was written, from the byte `after` on; seconds since the start.

        Raises ProgramEndedError, or TimeoutError.
        """
        self._until(lambda: text in self._output[after:], within, f"{text!r} to be written")
        with self._lock:
            end = self._output.find(text, after) + len(text)
            count = 0
            for chunk in self._chunks:
                count += chunk.size
                if count >= end:
                    return chunk.at - self.started
        raise AssertionError("the text was found, but not when it came")

    def wait_quiet(self, seconds: float = 0.3, *, within: float = 120.0) -> None:
        """Wait until nothing was written for so long. Raises ProgramEndedError, or TimeoutError."""
        begun = time.perf_counter()

        def quiet() -> bool:
            last = max(begun, self._chunks[-1].at if self._chunks else begun)
            return time.perf_counter() - last >= seconds

        self._until(quiet, within, "quiet")

    def _until(self, check: Callable[[], bool], within: float, what: str) -> None:
        deadline = time.perf_counter() + within
        while True:
            with self._lock:
                if check():
                    return
            if self._process.poll() is not None:
                raise ProgramEndedError(self._last_words())
            if time.perf_counter() > deadline:
                raise TimeoutError(f"not within {within} s: {what}; {self._last_words()}")
            time.sleep(0.001)

    def _last_words(self) -> str:
        plain = re.sub(rb"\x1b\[[0-9;?>=<]*[ -/]*[@-~]", b"", self.output[-4000:])
        return plain.decode(errors="replace")[-1500:]

    # What it is told

    def write(self, keys: bytes) -> None:
        """Bytes from the keyboard."""
        os.write(self._master, keys)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and tell the program."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process.send_signal(signal.SIGWINCH)

    def press(self, keys: bytes, *, quiet: float = DEFAULT_QUIET, within: float = 5.0) -> Painted:
        """Press keys, and wait until what they caused is painted: `quiet` seconds of silence.

        Keys that cause nothing within `within` seconds have no times.
        """
        with self._lock:
            before = len(self._chunks)
        pressed = time.perf_counter()
        self.write(keys)
        while True:
            with self._lock:
                chunks = self._chunks[before:]
            now = time.perf_counter()
            if chunks and now - chunks[-1].at >= quiet:
                break
            if not chunks and now - pressed > within:
                return Painted(None, None, 0, 0)
            if self._process.poll() is not None:
                raise ProgramEndedError(self._last_words())
            time.sleep(0.0005)
        return Painted(
            chunks[0].at - pressed,
            chunks[-1].at - pressed,
            sum(chunk.size for chunk in chunks),
            sum(chunk.frames for chunk in chunks),
        )

    def call(self, command: str, **values: Any) -> dict[str, Any]:
        """Run a command of the program and return its answer (harness.control).

        Raises ProgramEndedError when the program ends meanwhile, and RuntimeError with the
        program's traceback when the command fails.
        """
        self._control.sendall(json.dumps({"command": command, **values}).encode() + b"\n")
        line = self._answers.readline()
        if not line:
            raise ProgramEndedError(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def cpu(self) -> float:
        """The CPU seconds of the program so far, all threads, by its own count."""
        return float(self.call("cpu")["cpu"])

    def cpu_of(self, act: Callable[[], object], *, quiet: float = 0.3) -> float:
        """The CPU seconds that something costs, until the screen is quiet."""
        before = self.cpu()
        act()
        self.wait_quiet(quiet)
        return self.cpu() - before

    # The thread

    def _read(self) -> None:
        tail = b""
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            at = time.perf_counter()
            recent = tail + data
            seen = len(tail)
            frames = sum(match.end() > seen for match in re.finditer(re.escape(FRAME), recent))
            with self._lock:
                self._chunks.append(_Chunk(at, len(self._output), len(data), frames))
                self._output += data
            for question, reply in REPLIES.items():
                if any(match.end() > seen for match in re.finditer(re.escape(question), recent)):
                    os.write(self._master, reply)
            tail = recent[-LONGEST_MARK:]
            if self._pace is not None:
                time.sleep(len(data) / self._pace)
