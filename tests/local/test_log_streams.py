"""log and log_ws: archive, separator, live part, restarts, times, the end."""

import asyncio
from datetime import datetime
from pathlib import Path

import aiohttp
from aiohttp import WSMsgType

from apolo_tui import local
from tests.local.platforms import Api, api_of, eventually
from tests.until import until


async def next_data(ws: aiohttp.ClientWebSocketResponse) -> bytes:
    message = await asyncio.wait_for(ws.receive(), 30)
    assert message.type is WSMsgType.BINARY, message
    data: bytes = message.data
    return data


def gate(path: Path) -> str:
    """Shell text that waits until the file is there."""
    return f"while ! test -e {path}; do sleep 0.02; done"


async def logged(api: Api, job_id: str, text: str) -> None:
    async def check() -> bool:
        keeper = await api.platform.services.engine.keeper()
        chunks = [chunk async for batch in keeper.log(job_id) for chunk in batch]
        return text.encode() in b"".join(chunk.data for chunk in chunks)

    await eventually(check)


async def test_archive_separator_live_and_close(api: Api, tmp_path: Path) -> None:
    go = tmp_path / "go"
    job_id = await api.start(f"sh -c 'echo one; echo two >&2; {gate(go)}; printf three'")
    await logged(api, job_id, "two")
    url = (api.monitoring(job_id) / "log_ws").with_query({"separator": "--cut--"})
    async with api.session.ws_connect(url, protocols=("logs.apolo.us",)) as ws:
        assert ws.protocol == "logs.apolo.us"
        assert sorted((await next_data(ws)).splitlines()) == [b"one", b"two"]
        go.touch()
        assert await next_data(ws) == b"--cut--\n"
        assert await next_data(ws) == b"three"
        assert (await ws.receive()).type is WSMsgType.CLOSE
        assert ws.close_code == 1000
    # Afterwards it is all archive, and archive lines end with a newline.
    assert (await api.log(job_id, separator="--cut--")).splitlines(keepends=True)[-1] == "three\n"


async def test_a_line_without_its_newline_is_live(api: Api, tmp_path: Path) -> None:
    go = tmp_path / "go"
    job_id = await api.start(f"sh -c 'echo one; printf 50%%; {gate(go)}; echo ..100%'")
    await logged(api, job_id, "50%")
    url = (api.monitoring(job_id) / "log_ws").with_query({"separator": "--"})
    async with api.session.ws_connect(url) as ws:
        assert [await next_data(ws) for _ in range(3)] == [b"one\n", b"--\n", b"50%"]
        go.touch()
        assert await next_data(ws) == b"..100%\n"


