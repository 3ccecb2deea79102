"""Saving a job's container as an image."""

import json

import pytest
from aiohttp import web

from apolo_tui import client as c
from apolo_tui.client import Client
from tests.client.scripted import JOB_ID, MONITORING, Platform

IMAGE = c.RemoteImage.new_platform_image(
    "snap",
    "registry.harbor.example.test",
    cluster_name="harbor",
    org_name="tidepool",
    project_name="reef",
    tag="v1",
)
STARTED = {"status": "CommitStarted", "details": {"container": "4f", "image": "x"}}
FINISHED = {"status": "CommitFinished"}
PUSHING = {
    "id": "9b1d",
    "status": "Pushing",
    "progress": "[==>   ]",
    "progressDetail": {"current": 1048576, "total": 7340032},
}
PUSHED = {"aux": {"Tag": "v1", "Digest": "sha256:0", "Size": 1155}}


def tells(platform: Platform, *lines: object, end: str = "\r\n") -> None:
    async def answer(request: web.Request) -> web.Response:
        text = "".join(
            (line if isinstance(line, str) else json.dumps(line)) + end for line in lines
        )
        return web.Response(text=text, content_type="application/x-ndjson", charset="utf-8")

    platform.on("POST", f"{MONITORING}/{JOB_ID}/save", answer)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
async def test_each_step_is_told(end: str, platform: Platform, apolo: Client) -> None:
    tells(platform, STARTED, FINISHED, "", "not json", PUSHING, PUSHED, end=end)
    steps: list[c.SaveProgress] = []
    await apolo.jobs.save(JOB_ID, IMAGE, progress=steps.append)
    assert steps == [
        c.SaveProgress("CommitStarted"),
        c.SaveProgress("CommitFinished"),
        c.SaveProgress("Pushing", "9b1d", 1048576, 7340032),
    ]
    await apolo.jobs.save(JOB_ID, IMAGE)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ({"error": "no space", "errorDetail": {"message": "no space left"}}, None, "no space left"),
        ({"error": "no space"}, None, "no space"),
        ({"errorDetail": {}}, None, "the image could not be saved"),
        ({"error": "Job is not running"}, c.JobNotRunning, "Job is not running"),
    ],
)
async def test_an_error_comes_with_a_success(
    error: dict[str, object],
    kind: type[c.ApoloError] | None,
    text: str,
    platform: Platform,
    apolo: Client,
) -> None:
    """docs/protocol.md section 11, pitfall 38: with HTTP status 200, anywhere."""
    for before in ((), (STARTED,), (STARTED, FINISHED, PUSHING)):
        tells(platform, *before, error)
        with pytest.raises(c.ClientError) as caught:
            await apolo.jobs.save(JOB_ID, IMAGE)
        assert type(caught.value) is (kind or c.ClientError)
        assert str(caught.value) == text


async def test_an_end_before_the_image_was_made(platform: Platform, apolo: Client) -> None:
    for lines in ((), (STARTED,)):
        tells(platform, *lines)
        with pytest.raises(c.ConnectionFailed, match="before the image was made"):
            await apolo.jobs.save(JOB_ID, IMAGE)
