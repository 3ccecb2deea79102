"""The jobs that ended within the last day, of a list that is mostly older."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from apolo_tui.model.job import JobDescription
from apolo_tui.model.known_jobs import KnownJobs

DAY = timedelta(days=1)


class RecentEnds:
    """Keeps them, and looks only at what has changed among the jobs since it was last asked."""

    def __init__(self) -> None:
        self._jobs = KnownJobs()
        self._found: dict[str, JobDescription] = {}

    def among(self, jobs: KnownJobs, now: datetime) -> Mapping[str, JobDescription]:
        """Those of the jobs that ended less than a day before `now`, by id.

        Time goes forwards: a job that was too old once is not looked at again.
        """
        since = now - DAY
        changed: Collection[str] | None = jobs.changed_since(self._jobs)
        if changed is None:
            changed, self._found = jobs.keys(), {}
        for job_id in changed:
            job = jobs[job_id]
            if _ended(job, since):
                self._found[job_id] = job
            else:
                self._found.pop(job_id, None)
        self._jobs = jobs
        self._found = {job_id: job for job_id, job in self._found.items() if _ended(job, since)}
        return MappingProxyType(self._found)


def _ended(job: JobDescription, since: datetime) -> bool:
    if not job.status.is_finished:
        return False
    ended = job.finished_at
    return ended is not None and ended > since
