"""A terminal of its own for a test: the installed program in tmux, driven by keys.

with Tmux(tmp_path, columns=80, rows=24) as terminal:
    terminal.run("apolo-tui --local")
    terminal.wait_for("Jobs")
    terminal.keys("s")
"""

import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from tests.until import wait_until

SCRIPTS = Path(sys.executable).parent
KEPT = ("HOME", "LANG", "PATH", "PYTHONPATH", "TZ", "USER", "LOGNAME", "SHELL")


class Tmux:
    """One tmux server with one window. Ended, with all that runs in it, at the end of the test."""

    def __init__(
        self,
        folder: Path,
        *,
        columns: int = 120,
        rows: int = 36,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._socket = f"apolo-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        self._size = (columns, rows)
        self._pid = folder / f"{self._socket}.pid"
        self._end = folder / f"{self._socket}.end"
        self._environ = self._base_environ() | dict(environ or {})

    @staticmethod
    def _base_environ() -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        kept |= {name: value for name, value in os.environ.items() if name.startswith("XDG_")}
        path = f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', '')}"
        return kept | {"PATH": path, "LANG": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"}

    def __enter__(self) -> "Tmux":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            sys.stderr.write(f"the screen at the end:\n{self.text()}\n")
        self._tmux("kill-server", check=False)

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=self._environ | {"TERM": "xterm-256color"},
        )
        if check and done.returncode != 0:
            raise AssertionError(f"tmux {shlex.join(arguments)}: {done.stderr}")
        return done.stdout

    def run(self, command: str) -> None:
        """Start a command in the window; the window stays when it has ended.

        A shell around it writes down its process and its exit code: tmux sometimes misses
        the end of a process, and the exit code is then never told.
        """
        columns, rows = self._size
        inner = f"echo $$ > {shlex.quote(str(self._pid))}; exec {command}"
        end = shlex.quote(str(self._end))
        self._tmux(
            *("new-session", "-d", "-x", str(columns), "-y", str(rows), "-s", "main"),
            *("-c", str(self._folder), "sleep 100000"),
        )
        self._tmux("set-option", "-g", "escape-time", "0")
        self._tmux("set-option", "-ga", "terminal-overrides", ",*:Tc")
        self._tmux(
            *("respawn-pane", "-k", "-t", "main"),
            f"sh -c {shlex.quote(inner)}; echo $? > {end}.new; mv {end}.new {end}; sleep 100000",
        )

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names (`Enter`, `C-c`, `M-x`) or as text."""
        self._tmux("send-keys", "-t", "main", *keys)

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self._tmux("send-keys", "-t", "main", "-l", text)

    def raw(self, data: bytes) -> None:
        """Bytes as a terminal would send them."""
        self._tmux("send-keys", "-t", "main", "-H", *(f"{byte:02x}" for byte in data))

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-t", "main", "-x", str(columns), "-y", str(rows))

    def text(self, *, styles: bool = False) -> str:
        """What is on the screen."""
        options = ["-e"] if styles else []
        return self._tmux("capture-pane", "-p", *options, "-t", "main", check=False)

    @property
    def modes(self) -> str:
        """What a program asked of the terminal and did not take back; nothing when it is sane."""
        flags = ("alternate_on", "mouse_any_flag", "keypad_flag", "keypad_cursor_flag")
        words = " ".join(f"#{{?#{{{flag}}},{flag},}}" for flag in flags)
        hidden = "#{?#{cursor_flag},,cursor hidden}"
        return self._tmux("display-message", "-p", "-t", "main", f"{words} {hidden}").strip()

    def lines(self) -> list[str]:
        return self.text().split("\n")

    def wait_for(self, text: str, *, within: float = 30.0) -> str:
        """Wait until a text is on the screen; the whole screen then."""
        return self.wait_until(lambda screen: text in screen, what=text, within=within)

    def wait_until(
        self, check: Callable[[str], object], *, within: float = 30.0, what: str = ""
    ) -> str:
        """Wait until the screen is as wanted; the screen then."""
        found = ""

        def look() -> bool:
            nonlocal found
            found = self.text()
            return bool(check(found))

        try:
            wait_until(look, within=within, every=0.1, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{found}") from None
        return found

    @property
    def pid(self) -> int:
        """The process of the command."""
        return int(self._pid.read_text())

    @property
    def running(self) -> bool:
        """Whether the command has not ended."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the command; None while it runs."""
        return int(self._end.read_text()) if self._end.exists() else None
