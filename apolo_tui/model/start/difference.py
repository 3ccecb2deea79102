"""What a request changes against the one it was made from."""

import difflib
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apolo_tui.model.job import SECRET_ENV
from apolo_tui.model.start.command import CONFIDENTIAL, HIDDEN
from apolo_tui.model.start.draft import duration_text
from apolo_tui.model.start.request import StartRequest


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. An empty `before` is an addition, an empty `after` a removal."""

    what: str
    before: str
    after: str


def changes(source: StartRequest, request: StartRequest) -> tuple[Change, ...]:
    """All differences, those of the command word by word. None for an untouched rerun."""
    return (
        *_words("command", source.command or "", request.command or ""),
        *_words("entrypoint", source.entrypoint or "", request.entrypoint or ""),
        *_values(_plain(source), _plain(request)),
        *_values(_env(source), _env(request)),
        *_values(_mounts(source), _mounts(request)),
    )


def _values(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for what in (*before, *(name for name in after if name not in before)):
        old, new = before.get(what, ""), after.get(what, "")
        if old != new:
            yield Change(what, _hidden(what, old), _hidden(what, new))


def _hidden(what: str, value: str) -> str:
    kind, _, name = what.partition(" ")
    return HIDDEN if value and kind == "env" and _confidential(name) else value


def _confidential(name: str) -> bool:
    return name in SECRET_ENV or CONFIDENTIAL.search(name) is not None


def _plain(request: StartRequest) -> dict[str, str]:
    """What one word says. Settings that are off are empty."""
    http = request.http
    texts = {
        "image": str(request.image),
        "preset": request.preset_name,
        "name": request.name or "",
        "tags": " ".join(sorted(request.tags)),
        "description": request.description or "",
        "life span": duration_text(request.life_span) or "no limit",
        "http port": "" if http is None else str(http.port),
        "http auth": "" if http is None else "on" if http.requires_auth else "off",
        "health check": "" if http is None else http.health_check_path or "",
        "restart": request.restart_policy.value,
        "priority": "normal" if request.priority is None else request.priority.name.lower(),
        "schedule timeout": duration_text(request.schedule_timeout),
        "energy schedule": request.energy_schedule_name or "",
        "working dir": request.working_dir or "",
        "where": f"{request.cluster_name}/{request.org_name or ''}/{request.project_name}",
    }
    switches = {
        "tty": request.tty,
        "shared memory": request.shm,
        "pass config": request.pass_config,
        "privileged": request.privileged,
        "wait for quota": request.wait_for_jobs_quota,
    }
    return texts | {name: "on" if on else "off" for name, on in switches.items()}


def _env(request: StartRequest) -> dict[str, str]:
    found = {f"env {name}": value or '""' for name, value in request.env.items()}
    return found | {f"env {name}": str(uri) for name, uri in request.secret_env.items()}


def _mounts(request: StartRequest) -> dict[str, str]:
    found = {}
    for volume in request.volumes:
        mode = "ro" if volume.read_only else "rw"
        found[f"volume {volume.container_path}"] = f"{volume.storage_uri}:{mode}"
    for disk in request.disk_volumes:
        mode = "ro" if disk.read_only else "rw"
        found[f"disk {disk.container_path}"] = f"{disk.disk_uri}:{mode}"
    for file in request.secret_files:
        found[f"secret {file.container_path}"] = str(file.secret_uri)
    return found


def _words(what: str, before: str, after: str) -> Iterator[Change]:
    """The runs of words that differ, each with the option that it belongs to."""
    if before == after:
        return
    try:
        old, new = shlex.split(before), shlex.split(after)
    except ValueError:
        yield Change(what, before, after)
        return
    found = False
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, new_first, new_last in matcher.get_opcodes():
        if kind == "equal":
            continue
        found = True
        # `--lr 0.1` -> `--lr 0.2` says more than `0.1` -> `0.2`.
        option = bool(first) and bool(new_first) and old[first - 1].startswith("-")
        back = 1 if option and kind == "replace" else 0
        yield Change(
            what,
            shlex.join(old[first - back : last]),
            shlex.join(new[new_first - back : new_last]),
        )
    if not found:
        yield Change(what, before, after)
