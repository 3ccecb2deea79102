"""Where the background platform keeps its things, below one folder of the user's alone.

platform.sqlite   jobs, history, prices
token.key         what signs tokens
token             the user's token
server.json       the server that runs: its URL, process and version
server.lock       held by the server that runs
server.txt        what the server has to say
secrets.toml      the user's secrets, if there are any
keeper/           the keeper's things: logs, records of runs
login/            what `apolo-tui local env` points the real command at
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import psutil

CLOCK_STEP = 1.0
"""Seconds by which a process's start may be told differently."""


class Running(msgspec.Struct, frozen=True):
    """A server that runs, as `server.json` tells it."""

    url: str
    """The API's base."""
    pid: int
    process_started: float
    """Unix seconds: with the pid it names the process and no later one."""
    version: str
    started_at: datetime

    @property
    def alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.process_started) > CLOCK_STEP:
                return False
            return process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """The paths, and the server that is written there."""

    path: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str], home: Path) -> "LocalFolder":
        """`$XDG_DATA_HOME/apolo-tui/local`; a relative path in the variable is void."""
        data = Path(environ.get("XDG_DATA_HOME", ""))
        base = data if data.is_absolute() else home / ".local" / "share"
        return cls(base / "apolo-tui" / "local")

    def create(self) -> None:
        """Make it, for this user alone. Raises OSError, PermissionError for another's."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.path} belongs to another user")
        self.path.chmod(0o700)

    @property
    def keeper(self) -> Path:
        return self.path / "keeper"

    @property
    def lock(self) -> Path:
        return self.path / "server.lock"

    @property
    def log(self) -> Path:
        return self.path / "server.txt"

    @property
    def login(self) -> Path:
        return self.path / "login"

    @property
    def token(self) -> Path:
        return self.path / "token"

    def running(self) -> Running | None:
        """The server of this folder, if it runs and takes requests."""
        running = self.last()
        return running if running is not None and running.alive else None

    def last(self) -> Running | None:
        """The server that was here last, running or not."""
        try:
            return msgspec.json.decode((self.path / "server.json").read_bytes(), type=Running)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def write_running(self, running: Running) -> None:
        self._write("server.json", msgspec.json.encode(running))

    def write_token(self, token: str) -> None:
        self._write("token", token.encode())

    def read_token(self) -> str:
        return self.token.read_text().strip()

    def _write(self, name: str, content: bytes) -> None:
        """In one step, readable by the user alone."""
        part = self.path / f"{name}.{os.getpid()}"
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        part.replace(self.path / name)
