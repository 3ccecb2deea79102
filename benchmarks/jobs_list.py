"""Listing jobs over HTTP: CPU time beside the SDK's, and how long the event loop is held up.

A server in a process of its own sends synthetic jobs of about 3.2 kB, one write a job, as the
platform does. Each measurement is a fresh process that lists them through the public `jobs.list()`,
keeps them, and reads id, status, name, owner, creation, preset and life span of every one. Ours and
the SDK's take turns; the medians are compared. Garbage collection is as Python sets it.

perf-1: 10 000 jobs. perf-2: 100 000 jobs, and a 1 ms ticker beside the listing, compared with one
beside bare transport of the same bytes. perf-3: 200 active jobs, as a dashboard polls them.
"""

import asyncio
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from yarl import URL

from apolo_tui.client import get
from apolo_tui.client.signin import TABLE
from benchmarks.registry import PeerMissingError, Result

GOALS = ("perf-1", "perf-2", "perf-3")
PEER = "apolo-sdk's client.jobs.list()"

FEW, MANY, ACTIVE = 10_000, 100_000, 200
POLLS = 40
"""Listings of ACTIVE jobs in one measurement."""
TICK = 0.001
"""Seconds between the ticks beside a listing."""
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6Im1pcmEifQ.c2ln"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: CPU and wall seconds, and the ticks' delays in seconds."""

    cpu: float
    wall: float
    late_p999: float = 0.0
    late_max: float = 0.0


def run(goals: tuple[str, ...]) -> list[Result]:
    if find_spec("apolo_sdk") is None:
        raise PeerMissingError("pip install apolo-sdk")
    results = []
    with tempfile.TemporaryDirectory() as folder, _server() as origin:
        login = _write_login(Path(folder) / "login", origin)
        if "perf-1" in goals:
            ours, theirs = _in_turn(login, FEW, rounds=5)
            ratio = theirs / ours
            _tell(f"{FEW} jobs", ours, theirs)
            results.append(Result("perf-1", f"{ratio:.1f}x", ">=40x", ratio >= 40))
        if "perf-2" in goals:
            results += _many(login)
        if "perf-3" in goals:
            ours, theirs = _in_turn(login, ACTIVE, rounds=5, polls=POLLS)
            ratio = ours / theirs
            _tell(f"{POLLS} polls of {ACTIVE} jobs", ours, theirs)
            results.append(Result("perf-3", f"{ratio:.3f}x", "<=0.12x", ratio <= 0.12))
    return results


def _many(login: Path) -> list[Result]:
    """perf-2: CPU, then the ticks, which are measured in runs of their own."""
    ours, theirs = _in_turn(login, MANY, rounds=1)
    _tell(f"{MANY} jobs", ours, theirs)
    share = ours / theirs
    mine, bare = [], []
    for _ in range(5):
        bare.append(_measure(login, "bare", MANY, ticker=True))
        mine.append(_measure(login, "ours", MANY, ticker=True))
    p999 = statistics.median(sample.late_p999 for sample in mine) * 1000
    worst = statistics.median(sample.late_max for sample in mine) * 1000
    bare_worst = statistics.median(sample.late_max for sample in bare) * 1000
    print(f"  ticks: p99.9 {p999:.1f} ms, max {worst:.1f} ms; bare transport {bare_worst:.1f} ms")
    limit = bare_worst + 20
    return [
        Result("perf-2", f"{share:.4f}x", "<=0.0667x", share <= 1 / 15),
        Result("perf-2", f"p99.9={p999:.1f}ms", "<=20ms", p999 <= 20),
        Result("perf-2", f"max={worst:.1f}ms", f"<={limit:.1f}ms", worst <= limit),
    ]


