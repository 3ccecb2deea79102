"""From what the user calls a job to its id."""

import json
from typing import Any

import pytest
from aiohttp import web

from apolo_tui import client as c
from apolo_tui.client import Client
from tests.client.scripted import API, JOB_ID, Platform, job_document

OTHER_ID = JOB_ID[:-1] + "5"
OLD_ID = JOB_ID[:-1] + "6"
ACTIVE = {"pending", "suspended", "running"}


@pytest.fixture(autouse=True)
def jobs(platform: Platform) -> list[dict[str, Any]]:
    """What the platform lists, filtered as it does; tests add to it."""
    known: list[dict[str, Any]] = []

    async def listed(request: web.Request) -> web.Response:
        query = request.query
        found = [
            job
            for job in known
            if job["name"] == query["name"]
            and job["status"] in query.getall("status")
            and job["cluster_name"] == query["cluster_name"]
            and job["org_name"] in query.getall("org_name")
            and job["project_name"] in query.getall("project_name")
        ]
        assert query["reverse"] == "1"
        return web.Response(text=json.dumps({"jobs": found[::-1][: int(query["limit"])]}))

    platform.on("GET", f"{API}/jobs", listed)
    return known


@pytest.mark.parametrize(
    ("text", "cluster"),
    [
        (JOB_ID, "harbor"),
        (f"job:{JOB_ID}", "harbor"),
        (f"job:/sand/{JOB_ID}", "harbor"),
        (f"job://dock/quay/reef/{JOB_ID}", "dock"),
    ],
)
async def test_an_id_costs_no_request(
    text: str, cluster: str, platform: Platform, apolo: Client
) -> None:
    found = await apolo.jobs.resolve(text)
    assert found == (JOB_ID, cluster)
    assert (found.id, found.cluster_name) == (JOB_ID, cluster)
    assert platform.requests == []


async def test_an_active_job_is_taken_before_newer_ones_that_ended(
    jobs: list[dict[str, Any]], apolo: Client
) -> None:
    jobs += [
        job_document(id=OLD_ID, status="pending"),
        job_document(id=JOB_ID, status="running"),
        job_document(id=OTHER_ID, status="failed"),
    ]
    assert await apolo.jobs.resolve("train-7") == (JOB_ID, "harbor")
    jobs.pop(1)
    assert await apolo.jobs.resolve("train-7") == (OLD_ID, "harbor")
    jobs.pop(0)
    assert await apolo.jobs.resolve("train-7") == (OTHER_ID, "harbor")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("train-7", ("harbor", "tidepool", "reef")),
        ("job:train-7", ("harbor", "tidepool", "reef")),
        ("job:/atoll/train-7", ("harbor", "tidepool", "atoll")),
        ("job://harbor/atoll/train-7", ("harbor", "tidepool", "atoll")),
        ("job://harbor/lagoon/sand/train-7", ("harbor", "lagoon", "sand")),
        ("job://dock/quay/reef/train-7", ("dock", "quay", "reef")),
    ],
)
async def test_a_name_is_looked_for_in_its_place(
    text: str, place: tuple[str, str, str], jobs: list[dict[str, Any]], apolo: Client
) -> None:
    """Also in another org, which the SDK never finds (docs/protocol.md section 8)."""
    cluster, org, project = place
    jobs.append(job_document(cluster_name=cluster, org_name=org, project_name=project))
    jobs.append(job_document(id=OTHER_ID, project_name="elsewhere"))
    assert await apolo.jobs.resolve(text) == (JOB_ID, cluster)


async def test_what_is_not_there(platform: Platform, apolo: Client) -> None:
    with pytest.raises(c.ResourceNotFound, match="no job train-7 in harbor/tidepool/reef"):
        await apolo.jobs.resolve("train-7")
    platform.requests.clear()
    # The platform refuses to look for names that no job can have.
    for name in ("x", "UPPER", "job-1", "a--b", "a" * 41, "", "ü-name"):
        with pytest.raises(c.ResourceNotFound):
            await apolo.jobs.resolve(name)
    assert platform.requests == []


@pytest.mark.parametrize(
    "text", ["job:", "job:/x", "job:/", "job://harbor", "job://a/b/c/d/e", "job:x?y", "job:~x"]
)
async def test_what_names_no_job(text: str, platform: Platform, apolo: Client) -> None:
    with pytest.raises((c.IllegalArgumentError, c.ResourceNotFound)):
        await apolo.jobs.resolve(text)
    assert platform.requests == []
