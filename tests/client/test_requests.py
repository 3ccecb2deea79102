"""What goes over the wire, call by call, is what the platform's own SDK sends.

Where we differ, docs/protocol.md says so; each difference has a test of its own below.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import apolo_sdk
import pytest
from aiohttp import web
from yarl import URL

from apolo_tui import client as ours
from apolo_tui.client import Client
from tests.client.scripted import (
    API,
    FAR,
    JOB_ID,
    MONITORING,
    Platform,
    Request,
    job_document,
    send_all,
)

HEADERS = ("Authorization", "Accept", "Content-Type", "Sec-WebSocket-Protocol", "Upgrade")
JOB = f"{API}/jobs/{JOB_ID}"
SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EAST = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=5, minutes=30)))
NAIVE = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - a naive time is local

Call = Callable[[Any, Any], Awaitable[object]]
"""A call on a client; the second argument is its module, for the values."""


def gist(request: Request) -> dict[str, Any]:
    """What matters of a request. The order of the query's keys does not."""
    return {
        "method": request.method,
        "path": request.path,
        "query": sorted(request.query),
        "headers": {name: request.headers.get(name) for name in HEADERS},
        "body": request.json,
    }


def resources(m: Any, **changes: Any) -> Any:
    return m.Resources(**{"memory": 2**30, "cpu": 0.5, **changes})


def image(m: Any) -> Any:
    return m.RemoteImage.new_external_image("ubuntu", tag="22.04")


def platform_image(m: Any) -> Any:
    return m.RemoteImage.new_platform_image(
        name="snap",
        tag="v1",
        registry="registry.harbor.example.test",
        cluster_name="harbor",
        org_name="tidepool",
        project_name="reef",
    )


async def listed(client: Any, m: Any, **filters: Any) -> object:
    async with client.jobs.list(**filters) as jobs:
        return [job async for job in jobs]


async def first(stream: Any) -> object:
    async with stream as items:
        async for item in items:
            return item
    return None


async def opened(session: Any) -> object:
    async with session as stream:
        return await stream.read_out()


LISTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "nothing": lambda m: {},
    "statuses": lambda m: {"statuses": [m.JobStatus.RUNNING, m.JobStatus.SUSPENDED]},
    "name": lambda m: {"name": "train-7"},
    "tags": lambda m: {"tags": ["exp", "a b", "x:y+z"]},
    "owners": lambda m: {"owners": ["mira", "mira/service-accounts/ci"]},
    "since": lambda m: {"since": SINCE, "until": EAST},
    "naive": lambda m: {"since": NAIVE},
    "newest": lambda m: {"reverse": True, "limit": 3},
    "cluster": lambda m: {"cluster_name": "dock"},
    "orgs": lambda m: {"org_names": ["tidepool", "lagoon"]},
    "all orgs": lambda m: {"org_names": [None]},
    "projects": lambda m: {"project_names": ["reef", "sand"]},
    "materialized": lambda m: {"_materialized": True},
    "dropped": lambda m: {"_being_dropped": None, "_logs_removed": True},
}

STARTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "least": lambda m: {},
    "names": lambda m: {
        "name": "train-7",
        "tags": ["exp", "v2"],
        "description": "a try",
        "cluster_name": "dock",
        "org_name": "quay",
        "project_name": "sand",
    },
    "container": lambda m: {
        "entrypoint": "/bin/sh",
        "command": "-c 'echo $X'",
        "working_dir": "/work",
        "http": m.HTTPPort(8080),
        "env": {"LR": "0.1", "EMPTY": ""},
        "tty": True,
        "shm": True,
    },
    "open port": lambda m: {"http": m.HTTPPort(80, requires_auth=False)},
    "volumes": lambda m: {
        "volumes": [
            m.Volume(URL("storage:data"), "/data", read_only=True),
            m.Volume(URL("storage:/sand/x y"), "/x"),
            m.Volume(URL("storage://dock/quay/reef/out"), "/out"),
        ],
        "disk_volumes": [m.DiskVolume(URL("disk:disk-1"), "/disk")],
        "secret_files": [m.SecretFile(URL("secret:key"), "/key")],
        "secret_env": {"KEY": URL("secret:key"), "FAR": URL("secret://dock/quay/reef/k")},
    },
    "flags": lambda m: {
        "pass_config": True,
        "wait_for_jobs_quota": True,
        "privileged": True,
        "schedule_timeout": 90.5,
        "restart_policy": m.JobRestartPolicy.ON_FAILURE,
        "life_span": 7200.0,
        "priority": m.JobPriority.HIGH,
        "energy_schedule_name": "default",
    },
}

