"""What is drawn between the lines of a log: gaps of the connection, restarts of the container."""

from bisect import bisect_left, insort
from dataclasses import dataclass
from datetime import datetime

MOST_MARKS = 10_000
"""The oldest marks go first; a job may restart for weeks."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The connection was away for `seconds`.

    `proven` says that the lines around it were seen to join: nothing is missing.
    """

    seconds: float
    proven: bool = True

    def __str__(self) -> str:
        if self.seconds < 10:
            length = f"{self.seconds:.1f}s"
        elif self.seconds < 600:
            length = f"{self.seconds:.0f}s"
        else:
            length = f"{self.seconds / 60:.0f}m"
        return f"{length} gap" if self.proven else f"{length} gap, lines may be missing"


@dataclass(frozen=True, slots=True)
class Restart:
    """A container began: the `number`th restart of the job."""

    number: int
    at: datetime
    reason: str = ""

    def __str__(self) -> str:
        reason = f"  reason {self.reason}" if self.reason else ""
        return f"restart #{self.number}  {self.at:%H:%M:%S}{reason}"


Mark = Gap | Restart


class Marks:
    """Marks by the number of the line that they stand before."""

    def __init__(self) -> None:
        self._marks: list[tuple[int, int, Mark]] = []
        self._count = 0
        self.version = 0

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, line: int, mark: Mark) -> None:
        self._count += 1
        self.version += 1
        insort(self._marks, (line, self._count, mark))
        del self._marks[: max(0, len(self._marks) - MOST_MARKS)]

    def between(self, start: int, stop: int) -> list[Mark]:
        """The marks that stand before the lines from `start` up to `stop`, in order."""
        if not self._marks:
            return []
        low = bisect_left(self._marks, (start,))
        high = bisect_left(self._marks, (stop,))
        return [mark for _, _, mark in self._marks[low:high]]

    def restarts(self) -> list[int]:
        """The lines that containers begin at."""
        return [line for line, _, mark in self._marks if isinstance(mark, Restart)]

    def forget_before(self, line: int) -> None:
        """Drop the marks of lines that are not kept any more."""
        low = bisect_left(self._marks, (line,))
        if low:
            del self._marks[:low]
            self.version += 1