def _in_turn(login: Path, jobs: int, *, rounds: int, polls: int = 1) -> tuple[float, float]:
    """Median CPU seconds of ours and of the SDK's."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(_measure(login, "sdk", jobs, polls=polls).cpu)
        ours.append(_measure(login, "ours", jobs, polls=polls).cpu)
    return statistics.median(ours), statistics.median(theirs)


def _tell(what: str, ours: float, theirs: float) -> None:
    print(f"  {what}: ours {ours:.3f} s CPU, the SDK's {theirs:.3f} s")


def _measure(login: Path, who: str, jobs: int, *, polls: int = 1, ticker: bool = False) -> Sample:
    """One measurement in a fresh process."""
    options = [who, str(login), str(jobs), str(polls), str(int(ticker))]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs_list", "measure", *options],
        check=True,
        capture_output=True,
        text=True,
    )
    return Sample(**json.loads(done.stdout.splitlines()[-1]))


# In the measured process.

Lister = Callable[[int], Coroutine[Any, Any, list[Any]]]
"""Lists that many jobs and gives the columns of each."""


async def _measured(who: str, login: Path, jobs: int, polls: int, ticker: bool) -> Sample:
    async def one_listing(lister: Lister) -> Sample:
        await lister(20)  # imports, connection, compiled decoders
        lates: list[float] = []
        ticking = asyncio.ensure_future(_tick(lates)) if ticker else None
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(polls):
            rows = await lister(jobs)
            assert len(rows) == jobs, len(rows)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if ticking is not None:
            ticking.cancel()
        lates.sort()
        return (
            Sample(cpu, wall, lates[int(len(lates) * 0.999)], lates[-1])
            if lates
            else Sample(cpu, wall)
        )

    if who == "ours":
        async with get(login, environ={}, cwd=login) as client:

            async def list_ours(limit: int) -> list[Any]:
                async with client.jobs.list(limit=limit) as listed:
                    kept = [job async for job in listed]
                for job in kept:
                    _ = (job.id, job.status, job.name, job.owner, job.created_at)
                    _ = (job.preset_name, job.life_span)
                return kept

            return await one_listing(list_ours)
    if who == "sdk":
        import apolo_sdk

        sdk = await apolo_sdk.Factory(path=login).get()
        try:

            async def list_sdk(limit: int) -> list[Any]:
                async with sdk.jobs.list(limit=limit) as listed:
                    kept = [job async for job in listed]
                for job in kept:
                    _ = (job.id, job.status, job.name, job.owner, job.history.created_at)
                    _ = (job.preset_name, job.life_span)
                return kept

            return await one_listing(list_sdk)
        finally:
            await sdk.close()
    url = _api_of(login) / "jobs"
    async with ClientSession(read_bufsize=2**18) as session:

        async def list_bare(limit: int) -> list[Any]:
            async with session.get(url.with_query(limit=limit)) as response:
                kept = [chunk async for chunk in response.content.iter_any()]
            assert kept
            return [None] * limit

        return await one_listing(list_bare)


async def _tick(lates: list[float]) -> None:
    """How late each tick is."""
    while True:
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        lates.append(time.perf_counter() - due)


# In the serving process.


def synthetic_job(number: int, chance: random.Random) -> bytes:
    """A job as the platform sends it, with a history of 8 to 13 transitions."""
    created = START + timedelta(seconds=17 * number)
    id = f"job-{chance.getrandbits(32):08x}-{chance.getrandbits(16):04x}-4abc-8def-{number:012x}"
    words = ["train", "eval", "sweep", "notebook", "serve"]
    name = f"{chance.choice(words)}-{number}"
    times = [created + timedelta(seconds=9 * step) for step in range(chance.randint(8, 13))]
    statuses = [
        {
            "status": "pending",
            "transition_time": moment.isoformat(),
            "reason": chance.choice(["Creating", "Scheduling", "Pulling", "ContainerCreating"]),
            "description": chance.choice([None, f'Pulling image "registry/{name}:v{number}"']),
        }
        for moment in times[:-1]
    ]
    running = {"transition_time": times[-1].isoformat(), "reason": None, "description": None}
    statuses.append({"status": "running", **running})
    env = {f"VARIABLE_{index}": f"{chance.getrandbits(64):x}" for index in range(12)}
    host = "jobs.harbor.example.test"
    document = {
        "id": id,
        "owner": chance.choice(["mira", "noor", "ivo"]),
        "namespace": "platform--tidepool--reef--47bb09e3c969223a10875abc",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "project_name": "reef",
        "org_project_hash": "de6b1d3c98",
        "uri": f"job://harbor/tidepool/reef/{id}",
        "name": name,
        "tags": ["exp", f"v{number % 7}"],
        "preset_name": "gpu-small",
        "status": "running",
        "statuses": statuses,
        "history": {
            "status": "running",
            "reason": None,
            "description": None,
            "created_at": created.isoformat(),
            "started_at": times[-1].isoformat(),
            "run_time_seconds": 75.25,
            "restarts": 0,
        },
        "container": {
            "image": "registry.harbor.example.test/tidepool/reef/train:v1",
            "command": f"python main.py --seed {number}",
            "env": env,
            "resources": {
                "cpu": 7.0,
                "memory": 30064771072,
                "memory_mb": 28672,
                "nvidia_gpu": 1,
                "nvidia_gpu_model": "nvidia-l4",
                "shm": True,
            },
            "http": {"port": 8080, "health_check_path": "/", "requires_auth": True},
            "volumes": [
                {
                    "src_storage_uri": "storage://harbor/tidepool/reef/data",
                    "dst_path": "/data",
                    "read_only": True,
                }
            ],
            "secret_env": {"KEY": "secret://harbor/tidepool/reef/api-key"},
        },
        "http_url": f"https://{id}.{host}",
        "http_url_named": f"https://{name}--de6b1d3c98.{host}",
        "internal_hostname": f"{id}.platform--tidepool--reef--47bb09e3c969223a10875abc",
        "scheduler_enabled": False,
        "preemptible_node": False,
        "is_preemptible": False,
        "is_preemptible_node_required": False,
        "pass_config": False,
        "privileged": False,
        "restart_policy": "on-failure",
        "priority": "high",
        "max_run_time_minutes": 1440,
        "materialized": True,
        "being_dropped": False,
        "logs_removed": False,
        "total_price_credits": "0.2612847222222222222222222222",
        "price_credits_per_hour": "12.5",
    }
    return json.dumps(document).encode() + b"\n"


async def _serve() -> None:
    chance = random.Random(1)
    lines = [synthetic_job(number, chance) for number in range(MANY)]

    async def listing(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for line in lines[: int(request.query["limit"])]:
            await response.write(line)
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_get("/api/v1/jobs", listing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    mean = sum(map(len, lines)) / len(lines)
    print(f"{site.name} {mean:.0f}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


@contextmanager
def _server() -> Iterator[URL]:
    """The serving process; it ends when its standard input does."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.jobs_list", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        origin, mean = server.stdout.readline().split()
        print(f"  jobs of {mean} bytes on average")
        yield URL(origin)
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait()


