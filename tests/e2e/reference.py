"""The real `apolo` command from the package registry, as a process, on pipes or on a terminal."""

import asyncio
import fcntl
import os
import re
import struct
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

from tests.until import until

PROGRAM = Path(sys.executable).with_name("apolo")
# There is no network, and nothing to be told about it.
OPTIONS = ("--disable-pypi-version-check", "--skip-stats", "--color=no")
ESCAPES = re.compile(r"\x1b(\[[0-9;?!]*[a-zA-Z]|\][^\x07]*\x07|[=>()][0-9A-B]?)")
WITHIN = 90.0


@dataclass(frozen=True, slots=True)
class Done:
    """A command that is over."""

    code: int
    out: str
    err: str

    def checked(self) -> str:
        assert self.code == 0, (self.code, self.out, self.err)
        return self.out


@dataclass(frozen=True, slots=True)
class Apolo:
    """The command with a login folder of its own."""

    login: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "APOLO_CONFIG": str(self.login),
            "COLUMNS": "200",
            "TERM": "xterm",
            "PYTHONWARNINGS": "ignore",
        }

    async def __call__(self, *arguments: str) -> Done:
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), WITHIN)
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            PROGRAM,
            *OPTIONS,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environ,
        )

    async def on_terminal(self, *arguments: str) -> "Session":
        """Start it on a terminal of 100 columns and 30 rows."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *OPTIONS,
            *arguments,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self.environ,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        return Session(ours, process)


class Session:
    """A command on a terminal."""

    def __init__(self, terminal: int, process: asyncio.subprocess.Process) -> None:
        self._terminal = terminal
        self._process = process
        self._seen = b""
        asyncio.get_running_loop().add_reader(terminal, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._terminal, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._terminal)
        self._seen += data

    @property
    def text(self) -> str:
        return ESCAPES.sub("", self._seen.decode(errors="replace"))

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    async def shows(self, text: str, *, times: int = 1) -> None:
        await until(
            lambda: self.text.count(text) >= times, within=WITHIN, what=f"{text!r} on the terminal"
        )

    async def end(self) -> int:
        """Wait for its end; returns the exit code."""
        code = await asyncio.wait_for(self._process.wait(), WITHIN)
        asyncio.get_running_loop().remove_reader(self._terminal)
        os.close(self._terminal)
        return code
