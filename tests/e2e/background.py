"""The background platform of a test's own home, as `apolo-tui --local` starts it."""

import asyncio
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from apolo_tui import client
from tests.e2e.tmux import SCRIPTS
from tests.until import until


def apolo_tui(*arguments: str, check: bool = True, within: float = 60.0) -> str:
    """Run the installed command in the test's environment; its output."""
    return run([str(SCRIPTS / "apolo-tui"), *arguments], check=check, within=within)


def login_folder() -> Path:
    """The folder of the background platform's login, for the client and the `apolo` command."""
    line = apolo_tui("local", "env").strip().splitlines()[-1]
    return Path(line.partition("APOLO_CONFIG=")[2].strip("'\""))


def start_job(name: str, command: str, *, tty: bool = False) -> str:
    """Start a job with our own client, and wait until it runs; its id."""
    return asyncio.run(_start_job(login_folder(), name, command, tty))


async def _start_job(folder: Path, name: str, command: str, tty: bool) -> str:
    async with client.get(folder) as opened:
        image = opened.parse.remote_image("ubuntu:22.04")
        preset = next(iter(opened.config.presets))
        job = await opened.jobs.start(
            image=image, preset_name=preset, command=command, name=name, tty=tty
        )

        async def runs() -> bool:
            return (await opened.jobs.status(job.id)).status.is_running

        await until(runs, within=60)
        return job.id


def apolo(*arguments: str, check: bool = True, within: float = 60.0) -> str:
    """Run the platform's own command against the background platform; its output."""
    command = [
        str(SCRIPTS / "apolo"),
        "--disable-pypi-version-check",
        "--skip-stats",
        *arguments,
    ]
    environ = {"APOLO_CONFIG": str(login_folder())}
    return run(command, check=check, within=within, environ=environ)


def run(
    command: Sequence[str],
    *,
    check: bool,
    within: float,
    environ: dict[str, str] | None = None,
) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
        env=os.environ | (environ or {}),
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
