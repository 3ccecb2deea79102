"""The `apolo run` command that starts the same job (docs/protocol.md A.2, 7.2)."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from apolo_tui.model.job import SECRET_ENV, JobRestartPolicy
from apolo_tui.model.start.request import StartRequest
from apolo_tui.model.units import format_duration

DEFAULT_HTTP_PORT = 80
CONFIDENTIAL = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE", re.IGNORECASE)
HIDDEN = "••••"


@dataclass(frozen=True, slots=True)
class RunCommand:
    """The words of the command, and what no option of it can say."""

    words: tuple[str, ...]
    shortfalls: tuple[str, ...] = ()
    """In words, for the user: what the command leaves out."""
    confidential: frozenset[str] = frozenset()
    """The words that hold a value which is better not shown."""

    def __str__(self) -> str:
        """One line for a POSIX shell."""
        return shlex.join(self.words)

    @property
    def shown(self) -> str:
        """The same for the screen: values of variables that look like secrets are hidden."""
        return " ".join(
            f"{word.partition('=')[0]}={HIDDEN}" if word in self.confidential else shlex.quote(word)
            for word in self.words
        )


def run_command(request: StartRequest) -> RunCommand:
    """The command for a request. It starts the job and returns, as the form does."""
    confidential = {
        f"{name}={value}" for name, value in request.env.items() if CONFIDENTIAL.search(name)
    }
    words = ("apolo", "run", "--detach", *_options(request), *_what_to_run(request))
    return RunCommand(words, tuple(_shortfalls(request)), frozenset(confidential))


def _what_to_run(request: StartRequest) -> Iterator[str]:
    yield str(request.image)
    if request.command:
        # As one word it is handed on as it is; several would be quoted and joined anew.
        yield from ("--", request.command)


def _options(request: StartRequest) -> Iterator[str]:
    yield from ("--cluster", request.cluster_name)
    if request.org_name:
        yield from ("--org", request.org_name)
    yield from ("--project", request.project_name, "--preset", request.preset_name)
    yield from _identity(request)
    yield from _surroundings(request)
    yield from _time_and_order(request)
    # Left out, it would depend on whether the command is typed at a terminal.
    yield "--tty" if request.tty else "--no-tty"
    if not request.shm:
        yield "--no-extshm"
    if request.pass_config:
        yield "--pass-config"
    if request.privileged:
        yield "--privileged"


def _identity(request: StartRequest) -> Iterator[str]:
    if request.name:
        yield from ("--name", request.name)
    for tag in request.tags:
        yield from ("--tag", tag)
    if request.description:
        yield from ("--description", request.description)


def _surroundings(request: StartRequest) -> Iterator[str]:
    http = request.http
    if http is None:
        yield from ("--http-port", "0")
    elif http.port != DEFAULT_HTTP_PORT:
        yield from ("--http-port", str(http.port))
    if http is not None and not http.requires_auth:
        yield "--no-http-auth"
    for volume in request.volumes:
        mode = "ro" if volume.read_only else "rw"
        yield from ("--volume", f"{volume.storage_uri}:{volume.container_path}:{mode}")
    for disk in request.disk_volumes:
        mode = "ro" if disk.read_only else "rw"
        yield from ("--volume", f"{disk.disk_uri}:{disk.container_path}:{mode}")
    for file in request.secret_files:
        yield from ("--volume", f"{file.secret_uri}:{file.container_path}")
    if request.entrypoint:
        yield from ("--entrypoint", request.entrypoint)
    if request.working_dir:
        yield from ("--workdir", request.working_dir)
    for name, value in request.env.items():
        if name not in SECRET_ENV:
            yield from ("--env", f"{name}={value}")
    for name, uri in request.secret_env.items():
        yield from ("--env", f"{name}={uri}")


def _time_and_order(request: StartRequest) -> Iterator[str]:
    if request.restart_policy is not JobRestartPolicy.NEVER:
        yield from ("--restart", request.restart_policy.value)
    # The command's own default is a day.
    yield from ("--life-span", format_duration(request.life_span or 0))
    if request.schedule_timeout is not None:
        yield from ("--schedule-timeout", format_duration(request.schedule_timeout))
    if request.wait_for_jobs_quota:
        yield "--wait-for-seat"
    if request.priority is not None:
        yield from ("--priority", request.priority.name.lower())
    if request.energy_schedule_name:
        yield from ("--energy-schedule", request.energy_schedule_name)


def _shortfalls(request: StartRequest) -> Iterator[str]:
    """What `apolo run` has no way to say, or says otherwise."""
    if request.http is not None and request.http.health_check_path is not None:
        yield "the health check path"
    if request.http is not None and not request.http.port:
        yield "the HTTP port 0"
    if SECRET_ENV.intersection(request.env):
        yield "the token in the variables"
    for name, value in request.env.items():
        if value.startswith("secret:"):
            yield f"the value of {name}, which apolo takes for a secret"
    paths = [volume.container_path for volume in request.volumes]
    paths += [disk.container_path for disk in request.disk_volumes]
    paths += [file.container_path for file in request.secret_files]
    uris = [*(volume.storage_uri for volume in request.volumes)]
    if any(":" in path for path in paths) or any(":" in uri.path for uri in uris):
        yield "a volume with a colon in its path"
    if request.schedule_timeout is not None and request.schedule_timeout % 1:
        yield "the fraction of the schedule timeout"
    image = request.image
    if image.is_platform and image.org_name != request.org_name:
        yield "the image of another organisation"
    if not image.is_platform and ("@" in image.name or ":" in image.name.partition("/")[0]):
        yield "the image's digest or port"
    if request.entrypoint is not None and request.entrypoint != request.entrypoint.strip():
        yield "the spaces around the entrypoint"
