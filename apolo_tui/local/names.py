"""The names that the platform derives: job ids, URIs, namespaces, hostnames."""

import hashlib
import uuid
from typing import NamedTuple


class ProjectKey(NamedTuple):
    """A project's identity: the same name may exist in several clusters and orgs."""

    cluster: str
    org: str
    name: str

    @property
    def uri(self) -> str:
        return f"job://{self.cluster}/{self.org}/{self.name}"


def new_job_id() -> str:
    return f"job-{uuid.uuid4()}"


def org_project_hash(org: str, project: str) -> str:
    """Ten hex digits (docs/protocol.md section 5.3)."""
    return hashlib.sha256(f"{org}{project}".encode()).hexdigest()[:10]


def namespace(org: str, project: str) -> str:
    """`platform--<org>--<project>--<24 hex>`, at most 63 characters; the names are cut."""
    digest = hashlib.sha256(f"{org}--{project}".encode()).hexdigest()[:24]
    return f"platform--{org}--{project}"[: 63 - len(digest) - 2] + f"--{digest}"
