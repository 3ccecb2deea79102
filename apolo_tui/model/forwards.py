"""Local ports that lead into jobs."""

from dataclasses import dataclass, field

from apolo_tui.model.link import Connecting, Ended, Failed, Link

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Forward:
    """One forward as it is now. Bytes are counted over all its connections."""

    number: int
    job_id: str
    job_name: str
    cluster: str
    job_port: int
    local_port: int
    """The port that was asked for until it listens, then the one that it got."""
    since: float
    """Unix time at which it was opened."""
    link: Link = field(default_factory=Connecting)
    connections: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    trouble: str = ""
    """Why the last connection did not get through; empty when it did."""

    @property
    def address(self) -> str:
        return f"{HOST}:{self.local_port}"

    @property
    def over(self) -> bool:
        return isinstance(self.link, Ended | Failed)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A forward of an earlier session. A job's name outlives its id."""

    cluster: str
    job_name: str
    job_id: str
    job_port: int
    local_port: int
