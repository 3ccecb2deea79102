"""`apolo-tui ps`: the active jobs with telemetry and cost, for scripts and pipes."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apolo_tui.cli.arguments import add_place, flags_of
from apolo_tui.config import Settings, config_path, load
from apolo_tui.model.cells import fit, width
from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query_facts import NO_LIMIT, Facts, run_time, time_left
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.store.platform import Context, Platform

SOCKETS = 8
SAMPLE_WITHIN = 2.5
"""Seconds to wait for the first sample of a job."""
PATIENCE = 60.0
"""Seconds for the whole command."""


def main(arguments: Sequence[str], *, environ: Mapping[str, str], home: Path) -> int:
    """Print the list. Returns the exit code: 1 when the platform cannot be asked."""
    parser = argparse.ArgumentParser(
        prog="apolo-tui ps", description="The active jobs with telemetry and cost."
    )
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("-a", "--all", action="store_true", help="ended jobs as well")
    options = parser.parse_args(arguments)
    loaded = load(config_path(environ, home), environ=environ, flags=flags_of(options))
    for problem in loaded.problems:
        print(problem, file=sys.stderr)
    return run(options, loaded.settings, environ=environ, home=home)


def run(
    options: argparse.Namespace,
    settings: Settings,
    *,
    environ: Mapping[str, str],
    home: Path,
    within: float = PATIENCE,
) -> int:
    """The same, with options that are parsed already, in at most `within` seconds."""
    work = _listed(options, settings, environ=environ, home=home, within=within)
    try:
        context, jobs, samples = asyncio.run(work)
    except ApoloError as error:
        print(f"{error.title}: {error.message}. {error.next_step}".rstrip(), file=sys.stderr)
        return 1
    except TimeoutError:
        print(f"The platform did not answer within {within:g} s", file=sys.stderr)
        return 1
    now = datetime.fromtimestamp(time.time(), UTC)
    facts = Facts(now=now, answered_at=now, telemetry=samples)
    if getattr(options, "json", False):
        found = [described(job, facts, samples.get(job.id)) for job in jobs]
        print(json.dumps({"context": str(context), "jobs": found}, indent=2))
    else:
        print(table(jobs, facts, samples), end="")
    return 0


async def _listed(
    options: argparse.Namespace,
    settings: Settings,
    *,
    environ: Mapping[str, str],
    home: Path,
    within: float,
) -> tuple[Context, list[JobDescription], dict[str, JobTelemetry]]:
    from apolo_tui.cli.place import chosen

    local, demo = getattr(options, "local", False), getattr(options, "demo", False)
    async with chosen(local=local, demo=demo, environ=environ, home=home) as place:
        ending = asyncio.get_running_loop().time() + within
        async with asyncio.timeout_at(ending), place.opener() as platform:
            context = platform.resolve(settings.cluster, settings.org, settings.project)
            everything = getattr(options, "all", False)
            async with platform.jobs.list(
                statuses=() if everything else JobStatus.active_items(),
                cluster_name=context.cluster,
                org_names=(context.org,) if context.org else (None,),
                project_names=(context.project,) if context.project else (),
            ) as found:
                jobs = [job async for job in found]
            left = ending - asyncio.get_running_loop().time()
            return context, jobs, await _samples(platform, jobs, min(SAMPLE_WITHIN, left - 0.5))


async def _samples(
    platform: Platform, jobs: Sequence[JobDescription], within: float
) -> dict[str, JobTelemetry]:
    """The first sample of each running job; those that do not come in time are left out."""
    samples: dict[str, JobTelemetry] = {}
    room = asyncio.Semaphore(SOCKETS)

    async def one(job: JobDescription) -> None:
        async with room:
            try:
                async with platform.jobs.top(job.id, cluster_name=job.cluster_name) as stream:
                    async for sample in stream:
                        samples[job.id] = sample
                        return
            except ApoloError:
                return

    try:
        async with asyncio.timeout(max(0.1, within)), asyncio.TaskGroup() as group:
            for job in jobs:
                if job.status is JobStatus.RUNNING:
                    group.create_task(one(job))
    except TimeoutError:
        pass
    return samples


def described(job: JobDescription, facts: Facts, sample: JobTelemetry | None) -> dict[str, Any]:
    """One job for `--json`: seconds, bytes, credits as text, times as ISO 8601."""
    left = time_left(job, facts)
    history = job.history
    return {
        "id": job.id,
        "name": job.name,
        "status": job.status_text or job.status.value,
        "reason": history.reason,
        "owner": job.owner,
        "cluster": job.cluster_name,
        "org": job.org_name,
        "project": job.project_name,
        "preset": job.preset_name,
        "image": job.container.image_str,
        "tags": list(job.tags),
        "created_at": history.created_at.isoformat() if history.created_at else None,
        "run_time": run_time(job, facts),
        "time_left": None if left in (None, NO_LIMIT) else left,
        "restarts": history.restarts,
        "credits": _decimal(job.total_price_credits),
        "credits_per_hour": _decimal(job.price_credits_per_hour),
        "http_url": str(job.http_url) or None,
        "telemetry": None
        if sample is None
        else {
            "cpu": sample.cpu,
            "memory_bytes": sample.memory_bytes,
            "gpu_duty_cycle": sample.gpu_duty_cycle,
            "gpu_memory_bytes": sample.gpu_memory_bytes,
            "timestamp": sample.timestamp,
        },
    }


def _decimal(value: object) -> str | None:
    return None if value is None else f"{value:f}"


def table(jobs: Sequence[JobDescription], facts: Facts, samples: Mapping[str, JobTelemetry]) -> str:
    """The list as aligned text."""
    from apolo_tui.widgets import figures

    rows = [("NAME", "STATUS", "PRESET", "RUN", "LEFT", "GPU", "CPU", "MEM", "COST", "ID")]
    for job in jobs:
        sample = samples.get(job.id)
        ran = run_time(job, facts)
        gpu = sample.gpu_duty_cycle if sample else None
        rows.append(
            (
                job.name or "-",
                job.status_text or job.status.value,
                job.preset_name or "-",
                "-" if ran is None else figures.span(ran),
                figures.left(time_left(job, facts), none="-", no_limit="no limit"),
                "-" if gpu is None else f"{gpu}%",
                "-" if sample is None else figures.cores(sample.cpu),
                "-" if sample is None else figures.size(sample.memory_bytes),
                figures.credits_of(job.total_price_credits, none="-"),
                job.id,
            )
        )
    if len(rows) == 1:
        return "No job is active.\n"
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(fit(text, wide) for text, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines) + "\n"
