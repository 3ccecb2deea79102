"""The start form as the user writes it: texts, choices and switches."""

import json
import shlex
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from apolo_tui.model.job import SECRET_ENV, HTTPPort
from apolo_tui.model.start.request import StartRequest
from apolo_tui.model.units import format_duration
from apolo_tui.model.uris import Place, shorten_uri

KEPT = "(as in the source)"
"""Stands for a token that is not shown."""


class Field(StrEnum):
    """The fields of the form, in its order. The value is the attribute of `Draft`."""

    IMAGE = "image"
    PRESET = "preset"
    COMMAND = "command"
    NAME = "name"
    TAGS = "tags"
    LIFE_SPAN = "life_span"
    ENV = "env"
    VOLUMES = "volumes"
    HTTP_PORT = "http_port"
    HTTP_AUTH = "http_auth"
    RESTART = "restart"
    PRIORITY = "priority"
    SCHEDULE_TIMEOUT = "schedule_timeout"
    WAIT_FOR_QUOTA = "wait_for_quota"
    ENTRYPOINT = "entrypoint"
    WORKING_DIR = "working_dir"
    DESCRIPTION = "description"
    HEALTH_CHECK_PATH = "health_check_path"
    ENERGY_SCHEDULE = "energy_schedule"
    TTY = "tty"
    SHM = "shm"
    PASS_CONFIG = "pass_config"
    PRIVILEGED = "privileged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form. The defaults are those of `apolo run` (docs/protocol.md A.2)."""

    image: str = ""
    preset: str = ""
    command: str = ""
    name: str = ""
    tags: str = ""
    """Separated by spaces or commas."""
    life_span: str = "1d"
    """Empty or 0 for no limit."""
    env: str = ""
    """NAME=VALUE on a line each; a value in double quotes is a JSON string."""
    volumes: str = ""
    """On a line each, as `apolo run --volume` takes them."""
    http_port: str = "80"
    """Empty for none."""
    http_auth: bool = True
    restart: str = "never"
    priority: str = "normal"
    schedule_timeout: str = ""
    wait_for_quota: bool = False
    entrypoint: str = ""
    working_dir: str = ""
    description: str = ""
    health_check_path: str = ""
    energy_schedule: str = ""
    tty: bool = True
    shm: bool = True
    pass_config: bool = False
    privileged: bool = False

    def with_value(self, field: Field, value: str | bool) -> "Draft":
        """The same with another value. Raises TypeError for one of the wrong kind."""
        if type(value) is not type(getattr(self, field.value)):
            raise TypeError(f"{field.value} takes a {type(getattr(self, field.value)).__name__}")
        return replace(self, **{field.value: value})  # type: ignore[arg-type]  # checked above

    def value(self, field: Field) -> str | bool:
        found: str | bool = getattr(self, field.value)
        return found

    def changed(self, other: "Draft") -> frozenset[Field]:
        """The fields in which the two differ."""
        return frozenset(
            Field(item.name)
            for item in fields(self)
            if getattr(self, item.name) != getattr(other, item.name)
        )


def draft_of(request: StartRequest, place: Place) -> Draft:
    """The form filled from a request; URIs are written as short as `place` allows."""
    http = request.http
    return Draft(
        image=image_text(request),
        preset=request.preset_name,
        command=request.command or "",
        name=request.name or "",
        tags=" ".join(tag_text(tag) for tag in request.tags),
        life_span=duration_text(request.life_span),
        env=env_text(request, place),
        volumes=volumes_text(request, place),
        http_port="" if http is None else str(http.port),
        http_auth=True if http is None else http.requires_auth,
        restart=request.restart_policy.value,
        priority="normal" if request.priority is None else request.priority.name.lower(),
        schedule_timeout=duration_text(request.schedule_timeout),
        wait_for_quota=request.wait_for_jobs_quota,
        entrypoint=request.entrypoint or "",
        working_dir=request.working_dir or "",
        description=request.description or "",
        health_check_path=_path_of(http),
        energy_schedule=request.energy_schedule_name or "",
        tty=request.tty,
        shm=request.shm,
        pass_config=request.pass_config,
        privileged=request.privileged,
    )


def image_text(request: StartRequest) -> str:
    """The image as the form takes it: short where it is in the project of the job."""
    image = request.image
    here = (request.cluster_name, request.org_name, request.project_name)
    if image.is_platform and (image.cluster_name, image.org_name, image.project_name) == here:
        return f"image:{image.name}{image.suffix}"
    return str(image)


def duration_text(seconds: float | None) -> str:
    return "" if seconds is None else format_duration(seconds)


def tag_text(tag: str) -> str:
    """A tag in quotes where a comma or a quote of its own would be misread."""
    return "'" + tag.replace("'", "'\"'\"'") + "'" if "," in tag else shlex.quote(tag)


def env_text(request: StartRequest, place: Place) -> str:
    """The variables, one a line; those that hold a token are not shown."""
    lines = [
        f"{name}={KEPT if name in SECRET_ENV else env_value_text(value)}"
        for name, value in request.env.items()
    ]
    lines += [f"{name}={shorten_uri(uri, place)}" for name, uri in request.secret_env.items()]
    return "\n".join(lines)


def env_value_text(value: str) -> str:
    """A value on one line: as it is, or as a JSON string where it could not be read back."""
    misread = (
        not value.isprintable() or value != value.strip() or value.startswith(('"', "secret:"))
    )
    if not misread:
        return value
    # What is not printable may end a line for whoever shows it, such as NEL.
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in quoted)


def volumes_text(request: StartRequest, place: Place) -> str:
    """Storage, disks and secret files as `--volume` takes them, one a line."""
    lines = [
        f"{shorten_uri(mount.storage_uri, place)}:{mount.container_path}:{_mode(mount.read_only)}"
        for mount in request.volumes
    ]
    lines += [
        f"{shorten_uri(disk.disk_uri, place)}:{disk.container_path}:{_mode(disk.read_only)}"
        for disk in request.disk_volumes
    ]
    lines += [
        f"{shorten_uri(file.secret_uri, place)}:{file.container_path}"
        for file in request.secret_files
    ]
    return "\n".join(lines)


def _mode(read_only: bool) -> str:
    return "ro" if read_only else "rw"


def _path_of(http: HTTPPort | None) -> str:
    return "" if http is None else http.health_check_path or ""
