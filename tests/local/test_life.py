"""The life of jobs: statuses and reasons, restarts, limits, places, suspension, the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

from apolo_tui import local
from apolo_tui.local.example import GIB, MIB
from tests.local.platforms import QUICK, Api, api_of, eventually, one_node, reasons
from tests.until import until


@asynccontextmanager
async def served(
    configuration: local.Configuration | None = None, **policies: Any
) -> AsyncIterator[Api]:
    chosen = replace(QUICK, **policies)
    async with (
        local.serve(configuration=configuration, policies=chosen) as platform,
        api_of(platform) as api,
    ):
        yield api


async def test_success_failure_and_signals(api: Api) -> None:
    ends = {
        "true": ("succeeded", None, 0),
        "sh -c 'exit 3'": ("failed", "Error", 3),
        "sh -c 'kill -9 $$'": ("failed", "Error", 137),
    }
    ids = {await api.start(command): end for command, end in ends.items()}
    for job_id, (status, reason, code) in ids.items():
        job = await api.finished(job_id)
        history = job["history"]
        assert (job["status"], history["reason"], history["exit_code"]) == (status, reason, code)
        assert reasons(job) == [("pending", "Creating"), ("running", None), (status, reason)]
        assert history["finished_at"] == job["statuses"][-1]["transition_time"]
        assert history["restarts"] == 0
        assert history["run_time_seconds"] > 0


async def test_a_command_that_does_not_exist(api: Api) -> None:
    job = await api.finished(await api.start("/no/such/program --flag"))
    assert job["status"] == "failed"
    assert job["history"]["reason"] == "ContainerCannotRun"
    assert "/no/such/program" in job["history"]["description"]
    assert job["history"]["exit_code"] == 127
    assert job["history"]["started_at"] == job["history"]["finished_at"]


async def test_what_a_job_gets_to_see(api: Api, tmp_path: Path) -> None:
    job_id = await api.start(
        "sh -c 'pwd; echo $LR; echo $NEURO_JOB_ID $NEURO_JOB_NAME $NEURO_JOB_OWNER; "
        "echo $NEURO_JOB_PRESET $NEURO_JOB_HTTP_PORT; echo ${NEURO_PASSED_CONFIG:+passed}'",
        name="look",
        env={"LR": "0.1"},
        working_dir=str(tmp_path),
        http={"port": 8080},
        pass_config=True,
    )
    await api.finished(job_id)
    assert (await api.log(job_id)).splitlines() == [
        str(tmp_path),
        "0.1",
        f"{job_id} look mira",
        "cpu-micro 8080",
        "passed",
    ]
    assert "NEURO_PASSED_CONFIG" in (await api.job(job_id))["container"]["env"]


async def test_entrypoint_comes_before_the_command(api: Api) -> None:
    job_id = await api.start("'two words' three", entrypoint="printf '%s;'")
    await api.finished(job_id)
    assert await api.log(job_id) == "two words;three;\n"


async def test_on_failure_restarts_until_success(api: Api, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    job_id = await api.start(
        f"sh -c 'echo run; test -e {mark} && exit 0; touch {mark}; exit 2'",
        restart_policy="on-failure",
    )
    job = await api.finished(job_id)
    assert reasons(job) == [
        ("pending", "Creating"),
        ("running", None),
        ("running", "Restarting"),
        ("running", None),
        ("succeeded", None),
    ]
    assert job["history"]["restarts"] == 1
    assert "Exit code 2" in job["statuses"][2]["description"]
    assert await api.log(job_id) == "run\nrun\n"


async def test_always_restarts_after_success_until_cancelled(api: Api) -> None:
    job_id = await api.start("true", restart_policy="always")

    async def restarted() -> bool:
        return int((await api.job(job_id))["history"]["restarts"]) >= 3

    await eventually(restarted)
    await api.status("DELETE", api.jobs / job_id)
    assert (await api.job(job_id))["status"] == "cancelled"


async def test_the_waits_between_restarts_grow_and_start_anew() -> None:
    delays = (timedelta(seconds=0.01), timedelta(seconds=0.02), timedelta(hours=1))
    async with served(restart_delays=delays) as api:
        job_id = await api.start("false", restart_policy="always")

        async def waiting() -> bool:
            return int((await api.job(job_id))["history"]["restarts"]) == 3

        await eventually(waiting)
        descriptions = [
            one["description"]
            for one in (await api.job(job_id))["statuses"]
            if one["reason"] == "Restarting"
        ]
        assert [text.rpartition("in ")[2] for text in descriptions] == [
            "0.01 s.",
            "0.02 s.",
            "3600 s.",
        ]
    async with served(restart_delays=delays, restart_reset=timedelta()) as api:
        job_id = await api.start("false", restart_policy="always")

        async def often() -> bool:
            return int((await api.job(job_id))["history"]["restarts"]) >= 5

        await eventually(often)


async def test_the_life_span_counts_running_time_alone() -> None:
    whole = local.Preset("whole", 2.0, GIB, ("cpu",))
    minute = timedelta(seconds=0.4)
    async with served(one_node(whole), life_span_minute=minute) as api:
        first = await api.start(preset_name="whole", max_run_time_minutes=2)
        second = await api.start(preset_name="whole", max_run_time_minutes=1)
        await api.when(first, "running")
        job = await api.finished(first)
        assert (job["status"], job["history"]["reason"]) == ("cancelled", "LifeSpanEnded")
        assert job["history"]["run_time_seconds"] >= 0.8
        job = await api.finished(second)
        assert job["history"]["reason"] == "LifeSpanEnded"
        # It waited for twice its life span first.
        assert 0.4 <= job["history"]["run_time_seconds"] < 0.8


async def test_a_bump_moves_the_end() -> None:
    async with served(life_span_minute=timedelta(seconds=0.5)) as api:
        job_id = await api.start("sh -c 'sleep 1; exit 0'", max_run_time_minutes=1)
        url = api.jobs / job_id / "max_run_time_minutes"
        await api.status("PUT", url, json={"additional_max_run_time_minutes": 1000})
        assert (await api.finished(job_id))["status"] == "succeeded"


async def test_jobs_wait_for_a_place_with_a_reason() -> None:
    presets = (local.Preset("half", 1.0, GIB, ("cpu",)), local.Preset("tiny", 0.01, MIB, ("cpu",)))
    async with served(one_node(*presets)) as api:
        running = [await api.start(preset_name="half") for _ in range(2)]
        waiting = await api.start(preset_name="half")
        for job_id in running:
            await api.when(job_id, "running")
        _status, capacity = await api.json("GET", api.monitoring() / "capacity")
        assert capacity == {"half": 0, "tiny": 0}

        async def told() -> bool:
            return bool((await api.job(waiting))["history"]["reason"] == "Scheduling")

        await eventually(told)
        assert "it takes 1 cores, 1 GiB" in (await api.job(waiting))["history"]["description"]
        await api.status("DELETE", api.jobs / running[0])
        await api.when(waiting, "running")
        await api.status("DELETE", api.jobs / running[1])

        async def free() -> bool:
            _, capacity = await api.json("GET", api.monitoring() / "capacity")
            return bool(capacity == {"half": 1, "tiny": 100})

        await eventually(free)


async def test_memory_is_counted_too() -> None:
    async with served(one_node(local.Preset("fat", 0.1, 3 * GIB, ("cpu",)))) as api:
        first = await api.start(preset_name="fat")
        second = await api.start(preset_name="fat")
        await api.when(first, "running")
        assert (await api.job(second))["status"] == "pending"


async def test_high_priorities_go_first() -> None:
    whole = local.Preset("whole", 2.0, GIB, ("cpu",))
    async with served(one_node(whole)) as api:
        blocking = await api.start(preset_name="whole")
        await api.when(blocking, "running")
        ids = {
            priority: await api.start("true", preset_name="whole", priority=priority)
            for priority in ("low", "normal", "high")
        }
        await api.status("DELETE", api.jobs / blocking)
        started = {}
        for priority, job_id in ids.items():
            started[priority] = (await api.finished(job_id))["history"]["started_at"]
        assert started["high"] < started["normal"] < started["low"]


async def test_a_job_that_can_never_fit_fails(api: Api) -> None:
    body = {
        "project_name": "reef",
        "container": {"image": "x", "resources": {"cpu": 1000, "memory_mb": 16}},
    }
    _status, job = await api.json("POST", api.jobs, json=body)
    job = await api.finished(job["id"])
    assert job["history"]["reason"] == "Job cannot be scheduled"
    assert job["history"]["description"] == "The job could not be started."


async def test_the_schedule_timeout() -> None:
    whole = local.Preset("whole", 2.0, GIB, ("cpu",))
    async with served(one_node(whole)) as api:
        await api.start(preset_name="whole")
        waiting = await api.start(preset_name="whole", schedule_timeout=1)
        patient = await api.start(preset_name="whole")
        job = await api.finished(waiting)
        assert (job["status"], job["history"]["reason"]) == ("failed", "ClusterScaleUpFailed")
        assert "1 s" in job["history"]["description"]
        assert (await api.job(patient))["status"] == "pending"


async def test_round_robin_jobs_make_room_and_come_back() -> None:
    robin = local.Preset("robin", 2.0, GIB, ("cpu",), scheduler_enabled=True)
    quantum = timedelta(seconds=0.3)
    async with served(one_node(robin), preemption_quantum=quantum) as api:
        first = await api.start("sh -c 'echo up; sleep 1000'", preset_name="robin")
        await api.when(first, "running")
        second = await api.start(preset_name="robin")
        await api.when(first, "suspended")
        await api.when(second, "running")
        job = await api.when(first, "running")
        assert job["is_preemptible"] is True
        assert ("suspended", None) in reasons(job)
        assert job["history"]["restarts"] >= 1
        await api.status("DELETE", api.jobs / second)
        await api.status("DELETE", api.jobs / first)
        assert (await api.log(first)).startswith("up\nup\n")


async def test_too_much_memory_ends_a_job_as_out_of_memory() -> None:
    preset = local.Preset("small", 0.1, 48 * MIB, ("cpu",))
    async with served(one_node(preset)) as api:
        program = "x = b'x' * (200 << 20); import time; time.sleep(1000)"
        job_id = await api.start(f'python3 -c "{program}"', preset_name="small")
        job = await api.finished(job_id)
        assert (job["status"], job["history"]["reason"]) == ("failed", "OOMKilled")
        assert job["history"]["exit_code"] == 137


async def test_the_whole_tree_goes_with_the_job(api: Api, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = f"echo $$ >> {pids}; setsid sh -c 'echo $$ >> {pids}; exec sleep 1000' & sleep 1000"
    script = tmp_path / "script.sh"
    script.write_text(program)
    job_id = await api.start(f"sh {script}")
    await until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    found = [int(pid) for pid in pids.read_text().split()]
    await api.status("DELETE", api.jobs / job_id)
    await until(lambda: not any(psutil.pid_exists(pid) for pid in found))


async def test_killing_the_process_is_a_failure_or_a_restart(api: Api) -> None:
    ids = [await api.start(), await api.start(restart_policy="on-failure")]
    for job_id in ids:
        await api.when(job_id, "running")
        assert await api.status("POST", api.monitoring(job_id) / "kill") == 204
    job = await api.finished(ids[0])
    assert (job["status"], job["history"]["exit_code"]) == ("failed", 137)

    async def restarted() -> bool:
        job = await api.job(ids[1])
        return bool(job["history"]["restarts"] == 1 and job["history"]["reason"] is None)

    await eventually(restarted)
    status, answer = await api.json("POST", api.monitoring(ids[0]) / "kill")
    assert (status, answer) == (404, {"error": f"Job '{ids[0]}' is not running."})


async def test_secrets(platform: local.Platform, api: Api) -> None:
    uris = {name: f"secret://harbor/tidepool/reef/{name}" for name in ("beta", "alpha")}
    job = await api.finished(await api.start("env", secret_env=uris))
    assert job["history"]["reason"] == "Missing secrets: 'alpha', 'beta'"
    assert job["history"]["description"] == "The job could not be started."
    platform.secrets_path.write_text('["harbor/tidepool/reef"]\nalpha = "1"\nbeta = "two"\n')
    platform.secrets_path.chmod(0o644)
    job = await api.finished(await api.start("env", secret_env=uris))
    assert "can be read by others; run: chmod 600" in job["history"]["reason"]
    platform.secrets_path.chmod(0o600)
    job_id = await api.start("sh -c 'echo $alpha$beta'", secret_env=uris)
    job = await api.finished(job_id)
    assert await api.log(job_id) == "1two\n"
    assert "two" not in str(job)


async def test_phases_to_order(platform: local.Platform, api: Api) -> None:
    pulled = asyncio.Event()

    async def pull(job: local.Staging) -> None:
        job.pending("ClusterScalingUp", "Adding a node")
        job.pending("Pulling", 'Pulling image "x"')
        await pulled.wait()
        if job.record.container["image"] == "nope":
            job.pending("ErrImagePull")
            raise local.StartError("Collected", "Image 'nope' can not be pulled")

    platform.phases = pull
    good, bad, gone = [await api.start("true", image=image) for image in ("x", "nope", "x")]

    async def pulling() -> bool:
        return bool((await api.job(good))["history"]["reason"] == "Pulling")

    await eventually(pulling)
    await api.status("DELETE", api.jobs / gone)
    pulled.set()
    job = await api.finished(good)
    assert [reason for _, reason in reasons(job)] == [
        "Creating",
        "ClusterScalingUp",
        "Pulling",
        None,
        None,
    ]
    job = await api.finished(bad)
    assert (job["status"], job["history"]["reason"]) == ("failed", "Collected")
    assert job["history"]["description"] == "Image 'nope' can not be pulled"
    assert (await api.job(gone))["status"] == "cancelled"


async def test_the_jobs_quota(platform: local.Platform) -> None:
    async with api_of(platform, "bob") as bob:
        ids = [await bob.start(project_name="kelp") for _ in range(2)]
        body = {"image": "x", "project_name": "kelp", "preset_name": "cpu-micro"}
        url = bob.jobs.with_query("from_preset")
        assert await bob.json("POST", url, json=body) == (
            400,
            {"error": "Jobs limit quota exceeded for user 'bob'"},
        )
        waiting = await bob.start("true", project_name="kelp", wait_for_jobs_quota=True)

        async def told() -> bool:
            return bool((await bob.job(waiting))["history"]["description"])

        await eventually(told)
        job = await bob.job(waiting)
        assert (job["status"], job["history"]["reason"]) == ("pending", "Creating")
        assert job["history"]["description"] == "Waits for the jobs quota of user 'bob'."
        await bob.status("DELETE", bob.jobs / ids[0])
        assert (await bob.finished(waiting))["status"] == "succeeded"


async def test_credits_are_spent_and_run_out() -> None:
    preset = local.Preset("dear", 0.5, GIB, ("cpu",), Decimal(3600))
    async with served(one_node(preset, credits=Decimal(1))) as api:
        ids = [await api.start(preset_name="dear") for _ in range(2)]
        for job_id in ids:
            job = await api.finished(job_id)
            assert (job["status"], job["history"]["reason"]) == ("cancelled", "QuotaExhausted")
            assert Decimal(job["total_price_credits"]) > Decimal("0.2")
        prices = [(await api.job(one))["total_price_credits"] for one in ids]
        total = sum(Decimal(price) for price in prices)
        base = api.platform.services.url / "apis/admin/v1/clusters/harbor/orgs/tidepool"
        status, account = await api.json("GET", base / "users" / "mira")
        assert Decimal(account["balance"]["spent_credits"]) == total
        status, answer = await api.json(
            "POST",
            api.jobs.with_query("from_preset"),
            json={"image": "x", "project_name": "reef"},
        )
        assert (status, answer["error"]) == (400, "No credits left for user 'mira'")


async def test_finished_jobs_are_dropped_in_the_end() -> None:
    soon = timedelta(seconds=0.3)
    async with served(retention=soon, drop_delay=soon) as api:
        job_id = await api.start("echo gone")
        await api.finished(job_id)

        async def dropping() -> bool:
            async with api.session.get(api.jobs / job_id) as response:
                gone = response.status == 400
                return gone or bool((await response.json())["being_dropped"])

        async def dropped() -> bool:
            async with api.session.get(api.jobs / job_id) as response:
                return response.status == 400

        await eventually(dropping)
        await eventually(dropped)
        keeper = await api.platform.services.engine.keeper()
        assert [chunk async for chunk in keeper.log(job_id)] == []


async def test_dropping_by_hand(api: Api) -> None:
    job_id = await api.start("true")
    job = api.jobs / job_id
    await api.finished(job_id)
    progress = {"json": {"logs_removed": True}}
    assert await api.status("POST", job / "drop_progress", **progress) == 400
    assert await api.status("POST", job / "drop") == 204
    assert (await api.job(job_id))["being_dropped"] is True
    assert await api.status("POST", job / "drop_progress", **progress) == 204
    assert await api.status("GET", job) == 400


async def test_services_may_set_statuses(api: Api) -> None:
    job_id = await api.start()
    await api.when(job_id, "running")
    url = api.jobs / job_id / "status"
    body = {"status": "failed", "reason": "NotFound", "description": "the pod is lost"}
    assert await api.status("PUT", url, json=body) == 204
    job = await api.job(job_id)
    assert (job["status"], job["history"]["reason"]) == ("failed", "NotFound")
    status, answer = await api.json("PUT", url, json={"status": "running"})
    assert (status, answer["error"]) == (400, "Invalid job status transition")


async def test_a_platform_leaves_nothing_behind() -> None:
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    files = psutil.Process().num_fds()
    async with local.serve(policies=QUICK) as platform, api_of(platform) as api:
        folder = platform.folder
        ids = [await api.start() for _ in range(5)]
        for job_id in ids:
            await api.when(job_id, "running")
        assert folder.stat().st_mode & 0o777 == 0o700
        for name in ("platform.sqlite", "token.key"):
            assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert not folder.exists()
    await until(
        lambda: {process.pid for process in psutil.Process().children(recursive=True)} <= before
    )
    await until(lambda: psutil.Process().num_fds() <= files)
