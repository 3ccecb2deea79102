"""The background platform of a folder, which can be stopped, killed and started again.

Its jobs outlive it. Run as a program it serves: python -m benchmarks.harness.background FOLDER
INTERVAL, with INTERVAL seconds between two samples of a job's telemetry.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from apolo_tui.local import background, daemon
from apolo_tui.local.configuration import Policies
from apolo_tui.local.folder import LocalFolder
from benchmarks.harness.terminal_pty import SOURCE


class Background:
    """The platform, as its owner sees it. Close it: its jobs go on otherwise."""

    def __init__(self, folder: Path, *, interval: float) -> None:
        self._folder = LocalFolder(folder)
        self._folder.create()
        self._interval = interval
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        path, interval = str(self._folder.path), str(self._interval)
        command = [sys.executable, "-m", "benchmarks.harness.background", path, interval]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=SOURCE)
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError(f"the platform ended with {process.wait()}")
        return process

    @property
    def access(self) -> background.Access:
        found = background.find(self._folder)
        assert found is not None
        return found

    def login(self, folder: Path) -> Path:
        """Write a login to it, and return its folder."""
        return background.write_login_folder(self.access, folder, now=time.time())

    def run_job(self, name: str, command: str) -> str:
        """Start a job; its id."""
        access = self.access
        body = {
            "image": "ubuntu",
            "command": command,
            "name": name,
            "preset_name": "cpu-nano",
            "project_name": "default",
        }
        request = urllib.request.Request(
            f"{access.url}/jobs?from_preset",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {access.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            document: dict[str, Any] = json.load(answer)
        return str(document["id"])

    def freeze(self, seconds: float) -> None:
        """It says nothing for so long; every connection stays open."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            self._process.send_signal(signal.SIGCONT)

    def restart(self, seconds: float) -> None:
        """It is killed, and is there again after so long."""
        self._process.kill()
        self._end_of_process()
        time.sleep(seconds)
        self._process = self._start()

    def close(self) -> None:
        """End it and its jobs."""
        background.stop(self.access, kill=True)
        self._end_of_process()

    def _end_of_process(self) -> None:
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def main(path: Path, interval: float) -> None:
    """Serve the folder until told to end."""
    folder = LocalFolder(path)
    daemon.take_lock(folder)
    policies = Policies(telemetry_interval=timedelta(seconds=interval))

    def ready(running: object) -> None:
        print("ready", flush=True)

    asyncio.run(daemon.run(folder, policies=policies, ready=ready))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
