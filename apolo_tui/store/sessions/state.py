"""What a session is, and what became of it."""

import enum
from dataclasses import dataclass

from apolo_tui.model.link import Connecting, Ended, Failed, Link

CONNECTING = Connecting()


class Kind(enum.StrEnum):
    """How a session is connected to its job."""

    EXEC = "exec"
    """A further process beside the job's own."""
    ATTACH = "attach"
    """The job's own process."""


@dataclass(frozen=True, slots=True)
class Target:
    """The job that a session belongs to."""

    job_id: str
    name: str
    """The job's name, or its id when it has none."""
    cluster_name: str
    image: str
    tty: bool
    """Whether the job itself has a terminal: attach must ask for the same."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """What the status line tells."""

    link: Link = CONNECTING
    words: str = ""
    """What happened, in words for the user; empty while there is nothing to tell."""
    exit_code: int | None = None
    """Of the command, or of the job; None while it runs, and when nobody knows it."""
    bytes_in: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing will come any more."""
        return isinstance(self.link, Ended | Failed)
