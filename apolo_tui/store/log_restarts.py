"""Where a job's containers begin in its log, from the transitions of its status."""

from datetime import datetime

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.logs import LogStore, Marks, Restart, Stamp


def restarts_of(job: JobDescription) -> list[Restart]:
    """The restarts of a job, oldest first.

    The platform tells them by the reason `Restarting` of a running job, and by suspensions
    (docs/protocol.md sections 5.3 and 5.8).
    """
    found: list[Restart] = []
    for item in job.history.transitions:
        suspended = item.status is JobStatus.SUSPENDED
        if item.transition_time is None or not (suspended or item.reason == "Restarting"):
            continue
        reason = "suspended" if suspended else item.description or item.reason
        found.append(Restart(len(found) + 1, item.transition_time, reason))
    return found


class Restarts:
    """Puts a mark before the first line of each container but the first."""

    def __init__(self) -> None:
        self.marks = Marks()
        self._placed: set[datetime] = set()
        self._waiting: list[Restart] = []

    def learn(self, job: JobDescription, store: LogStore) -> None:
        """Take up the restarts that are new."""
        known = self._placed | {restart.at for restart in self._waiting}
        self._waiting += [restart for restart in restarts_of(job) if restart.at not in known]
        self.place(store)

    def place(self, store: LogStore) -> None:
        """Place the marks of restarts for which there is a line by now."""
        while self._waiting and len(store):
            restart = self._waiting[0]
            line = store.line_at(Stamp.of(restart.at).ns)
            if line >= store.end:
                return
            del self._waiting[0]
            self._placed.add(restart.at)
            if line > store.first or store.dropped:
                self.marks.add(line, restart)
