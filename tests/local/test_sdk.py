"""The platform's own SDK as an independent client: every method of its Jobs, errors included."""

import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import apolo_sdk
import pytest
from yarl import URL

from apolo_tui import local
from apolo_tui.local.example import KELP, REEF
from tests.local.platforms import QUICK
from tests.local.test_monitoring import HTTP_SERVER
from tests.until import until


@pytest.fixture
async def platform() -> AsyncIterator[local.Platform]:
    async with local.serve(policies=QUICK) as served:
        yield served


@pytest.fixture
async def sdk(platform: local.Platform, tmp_path: Path) -> AsyncIterator[Any]:
    path = platform.login_folder(tmp_path / "login", project=REEF)
    async with apolo_sdk.get(path=path) as client:
        yield client


async def start(sdk: Any, command: str = "sleep 1000", **options: Any) -> Any:
    image = sdk.parse.remote_image("ubuntu:22.04")
    return await sdk.jobs.start(
        image=image, preset_name=options.pop("preset_name", "cpu-micro"), command=command, **options
    )


async def when(sdk: Any, job: Any, *statuses: str) -> Any:
    async def check() -> Any:
        found = await sdk.jobs.status(job.id)
        return found if found.status.value in statuses else None

    loose: Any = check
    return await until(loose, within=30, what=f"{job.id} {statuses}")


async def drained(stream: Any) -> None:
    async with stream as items:
        async for _ in items:
            pass


async def to_the_end(stream: Any) -> tuple[bytes, int | None]:
    """What stdout still tells, and the exit code of the session."""
    seen = b""
    try:
        while (message := await stream.read_out()) is not None:
            assert message.fileno == 1
            seen += message.data
    except apolo_sdk.StdStreamError as end:
        return seen, end.exit_code
    return seen, None


async def test_login_by_token(platform: local.Platform, tmp_path: Path) -> None:
    factory = apolo_sdk.Factory(tmp_path / "login")
    await factory.login_with_token(platform.token, url=platform.url)
    async with await factory.get() as client:
        assert client.username == "mira"
        assert (client.config.cluster_name, client.config.org_name) == ("harbor", "tidepool")
        assert client.config.project_name == "kelp"  # the first by name
        assert set(client.config.presets) == {
            "cpu-small",
            "cpu-large",
            "cpu-micro",
            "gpu-small",
            "cpu-small-p",
        }
        assert client.config.presets["gpu-small"].nvidia_gpu.model == "nvidia-l4"
        assert client.config.resource_pools["gpu"].max_size == 1
        quota = await client.users.get_quota()
        assert (quota.credits, quota.total_running_jobs) == (1000, 600)
        assert (await client.users.get_org_quota()).credits == 5000
    with pytest.raises(apolo_sdk.AuthError):
        await apolo_sdk.Factory(tmp_path / "other").login_with_token(
            platform.token[:-2] + "xx", url=platform.url
        )


async def test_a_written_login_is_what_the_sdk_would_have_written(
    platform: local.Platform, tmp_path: Path
) -> None:
    platform.login_folder(tmp_path / "ours", project=KELP)
    factory = apolo_sdk.Factory(tmp_path / "theirs")
    await factory.login_with_token(platform.token, url=platform.url)
    async with (
        apolo_sdk.get(path=tmp_path / "ours") as ours,
        apolo_sdk.get(path=tmp_path / "theirs") as theirs,
    ):
        for name in ("clusters", "projects", "api_url", "admin_url", "org_name", "project_name"):
            assert getattr(ours.config, name) == getattr(theirs.config, name), name


