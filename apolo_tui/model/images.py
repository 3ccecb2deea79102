"""Container images, of the platform's own registry and of others (docs/protocol.md section 7.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

from apolo_tui.model.uris import Place

NAME_COMPONENT = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.ASCII)
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image by its parts. It is a platform image when registry, cluster and project are set."""

    name: str
    tag: str | None = None
    registry: str | None = None
    """Host (and port) of the registry; for images of other registries it may be in `name`."""
    cluster_name: str | None = None
    org_name: str | None = None
    project_name: str | None = None

    def __post_init__(self) -> None:
        if bool(self.cluster_name) != bool(self.project_name):
            raise ValueError("an image of the platform has both a cluster and a project")
        if self.cluster_name and not self.registry:
            raise ValueError("an image of the platform has a registry")

    @classmethod
    def new_platform_image(
        cls,
        name: str,
        registry: str,
        *,
        cluster_name: str,
        org_name: str | None,
        project_name: str,
        tag: str | None = None,
    ) -> "RemoteImage":
        """An image of the registry of a cluster."""
        return cls(name, tag, registry, cluster_name, org_name, project_name)

    @classmethod
    def new_external_image(
        cls, name: str, registry: str | None = None, *, tag: str | None = None
    ) -> "RemoteImage":
        """An image of any other registry."""
        return cls(name, tag, registry)

    @property
    def is_platform(self) -> bool:
        return bool(self.registry and self.cluster_name and self.project_name)

    def as_docker_url(self, with_scheme: bool = False) -> str:
        """The reference that a container engine takes, and that goes over the wire."""
        prefix = f"{self.registry}/" if self.registry else ""
        if self.is_platform:
            org = f"{self.org_name}/" if self.org_name else ""
            prefix = f"{prefix}{org}{self.project_name}/"
            if with_scheme:
                prefix = f"https://{prefix}"
        return f"{prefix}{self.name}{self.suffix}"

    @property
    def suffix(self) -> str:
        if not self.tag:
            return ""
        return f"@{self.tag}" if ":" in self.tag else f":{self.tag}"

    def __str__(self) -> str:
        if not self.is_platform:
            return self.as_docker_url()
        org = f"/{self.org_name}" if self.org_name else ""
        path = f"{org}/{self.project_name}/{self.name}{self.suffix}"
        return str(URL.build(scheme="image", host=self.cluster_name or "", path=path))


@dataclass(frozen=True, slots=True)
class Registries:
    """What is needed to tell the platform's images from others."""

    hosts: Mapping[str, str]
    """Cluster name -> host of its registry, with the port where it has one."""
    place: Place

    def parse(self, text: str) -> RemoteImage:
        """An image as the user writes it. Raises ValueError with a text for the user."""
        self._check(text)
        if text.startswith("image:"):
            return self._of_uri(text)
        for cluster, host in self.hosts.items():
            if text.startswith(f"{host}/"):
                return self._of_registry(text, text.removeprefix(f"{host}/"), cluster, host)
        name, tag = self._split(text, default_tag="latest")
        return RemoteImage(name, tag)

    def read(self, text: str) -> RemoteImage:
        """An image as a job tells it; what cannot be parsed becomes an image of that name."""
        try:
            return self.parse(text)
        except ValueError:
            return RemoteImage(text)

    def _check(self, text: str) -> None:
        if not text:
            raise ValueError("an image needs a name")
        if text.startswith("-"):
            raise ValueError(f"image {text!r} must not begin with -")
        if any(mark.isspace() for mark in text):
            raise ValueError(f"image {text!r} must not hold spaces")

    def _of_uri(self, text: str) -> RemoteImage:
        body = text.removeprefix("image:")
        if body == "latest":
            raise ValueError(f"{text!r} is ambiguous: a name or a tag? Write image:NAME:TAG")
        cluster = self.place.cluster_name
        org, project = self.place.org_name, self.place.project_name
        if body.startswith("//"):
            cluster, _, body = body.removeprefix("//").partition("/")
            items = [item for item in body.split("/") if item]
            # Org and project in full, or the project alone, as in the days before orgs.
            if len(items) >= 3:
                org, project, items = items[0], items[1], items[2:]
            elif len(items) == 2:
                project, items = items[0], items[1:]
            else:
                raise ValueError(f"{text!r} has no image name: image://cluster/org/project/name")
        elif body.startswith("/"):
            items = [item for item in body.split("/") if item]
            if len(items) < 2:
                raise ValueError(f"{text!r} has no image name: image:/project/name")
            project, items = items[0], items[1:]
        else:
            items = body.split("/")
        if cluster not in self.hosts:
            known = ", ".join(sorted(self.hosts)) or "none"
            raise ValueError(f"{text!r}: there is no cluster {cluster!r}; there is {known}")
        if not project:
            raise ValueError(f"{text!r}: no project is selected; write the image's URI in full")
        name, tag = self._split("/".join(items), default_tag="latest")
        return RemoteImage.new_platform_image(
            name,
            self.hosts[cluster],
            cluster_name=cluster,
            org_name=org,
            project_name=project,
            tag=tag,
        )

    def _of_registry(self, text: str, path: str, cluster: str, host: str) -> RemoteImage:
        items = path.split("/")
        org = self.place.org_name
        if len(items) >= 3:
            org, project, items = items[0], items[1], items[2:]
        elif len(items) == 2:
            project, items = items[0], items[1:]
        else:
            raise ValueError(f"{text!r} lacks a project: {host}/org/project/name")
        name, tag = self._split("/".join(items), default_tag="latest")
        return RemoteImage.new_platform_image(
            name, host, cluster_name=cluster, org_name=org, project_name=project, tag=tag
        )

    def _split(self, text: str, *, default_tag: str) -> tuple[str, str]:
        """Name and tag. The first item of the name may be a host with a port."""
        if "@" in text:
            raise ValueError(f"image {text!r}: digests are not supported; name a tag")
        head, slash, last = text.rpartition("/")
        name, colon, tag = last.partition(":")
        if colon and not TAG.fullmatch(tag):
            raise ValueError(f"image {text!r}: {tag!r} is not a tag")
        full = f"{head}{slash}{name}"
        first, *rest = full.split("/")
        if not HOST.fullmatch(first) or (":" in first and not rest):
            raise ValueError(f"image {text!r}: {first!r} is not a name")
        for item in rest:
            if not NAME_COMPONENT.fullmatch(item):
                raise ValueError(f"image {text!r}: {item!r} is not a part of a name")
        return full, tag or default_tag
