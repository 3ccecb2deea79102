"""A burst, on a small scale; `python -m benchmarks local-burst` has the full one."""

import asyncio
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from apolo_tui import local
from apolo_tui.local.example import GIB, MIB
from tests.local.platforms import QUICK, Api, eventually, frames, one_node
from tests.local.test_log_streams import gate
from tests.until import until

JOBS, SLOTS, TOPS, EXECS = 60, 20, 8, 5
LINES = [f"line {n}" for n in range(1, 6)]


async def test_many_jobs_followers_and_sessions_at_once(tmp_path: Path) -> None:
    # A hundredth of a core each, on a fifth of a core.
    configuration = one_node(
        local.Preset("nano", 0.01, 64 * MIB, ("cpu",)), cpu=0.01 * SLOTS, memory=4 * GIB
    )
    go = asyncio.Event()
    most = 0

    async def wait(job: local.Staging) -> None:
        await go.wait()

    async with local.serve(configuration=configuration, policies=QUICK, phases=wait) as platform:
        headers = {"Authorization": f"Bearer {platform.token}"}
        async with ClientSession(headers=headers, connector=TCPConnector(limit=0)) as session:
            api = Api(platform, session)
            end = tmp_path / "end"
            script = f"for n in 1 2 3 4 5; do echo line $n; sleep 0.1; done; {gate(end)}"
            ids = await asyncio.gather(
                *(api.start(f"sh -c '{script}'", preset_name="nano") for _ in range(JOBS))
            )

            async def queued() -> bool:
                _, answer = await api.json("GET", api.jobs)
                reasons = [job["history"]["reason"] for job in answer["jobs"]]
                return reasons.count("Scheduling") == JOBS - SLOTS

            await eventually(queued)
            followers = [asyncio.create_task(api.log(job_id, archive_delay="60")) for job_id in ids]
            tops = [asyncio.create_task(top(api, job_id)) for job_id in ids[:TOPS]]
            go.set()
            for job_id in ids[:EXECS]:
                await api.when(job_id, "running", "succeeded")
            assert all(await asyncio.gather(*(execute(api, job_id) for job_id in ids[:EXECS])))
            await until(lambda: platform.sockets["log_ws"] == JOBS, within=60)
            end.touch()

            async def over() -> bool:
                nonlocal most
                _, answer = await api.json("GET", api.jobs)
                statuses = [job["status"] for job in answer["jobs"]]
                most = max(most, statuses.count("running"))
                return statuses.count("succeeded") == JOBS

            await eventually(over, within=120)
            assert most <= SLOTS
            for text in await asyncio.gather(*followers):
                assert text.splitlines() == LINES
            assert all(await asyncio.gather(*tops))
            _, capacity = await api.json("GET", api.monitoring() / "capacity")
            assert capacity == {"nano": SLOTS}


async def top(api: Api, job_id: str) -> bool:
    """Whether there was a sample before the orderly end."""
    async with api.session.ws_connect(api.monitoring(job_id) / "top") as ws:
        samples = [message async for message in ws]
        return bool(samples) and ws.close_code == 1000


async def execute(api: Api, job_id: str) -> bool:
    url = (api.monitoring(job_id) / "exec").with_query(cmd="echo hello")
    async with api.session.ws_connect(url) as ws:
        return b"\x01hello\n" in await frames(ws)
