"""Which jobs a listing is of (docs/protocol.md section 5.4), as conditions on their table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apolo_tui.local.names import ProjectKey


@dataclass(frozen=True, slots=True)
class Selection:
    """Which jobs to list (docs/protocol.md section 5.4). Empty: all."""

    statuses: Sequence[str] = ()
    name: str | None = None
    tags: Sequence[str] = ()
    owners: Sequence[str] = ()
    base_owners: Sequence[str] = ()
    clusters: Sequence[str] = ()
    orgs: Sequence[str] = ()
    projects: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    hostname: str | None = None
    materialized: bool | None = None
    being_dropped: bool | None = None
    logs_removed: bool | None = None
    reverse: bool = False
    limit: int | None = None
    readable_by: str | None = None
    """A user: only this one's own jobs and those of `readable` projects."""
    readable: Sequence[ProjectKey] = ()

    def conditions(self) -> tuple[list[str], list[Any]]:
        """Conditions that all must hold, and the values of their marks in order."""
        conditions: list[str] = []
        values: list[Any] = []

        def add(condition: str, *bound: Any) -> None:
            conditions.append(condition)
            values.extend(bound)

        for column, wanted in (
            ("status", self.statuses),
            ("owner", self.owners),
            ("base_owner", self.base_owners),
            ("cluster", self.clusters),
            ("org", self.orgs),
            ("project", self.projects),
        ):
            if wanted:
                add(f"{column} IN ({_marks(wanted)})", *wanted)
        if self.name is not None:
            add("name = ?", self.name)
        for tag in self.tags:
            add("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)", tag)
        if self.since is not None:
            add("created >= ?", self.since.timestamp())
        if self.until is not None:
            add("created <= ?", self.until.timestamp())
        if self.hostname is not None:
            name, _, digest = self.hostname.rpartition("--")
            add("(id = ? OR (name = ? AND hash = ?))", self.hostname, name, digest)
        for column, flag in (
            ("materialized", self.materialized),
            ("being_dropped", self.being_dropped),
            ("logs_removed", self.logs_removed),
        ):
            if flag is not None:
                add(f"{column} = ?", flag)
        if self.readable_by is not None:
            places = ", ".join(["(?, ?, ?)"] * len(self.readable))
            visible = f" OR (cluster, org, project) IN (VALUES {places})" if places else ""
            add(
                f"(base_owner = ?{visible})",
                self.readable_by,
                *(part for project in self.readable for part in project),
            )
        return conditions, values


def _marks(wanted: Sequence[str]) -> str:
    return ", ".join("?" * len(wanted))
