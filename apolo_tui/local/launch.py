"""From a job's record to the process to run (docs/protocol.md section 5.2)."""

import os
import shlex
from collections.abc import Mapping
from typing import Any

from apolo_tui.local.keeper.api import RunSpec
from apolo_tui.local.names import namespace, org_project_hash
from apolo_tui.local.record import JobRecord

FALLBACK_SHELL = "/bin/sh"


def run_spec(
    record: JobRecord,
    *,
    run: int,
    secrets: Mapping[str, str],
    gpus: tuple[int, ...],
    log_limit: int,
) -> RunSpec:
    """The process of one run. `secrets` are values for the names in `secret_env`."""
    container = record.container
    return RunSpec(
        job_id=record.id,
        run=run,
        argv=argv(container),
        env={**platform_variables(record, gpus), **container.get("env", {}), **secrets},
        working_dir=container.get("working_dir"),
        tty=record.tty,
        memory_limit=int(container["resources"]["memory"]),
        log_limit=log_limit,
    )


def argv(container: Mapping[str, Any]) -> tuple[str, ...]:
    """Entrypoint and command, split by shell rules; the user's shell when there is neither."""
    words = [
        word
        for part in ("entrypoint", "command")
        for word in shlex.split(container.get(part) or "")
    ]
    return tuple(words) or (os.environ.get("SHELL") or FALLBACK_SHELL,)


def platform_variables(record: JobRecord, gpus: tuple[int, ...] = ()) -> dict[str, str]:
    """What the platform adds to the environment of every job."""
    project = record.project
    space = namespace(project.org, project.name)
    digest = org_project_hash(project.org, project.name)
    http = record.container.get("http") or {}
    variables = {
        "NEURO_JOB_ID": record.id,
        "NEURO_JOB_NAME": record.name or "",
        "NEURO_JOB_OWNER": record.owner,
        "NEURO_JOB_CLUSTER": project.cluster,
        "NEURO_JOB_INTERNAL_HOSTNAME": f"{record.id}.{space}",
        "NEURO_JOB_INTERNAL_HOSTNAME_NAMED": (
            f"{record.name}--{digest}.{space}" if record.name else ""
        ),
        "NEURO_JOB_HTTP_PORT": str(http.get("port", "")),
        "NEURO_JOB_HTTP_AUTH": str(http.get("requires_auth", "")),
        "NEURO_JOB_PRESET": record.preset_name or "",
    }
    if gpus:
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(str(gpu) for gpu in gpus)
    return variables