def _api_of(login: Path) -> URL:
    database = sqlite3.connect(login / "db")
    try:
        return URL(database.execute("SELECT url FROM main").fetchone()[0])
    finally:
        database.close()


def _write_login(folder: Path, origin: URL) -> Path:
    """A login to the server, as the `apolo` command of the SDK's version writes it."""
    import apolo_sdk

    services = ("registry", "storage", "users", "monitoring", "secrets", "disks", "buckets")
    cluster = {
        "name": "harbor",
        "orgs": ["tidepool"],
        **{f"{name}_url": str(origin / name) for name in services},
        "registry_url": "https://registry.harbor.example.test",
    }
    auth = {
        f"{name}_url": str(origin / name)
        for name in ("auth", "token", "logout", "headless_callback")
    }
    projects = [
        {"name": "reef", "cluster_name": "harbor", "org_name": "tidepool", "role": "writer"}
    ]
    row = {
        "auth_config": json.dumps({**auth, "client_id": "c", "audience": "a"}),
        "token": TOKEN,
        "expiration_time": time.time() + 10**6,
        "refresh_token": "",
        "url": str(origin / "api/v1"),
        "version": apolo_sdk.__version__,
        "project_name": "reef",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "clusters": json.dumps([cluster]),
        "projects": json.dumps(projects),
        "timestamp": time.time(),
    }
    folder.mkdir(mode=0o700)
    (folder / "db").touch(mode=0o600)
    database = sqlite3.connect(folder / "db", isolation_level=None)
    try:
        database.execute(TABLE)
        marks = ", ".join("?" for _ in row)
        database.execute(
            f"INSERT INTO main ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
        )
    finally:
        database.close()
    return folder


def _main(arguments: Sequence[str]) -> None:
    if arguments[0] == "serve":
        asyncio.run(_serve())
        return
    who, login, jobs, polls, ticker = arguments[1:]
    sample = asyncio.run(_measured(who, Path(login), int(jobs), int(polls), ticker == "1"))
    print(json.dumps(asdict(sample)))


if __name__ == "__main__":
    _main(sys.argv[1:])
