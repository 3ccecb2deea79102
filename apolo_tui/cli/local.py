"""`apolo-tui local start|stop|status|serve|env`, and what `--local` and `--demo` need.

Nothing is imported here that needs the HTTP library before a platform is to run in this process.
"""

import argparse
import asyncio
import logging
import shlex
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.local import background
from apolo_tui.local.background import Access, BackgroundError, JobsActiveError
from apolo_tui.local.folder import LocalFolder
from apolo_tui.model.errors import ConfigError

DESCRIPTION = "A platform of your own on this machine: jobs are processes, no account is needed."


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where the commands write, and how they ask."""

    write: Callable[[str], object] = print
    ask: Callable[[str], str] = input
    interactive: Callable[[], bool] = lambda: sys.stdin.isatty()


def main(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str],
    home: Path,
    terminal: Terminal | None = None,
) -> int:
    """Run one of the commands. Returns the exit code: 0, 1 for a refusal, 2 for wrong usage."""
    terminal = terminal or Terminal()
    parser = argparse.ArgumentParser(prog="apolo-tui local", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("start", help="start it in the background, or join it if it runs")
    stop = commands.add_parser("stop", help="end it; asks when jobs are active")
    stop.add_argument("--kill", action="store_true", help="end active jobs without asking")
    commands.add_parser("status", help="whether it runs, where, and with how many jobs")
    commands.add_parser("serve", help="run it in the foreground; jobs go on after ctrl+c")
    env = commands.add_parser("env", help="print the line that points the apolo command at it")
    env.add_argument("--path", type=Path, help="write the login to this folder instead")
    options = parser.parse_args(arguments)
    folder = LocalFolder.of_user(environ, home)
    try:
        match options.command:
            case "start":
                return _start(folder, terminal)
            case "stop":
                return _stop(folder, terminal, kill=options.kill)
            case "status":
                return _status(folder, terminal)
            case "serve":
                return _serve(folder, terminal)
            case _:
                return _env(folder, terminal, options.path)
    except BackgroundError as error:
        terminal.write(str(error))
        return 1


def local_login(environ: Mapping[str, str], home: Path) -> Path:
    """For `--local`: join the background platform, or start it, and return a login to it.

    Blocks for a second or so when it has to start. Raises ConfigError when it does not.
    """
    folder = LocalFolder.of_user(environ, home)
    try:
        return background.write_login_folder(
            background.start(folder), folder.login, now=time.time()
        )
    except BackgroundError as error:
        raise ConfigError(
            str(error), next_step="apolo-tui local serve runs it in the foreground."
        ) from error


@asynccontextmanager
async def demo_login() -> AsyncIterator[Path]:
    """For `--demo`: a throw-away platform in this event loop; a login to it.

    When the block is left nothing of it remains: no process, no socket, no file.
    """
    from apolo_tui.local.demo.platform import demo

    async with demo() as platform:
        yield platform.login_folder(platform.folder / "login")


def _start(folder: LocalFolder, terminal: Terminal) -> int:
    found = background.find(folder)
    access = found or background.start(folder)
    verb = "runs already" if found else "runs"
    terminal.write(f"The local platform {verb} at {access.url} (process {access.running.pid}).")
    terminal.write("Look at it with: apolo-tui --local")
    return 0


def _stop(folder: LocalFolder, terminal: Terminal, *, kill: bool) -> int:
    access = background.find(folder)
    if access is None:
        terminal.write("The local platform does not run.")
        return 0
    try:
        background.stop(access, kill=kill)
    except JobsActiveError as error:
        if not _confirmed(terminal, error.active):
            terminal.write(
                f"{_jobs(error.active)} active; nothing was stopped. "
                "To end them as well: apolo-tui local stop --kill"
            )
            return 1
        background.stop(access, kill=True)
    terminal.write("The local platform has ended.")
    return 0


def _confirmed(terminal: Terminal, active: int) -> bool:
    if not terminal.interactive():
        return False
    answer = terminal.ask(f"{_jobs(active)} active. End the platform and its jobs? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _jobs(count: int) -> str:
    return "1 job is" if count == 1 else f"{count} jobs are"


def _status(folder: LocalFolder, terminal: Terminal) -> int:
    access = background.find(folder)
    if access is None:
        terminal.write("The local platform does not run. Start it with: apolo-tui local start")
        return 1
    status = background.status(access)
    running = access.running
    terminal.write(f"The local platform runs at {access.url}")
    terminal.write(f"  version  {status.version}")
    terminal.write(f"  process  {running.pid}, since {running.started_at.astimezone():%x %X}")
    terminal.write(f"  folder   {folder.path}")
    jobs = ", ".join(f"{count} {name}" for name, count in sorted(status.jobs.items()))
    terminal.write(f"  jobs     {jobs or 'none is active'}")
    if status.ends_at is not None:
        terminal.write(f"  ends     {status.ends_at.astimezone():%x %X} if nothing happens")
    return 0


def _serve(folder: LocalFolder, terminal: Terminal) -> int:
    from apolo_tui.local import daemon

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        folder.create()
        daemon.take_lock(folder)
    except (OSError, daemon.AnotherServerError) as error:
        terminal.write(f"{error}.")
        return 1
    asyncio.run(
        daemon.run(
            folder,
            ready=lambda running: _say_served(running.url, terminal),
        )
    )
    return 0


def _say_served(url: str, terminal: Terminal) -> None:
    terminal.write(f"The local platform runs at {url}; ctrl+c ends it, jobs go on.")


def _env(folder: LocalFolder, terminal: Terminal, path: Path | None) -> int:
    access: Access = background.start(folder)
    chosen = folder.login if path is None else path.absolute()
    background.write_login_folder(access, chosen, now=time.time())
    terminal.write(f"export APOLO_CONFIG={shlex.quote(str(chosen))}")
    return 0