CALLS: dict[str, Call] = {
    "status": lambda c, m: c.jobs.status(JOB_ID),
    "kill": lambda c, m: c.jobs.kill(JOB_ID),
    "send_signal": lambda c, m: c.jobs.send_signal(JOB_ID),
    "send_signal far": lambda c, m: c.jobs.send_signal(JOB_ID, cluster_name="dock"),
    "get_capacity": lambda c, m: c.jobs.get_capacity(),
    "save": lambda c, m: c.jobs.save(JOB_ID, platform_image(m)),
    "top": lambda c, m: first(c.jobs.top(JOB_ID)),
    "monitor": lambda c, m: first(c.jobs.monitor(JOB_ID, separator="-- cut + --")),
    "monitor since": lambda c, m: first(
        c.jobs.monitor(JOB_ID, since=EAST, timestamps=True, separator="", debug=True)
    ),
    "attach": lambda c, m: opened(c.jobs.attach(JOB_ID, stdin=True, stdout=True, stderr=True)),
    "attach tty": lambda c, m: opened(c.jobs.attach(JOB_ID, tty=True, stdin=True, stdout=True)),
    "exec": lambda c, m: opened(
        c.jobs.exec(JOB_ID, "sh -c 'a && b; c+d=é %'", stdout=True, stderr=True)
    ),
    "exec tty": lambda c, m: opened(c.jobs.exec(JOB_ID, "sh", tty=True, stdin=True, stdout=True)),
    "start platform image": lambda c, m: c.jobs.start(
        image=platform_image(m), preset_name="gpu-small"
    ),
    "run": lambda c, m: c.jobs.run(m.Container(image=image(m), resources=resources(m))),
    "run all": lambda c, m: c.jobs.run(
        m.Container(
            image=image(m),
            resources=resources(
                m,
                shm=False,
                nvidia_gpu=1,
                nvidia_gpu_model="nvidia-l4",
                amd_gpu=2,
                amd_gpu_model="mi300",
                intel_gpu=3,
                intel_gpu_model="max",
                tpu_type="v2-8",
                tpu_software_version="1.14",
            ),
            command="sleep 1",
            env={"A": "b"},
            volumes=[m.Volume(URL("storage:data"), "/data")],
            http=m.HTTPPort(80),
            tty=True,
        ),
        name="train-7",
        tags=["exp"],
        description="a try",
        scheduler_enabled=True,
        pass_config=True,
        wait_for_jobs_quota=True,
        schedule_timeout=60,
        restart_policy=m.JobRestartPolicy.ALWAYS,
        life_span=3600,
        org_name="lagoon",
        priority=m.JobPriority.LOW,
        project_name="sand",
    ),
}


def _list_call(filters: Callable[[Any], dict[str, Any]]) -> Call:
    return lambda c, m: listed(c, m, **filters(m))


def _start_call(options: Callable[[Any], dict[str, Any]]) -> Call:
    return lambda c, m: c.jobs.start(image=image(m), preset_name="gpu-small", **options(m))


CALLS.update({f"list {name}": _list_call(filters) for name, filters in LISTS.items()})
CALLS.update({f"start {name}": _start_call(options) for name, options in STARTS.items()})


