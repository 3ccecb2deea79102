"""Starting the demonstration."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from apolo_tui.local.demo.guard import guarded
from apolo_tui.local.demo.history import past_jobs
from apolo_tui.local.demo.plan import POLICIES, PROGRAMS, bodies, configuration
from apolo_tui.local.demo.simulated import SimulatedGPUs
from apolo_tui.local.http.creation import requested
from apolo_tui.local.job_request import flat_request
from apolo_tui.local.platform import Platform, serve


@asynccontextmanager
async def demo() -> AsyncIterator[Platform]:
    """A platform with a past and with jobs that run, in the caller's event loop.

    All its files are in a temporary folder, the jobs' programs too: whoever opens a shell in one
    may change them. When the block is left, its processes, sockets and files are gone; a guard
    sees to that when this process is killed.
    """
    async with AsyncExitStack() as stack:
        # The keeper's sockets need short paths.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="apolo-tui-demo-")))
        await stack.enter_async_context(guarded(folder))
        platform = await stack.enter_async_context(
            serve(
                folder=folder,
                configuration=configuration(),
                policies=POLICIES,
                gpus=SimulatedGPUs(),
            )
        )
        services = platform.services
        (user,) = platform.users
        (cluster,) = platform.clusters
        services.engine.record_history(past_jobs(cluster, services.now()))
        code = folder / "code"
        shutil.copytree(PROGRAMS, code, ignore=shutil.ignore_patterns("__pycache__"))
        for body in bodies(code):
            services.engine.accept(requested(services, user, flat_request(body), flat=True))
        yield platform
