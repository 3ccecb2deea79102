"""A platform whose clock runs faster, with jobs that come and go: the other side of the soak.

    python -m benchmarks.harness.wall_soak_platform FOLDER START FACTOR

Prints the login. Then it takes a word a line: `start NAME MINUTES` starts a job with a life span in
scaled minutes, `expire` makes every token void, `cut` breaks the telemetry sockets, `restart` ends
the server and starts it again over the same jobs, `end` ends it.
"""

import asyncio
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from apolo_tui.local.configuration import Cluster, Configuration, Pool, Preset, Quota, User
from apolo_tui.local.http.creation import requested
from apolo_tui.local.job_request import flat_request
from apolo_tui.local.keeper.inprocess import open_keeper
from apolo_tui.local.platform import Platform, serve
from benchmarks.harness.platform import GIB, PROJECT, USER
from benchmarks.harness.wall_soak_app import Scale

LOOK = 0.1
"""Seconds between two looks at the life spans."""


def configuration() -> Configuration:
    cluster = Cluster(
        PROJECT.cluster,
        orgs=(PROJECT.org,),
        pools=(Pool("cpu", nodes=4, cpu=64, memory=256 * GIB),),
        presets=(Preset("cpu-small", 0.1, GIB // 8, ("cpu",), Decimal("0.02")),),
    )
    return Configuration(
        clusters=(cluster,),
        users=(User(USER, {PROJECT: "admin"}),),
        user_quotas={(PROJECT.cluster, PROJECT.org, USER): Quota(Decimal(1_000_000), 10_000)},
    )


def start_job(running: Platform, name: str, minutes: int) -> None:
    services = running.services
    (user,) = running.users
    body = {
        "image": "ubuntu:24.04",
        "command": "sleep 100000",
        "name": name,
        "preset_name": "cpu-small",
        "cluster_name": PROJECT.cluster,
        "org_name": PROJECT.org,
        "project_name": PROJECT.name,
        "max_run_time_minutes": minutes,
    }
    services.engine.accept(requested(services, user, flat_request(body), flat=True))


async def end_what_is_over(running: Platform, scale: Scale) -> None:
    """The platform's own timers run by the clock of the wall, so life spans are enforced here."""
    engine = running.services.engine
    while True:
        await asyncio.sleep(LOOK)
        now = datetime.fromtimestamp(scale.now(), UTC)
        for job in list(engine.live.values()):
            minutes = job.record.max_run_time_minutes
            if minutes and job.record.run_time(now) >= timedelta(minutes=minutes):
                engine.cancel(job.id, "LifeSpanEnded")


async def main(folder: Path, scale: Scale) -> None:
    """Serve, as often as a restart is asked for, on one port and over one keeper."""
    port = 0
    async with open_keeper(folder / "keeper", log_limit=1 << 20) as keeper:
        while True:
            async with serve(
                port=port,
                folder=folder / "platform",
                configuration=configuration(),
                keepers=lambda: nullcontext(keeper),
                now=lambda: datetime.fromtimestamp(scale.now(), UTC),
            ) as running:
                port = int(running.url.port or 0)
                login = folder / "login"
                if not login.exists():
                    running.login_folder(login, refreshable=True)
                    print(login, flush=True)
                ending = asyncio.create_task(end_what_is_over(running, scale))
                try:
                    if not await obey(running):
                        return
                finally:
                    ending.cancel()


async def obey(running: Platform) -> bool:
    """Take commands; whether to go on with a new server."""
    loop = asyncio.get_running_loop()
    while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        if words[0] == "start":
            start_job(running, words[1], int(words[2]))
        elif words[0] == "expire":
            running.expire_tokens()
        elif words[0] == "cut":
            running.cut("top")
        else:
            return bool(words[0] == "restart")
    return False


if __name__ == "__main__":
    values = sys.argv[1:]
    asyncio.run(main(Path(values[0]), Scale(float(values[1]), float(values[2]))))
