"""The background platform from outside: finding, starting, asking and ending it.

No aiohttp here: a few small requests over the loopback do not need it.
"""

import http.client
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

import apolo_tui
from apolo_tui.local.folder import LocalFolder, Running
from apolo_tui.local.login import write_login

TIMEOUT = 30.0
LOGIN_LASTS = timedelta(days=3 * 365)


class BackgroundError(Exception):
    """The background platform cannot do that; the text says why and what to do."""


class JobsActiveError(BackgroundError):
    """It is not stopped, because jobs are active."""

    def __init__(self, active: int) -> None:
        super().__init__(f"{active} jobs are active")
        self.active = active


@dataclass(frozen=True, slots=True)
class Access:
    """Where the platform is, and the token that it takes."""

    url: str
    """The API's base, `http://127.0.0.1:<port>/api/v1`."""
    token: str
    running: Running


class Status(msgspec.Struct, frozen=True):
    """How the platform is."""

    version: str
    jobs: dict[str, int]
    """Active jobs by status; those that are ending have a final one."""
    streams: int
    ends_at: datetime | None
    """When it ends by itself if nothing happens."""


def find(folder: LocalFolder) -> Access | None:
    """The platform of this folder, if it runs."""
    running = folder.running()
    if running is None:
        return None
    return Access(running.url, folder.read_token(), running)


def start(folder: LocalFolder, *, idle: timedelta | None = None) -> Access:
    """Join the platform of this folder, and start it first if it does not run. Blocks.

    Two at once start one. `idle`: how long it stays without jobs and clients. Raises
    BackgroundError when it does not start.
    """
    found = find(folder)
    if found is not None:
        return found
    options = [] if idle is None else [f"--idle={idle.total_seconds()}"]
    done = subprocess.run(
        [sys.executable, "-m", "apolo_tui.local", os.fspath(folder.path.absolute()), *options],
        # Where the package is found, installed or not.
        cwd=Path(apolo_tui.__file__).parents[1],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    found = find(folder)
    if done.returncode != 0 or found is None:
        reason = done.stderr.decode(errors="replace").strip()
        raise BackgroundError(f"The local platform did not start: {reason}")
    return found


def status(access: Access) -> Status:
    """Ask the platform. Raises BackgroundError when it does not answer."""
    code, answer = _request(access, "GET", "/local/v1/status")
    if code != 200:
        raise BackgroundError(f"The local platform answers with {code}: {answer!r}")
    return msgspec.json.decode(answer, type=Status)


def stop(access: Access, *, kill: bool = False, sleep: Any = time.sleep) -> None:
    """End the platform and, with `kill`, its jobs; returns when its process is gone.

    Raises JobsActiveError when jobs are active and `kill` is not set, BackgroundError.
    """
    code, answer = _request(access, "POST", f"/local/v1/stop?kill={str(kill).lower()}")
    if code == 409:
        raise JobsActiveError(int(msgspec.json.decode(answer)["active"]))
    if code != 202:
        raise BackgroundError(f"The local platform answers with {code}: {answer!r}")
    deadline = time.monotonic() + 2 * TIMEOUT
    while access.running.alive:
        if time.monotonic() > deadline:
            raise BackgroundError(
                f"The local platform (process {access.running.pid}) does not end; kill it"
            )
        sleep(0.05)


def write_login_folder(access: Access, path: Path, *, now: float) -> Path:
    """Write what `apolo login` would leave behind to a 0700 folder, and return it.

    `now`: unix seconds. Raises BackgroundError.
    """
    code, answer = _request(access, "GET", urlsplit(access.url).path + "/config")
    if code != 200:
        raise BackgroundError(f"The local platform answers with {code}: {answer!r}")
    config = msgspec.json.decode(answer)
    project = config["projects"][0]
    write_login(
        path,
        url=access.url,
        token=access.token,
        expires=now + LOGIN_LASTS.total_seconds(),
        refresh_token="",
        config=config,
        project=project["name"],
        cluster=project["cluster_name"],
        org=project["org_name"],
        now=now,
    )
    return path


def _request(access: Access, method: str, path: str) -> tuple[int, bytes]:
    # The process was found to be ours, so the port is its own and the token safe there.
    parts = urlsplit(access.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {access.token}"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise BackgroundError(f"The local platform does not answer: {error}") from None
    finally:
        connection.close()
