"""The `apolo run` command that the form shows starts an equal job, with the real command."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from apolo_tui import local
from apolo_tui.client.client import Client, get
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import HTTPPort, JobDescription, JobPriority, JobRestartPolicy, Volume
from apolo_tui.model.start.command import run_command
from apolo_tui.model.start.request import StartRequest, rerun_of
from apolo_tui.wire.start import start_document
from tests.e2e.reference import Apolo

ROOT = "harbor/tidepool/kelp"


@pytest.fixture
async def platform() -> AsyncIterator[local.Platform]:
    async with local.serve(port=0) as served:
        yield served


@pytest.fixture
async def client(platform: local.Platform, tmp_path: Path) -> AsyncIterator[Client]:
    async with get(platform.login_folder(tmp_path / "login"), environ={}) as opened:
        yield opened


def request(**changes: Any) -> StartRequest:
    values: dict[str, Any] = {
        "image": RemoteImage("ubuntu", "22.04"),
        "preset_name": "cpu-micro",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "project_name": "kelp",
    }
    return StartRequest(**(values | changes))


REQUESTS = {
    "plain": request(command="sleep 600"),
    "everything": request(
        command="""sh -c 'echo "a b" $HOME; sleep 600'""",
        entrypoint=None,
        name="full",
        tags=("exp", "v2"),
        description="it's a test, of $everything",
        env={"LR": "0.1", "TEXT": "two\nlines 'and' \"quotes\"", "EMPTY": ""},
        volumes=(Volume(URL(f"storage://{ROOT}/data%20set"), "/data", read_only=True),),
        http=HTTPPort(8080, requires_auth=False),
        life_span=5400.0,
        schedule_timeout=184.0,
        restart_policy=JobRestartPolicy.ON_FAILURE,
        priority=JobPriority.HIGH,
        working_dir="/",
        shm=True,
        tty=True,
    ),
    "project image": request(
        image=RemoteImage.new_platform_image(
            "snap",
            "registry",
            cluster_name="harbor",
            org_name="tidepool",
            project_name="kelp",
            tag="v1",
        ),
        command="sleep 600",
        http=HTTPPort(80),
        life_span=86400.0,
    ),
}


def payload(job: JobDescription) -> dict[str, Any]:
    return start_document(**rerun_of(job).parameters())


@pytest.mark.parametrize("kind", list(REQUESTS))
async def test_the_command_starts_an_equal_job(
    platform: local.Platform, client: Client, tmp_path: Path, kind: str
) -> None:
    asked = REQUESTS[kind]
    if asked.image.is_platform:
        host = client.config.get_cluster("harbor").registry_host
        asked = replace(asked, image=replace(asked.image, registry=host))
    source = await client.jobs.start(**asked.parameters())
    await client.jobs.kill(source.id)
    command = run_command(rerun_of(source))
    assert command.shortfalls == ()
    apolo = Apolo(platform.login_folder(tmp_path / "theirs"))
    program, *words = command.words
    assert program == "apolo"
    running = asyncio.ensure_future(apolo(*words))
    found: list[JobDescription] = []
    while not found:
        async with client.jobs.list() as jobs:
            found = [job async for job in jobs if job.id != source.id]
        if running.done() and not found:
            running.result().checked()
        await asyncio.sleep(0.1)
    assert payload(found[0]) == payload(source)
    await client.jobs.kill(found[0].id)
    await running
