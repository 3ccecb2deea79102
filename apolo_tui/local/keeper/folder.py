"""Where a keeper keeps its things, below one folder that only its user can enter.

token           what marks this folder's processes
lock            held by the keeper that lives here
keeper.sock     where a keeper process is reached
keeper.txt      what a keeper process has to complain of
runs/           one record a run, until it is forgotten
logs/JOB/       the segments of a job's log
"""

import fcntl
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.local.keeper.api import KeeperError

JOB_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}")


@dataclass(frozen=True, slots=True)
class KeeperFolder:
    """The paths."""

    path: Path

    def create(self) -> None:
        """Make it, for this user alone. Raises KeeperError when it is another user's."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self.path.stat()
        if status.st_uid != os.getuid():
            raise KeeperError(f"{self.path} belongs to another user; choose another folder.")
        if status.st_mode & 0o077:
            self.path.chmod(0o700)
        for folder in (self.runs, self.logs):
            folder.mkdir(mode=0o700, exist_ok=True)

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def complaints(self) -> Path:
        return self.path / "keeper.txt"

    def log(self, job_id: str) -> Path:
        """The folder of a job's log. Raises KeeperError for what is no job's id."""
        return self.logs / checked(job_id)

    def token(self) -> str:
        """The word that marks the processes of this folder's keepers; made when it is missing."""
        path = self.path / "token"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            write_whole(path, secrets.token_hex(16).encode())
            return path.read_text().strip()

    def lock(self) -> int | None:
        """A descriptor that holds the folder until it is closed; None while another has it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        fd = os.open(self.path / "lock", flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        return fd


def checked(job_id: str) -> str:
    """The id, fit to name a file. Raises KeeperError when it is not."""
    if JOB_ID.fullmatch(job_id) is None:
        raise KeeperError(f"{job_id!r} is no job's id.")
    return job_id


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for this user alone: all of it is there, or what was there before."""
    part = path.with_suffix(".part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
