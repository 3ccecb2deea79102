"""top, port_forward, save, capacity."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from apolo_tui import local
from apolo_tui.local.configuration import GPU
from apolo_tui.local.gpus import NVML, GPUUsage
from tests.local.platforms import QUICK, Api, api_of, eventually
from tests.until import until

HTTP_SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hello from the job")
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class FakeGPUs:
    """Two GPUs of which the second is busier."""

    def found(self) -> GPU | None:
        return GPU(2, "nvidia-l4", 24 << 30)

    def usage(self, indices: Sequence[int]) -> GPUUsage | None:
        return GPUUsage(10 + sum(indices), (1 + len(indices)) << 30)


async def test_top_tells_what_the_tree_uses(api: Api) -> None:
    job_id = await api.start("sh -c 'while :; do :; done'")
    await api.when(job_id, "running")
    async with api.session.ws_connect(
        api.monitoring(job_id) / "top", protocols=("top.apolo.us",)
    ) as ws:
        samples = []
        for _ in range(3):
            message = await asyncio.wait_for(ws.receive(), 30)
            assert message.type is WSMsgType.TEXT
            samples.append(msgspec.json.decode(message.data))
    assert all(sample["cpu"] > 0.01 for sample in samples)
    assert samples[0]["memory_bytes"] > 100_000
    assert samples[0]["memory"] == samples[0]["memory_bytes"] // (1 << 20)
    assert samples[0]["timestamp"] < samples[1]["timestamp"] < samples[2]["timestamp"]
    assert "gpu_duty_cycle" not in samples[0]


async def test_top_of_a_gpu_job_tells_its_own_gpus() -> None:
    async with (
        local.serve(policies=QUICK, gpus=FakeGPUs()) as platform,
        api_of(platform) as api,
    ):
        ids = [await api.start(preset_name="gpu-small") for _ in range(2)]
        duties = set()
        for job_id in ids:
            await api.when(job_id, "running")
            async with api.session.ws_connect(api.monitoring(job_id) / "top") as ws:
                sample = msgspec.json.decode((await asyncio.wait_for(ws.receive(), 30)).data)
            duties.add(sample["gpu_duty_cycle"])
            assert sample["gpu_memory_bytes"] == 2 << 30
            assert sample["gpu_memory"] == 2 << 10
        assert duties == {10, 11}


async def test_top_is_silent_while_pending_and_closes_at_the_end(
    platform: local.Platform, api: Api
) -> None:
    go = asyncio.Event()

    async def wait(job: local.Staging) -> None:
        job.pending("Pulling")
        await go.wait()

    platform.phases = wait
    job_id = await api.start()
    async with api.session.ws_connect(api.monitoring(job_id) / "top") as ws:
        with pytest.raises(asyncio.TimeoutError):
            await ws.receive(timeout=0.3)
        assert not ws.closed
    async with api.session.ws_connect(api.monitoring(job_id) / "top") as ws:
        go.set()
        assert (await asyncio.wait_for(ws.receive(), 30)).type is WSMsgType.TEXT
        await api.status("DELETE", api.jobs / job_id)
        while (message := await asyncio.wait_for(ws.receive(), 30)).type is WSMsgType.TEXT:
            pass
        assert (message.type, ws.close_code) == (WSMsgType.CLOSE, 1000)
    async with api.session.ws_connect(api.monitoring(job_id) / "top") as ws:
        assert [message async for message in ws] == []
        assert ws.close_code == 1000


async def test_nobody_looks_nobody_samples(platform: local.Platform, api: Api) -> None:
    job_id = await api.start()
    await api.when(job_id, "running")
    url = api.monitoring(job_id) / "top"
    async with api.session.ws_connect(url) as one, api.session.ws_connect(url) as two:
        for ws in (one, two):
            await asyncio.wait_for(ws.receive(), 30)
        assert len(platform.services.telemetry.watched) == 1
    await until(lambda: not platform.services.telemetry.watched)


async def port_of(api: Api, job_id: str) -> int:
    async def printed() -> str | None:
        keeper = await api.platform.services.engine.keeper()
        text = b"".join([one.data async for batch in keeper.log(job_id) for one in batch])
        return text.decode() if text.endswith(b"\n") else None

    return int(await eventually(printed))


async def test_port_forward(api: Api) -> None:
    job_id = await api.start(f"{sys.executable} -c '{HTTP_SERVER}'", preset_name="cpu-small")
    port = await port_of(api, job_id)
    url = api.monitoring(job_id) / "port_forward" / str(port)
    for _ in range(2):
        async with api.session.ws_connect(url) as ws:
            await ws.send_bytes(b"GET / HTTP/1.0\r\n")
            await ws.send_bytes(b"\r\n")
            body = b"".join([message.data async for message in ws])
        assert body.startswith(b"HTTP/1.0 200 OK\r\n")
        assert body.endswith(b"hello from the job")


async def test_port_forward_reaches_the_jobs_own_ports_alone(api: Api) -> None:
    other = await api.start(f"{sys.executable} -c '{HTTP_SERVER}'", preset_name="cpu-small")
    port = await port_of(api, other)
    job_id = await api.start()
    await api.when(job_id, "running")
    for text, status, error in (
        (str(port), 400, f"Cannot connect to port {port}"),
        ("9", 400, "Cannot connect to port 9"),
        ("http", 400, "Invalid port number"),
        ("65536", 400, "not between"),
        ("0", 400, "not between"),
        ("9" * 50, 400, "not between"),
    ):
        url = api.monitoring(job_id) / "port_forward" / text
        with pytest.raises(WSServerHandshakeError) as caught:
            await api.session.ws_connect(url)
        assert caught.value.status == status
        assert caught.value.headers is not None
        answer = msgspec.json.decode(caught.value.headers["X-Error"])
        assert error in answer["msg"]


async def test_save_says_that_it_cannot(api: Api) -> None:
    job_id = await api.start()
    url = api.monitoring(job_id) / "save"
    body = {"container": {"image": "registry.harbor.local/tidepool/reef/snap:v1"}}
    async with api.session.post(url, json=body) as response:
        assert response.status == 200
        assert response.content_type == "application/x-ndjson"
        text = await response.text()
    assert text.endswith("\r\n")
    answer = msgspec.json.decode(text.strip())
    assert "not available on the local platform" in answer["error"]
    assert answer["errorDetail"] == {"message": answer["error"]}
    body = {"container": {"image": "ubuntu:v1"}}
    status, answer = await api.json("POST", url, json=body)
    assert status == 400
    assert "Unknown registry host" in answer["error"]


async def test_capacity(platform: local.Platform, api: Api) -> None:
    _, free = await api.json("GET", api.monitoring() / "capacity")
    assert free == {
        "cpu-small": 16,
        "cpu-large": 2,
        "cpu-micro": 1600,
        "gpu-small": 2,
        "cpu-small-p": 2,
    }
    await api.when(await api.start(preset_name="gpu-small"), "running")
    _, free = await api.json("POST", api.monitoring() / "available")
    assert free["gpu-small"] == 1
    async with api_of(platform, "eve") as eve:
        assert await eve.status("GET", eve.monitoring() / "capacity") == 403
        assert await eve.status("GET", eve.monitoring(cluster="atoll") / "capacity") == 200
        assert await eve.status("GET", eve.monitoring(cluster="none") / "capacity") == 404


class FakeNVML:
    """As much of pynvml as is used."""

    class NVMLError(Exception):
        pass

    broken = False

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - the library's spelling
        if self.broken:
            raise self.NVMLError("gone")
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if self.broken:
            raise self.NVMLError("gone")
        return index

    def nvmlDeviceGetName(self, handle: int) -> bytes:  # noqa: N802
        return b"NVIDIA L4"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        return type("Memory", (), {"total": 24 << 30, "used": (handle + 1) << 30})

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        return type("Rates", (), {"gpu": 40 + 20 * handle})


def test_nvml() -> None:
    library = FakeNVML()
    gpus = NVML(library)
    assert gpus.found() == GPU(2, "nvidia-l4", 24 << 30)
    assert gpus.usage((0, 1)) == GPUUsage(50, 3 << 30)
    assert gpus.usage((1,)) == GPUUsage(60, 2 << 30)
    assert gpus.usage(()) is None
    library.broken = True
    assert gpus.found() is None
    assert gpus.usage((0,)) is None
