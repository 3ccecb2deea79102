"""All that a job is started with (docs/protocol.md section 5.2)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from yarl import URL

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    SECRET_ENV,
    DiskVolume,
    HTTPPort,
    JobDescription,
    JobPriority,
    JobRestartPolicy,
    SecretFile,
    Volume,
)

DEFAULT_HEALTH_PATH = "/"
"""What the platform asks for when a request names no path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """The parameters of `Jobs.start`, named as there. Times in seconds."""

    image: RemoteImage
    preset_name: str
    cluster_name: str
    project_name: str
    org_name: str | None = None
    entrypoint: str | None = None
    command: str | None = None
    working_dir: str | None = None
    http: HTTPPort | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    volumes: Sequence[Volume] = ()
    secret_env: Mapping[str, URL] = field(default_factory=dict)
    secret_files: Sequence[SecretFile] = ()
    disk_volumes: Sequence[DiskVolume] = ()
    tty: bool = False
    shm: bool = False
    name: str | None = None
    tags: Sequence[str] = ()
    description: str | None = None
    pass_config: bool = False
    wait_for_jobs_quota: bool = False
    schedule_timeout: float | None = None
    restart_policy: JobRestartPolicy = JobRestartPolicy.NEVER
    life_span: float | None = None
    privileged: bool = False
    priority: JobPriority | None = None
    """None for the platform's own choice, which is normal."""
    energy_schedule_name: str | None = None

    def parameters(self) -> dict[str, Any]:
        """The keyword arguments of `Jobs.start`."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def rerun_of(job: JobDescription) -> StartRequest:
    """The request that starts the same job again.

    `preset_name` is empty for a job that was started without one. Whether the source waited for
    quota is not told by the platform.
    """
    container = job.container
    # The platform adds the token's variable itself, and refuses it when it is there already.
    injected = SECRET_ENV if job.pass_config else frozenset()
    return StartRequest(
        image=_image(job),
        preset_name=job.preset_name or "",
        cluster_name=job.cluster_name,
        project_name=job.project_name,
        org_name=job.org_name,
        entrypoint=container.entrypoint,
        command=container.command,
        working_dir=container.working_dir,
        http=_http(container.http),
        env={name: value for name, value in container.env.items() if name not in injected},
        volumes=tuple(container.volumes),
        secret_env=dict(container.secret_env),
        secret_files=tuple(container.secret_files),
        disk_volumes=tuple(container.disk_volumes),
        tty=container.tty,
        shm=_shm(job),
        name=job.name,
        tags=tuple(job.tags),
        description=job.description,
        pass_config=job.pass_config,
        schedule_timeout=job.schedule_timeout,
        restart_policy=job.restart_policy,
        life_span=job.life_span,
        privileged=job.privileged,
        priority=None if job.priority is JobPriority.NORMAL else job.priority,
        energy_schedule_name=job.energy_schedule_name,
    )


def _image(job: JobDescription) -> RemoteImage:
    """The image with exactly the reference of the source, also where parsing it adds a tag."""
    parsed, sent = job.container.image, job.container.image_str
    return parsed if not sent or parsed.as_docker_url() == sent else RemoteImage(sent)


def _http(http: HTTPPort | None) -> HTTPPort | None:
    """Without the path that the platform filled in."""
    if http is None or http.health_check_path != DEFAULT_HEALTH_PATH:
        return http
    return HTTPPort(http.port, http.requires_auth)


def _shm(job: JobDescription) -> bool:
    """Whether the source asked for it; where the platform is silent `Resources.shm` is True."""
    if not job.raw:
        return job.container.resources.shm
    match json.loads(job.raw):
        case {"container": {"resources": {"shm": bool(asked)}}}:
            return asked
    return False
