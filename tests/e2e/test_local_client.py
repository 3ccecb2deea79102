"""Our own client against the local platform, every method, in both ways to run it."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from apolo_tui import client, local
from apolo_tui.local import background
from apolo_tui.local.example import REEF
from apolo_tui.model.errors import IllegalArgumentError, JobNotRunning, ResourceNotFound
from tests.e2e.local_jobs import background_platform
from tests.local.platforms import QUICK
from tests.local.test_monitoring import HTTP_SERVER
from tests.until import until


@pytest.fixture(params=["in this process", "in the background"])
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[client.Client, str]]:
    """A client and the name of its smallest preset."""
    async with AsyncExitStack() as stack:
        if request.param == "in this process":
            platform = await stack.enter_async_context(local.serve(policies=QUICK))
            path, preset = platform.login_folder(tmp_path / "login", project=REEF), "cpu-micro"
        else:
            served = await stack.enter_async_context(background_platform(tmp_path / "data"))
            path, preset = tmp_path / "login", "cpu-nano"
            await asyncio.to_thread(
                background.write_login_folder, served.access, path, now=time.time()
            )
        yield await stack.enter_async_context(client.get(path)), preset


async def finished(opened: client.Client, job_id: str) -> client.JobDescription:
    async def over() -> bool:
        return (await opened.jobs.status(job_id)).status.is_finished

    await until(over, within=60, what=f"the end of {job_id}")
    return await opened.jobs.status(job_id)


async def to_the_end(stream: client.StdStream) -> tuple[bytes, int | None]:
    """What is still told, and the exit code."""
    seen = b""
    try:
        while (message := await stream.read_out()) is not None:
            seen += message.data
    except client.StdStreamError as end:
        return seen, end.exit_code
    return seen, None


async def running(opened: client.Client, job_id: str) -> None:
    async def is_running() -> bool:
        return (await opened.jobs.status(job_id)).status.is_running

    await until(is_running, within=60, what=f"the start of {job_id}")


async def test_every_method_of_jobs(opened: tuple[client.Client, str]) -> None:
    platform, preset = opened
    jobs, image = platform.jobs, platform.parse.remote_image("ubuntu")
    script = "read line; echo got $line; echo later; exit 3"
    job = await jobs.start(
        image=image,
        preset_name=preset,
        command=f"sh -c '{script}'",
        name="worker",
        tags=["one"],
        life_span=3600,
        tty=True,
    )
    assert (await jobs.resolve("worker")).id == job.id
    await running(platform, job.id)
    async with jobs.list(statuses=[client.JobStatus.RUNNING], tags=["one"]) as found:
        assert [one.id async for one in found] == [job.id]
    await jobs.bump_life_span(job.id, 600)
    assert (await jobs.status(job.id)).life_span == 4200
    assert preset in await jobs.get_capacity()
    async with jobs.top(job.id) as samples:
        async for sample in samples:
            assert sample.memory_bytes > 0
            break
    command = "sh -c 'echo $NEURO_JOB_NAME; exit 4'"
    async with jobs.exec(job.id, command, stdout=True) as stream:
        assert await to_the_end(stream) == (b"worker\n", 4)
    async with jobs.attach(job.id) as stream:
        await stream.resize(h=20, w=60)
        await stream.write_in(b"hello\n")
        seen, _ = await to_the_end(stream)
        assert b"got hello" in seen
    over = await finished(platform, job.id)
    assert (over.status, over.history.exit_code) == (client.JobStatus.FAILED, 3)
    async with jobs.monitor(job.id, separator="") as chunks:
        text = b"".join([chunk async for chunk in chunks])
    assert text.endswith(b"got hello\r\nlater\r\n")
    with pytest.raises(JobNotRunning):
        async with jobs.attach(job.id):
            pass
    with pytest.raises(ResourceNotFound):
        await jobs.status("job-none")
    with pytest.raises(IllegalArgumentError):
        await jobs.start(image=image, preset_name="no-such-preset")


async def test_ends_and_ports(opened: tuple[client.Client, str]) -> None:
    platform, preset = opened
    jobs, image = platform.jobs, platform.parse.remote_image("ubuntu")
    sleeper = await jobs.start(image=image, preset_name=preset, command="sleep 1000")
    victim = await jobs.start(image=image, preset_name=preset, command="sleep 1000")
    server = await jobs.start(
        image=image, preset_name="cpu-small", command=f"{sys.executable} -u -c '{HTTP_SERVER}'"
    )
    for job in (sleeper, victim, server):
        await running(platform, job.id)
    await jobs.kill(sleeper.id)
    assert (await jobs.status(sleeper.id)).status is client.JobStatus.CANCELLED
    await jobs.send_signal(victim.id)
    assert (await finished(platform, victim.id)).history.exit_code == 137
    with pytest.raises(client.ApoloError, match="not available on the local platform"):
        await jobs.save(server.id, platform.parse.remote_image("image:snap:v1"))
    async with jobs.monitor(server.id, separator="") as chunks:
        async for chunk in chunks:
            remote = int(chunk)
            break
    async with jobs.port_forward(server.id, 0, remote) as forward, aiohttp.ClientSession() as web:
        url, headers = f"http://127.0.0.1:{forward.port}/", {"Connection": "close"}
        async with web.get(url, headers=headers) as response:
            assert await response.text() == "hello from the job"
