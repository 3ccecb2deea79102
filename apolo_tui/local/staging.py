"""What jobs go through between their place and their process, to order."""

from collections.abc import Awaitable, Callable

from apolo_tui.local.record import JobRecord


class StartError(Exception):
    """Raised by a phases hook: the job ends `failed` with this reason."""

    def __init__(self, reason: str, description: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.description = description


class Staging:
    """A job on its way to its process, as a phases hook sees it."""

    def __init__(self, record: JobRecord, hold: Callable[[str, str | None], None]) -> None:
        self.record = record
        self._hold = hold

    def pending(self, reason: str, description: str | None = None) -> None:
        """The job is `pending` for this reason, e.g. Pulling, ErrImagePull, ClusterScalingUp."""
        self._hold(reason, description)


Phases = Callable[[Staging], Awaitable[None]]
"""Runs between the place and the process of each run; may wait, and may raise StartError."""
