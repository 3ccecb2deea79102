"""The background platform of a test's own home, as `apolo-tui --local` starts it."""

import os
import subprocess
from collections.abc import Sequence

from tests.e2e.tmux import SCRIPTS


def apolo_tui(*arguments: str, check: bool = True, within: float = 60.0) -> str:
    """Run the installed command in the test's environment; its output."""
    return run([str(SCRIPTS / "apolo-tui"), *arguments], check=check, within=within)


def apolo(*arguments: str, check: bool = True, within: float = 60.0) -> str:
    """Run the platform's own command against the background platform; its output."""
    login = apolo_tui("local", "env").strip().splitlines()[-1].partition("APOLO_CONFIG=")[2]
    command = [
        str(SCRIPTS / "apolo"),
        "--disable-pypi-version-check",
        "--skip-stats",
        *arguments,
    ]
    environ = {"APOLO_CONFIG": login.strip("'\"")}
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