@pytest.fixture
async def sdk(platform: Platform, login: Path) -> AsyncIterator[Any]:
    client = await apolo_sdk.Factory(path=login).get()
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def answers(platform: Platform) -> None:
    """Every request is answered with the least that both clients understand."""
    platform.on_json("GET", JOB, job_document())
    platform.on_status("DELETE", JOB, 204)
    platform.on_json("POST", f"{API}/jobs", job_document(), status=202)
    platform.on_json("GET", f"{API}/jobs", {"jobs": [job_document()]})
    platform.on_status("PUT", f"{JOB}/max_run_time_minutes", 204)
    platform.on_json("GET", f"{MONITORING}/capacity", {"gpu-small": 2})
    platform.on_status("POST", f"{MONITORING}/{JOB_ID}/kill", 204)
    platform.on_status("POST", f"{FAR}/{JOB_ID}/kill", 204)

    async def saved(request: web.Request) -> web.StreamResponse:
        name = "registry.harbor.example.test/tidepool/reef/snap:v1"
        started = '{"status": "CommitStarted", "details": {"container": "4f", "image": "%s"}}'
        text = (started % name) + '\r\n{"status": "CommitFinished"}\r\n'
        return web.Response(text=text, content_type="application/x-ndjson")

    platform.on("POST", f"{MONITORING}/{JOB_ID}/save", saved)
    sample = '{"cpu": 0.5, "memory": 1, "memory_bytes": 1048576, "timestamp": 1795333678.74}'
    platform.on_websocket(f"{MONITORING}/{JOB_ID}/top", lambda ws: send_all(ws, sample))
    platform.on_websocket(f"{MONITORING}/{JOB_ID}/log_ws", lambda ws: send_all(ws, b"line\n"))
    for session in ("attach", "exec"):
        platform.on_websocket(
            f"{MONITORING}/{JOB_ID}/{session}", lambda ws: send_all(ws, b"\x01", b"\x01out")
        )


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_sends_what_the_sdk_sends(
    name: str, platform: Platform, apolo: Client, sdk: Any
) -> None:
    call = CALLS[name]
    await call(sdk, apolo_sdk)
    theirs = [gist(request) for request in platform.requests]
    platform.requests.clear()
    await call(apolo, ours)
    assert [gist(request) for request in platform.requests] == theirs
    assert len(theirs) == 1


async def test_every_request_says_who_asks(platform: Platform, apolo: Client) -> None:
    await apolo.jobs.status(JOB_ID)
    await first(apolo.jobs.monitor(JOB_ID))
    agents = {request.headers["User-Agent"].split("/")[0] for request in platform.requests}
    assert agents == {"apolo-tui"}
    assert not any("Cookie" in request.headers for request in platform.requests)


