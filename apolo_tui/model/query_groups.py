"""Jobs put together: one row for each name, and groups with subtotals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from apolo_tui.model.job import JobDescription, JobStatus

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

GROUPINGS: Mapping[str, Callable[[JobDescription], tuple[str, ...]]] = {
    "tag": lambda job: tuple(job.tags),
    "owner": lambda job: (job.owner,),
    "preset": lambda job: (job.preset_name,) if job.preset_name else (),
    "name": lambda job: (job.name,) if job.name else (),
    "status": lambda job: (job.status.value,),
    "project": lambda job: (job.project_name,),
    "cluster": lambda job: (job.cluster_name,),
}
"""What a job is grouped by; a job with several tags is in several groups."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest job of a name and how many have that name."""

    job: JobDescription
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs that have something in common; `label` is "" for those that lack it."""

    label: str
    jobs: tuple[JobDescription, ...]

    @property
    def credits_per_hour(self) -> Decimal:
        """What the running jobs of the group cost."""
        prices = (
            job.price_credits_per_hour for job in self.jobs if job.status is JobStatus.RUNNING
        )
        return sum((price for price in prices if price is not None), Decimal(0))


def latest_of_each_name(jobs: Iterable[JobDescription]) -> list[Latest]:
    """One entry for each name of an owner in a project, in the order of the first of each.

    Jobs without a name stay by themselves.
    """
    newest: dict[tuple[str | None, ...], Latest] = {}
    for job in jobs:
        place: tuple[str | None, ...] = (job.id,)
        if job.name:
            place = (job.cluster_name, job.org_name, job.project_name, job.owner, job.name)
        found = newest.get(place)
        if found is None:
            newest[place] = Latest(job, 1)
        else:
            younger = (job.created_at or LONG_AGO) > (found.job.created_at or LONG_AGO)
            newest[place] = Latest(job if younger else found.job, found.count + 1)
    return list(newest.values())


def group(jobs: Iterable[JobDescription], by: str) -> list[Group]:
    """The groups by label, each with its jobs in the order in which they came.

    Jobs that lack what is grouped by come last. Raises KeyError for what is not in GROUPINGS.
    """
    labels_of = GROUPINGS[by]
    found: dict[str, list[JobDescription]] = {}
    for job in jobs:
        for label in dict.fromkeys(labels_of(job) or ("",)):
            found.setdefault(label, []).append(job)
    order = sorted(found, key=lambda label: (not label, label.casefold(), label))
    return [Group(label, tuple(found[label])) for label in order]
