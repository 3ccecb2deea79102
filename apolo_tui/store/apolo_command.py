"""The `apolo` command that does what the dashboard did: shown, logged, copied.

The options are those of the command's own help; `run` mirrors its `generate-run-command`
(docs/protocol.md section A.2 has the defaults, which are left out).
"""

import shlex
from collections.abc import Iterable

from apolo_tui.model.job import SECRET_ENV, JobDescription, JobPriority, JobRestartPolicy
from apolo_tui.model.units import format_duration


def kill(ids: Iterable[str]) -> str:
    return shlex.join(["apolo", "kill", *ids])


def bump_life_span(job_id: str, seconds: float) -> str:
    return shlex.join(["apolo", "job", "bump-life-span", job_id, format_duration(seconds)])


def run(job: JobDescription) -> str:
    """Starts an equal job. Values of variables that hold a live token are left out."""
    return shlex.join(["apolo", "run", *_options(job), *_command(job)])


def _options(job: JobDescription) -> Iterable[str]:
    container = job.container
    if job.preset_name:
        yield from ("--preset", job.preset_name)
    if job.name:
        yield from ("--name", job.name)
    for tag in job.tags:
        yield from ("--tag", tag)
    if job.description:
        yield from ("--description", job.description)
    if container.http is not None:
        yield from ("--http-port", str(container.http.port))
        if not container.http.requires_auth:
            yield "--no-http-auth"
    for name, value in container.env.items():
        if name not in SECRET_ENV:
            yield from ("--env", f"{name}={value}")
    for name, uri in container.secret_env.items():
        yield from ("--env", f"{name}={uri}")
    for volume in container.volumes:
        yield from (
            "--volume",
            _mount(str(volume.storage_uri), volume.container_path, volume.read_only),
        )
    for disk in container.disk_volumes:
        yield from ("--volume", _mount(str(disk.disk_uri), disk.container_path, disk.read_only))
    for secret in container.secret_files:
        yield from ("--volume", f"{secret.secret_uri}:{secret.container_path}")
    if container.entrypoint:
        yield from ("--entrypoint", container.entrypoint)
    if container.working_dir:
        yield from ("--workdir", container.working_dir)
    if job.restart_policy is not JobRestartPolicy.NEVER:
        yield from ("--restart", job.restart_policy.value)
    if job.life_span is None:
        yield from ("--life-span", "0")
    else:
        yield from ("--life-span", format_duration(job.life_span))
    if job.schedule_timeout:
        yield from ("--schedule-timeout", format_duration(job.schedule_timeout))
    if job.priority is not JobPriority.NORMAL:
        yield from ("--priority", job.priority.name.lower())
    if job.pass_config:
        yield "--pass-config"
    if job.privileged:
        yield "--privileged"
    if not container.tty:
        yield "--no-tty"


def _command(job: JobDescription) -> Iterable[str]:
    yield job.container.image_str or str(job.container.image)
    if job.container.command:
        yield "--"
        yield from _words(job.container.command)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return [command]


def _mount(uri: str, path: str, read_only: bool) -> str:
    return f"{uri}:{path}:{'ro' if read_only else 'rw'}"