async def test_a_log_always_has_a_separator_of_its_own(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 10: the platform's default cannot be known on a websocket."""
    seen = set()
    for _ in range(3):
        async with apolo.jobs.monitor(JOB_ID) as log:
            seen.add(log.separator)
            assert ("separator", log.separator) in platform.requests[-1].query
            assert len(log.separator) > 60
    assert len(seen) == 3


async def test_attach_asks_the_job_which_streams_it_has(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 6.4: the wrong flags of a terminal are a 404."""
    for tty, wanted in ((True, "1110"), (False, "0111")):
        document = job_document()
        document["container"]["tty"] = tty
        platform.on_json("GET", JOB, document)
        await opened(apolo.jobs.attach(JOB_ID))
        assert "".join(value for _, value in platform.requests[-1].query) == wanted


async def test_sessions_refuse_flags_that_cannot_be(platform: Platform, apolo: Client) -> None:
    impossible: list[dict[str, Any]] = [
        {},
        {"tty": True},
        {"tty": True, "stdout": True, "stderr": True},
    ]
    for flags in impossible:
        with pytest.raises(ours.IllegalArgumentError):
            await opened(apolo.jobs.exec(JOB_ID, "sh", **flags))
    with pytest.raises(ours.IllegalArgumentError, match="no command"):
        await opened(apolo.jobs.exec(JOB_ID, " ", stdout=True))
    with pytest.raises(ours.IllegalArgumentError, match="too long"):
        await opened(apolo.jobs.exec(JOB_ID, "echo " + "x" * 9000, stdout=True))
    assert platform.requests == []


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (59, 1), (60, 1), (61, 2), (5400.5, 91)])
async def test_a_life_span_is_rounded_up(
    seconds: float, minutes: int, platform: Platform, apolo: Client
) -> None:
    """docs/protocol.md section 11, pitfall 16: 59 s are not 0 minutes."""
    await apolo.jobs.bump_life_span(JOB_ID, seconds)
    await apolo.jobs.start(image=image(ours), preset_name="gpu-small", life_span=seconds)
    await apolo.jobs.run(ours.Container(image(ours), resources(ours)), life_span=seconds)
    looked, bumped, started, ran = platform.requests
    assert (looked.method, looked.path) == ("GET", JOB)
    assert (bumped.method, bumped.path) == ("PUT", f"{JOB}/max_run_time_minutes")
    assert bumped.json == {"additional_max_run_time_minutes": minutes}
    assert started.json["max_run_time_minutes"] == ran.json["max_run_time_minutes"] == minutes


async def test_a_life_span_of_whole_minutes_is_bumped_as_the_sdk_does(
    platform: Platform, apolo: Client, sdk: Any
) -> None:
    await sdk.jobs.bump_life_span(JOB_ID, 5400)
    await apolo.jobs.bump_life_span(JOB_ID, 5400)
    theirs, mine = platform.asked("PUT")
    assert gist(mine) == gist(theirs)


@pytest.mark.parametrize("seconds", [0, -1, -3600.0, float("nan"), float("inf")])
async def test_no_life_span_is_zero_or_less(
    seconds: float, platform: Platform, apolo: Client
) -> None:
    with pytest.raises(ours.IllegalArgumentError, match="longer than zero"):
        await apolo.jobs.bump_life_span(JOB_ID, seconds)
    with pytest.raises(ours.IllegalArgumentError, match="longer than zero"):
        await apolo.jobs.start(image=image(ours), preset_name="gpu-small", life_span=seconds)
    assert platform.requests == []


async def test_a_job_without_a_limit_is_not_given_one(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 11, pitfall 17: the platform would count from the start."""
    document = job_document()
    del document["max_run_time_minutes"]
    platform.on_json("GET", JOB, document)
    with pytest.raises(ours.IllegalArgumentError, match="no limit"):
        await apolo.jobs.bump_life_span(JOB_ID, 3600)
    assert platform.asked("PUT") == []


async def test_what_cannot_be_asked_for_is_told_before(platform: Platform, apolo: Client) -> None:
    start = apolo.jobs.start
    with pytest.raises(ours.IllegalArgumentError, match="storage"):
        await start(
            image=image(ours),
            preset_name="p",
            volumes=[ours.Volume(URL("disk:data"), "/data")],
        )
    with pytest.raises(ours.TooLargeError, match="takes 1048576"):
        await start(image=image(ours), preset_name="p", env={"BIG": "x" * 2**20})
    with pytest.raises(ours.IllegalArgumentError, match="registry"):
        await apolo.jobs.save(JOB_ID, image(ours))
    for local, remote in ((-1, 80), (65536, 80), (0, 0), (0, 65536)):
        with pytest.raises(ours.IllegalArgumentError, match="port"):
            async with apolo.jobs.port_forward(JOB_ID, local, remote):
                pass
    for id in ("", ".", "..", "job-1/../../x", "/"):
        for call in (apolo.jobs.kill, apolo.jobs.status, apolo.jobs.send_signal):
            with pytest.raises(ours.IllegalArgumentError, match="no id"):
                await call(id)
    assert platform.requests == []
