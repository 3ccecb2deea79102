"""A local platform with running jobs, in a process of its own, and a login to it.

    with platform(jobs=50) as running:
        running.login       # the folder that APOLO_CONFIG names
        running.environment(home)   # a dashboard's, in a home of its own

    with platform(jobs=50, past=100_000) as running:    # and so many that are over

Run as a program it serves the jobs: python -m benchmarks.harness.platform FOLDER JOBS TRAINING PAST
"""

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from apolo_tui.local.configuration import Cluster, Configuration, Pool, Preset, Quota, User
from apolo_tui.local.http.creation import requested
from apolo_tui.local.job_request import flat_request
from apolo_tui.local.names import ProjectKey
from apolo_tui.local.platform import Platform, serve
from benchmarks.harness import past_jobs
from benchmarks.harness.terminal_pty import SOURCE

GIB = 1 << 30
PROJECT = ProjectKey("bench", "acme", "vision")
USER = "bench"
TRAINING_JOB = SOURCE / "benchmarks" / "harness" / "training_job.py"
OTHERS = ("mira", "noor", "ivo")
"""Whose jobs the user sees as well, as far as they are over."""
ALL_RUN = 120.0
"""Seconds that the jobs may take to start."""


@dataclass(frozen=True, slots=True)
class Running:
    """A platform with jobs that run."""

    login: Path
    pid: int

    def environment(self, home: Path) -> dict[str, str]:
        """For a program with this login, and with `home` for all that it keeps."""
        home.mkdir(parents=True, exist_ok=True)
        return {
            "APOLO_CONFIG": str(self.login),
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
        }


@contextmanager
def platform(*, jobs: int, training: int = 0, past: int = 0) -> Iterator[Running]:
    """Serve so many running jobs until the block is left. Raises RuntimeError.

    They sleep; `training` more print a line a second and use the CPU a little; `past` are over.
    """
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as folder:
        command = [sys.executable, "-m", "benchmarks.harness.platform", folder]
        command += [str(jobs), str(training), str(past)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=SOURCE) as process:
            try:
                assert process.stdout is not None
                login = process.stdout.readline().decode().strip()
                if not login:
                    raise RuntimeError(f"the platform ended with {process.wait()}")
                yield Running(Path(login), process.pid)
            finally:
                process.send_signal(signal.SIGTERM)


def configuration() -> Configuration:
    """One cluster with room for many small jobs."""
    cluster = Cluster(
        PROJECT.cluster,
        orgs=(PROJECT.org,),
        pools=(Pool("cpu", nodes=16, cpu=8, memory=32 * GIB),),
        presets=(Preset("cpu-small", 0.1, GIB // 8, ("cpu",), Decimal("0.02")),),
    )
    return Configuration(
        clusters=(cluster,),
        users=(
            User(USER, {PROJECT: "admin"}),
            *(User(name, {PROJECT: "reader"}) for name in OTHERS),
        ),
        user_quotas={(PROJECT.cluster, PROJECT.org, USER): Quota(Decimal(1000), 1000)},
    )


def start_jobs(running: Platform, jobs: int, training: int) -> None:
    """Jobs that sleep, so that the machine is left to those who are measured; and some that work.

    The last ones, which a list shows first, work.
    """
    services = running.services
    user, *_ = running.users
    for number in range(jobs + training):
        body = {
            "image": "ubuntu:24.04",
            "command": "sleep 100000" if number < jobs else f"{sys.executable} {TRAINING_JOB}",
            "name": f"train-{number:03}",
            "preset_name": "cpu-small",
            "cluster_name": PROJECT.cluster,
            "org_name": PROJECT.org,
            "project_name": PROJECT.name,
            "max_run_time_minutes": 24 * 60,
        }
        services.engine.accept(requested(services, user, flat_request(body), flat=True))


async def main(folder: Path, jobs: int, training: int, past: int) -> None:
    """Serve until SIGTERM; print the login when all jobs run."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    if past:
        (folder / "platform").mkdir(mode=0o700)
        past_jobs.write(
            folder / "platform" / "platform.sqlite",
            past,
            project=PROJECT,
            owners=(USER, *OTHERS),
            now=datetime.now(UTC),
        )
    async with serve(folder=folder / "platform", configuration=configuration()) as running:
        start_jobs(running, jobs, training)
        async with asyncio.timeout(ALL_RUN):
            while not all_run(running, jobs + training):
                await asyncio.sleep(0.1)
        print(running.login_folder(folder / "login"), flush=True)
        await over.wait()


def all_run(running: Platform, jobs: int) -> bool:
    """Whether so many jobs are running."""
    live = running.services.engine.live.values()
    return sum(job.record.status == "running" for job in live) >= jobs


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
