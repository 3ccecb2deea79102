"""How far the platform's clock is from ours (docs/protocol.md section 11, pitfall 15)."""

from datetime import timedelta
from email.utils import parsedate_to_datetime


class ClockOffset:
    """Narrowed down by every answer: its `Date` names the second in which it was made."""

    def __init__(self) -> None:
        self._bounds: tuple[float, float] | None = None

    def observe(self, date: str, *, asked_at: float, answered_at: float) -> None:
        """Learn from the `Date` of an answer; the times are unix seconds of our clock."""
        try:
            told = parsedate_to_datetime(date).timestamp()
        except (TypeError, ValueError):
            return
        least, most = told - answered_at, told + 1 - asked_at
        if self._bounds is not None:
            closer = max(least, self._bounds[0]), min(most, self._bounds[1])
            # Bounds that exclude each other: one of the clocks was set.
            if closer[0] <= closer[1]:
                least, most = closer
        self._bounds = (least, most)

    @property
    def value(self) -> timedelta | None:
        """How far the platform is ahead: zero as long as that is possible, None if not known."""
        if self._bounds is None:
            return None
        least, most = self._bounds
        return timedelta(0) if least <= 0 <= most else timedelta(seconds=(least + most) / 2)
