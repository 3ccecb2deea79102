"""A local platform for the monitor wall: many GPU jobs, steady or moving, and its sockets told.

    python -m benchmarks.harness.wall_platform FOLDER JOBS

Prints the login when all jobs run. Then it takes a word a line: `steady` and `moving` choose what
the GPUs do, `sockets` prints the most telemetry sockets that were open at once, `end` ends it.
"""

import asyncio
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from apolo_tui.local.configuration import GPU, Cluster, Configuration, Pool, Preset, Quota, User
from apolo_tui.local.gpus import GPUUsage
from apolo_tui.local.http.creation import requested
from apolo_tui.local.job_request import flat_request
from apolo_tui.local.platform import Platform, serve
from benchmarks.harness.platform import ALL_RUN, GIB, PROJECT, USER, Running, all_run
from benchmarks.harness.terminal_pty import SOURCE

GPU_MODEL = "nvidia-a100"


class Gpus:
    """GPUs that work evenly, or by another amount at each look."""

    def __init__(self, count: int) -> None:
        self.moving = False
        self._count = count
        self._looks = itertools.count()

    def found(self) -> GPU | None:
        return GPU(self._count, GPU_MODEL, 80 * GIB)

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        if not self.moving:
            return GPUUsage(97, 71 * GIB)
        look = next(self._looks)
        return GPUUsage(look * 37 % 101, (look * 13 % 80) * GIB)


def configuration(jobs: int) -> Configuration:
    """One cluster with a GPU for each job."""
    cluster = Cluster(
        PROJECT.cluster,
        orgs=(PROJECT.org,),
        pools=(
            Pool(
                "gpu",
                nodes=1,
                cpu=float(jobs),
                memory=jobs * GIB,
                gpu=GPU(jobs, GPU_MODEL, 80 * GIB),
            ),
        ),
        presets=(
            Preset(
                "a100-1",
                0.5,
                GIB // 2,
                ("gpu",),
                Decimal(8),
                gpu=GPU(1, GPU_MODEL, 80 * GIB),
            ),
        ),
    )
    return Configuration(
        clusters=(cluster,),
        users=(User(USER, {PROJECT: "admin"}),),
        user_quotas={(PROJECT.cluster, PROJECT.org, USER): Quota(Decimal(1_000_000), 10_000)},
    )


def start_jobs(running: Platform, jobs: int) -> None:
    """Jobs of a day and more, the first ones with the least time left."""
    services = running.services
    (user,) = running.users
    for number in range(jobs):
        body = {
            "image": "ubuntu:24.04",
            "command": "sleep 100000",
            "name": f"train-{number:03}",
            "preset_name": "a100-1",
            "cluster_name": PROJECT.cluster,
            "org_name": PROJECT.org,
            "project_name": PROJECT.name,
            "max_run_time_minutes": 24 * 60 + number,
        }
        services.engine.accept(requested(services, user, flat_request(body), flat=True))


class WallPlatform(Running):
    """The running program, as the benchmark sees it."""

    def __init__(self, login: Path, process: "subprocess.Popen[bytes]") -> None:
        super().__init__(login, process.pid)
        object.__setattr__(self, "_process", process)

    def _say(self, word: str) -> None:
        process: subprocess.Popen[bytes] = object.__getattribute__(self, "_process")
        assert process.stdin is not None
        process.stdin.write(f"{word}\n".encode())
        process.stdin.flush()

    def move(self, moving: bool) -> None:
        """From now on the GPUs work unevenly, or evenly."""
        self._say("moving" if moving else "steady")

    def most_sockets(self) -> int:
        """The most telemetry sockets that were open at once."""
        self._say("sockets")
        process: subprocess.Popen[bytes] = object.__getattribute__(self, "_process")
        assert process.stdout is not None
        return int(process.stdout.readline())


@contextmanager
def wall_platform(*, jobs: int) -> Iterator["WallPlatform"]:
    """Serve so many running jobs until the block is left. Raises RuntimeError."""
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as folder:
        command = [sys.executable, "-m", "benchmarks.harness.wall_platform", folder, str(jobs)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=SOURCE
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            login = process.stdout.readline().decode().strip()
            if not login:
                raise RuntimeError(f"the platform ended with {process.wait()}")
            try:
                yield WallPlatform(Path(login), process)
            finally:
                process.stdin.write(b"end\n")
                process.stdin.flush()


async def main(folder: Path, jobs: int) -> None:
    gpus = Gpus(jobs)
    place = folder / "platform"
    async with serve(folder=place, configuration=configuration(jobs), gpus=gpus) as running:
        start_jobs(running, jobs)
        async with asyncio.timeout(ALL_RUN):
            while not all_run(running, jobs):
                await asyncio.sleep(0.1)
        print(running.login_folder(folder / "login"), flush=True)
        loop = asyncio.get_running_loop()
        while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            if word in ("moving", "steady"):
                gpus.moving = word == "moving"
            elif word == "sockets":
                print(running.most_sockets["top"], flush=True)
            else:
                return


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
