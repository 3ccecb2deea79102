"""The jobs API: what is sent back, and what is refused with which words."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from yarl import URL

from apolo_tui import local
from tests.local.platforms import Api, api_of

NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture
async def bob(platform: local.Platform) -> AsyncIterator[Api]:
    async with api_of(platform, "bob") as found:
        yield found


async def post(api: Api, body: Any, *, flat: bool = True) -> tuple[int, Any]:
    url = api.jobs.with_query("from_preset") if flat else api.jobs
    return await api.json("POST", url, json=body)


async def test_a_started_job_is_told_in_full(api: Api) -> None:
    body = {
        "image": "ubuntu:22.04",
        "preset_name": "gpu-small",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "project_name": "reef",
        "name": "train-7",
        "tags": ["v2", "exp", "v2"],
        "command": "sleep 100",
        "resources": {"shm": True},
        "http": {"port": 8080},
        "env": {"LR": "0.1", "EMPTY": ""},
        "volumes": [{"src_storage_uri": "storage://harbor/tidepool/reef/d", "dst_path": "/data"}],
        "max_run_time_minutes": 60,
        "restart_policy": "on-failure",
        "priority": "high",
    }
    status, job = await post(api, body)
    assert status == 202
    assert job["id"].startswith("job-")
    assert len(job["id"]) == 40
    assert job["uri"] == f"job://harbor/tidepool/reef/{job['id']}"
    assert job["org_project_hash"] == "de6b1d3c98"
    assert job["tags"] == ["exp", "v2"]
    assert job["status"] == "pending"
    assert job["history"]["reason"] == "Creating"
    assert job["statuses"][0]["transition_time"].endswith("+00:00")
    assert job["container"]["resources"] == {
        "cpu": 7.0,
        "memory": 28 << 30,
        "memory_mb": 28 << 10,
        "nvidia_gpu": 1,
        "nvidia_gpu_model": "nvidia-l4",
        "shm": True,
    }
    assert job["container"]["volumes"][0]["read_only"] is True
    assert job["container"]["http"] == {
        "port": 8080,
        "requires_auth": False,
        "health_check_path": "/",
    }
    assert job["http_url"] == "http://127.0.0.1:8080"
    assert job["price_credits_per_hour"] == "12.5"
    assert job["internal_hostname_named"].startswith("train-7--de6b1d3c98.platform--tidepool--reef")
    assert len(job["namespace"]) <= 63
    assert "description" not in job
    assert "schedule_timeout" not in job
    running = await api.when(job["id"], "running")
    assert running["materialized"] is True
    assert running["history"]["started_at"] == running["statuses"][-1]["transition_time"]


async def test_the_nested_form_takes_its_own_resources(api: Api) -> None:
    body = {
        "cluster_name": "harbor",
        "project_name": "reef",
        "is_preemptible": False,
        "container": {
            "image": "ubuntu",
            "command": "true",
            "resources": {"cpu": "0.5", "memory_mb": 64, "shm": False},
        },
    }
    status, job = await post(api, body, flat=False)
    assert status == 202, job
    assert job["container"]["resources"]["memory"] == 64 << 20
    assert job["container"]["resources"]["cpu"] == 0.5
    assert "preset_name" not in job
    await api.when(job["id"], "succeeded")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"x": 1}, "{'x': DataError('x is not allowed key')}"),
        ({"image": None}, "{'image': DataError('value is not a string')}"),
        ({"image": ""}, "{'image': DataError('blank value is not allowed')}"),
        (
            {"name": "ab"},
            (
                "{'name': DataError({0: DataError('value should be None'),"
                " 1: DataError('String is shorter than 3 characters')})}"
            ),
        ),
        ({"name": "job-x"}, "job name cannot start with 'job-' prefix."),
        ({"name": "Up"}, "String is shorter than 3 characters"),
        ({"name": "a--b"}, "does not match pattern"),
        ({"tags": ["a b"]}, "whitespace"),
        ({"tags": ["x"] * 17}, "list length is greater than 16"),
        ({"tags": None}, "{'tags': DataError('value is not a list')}"),
        ({"max_run_time_minutes": 0}, "DataError('value is less than 1')"),
        ({"max_run_time_minutes": "many"}, "can't be converted to int"),
        ({"max_run_time_minutes": 10**400}, "value is greater than"),
        ({"pass_config": 1}, "value should be True or False"),
        ({"priority": "urgent"}, "any variant"),
        ({"command": 'echo "'}, "No closing quotation"),
        ({"command": "a\0b"}, "null character"),
        ({"working_dir": "tmp"}, "absolute path"),
        ({"env": {"A": 1}}, "{'env': DataError({'A': DataError('value is not a string')})}"),
        ({"env": {"": "x"}}, "blank value"),
        ({"env": [1]}, "value is not a dict"),
        ({"http": {"port": 65536}}, "value is greater than 65535"),
        ({"resources": None}, "value is not a dict"),
        ({"resources": {"cpu": 1}}, "cpu is not allowed key"),
        ({"container": {}}, "container is not allowed key"),
        ({"schedule_timeout": 2592000}, "value should be less than 2592000"),
        ({"schedule_timeout": 0.5}, "value is less than 1"),
        ({"preset_name": "nope"}, "Preset was not found"),
        ({"privileged": True}, "Cluster harbor does not allow privileged jobs"),
        ({"energy_schedule_name": "default"}, "only allowed for jobs with enabled scheduler"),
        ({"secret_env": {"A": "secret://atoll/tidepool/reef/k"}}, "the cluster must be harbor"),
        ({"secret_env": {"A": "secret://harbor/k"}}, "at least 2 items"),
        (
            {"volumes": [{"src_storage_uri": "storage://harbor/../x", "dst_path": "/a"}]},
            "should not contain '..'",
        ),
        (
            {
                "volumes": [
                    {"src_storage_uri": "storage://harbor/x", "dst_path": "/a"},
                    {"src_storage_uri": "storage://harbor/y", "dst_path": "/a"},
                ]
            },
            "encountered multiple times",
        ),
        (
            {"disk_volumes": [{"src_disk_uri": "disk://harbor/o/p/name", "dst_path": "/a"}]},
            "starts with 'disk-'",
        ),
    ],
)
async def test_what_is_refused_at_creation(api: Api, change: Any, error: str) -> None:
    status, answer = await post(api, {"image": "ubuntu", "project_name": "reef", **change})
    assert status == 400, answer
    assert error in answer["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"1"])
async def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    status, answer = await api.json("POST", api.jobs.with_query("from_preset"), data=body)
    assert status == 400
    assert answer["error"]


async def test_a_body_over_one_mebibyte_is_refused(api: Api) -> None:
    assert await api.status("POST", api.jobs, data=io.BytesIO(b" " * ((1 << 20) + 1))) == 413


async def test_names_are_unique_among_active_jobs(api: Api) -> None:
    first = await api.start(name="train")
    status, answer = await post(
        api, {"image": "x", "project_name": "reef", "name": "train", "command": "true"}
    )
    assert (status, answer["error"]) == (
        400,
        f"Failed to create job: job with name 'train' and project 'reef' already exists: '{first}'",
    )
    assert await api.status("DELETE", api.jobs / "train") == 204
    second = await api.start(name="train")
    assert (await api.job("train"))["id"] == second


async def test_deleting_cancels_and_may_be_repeated(api: Api) -> None:
    job_id = await api.start()
    await api.when(job_id, "running")
    assert await api.status("DELETE", api.jobs / job_id) == 204
    job = await api.job(job_id)
    assert (job["status"], job["history"]["reason"]) == ("cancelled", "UserRequested")
    assert "exit_code" not in job["history"]
    assert await api.status("DELETE", api.jobs / job_id) == 204


async def test_an_unknown_job_is_a_400(api: Api) -> None:
    for method, url in (
        ("GET", api.jobs / "nope"),
        ("DELETE", api.jobs / "nope"),
        ("PUT", api.jobs / "nope" / "max_run_time_minutes"),
    ):
        assert await api.json(method, url) == (400, {"error": "no such job nope"})


async def test_monitoring_tells_an_unknown_job_as_nested_json(api: Api) -> None:
    status, answer = await api.json("POST", api.monitoring("job-1") / "kill")
    assert status == 400
    assert msgspec.json.decode(answer["error"]) == {"error": "no such job job-1"}


async def test_life_span_is_set_and_added_to(api: Api) -> None:
    job_id = await api.start()
    url = api.jobs / job_id / "max_run_time_minutes"
    assert await api.status("PUT", url, json={"additional_max_run_time_minutes": 90}) == 204
    assert (await api.job(job_id))["max_run_time_minutes"] == 90
    assert await api.status("PUT", url, json={"additional_max_run_time_minutes": 10}) == 204
    assert (await api.job(job_id))["max_run_time_minutes"] == 100
    assert await api.status("PUT", url, json={"max_run_time_minutes": 5}) == 204
    assert (await api.job(job_id))["max_run_time_minutes"] == 5
    for body, error in (
        (
            {"additional_max_run_time_minutes": 0},
            "{'additional_max_run_time_minutes': DataError('value is less than 1')}",
        ),
        ({}, "is required"),
        (
            {"max_run_time_minutes": 1, "additional_max_run_time_minutes": 1},
            "max_run_time_minutes is not allowed key",
        ),
    ):
        status, answer = await api.json("PUT", url, json=body)
        assert status == 400
        assert error in answer["error"]


async def test_other_peoples_jobs_are_forbidden_or_unseen(api: Api, bob: Api) -> None:
    reef = await api.start(name="reef-job")
    dune = await api.start(org_name="sandbar", project_name="dune")
    assert (await bob.job(reef))["owner"] == "mira"
    assert await bob.json("DELETE", bob.jobs / reef) == (
        403,
        {
            "missing": [
                {"uri": f"job://harbor/tidepool/reef/{reef}", "action": "write"},
                {"uri": "job://harbor/tidepool/reef/reef-job", "action": "write"},
            ]
        },
    )
    assert await bob.json("GET", bob.jobs / dune) == (
        403,
        {"missing": [{"uri": f"job://harbor/sandbar/dune/{dune}", "action": "read"}]},
    )
    _, answer = await bob.json("GET", bob.jobs)
    assert [job["id"] for job in answer["jobs"]] == [reef]
    # A name is looked for among the asker's own jobs alone.
    assert await bob.json("GET", bob.jobs / "reef-job") == (
        400,
        {"error": "no such job reef-job"},
    )
    status, answer = await post(bob, {"image": "x", "project_name": "reef"})
    assert status == 403
    assert answer == {"missing": [{"uri": "job://harbor/tidepool/reef", "action": "write"}]}


async def test_where_a_job_may_go(platform: local.Platform, bob: Api) -> None:
    for body, error in (
        (
            {"cluster_name": "atoll"},
            "User is not allowed to submit jobs to the specified cluster",
        ),
        (
            {"org_name": "sandbar"},
            (
                "User is not allowed to submit jobs to the specified cluster"
                " as a member of given organization"
            ),
        ),
    ):
        assert await post(bob, {"image": "x", **body}) == (403, {"error": error})
    async with api_of(platform, "eve") as eve:
        status, answer = await post(
            eve, {"image": "x", "project_name": "lagoon", "priority": "low"}
        )
        assert (status, answer["error"]) == (
            400,
            "Cluster atoll does not allow specifying job priority",
        )


async def test_the_config_is_per_user(platform: local.Platform, api: Api) -> None:
    _, config = await api.json("GET", platform.url / "config")
    assert config["authorized"] is True
    assert [cluster["name"] for cluster in config["clusters"]] == ["harbor", "atoll"]
    assert {project["name"] for project in config["projects"]} == {"reef", "kelp", "dune", "lagoon"}
    preset = config["clusters"][0]["resource_presets"][3]
    assert preset["credits_per_hour"] == "12.5"
    assert preset["nvidia_gpu"] == {"count": 1, "model": "nvidia-l4", "memory": 24 << 30}
    async with api_of(platform, "eve") as eve:
        _status, config = await eve.json("GET", platform.url / "config")
        assert [cluster["name"] for cluster in config["clusters"]] == ["atoll"]
        assert config["clusters"][0]["orgs"] == ["tidepool"]


async def test_accounts(platform: local.Platform, api: Api, bob: Api) -> None:
    base = platform.services.url / "apis/admin/v1/clusters/harbor/orgs/tidepool"
    _, account = await bob.json("GET", base / "users" / "bob")
    assert account["quota"] == {"total_running_jobs": 2}
    assert account["balance"] == {"credits": "10", "spent_credits": "0"}
    _status, account = await api.json("GET", base)
    assert account["balance"]["credits"] == "5000"
    assert await bob.status("GET", base / "users" / "mira") == 403
    assert await api.status("GET", base / "users" / "nobody") == 404
    sandbar = platform.services.url / "apis/admin/v1/clusters/harbor/orgs/sandbar"
    assert await bob.status("GET", sandbar) == 404


class TestListing:
    """Filters, order, both formats."""

    @pytest.fixture
    async def ids(self, api: Api) -> list[str]:
        ids = [
            await api.start(name="one", tags=["a", "b"]),
            await api.start("true", name="two", tags=["a"]),
            await api.start(project_name="kelp"),
            await api.start(cluster_name="atoll", project_name="lagoon", preset_name="tiny"),
        ]
        await api.when(ids[1], "succeeded")
        await api.when(ids[2], "running")
        return ids

    async def test_filters(self, api: Api, ids: list[str]) -> None:
        job = await api.job(ids[1])
        created = job["history"]["created_at"].replace("+", "%2B")
        for query, expected in (
            ("", ids),
            ("status=succeeded", ids[1:2]),
            ("status=succeeded&status=running&status=pending", ids),
            ("name=two", ids[1:2]),
            ("tag=a", ids[:2]),
            ("tag=a&tag=b", ids[:1]),
            ("owner=mira", ids),
            ("owner=bob", []),
            ("base_owner=mira&owner=mira", ids),
            ("cluster_name=atoll", ids[3:]),
            ("cluster_name=atoll&cluster_name=harbor", ids),
            ("org_name=sandbar", []),
            ("project_name=kelp&project_name=lagoon", ids[2:]),
            (f"since={created}", ids[1:]),
            (f"until={created}", ids[:2]),
            ("reverse=1", ids[::-1]),
            ("reverse=TRUE&limit=2", [ids[3], ids[2]]),
            ("limit=1000", ids),
            ("being_dropped=False&logs_removed=false", ids),
            ("being_dropped=1", []),
            ("materialized=1&project_name=kelp", ids[2:3]),
            (f"hostname={ids[0]}", ids[:1]),
            ("hostname=two--de6b1d3c98.jobs.test", ids[1:2]),
            ("tag=%FF&hostname=%FF", []),
        ):
            url = URL(f"{api.jobs}?{query}", encoded=True)
            status, answer = await api.json("GET", url)
            assert status == 200, (query, answer)
            assert [job["id"] for job in answer["jobs"]] == expected, query

    async def test_lines_and_list_are_the_same(self, api: Api, ids: list[str]) -> None:
        async with api.session.get(api.jobs, headers=NDJSON) as response:
            assert response.content_type == "application/x-ndjson"
            assert response.headers["X-Service-Version"].startswith("platform-api/")
            lines = [msgspec.json.decode(line) for line in (await response.read()).splitlines()]
        assert [job["id"] for job in lines] == ids
        assert lines[1] == await api.job(ids[1])

    async def test_refusals(self, api: Api) -> None:
        for query, error in (
            ("status=frozen", "'frozen' is not a valid JobStatus"),
            ("limit=0", "limit should be > 0"),
            ("limit=x", "invalid literal for int()"),
            ("reverse=2", 'Required "0", "1", "false" or "true"'),
            ("name=ab", "String is shorter than 3 characters"),
            ("owner=x", "String is shorter than 3 characters"),
            ("owner=" + "x" * 22, "String is longer than 21 characters"),
            ("since=yesterday", "Invalid isoformat string"),
            ("since=2026-01-01T00:00:00+00:00", "Invalid isoformat string"),
            ("hostname=x&name=two", "Invalid request"),
        ):
            url = URL(f"{api.jobs}?{query}", encoded=True)
            async with api.session.get(url, headers=NDJSON) as response:
                assert response.status == 400, query
                assert error in (await response.json())["error"]

    async def test_many_jobs_are_listed_once_each_while_more_come(self, api: Api) -> None:
        ids = [await api.start("true") for _ in range(30)]
        await asyncio.gather(*(api.finished(job_id) for job_id in ids))
        _status, answer = await api.json("GET", api.jobs)
        assert [job["id"] for job in answer["jobs"]] == ids
