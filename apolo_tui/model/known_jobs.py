"""The jobs that are known, as a mapping that can tell what is new in it.

A value of a hundred thousand jobs is published again with every answer of the platform, and all
but some hundred jobs are the same. Whoever keeps something that was made of an earlier value asks
what has changed since, and need not look at the rest.
"""

from collections import Counter
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from datetime import datetime
from types import MappingProxyType
from typing import final

from apolo_tui.model.job import JobDescription, JobStatus

REMEMBERED = 5_000
"""Changed jobs that are remembered, over all steps."""


@final
class _Step:
    """Names one value; compared by identity."""

    __slots__ = ()


@final
class KnownJobs(Mapping[str, JobDescription]):
    """Jobs by id, never changed. `with_news` makes the next value."""

    __slots__ = ("_active", "_counts", "_jobs", "_newest", "_step", "_steps")

    def __init__(self, jobs: Mapping[str, JobDescription] = MappingProxyType({})) -> None:
        self._jobs = dict(jobs)
        self._active = {
            job_id: job for job_id, job in self._jobs.items() if not job.status.is_finished
        }
        self._counts = Counter(job.status for job in self._jobs.values())
        self._newest = max(
            (job.created_at for job in jobs.values() if job.created_at), default=None
        )
        self._step = _Step()
        self._steps: tuple[tuple[_Step, tuple[str, ...]], ...] = ()
        """The values before this one, oldest first, and what was new in the one after each."""

    # As a mapping: the views of a plain dict are fast

    def __getitem__(self, job_id: str) -> JobDescription:
        return self._jobs[job_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._jobs

    def keys(self) -> KeysView[str]:
        return self._jobs.keys()

    def values(self) -> ValuesView[JobDescription]:
        return self._jobs.values()

    def items(self) -> ItemsView[str, JobDescription]:
        return self._jobs.items()

    # What is known of all of them

    @property
    def active(self) -> Mapping[str, JobDescription]:
        """Those that have not ended."""
        return MappingProxyType(self._active)

    @property
    def counts(self) -> Mapping[JobStatus, int]:
        """How many are in each state."""
        return MappingProxyType(self._counts)

    @property
    def newest(self) -> datetime | None:
        """When the latest of them was created."""
        return self._newest

    # Changes

    def with_news(self, news: Mapping[str, JobDescription]) -> "KnownJobs":
        """These jobs added, or in place of those with their ids; the order stays."""
        made = KnownJobs.__new__(KnownJobs)
        made._jobs = self._jobs.copy()
        made._active = self._active.copy()
        made._counts = self._counts.copy()
        made._newest = self._newest
        for job_id, job in news.items():
            old = self._jobs.get(job_id)
            if old is not None:
                made._counts[old.status] -= 1
            made._counts[job.status] += 1
            made._jobs[job_id] = job
            if job.status.is_finished:
                made._active.pop(job_id, None)
            else:
                made._active[job_id] = job
            created = job.created_at
            if created is not None and (made._newest is None or created > made._newest):
                made._newest = created
        made._step = _Step()
        made._steps = _recent((*self._steps, (self._step, tuple(news))))
        return made

    def changed_since(self, earlier: Mapping[str, JobDescription]) -> frozenset[str] | None:
        """The ids of what was added or replaced since an earlier value.

        None when that is too long ago, or of another origin.
        """
        if earlier is self:
            return frozenset()
        if not isinstance(earlier, KnownJobs):
            return None
        found: set[str] = set()
        for step, changed in reversed(self._steps):
            found.update(changed)
            if step is earlier._step:
                return frozenset(found)
        return None


def _recent(
    steps: tuple[tuple[_Step, tuple[str, ...]], ...],
) -> tuple[tuple[_Step, tuple[str, ...]], ...]:
    """The last steps, with no more than REMEMBERED jobs in them but always the last one."""
    left = REMEMBERED
    for place in range(len(steps) - 1, -1, -1):
        left -= 1 + len(steps[place][1])
        if left < 0:
            return steps[min(place + 1, len(steps) - 1) :]
    return steps
