"""What the user calls a job, and the job's id (docs/protocol.md section 8)."""

import re
from typing import NamedTuple

from apolo_tui.model.errors import IllegalArgumentError
from apolo_tui.model.uris import Place, parse_uri

JOB_NAME = re.compile(r"(?=.{3,40}\Z)[a-z](?:-?[a-z0-9])*", re.ASCII)


class JobAddress(NamedTuple):
    """A job's id and the cluster it runs on."""

    id: str
    cluster_name: str


class JobName(NamedTuple):
    """A name, or an id, and where it is looked for."""

    name: str
    place: Place

    @property
    def possible(self) -> bool:
        """Whether a job can have this name at all: the platform refuses to look for others."""
        return JOB_NAME.fullmatch(self.name) is not None and not self.name.startswith("job-")

    def __str__(self) -> str:
        place = self.place
        where = (place.cluster_name, place.org_name, place.project_name)
        return f"{self.name} in {'/'.join(part for part in where if part)}"


def read_name(text: str, place: Place) -> JobName:
    """A name, an id, or a `job:` URI of one.

    `job://cluster/project/name` is in the current org, as there is no other way to read it.
    Raises IllegalArgumentError for what is none of these.
    """
    if not text.startswith("job:"):
        return JobName(text, place)
    try:
        uri = parse_uri(text, place, schemes=("job",))
    except ValueError as error:
        raise IllegalArgumentError(str(error)) from None
    items = [item for item in uri.path.split("/") if item]
    cluster = uri.host or place.cluster_name
    match items:
        case [org, project, name]:
            return JobName(name, Place(cluster, org, project))
        case [project, name] if text.startswith("job://"):
            return JobName(name, Place(cluster, place.org_name, project))
        case _:
            raise IllegalArgumentError(
                f"{text!r} names no job", next_step="Write it like job://cluster/org/project/name"
            )
