"""The ends of runs: told as they come, and kept, on disk too, until they are forgotten."""

from collections.abc import Callable, Iterable

from apolo_tui.local.keeper.api import RunState
from apolo_tui.local.keeper.folder import checked
from apolo_tui.local.keeper.records import Records
from apolo_tui.local.keeper.trees import RunKey

Listener = Callable[[RunState | Exception], None]


class Ends:
    """The runs that ended and are not forgotten, those of an earlier keeper included."""

    def __init__(self, records: Records, earlier: Iterable[RunState]) -> None:
        self._records = records
        self._states: dict[RunKey, RunState] = {
            (state.job_id, state.run): state for state in earlier
        }
        self._listeners: list[Listener] = []

    def __contains__(self, key: RunKey) -> bool:
        return key in self._states

    def all(self) -> list[RunState]:
        return list(self._states.values())

    def tell(self, state: RunState) -> None:
        """A run has ended, and all of its log is written."""
        self._states[state.job_id, state.run] = state
        for listener in tuple(self._listeners):
            listener(state)

    def forget(self, job_id: str, run: int) -> None:
        if self._states.pop((checked(job_id), run), None) is not None:
            self._records.forget(job_id, run)

    def forget_job(self, job_id: str) -> None:
        for key in [key for key in self._states if key[0] == job_id]:
            self.forget(*key)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each end, and with the reason why there will be no more."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self, reason: Exception) -> None:
        for listener in tuple(self._listeners):
            listener(reason)
