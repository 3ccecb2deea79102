"""Cluster URIs: `scheme://cluster/org/project/path` (docs/protocol.md section 7.1)."""

import re
from dataclasses import dataclass

from yarl import URL

SCHEMES = ("storage", "image", "job", "secret", "disk", "blob", "flow")

JOB_ID = re.compile(r"job-[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}", re.ASCII)
DIGITS_ONLY = re.compile(r"[a-zA-Z0-9+\-.]{2,}:[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a short name belongs: the current cluster, org and project."""

    cluster_name: str
    org_name: str | None
    project_name: str | None


def is_job_id(text: str) -> bool:
    """Whether this is a job's id rather than a name (docs/protocol.md section 8)."""
    return JOB_ID.fullmatch(text) is not None


def parse_uri(text: str, place: Place, *, schemes: tuple[str, ...] = SCHEMES) -> URL:
    """The full form of a cluster URI, short or long.

    `job:x` is in the current project; `job:/other/x` in another project of the current org;
    `job://cluster/org/project/x` is taken as it is. Raises ValueError with a text for the user.
    """
    if DIGITS_ONLY.fullmatch(text):
        scheme, _, path = text.partition(":")
        uri = URL.build(scheme=scheme, path=path)
    else:
        try:
            uri = URL(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a URI") from None
    known = ", ".join(f"{scheme}:" for scheme in schemes)
    if not uri.scheme:
        raise ValueError(f"{text!r} has no scheme; it is one of {known}")
    if uri.scheme not in schemes:
        raise ValueError(f"{text!r} must begin with one of {known}")
    if "?" in text or "#" in text:
        raise ValueError(f"{text!r} must not hold ? or #; write them as %3F and %23")
    if uri.user or uri.password or uri.explicit_port:
        raise ValueError(f"{text!r} must not name a user, a password or a port")
    return normalize_uri(uri, place)


def normalize_uri(uri: URL, place: Place) -> URL:
    """Fill in what a short URI leaves out. Raises ValueError where there is nothing to fill in."""
    if (uri.host or uri.path.lstrip("/")).startswith("~"):
        raise ValueError(f"{str(uri)!r}: ~ has no meaning in a cluster URI")
    if uri.host:
        return uri
    head = [place.org_name] if place.org_name else []
    if not uri.path.startswith("/"):
        if not place.project_name:
            raise ValueError(f"{str(uri)!r}: no project is selected; write the URI in full")
        head.append(place.project_name)
    below = uri.path.lstrip("/")
    path = "/".join(["", *head, below]) if below else "/".join(["", *head])
    return URL.build(scheme=uri.scheme, host=place.cluster_name, path=path)


def shorten_uri(uri: URL, place: Place) -> str:
    """The shortest form that means the same at this place."""
    items = uri.path.lstrip("/").split("/")
    org = [place.org_name] if place.org_name else []
    here = [*org, place.project_name]
    if uri.host != place.cluster_name or items[: len(org)] != org:
        return str(uri)
    if place.project_name and items[: len(here)] == here:
        return f"{uri.scheme}:{'/'.join(items[len(here) :])}"
    return f"{uri.scheme}:/{'/'.join(items[len(org) :])}"