async def test_start_status_list_kill(sdk: Any) -> None:
    job = await start(
        sdk,
        "sleep 1000",
        name="train-7",
        tags=("b", "a"),
        env={"LR": "0.1"},
        http=apolo_sdk.HTTPPort(8080),
        volumes=[apolo_sdk.Volume(URL("storage://harbor/tidepool/reef/data"), "/data", True)],
        description="words",
        life_span=3600,
        priority=apolo_sdk.JobPriority.HIGH,
        restart_policy=apolo_sdk.JobRestartPolicy.ON_FAILURE,
        shm=True,
    )
    assert job.status is apolo_sdk.JobStatus.PENDING
    assert (job.owner, job.cluster_name, job.org_name, job.project_name) == (
        "mira",
        "harbor",
        "tidepool",
        "reef",
    )
    running = await when(sdk, job, "running")
    assert running.life_span == 3600
    assert running.container.env == {"LR": "0.1"}
    assert running.container.http == apolo_sdk.HTTPPort(8080, True)
    assert running.container.volumes[0].read_only
    assert running.container.resources.shm
    assert running.priority is apolo_sdk.JobPriority.HIGH
    assert running.restart_policy is apolo_sdk.JobRestartPolicy.ON_FAILURE
    assert running.http_url == URL("http://127.0.0.1:8080")
    assert list(running.tags) == ["a", "b"]
    other = await start(sdk, "true", project_name="kelp")
    await when(sdk, other, "succeeded")

    async def ids(**options: Any) -> list[str]:
        async with sdk.jobs.list(**options) as jobs:
            return [found.id async for found in jobs]

    statuses = apolo_sdk.JobStatus
    assert await ids() == [job.id, other.id]
    assert await ids(statuses=[statuses.RUNNING]) == [job.id]
    assert await ids(name="train-7") == [job.id]
    assert await ids(tags=["a"]) == [job.id]
    assert await ids(owners=["mira"], reverse=True, limit=1) == [other.id]
    assert await ids(owners=["bob"]) == []
    assert await ids(project_names=["kelp"]) == [other.id]
    assert await ids(cluster_name="atoll") == []
    assert await ids(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert await ids(until=datetime.now(UTC)) == [job.id, other.id]
    await sdk.jobs.kill(job.id)
    assert (await sdk.jobs.status("train-7")).status is statuses.CANCELLED


async def test_run_the_old_way(sdk: Any) -> None:
    container = apolo_sdk.Container(
        image=sdk.parse.remote_image("ubuntu"),
        resources=apolo_sdk.Resources(memory=64 << 20, cpu=0.1, shm=False),
        command="true",
    )
    job = await sdk.jobs.run(container, life_span=120)
    done = await when(sdk, job, "succeeded")
    assert done.history.exit_code == 0
    assert done.container.resources.memory == 64 << 20


async def test_errors(platform: local.Platform, sdk: Any, tmp_path: Path) -> None:
    for call in (sdk.jobs.status, sdk.jobs.kill, sdk.jobs.send_signal):
        with pytest.raises(apolo_sdk.IllegalArgumentError, match="no such job"):
            await call("job-none")
    with pytest.raises(apolo_sdk.IllegalArgumentError, match="Preset was not found"):
        await start(sdk, preset_name="nope")
    with pytest.raises(apolo_sdk.IllegalArgumentError, match="does not match pattern"):
        await start(sdk, name="a--b")
    job = await start(sdk, name="twice")
    with pytest.raises(apolo_sdk.IllegalArgumentError, match="already exists"):
        await start(sdk, name="twice")
    bobs = platform.login_folder(tmp_path / "bob", user="bob", project=KELP)
    async with apolo_sdk.get(path=bobs) as bob:
        with pytest.raises(apolo_sdk.AuthorizationError):
            await bob.jobs.kill(job.id)
        with pytest.raises(apolo_sdk.AuthorizationError):
            async with bob.jobs.attach(job.id, stdin=True):
                pass
    platform.expire_tokens()
    with pytest.raises(apolo_sdk.AuthenticationError):
        await sdk.jobs.status(job.id)


async def test_monitor(sdk: Any) -> None:
    job = await start(sdk, "sh -c 'for n in 1 2 3; do echo line $n; sleep 0.1; done'")
    await when(sdk, job, "running")
    async with sdk.jobs.monitor(job.id, separator="") as chunks:
        text = b"".join([chunk async for chunk in chunks])
    assert text == b"line 1\nline 2\nline 3\n"
    async with sdk.jobs.monitor(job.id, separator="", timestamps=True) as chunks:
        stamped = b"".join([chunk async for chunk in chunks]).decode().splitlines()
    since = datetime.fromisoformat(stamped[2].split(" ")[0])
    async with sdk.jobs.monitor(job.id, separator="", since=since) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == b"line 3\n"


async def test_top(sdk: Any) -> None:
    job = await start(sdk)
    await when(sdk, job, "running")
    async with sdk.jobs.top(job.id) as samples:
        async for sample in samples:
            assert sample.memory > 0
            assert sample.gpu_duty_cycle is None
            break
    await sdk.jobs.kill(job.id)
    with pytest.raises(ValueError, match="is not running"):
        await drained(sdk.jobs.top(job.id))


async def test_exec_and_attach(sdk: Any) -> None:
    job = await start(sdk, "cat", tty=True)
    await when(sdk, job, "running")
    async with sdk.jobs.exec(
        job.id, "sh -c 'echo out; exit 5'", stdin=False, stdout=True, stderr=True
    ) as stream:
        seen, code = await to_the_end(stream)
        assert (seen, code) == (b"out\n", 5)
    async with sdk.jobs.attach(job.id, tty=True, stdin=True, stdout=True, stderr=False) as stream:
        await stream.resize(h=30, w=100)
        await stream.write_in(b"hello\n")
        seen = b""
        while b"hello\r\nhello" not in seen:
            message = await stream.read_out()
            seen += message.data
        await stream.write_in(b"\x04")
        assert (await to_the_end(stream))[1] == 0
    await when(sdk, job, "succeeded")
    with pytest.raises(apolo_sdk.ResourceNotFound, match="is not running"):
        async with sdk.jobs.attach(job.id, stdin=True):
            pass


async def test_port_forward(sdk: Any) -> None:
    job = await start(sdk, f"{sys.executable} -u -c '{HTTP_SERVER}'", preset_name="cpu-small")
    await when(sdk, job, "running")
    async with sdk.jobs.monitor(job.id, separator="") as chunks:
        async for chunk in chunks:
            remote = int(chunk)
            break
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        here = probe.getsockname()[1]
    async with (
        sdk.jobs.port_forward(job.id, here, remote),
        aiohttp.ClientSession() as session,
        session.get(f"http://localhost:{here}/", headers={"Connection": "close"}) as response,
    ):
        assert await response.text() == "hello from the job"


async def test_the_rest(sdk: Any) -> None:
    job = await start(sdk, life_span=3600)
    await when(sdk, job, "running")
    await sdk.jobs.bump_life_span(job.id, 1800)
    assert (await sdk.jobs.status(job.id)).life_span == 5400
    with pytest.raises(apolo_sdk.IllegalArgumentError, match="value is less than 1"):
        await sdk.jobs.bump_life_span(job.id, 59)
    capacity = await sdk.jobs.get_capacity()
    assert capacity["cpu-small"] == 15
    assert capacity["gpu-small"] == 2
    image = sdk.parse.remote_image("image:snap:v1")
    with pytest.raises(Exception, match="not available on the local platform"):
        await sdk.jobs.save(job.id, image)
    await sdk.jobs.send_signal(job.id)
    done = await when(sdk, job, "failed")
    assert (done.history.exit_code, done.history.reason) == (137, "Error")
    with pytest.raises(apolo_sdk.ResourceNotFound):
        await sdk.jobs.send_signal(job.id)
