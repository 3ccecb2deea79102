"""The background platform's process: one a folder, ended by order or after idle hours."""

import asyncio
import fcntl
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import psutil
from yarl import URL

from apolo_tui import __version__
from apolo_tui.local.clock import Alarms, wall_clock
from apolo_tui.local.configuration import Policies
from apolo_tui.local.folder import LocalFolder, Running
from apolo_tui.local.gpus import this_machines_gpus
from apolo_tui.local.http.connections import bind
from apolo_tui.local.keeper.api import Keeper
from apolo_tui.local.keeper.connection import spawn
from apolo_tui.local.machine import this_machine
from apolo_tui.local.platform import Platform, serve

log = logging.getLogger(__name__)

IDLE = timedelta(hours=4)
LAST_JOBS = 30.0
"""Seconds that the processes of the last jobs have to be gone."""


class AnotherServerError(Exception):
    """Another process serves this folder."""


def take_lock(folder: LocalFolder) -> int:
    """A descriptor that holds the folder for this process. Raises AnotherServerError."""
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AnotherServerError(f"A local platform runs already in {folder.path}") from None
    return descriptor


class Watch:
    """Ends the platform after a time without jobs, requests and streams."""

    def __init__(self, platform: Platform, idle: timedelta, over: asyncio.Event) -> None:
        self._services = platform.services
        self._idle = idle
        self._over = over
        self._alarms = Alarms()
        self._began = platform.services.now()
        self._look()

    def ends_at(self) -> datetime | None:
        """None while something goes on."""
        if self._services.engine.live or self._services.traffic.busy:
            return None
        last = self._services.traffic.last or self._began
        return max(last, self._services.engine.last_end or last) + self._idle

    def _look(self) -> None:
        ends_at = self.ends_at()
        left = self._idle if ends_at is None else ends_at - self._services.now()
        if left > timedelta():
            self._alarms.set("idle", left, self._look)
        else:
            log.info("nothing happened for %s: the platform ends", self._idle)
            self._over.set()

    def close(self) -> None:
        self._alarms.clear_all()


def last_port(folder: LocalFolder) -> int:
    """The port of the last server, so that logins stay good; 0 when it is not known or taken."""
    last = folder.last()
    port = None if last is None else URL(last.url).port
    if not port:
        return 0
    try:
        bind(port).close()
    except OSError:
        return 0
    return port


async def run(
    folder: LocalFolder,
    *,
    idle: timedelta = IDLE,
    policies: Policies | None = None,
    ready: Callable[[Running], None] = lambda running: None,
) -> None:
    """Serve the folder, whose lock is held, until SIGTERM, SIGINT, a stop or idle hours.

    Jobs go on after a signal; a stop ends them and the keeper.
    """
    policies = policies or Policies()
    over, stopped = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    # The end of the terminal where all began means nothing.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)

    @asynccontextmanager
    async def keepers() -> AsyncIterator[Keeper]:
        keeper = await spawn(folder.keeper, log_limit=policies.log_limit)
        try:
            yield keeper
        finally:
            await keeper.close()

    def stop() -> None:
        stopped.set()
        over.set()

    gpus = this_machines_gpus()
    async with serve(
        port=last_port(folder),
        folder=folder.path,
        configuration=this_machine(gpus=gpus),
        policies=policies,
        keepers=keepers,
        gpus=gpus,
    ) as platform:
        watch = Watch(platform, idle, over)
        platform.services.stop = stop
        platform.services.ends_at = watch.ends_at
        running = write_down(folder, platform)
        ready(running)
        await over.wait()
        watch.close()
        if stopped.is_set():
            await end_everything(platform)


def write_down(folder: LocalFolder, platform: Platform) -> Running:
    """Say in the folder where the platform is, and what token it takes."""
    try:
        known = platform.services.tokens.identity(folder.read_token())
    except (FileNotFoundError, UnicodeDecodeError):
        known = None
    if known != platform.users[0].name:
        folder.write_token(platform.token)
    running = Running(
        url=str(platform.url),
        pid=os.getpid(),
        process_started=psutil.Process().create_time(),
        version=__version__,
        started_at=wall_clock(),
    )
    folder.write_running(running)
    return running


async def end_everything(platform: Platform) -> None:
    """Cancel every job, and end the keeper when their processes are gone."""
    engine = platform.services.engine
    for job_id in list(engine.live):
        engine.cancel(job_id)
    try:
        async with asyncio.timeout(LAST_JOBS):
            await engine.all_over()
    except TimeoutError:
        log.warning("some processes did not end in time; they are killed")
    await engine.end_keeper()