async def test_no_separator_without_an_archive_or_when_it_is_empty(
    api: Api, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    job_id = await api.start(f"sh -c '{gate(go)}; echo late'")
    await api.when(job_id, "running")
    url = api.monitoring(job_id) / "log_ws"
    async with api.session.ws_connect(url.with_query({"separator": "--"})) as ws:
        go.touch()
        assert await next_data(ws) == b"late\n"


async def test_timestamps_and_since(api: Api) -> None:
    job_id = await api.start("sh -c 'for n in 1 2 3 4; do echo line $n; sleep 0.1; done'")
    await api.finished(job_id)
    lines = (await api.log(job_id, timestamps="1")).splitlines()
    times = [line.split(" ", 1)[0] for line in lines]
    assert [line.split(" ", 1)[1] for line in lines] == [f"line {n}" for n in (1, 2, 3, 4)]
    assert all(len(time) == len("2026-11-22T07:41:00.123456Z") for time in times)
    parsed = [datetime.fromisoformat(time) for time in times]
    assert parsed == sorted(parsed)
    # On a busy machine two lines may be read, and stamped, at once; seldom all four.
    assert len(set(times)) > 1
    for since in times:
        wanted = "".join(f"line {n}\n" for n, time in enumerate(times, 1) if time >= since)
        assert await api.log(job_id, since=since) == wanted
        # A time without an offset is UTC.
        assert await api.log(job_id, since=since.removesuffix("Z")) == wanted
    assert await api.log(job_id, since="2100-01-01T00:00:00+00:00") == ""


async def test_restarts_go_on_without_a_gap_or_a_double(api: Api, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    job_id = await api.start(
        f"sh -c 'echo x >> {counter}; n=$(wc -l < {counter}); echo start $n; echo end $n; "
        "test $n -ge 3'",
        restart_policy="on-failure",
    )
    assert await api.log(job_id) == "".join(f"start {n}\nend {n}\n" for n in (1, 2, 3))
    assert (await api.finished(job_id))["status"] == "succeeded"


async def test_a_follower_of_a_pending_job_waits_for_it(platform: local.Platform, api: Api) -> None:
    go = asyncio.Event()

    async def pull(job: local.Staging) -> None:
        job.pending("Pulling")
        await go.wait()

    platform.phases = pull
    job_id = await api.start("echo at last")

    async def pulling() -> bool:
        return bool((await api.job(job_id))["history"]["reason"] == "Pulling")

    await eventually(pulling)
    reading = asyncio.create_task(api.log(job_id))
    await until(lambda: platform.sockets["log_ws"] == 1)
    go.set()
    assert await reading == "at last\n"


async def test_a_cancelled_follower_sees_the_last_words(api: Api, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text("trap 'echo bye; exit 0' TERM\necho hello\nwhile :; do sleep 0.02; done\n")
    job_id = await api.start(f"sh {script}")
    await logged(api, job_id, "hello")
    reading = asyncio.create_task(api.log(job_id))
    await until(lambda: api.platform.sockets["log_ws"] == 1)
    await api.status("DELETE", api.jobs / job_id)
    text = await reading
    assert text.startswith("hello\n")
    assert text.endswith("bye\n")


async def test_by_http(api: Api) -> None:
    job_id = await api.start("sh -c 'seq 1 20000'")
    url = api.monitoring(job_id) / "log"
    async with api.session.get(url.with_query({"separator": "--x--"})) as response:
        assert response.status == 200
        assert response.headers["X-Separator"] == "--x--"
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert response.headers["X-Service-Version"].startswith("platform-monitoring/")
        lines = (await response.text()).replace("--x--\n", "").splitlines()
    assert lines == [str(n) for n in range(1, 20001)]
    async with api.session.get(url) as response:
        assert response.headers["X-Separator"].startswith("=== Live logs ===")
        assert len(response.headers["X-Separator"]) == len("=== Live logs ===") + 60
    assert await api.status("DELETE", url) == 204


async def test_another_cluster_has_nothing(api: Api) -> None:
    job_id = await api.start("echo here")
    await api.finished(job_id)
    async with api.session.ws_connect(api.monitoring(job_id, "atoll") / "log_ws") as ws:
        assert [message async for message in ws] == []
        assert ws.close_code == 1000


async def test_refusals(platform: local.Platform, api: Api) -> None:
    job_id = await api.start("true")
    for query in ({"since": "soon"}, {"timestamps": "perhaps"}, {"archive_delay": "x"}):
        assert await api.status("GET", (api.monitoring(job_id) / "log").with_query(query)) == 400
    async with api_of(platform, "eve") as eve:
        status, answer = await eve.json("GET", eve.monitoring(job_id) / "log")
        assert (status, answer["missing"][0]["action"]) == (403, "read")


async def test_a_client_that_goes_leaves_nothing(platform: local.Platform, api: Api) -> None:
    job_id = await api.start()
    await api.when(job_id, "running")
    url = api.monitoring(job_id)
    async with api.session.ws_connect(url / "log_ws"), api.session.get(url / "log"):
        await until(lambda: platform.sockets["log_ws"] == platform.sockets["log"] == 1)
    await until(lambda: platform.sockets["log_ws"] == platform.sockets["log"] == 0)
