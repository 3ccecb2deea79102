"""The background platform of a test's own folder, and jobs that write counted lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from yarl import URL

from apolo_tui.local import background
from apolo_tui.local.background import Access
from apolo_tui.local.folder import LocalFolder
from tests.until import until

COUNTING = """
echo $$ > {base}.pid
n=0
while ! test -e {stop}; do
  n=$((n+1))
  echo line $n
  echo $n > {base}.part && mv {base}.part {base}.count
  sleep 0.03
done
echo done
"""


@dataclass(slots=True)
class Background:
    """The platform of a folder, started in the background as often as it takes."""

    folder: LocalFolder
    access: Access
    session: aiohttp.ClientSession

    @property
    def jobs(self) -> URL:
        return URL(self.access.url) / "jobs"

    async def json(self, method: str, url: URL, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.access.token}"}
        async with self.session.request(method, url, headers=headers, **options) as response:
            assert response.status < 300, await response.text()
            return await response.json() if response.status != 204 else None

    async def start(self, command: str, **body: Any) -> str:
        document = await self.json(
            "POST",
            self.jobs.with_query("from_preset"),
            json={
                "image": "x",
                "preset_name": "cpu-nano",
                "project_name": "default",
                "command": command,
                **body,
            },
        )
        job_id: str = document["id"]
        return job_id

    async def job(self, job_id: str) -> dict[str, Any]:
        document: dict[str, Any] = await self.json("GET", self.jobs / job_id)
        return document

    async def log(self, job_id: str) -> str:
        """All of it, once the job is over."""
        async with self._log(job_id) as response:
            return await response.text()

    async def first_line(self, job_id: str) -> str:
        """The first line of the log, once the keeper has read it."""
        async with self._log(job_id) as response:
            return (await response.content.readline()).decode().rstrip()

    @asynccontextmanager
    async def _log(self, job_id: str) -> AsyncIterator[aiohttp.ClientResponse]:
        url = URL(self.access.url).origin() / "clusters/local/api/v1/jobs" / job_id / "log"
        headers = {"Authorization": f"Bearer {self.access.token}"}
        async with self.session.get(url.with_query(separator=""), headers=headers) as response:
            yield response

    async def restart(self) -> None:
        self.access = await asyncio.to_thread(background.start, self.folder)

    def kill_server(self) -> None:
        """Kill it, and wait until it is gone: one that is dying may still be joined."""
        server = psutil.Process(self.access.running.pid)
        server.kill()
        server.wait(30)

    def keeper(self) -> psutil.Process:
        """The keeper's process."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if "apolo_tui.local.keeper" in line and str(self.folder.keeper) in line:
                return process
        raise LookupError("no keeper runs")


@dataclass(frozen=True, slots=True)
class Counter:
    """A job that counts, and what it wrote outside of its log."""

    job_id: str
    base: Path

    @property
    def pid(self) -> int:
        return int(self.base.with_suffix(".pid").read_text())

    @property
    def count(self) -> int:
        try:
            return int(self.base.with_suffix(".count").read_text())
        except FileNotFoundError:
            return 0


async def start_counter(platform: Background, base: Path, stop: Path, **body: Any) -> Counter:
    script = base.with_suffix(".sh")
    script.write_text(COUNTING.format(base=base, stop=stop))
    job_id = await platform.start(f"sh {script}", **body)
    counter = Counter(job_id, base)
    await until(lambda: counter.count > 0, within=30)
    return counter


@asynccontextmanager
async def background_platform(path: Path) -> AsyncIterator[Background]:
    """Start one, and leave no process of it in the end."""
    folder = LocalFolder(path)
    access = await asyncio.to_thread(background.start, folder)
    async with aiohttp.ClientSession() as session:
        platform = Background(folder, access, session)
        try:
            yield platform
        finally:
            await platform.restart()
            await asyncio.to_thread(background.stop, platform.access, kill=True)
