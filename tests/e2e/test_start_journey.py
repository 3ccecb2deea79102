"""One journey: start, watch, bump, rerun with a change, forward a port, kill."""

import asyncio
import os
import re
import shlex
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from apolo_tui.client.client import get
from apolo_tui.model.job import JobStatus
from tests.e2e.background import apolo_tui
from tests.e2e.test_journeys import COMMAND, answered, folder_of
from tests.e2e.tmux import Tmux
from tests.until import wait_until

pytestmark = pytest.mark.needs("tmux", "curl")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def local_port(text: str) -> int:
    """The port of the forward that is listed."""
    found = re.search(r"● up +127\.0\.0\.1:(\d+)", text)
    assert found is not None
    return int(found[1])


def curl(port: int) -> str:
    done = subprocess.run(
        ["curl", "-s", "-m", "5", f"http://127.0.0.1:{port}/"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    return done.stdout


def to_field(terminal: Tmux, name: str) -> None:
    """Go to a field of the form; what is typed before it has the focus goes elsewhere."""
    for _ in range(12):
        before = focused(terminal.text())
        if before == name:
            return
        terminal.keys("Tab")
        terminal.wait_until(partial(moved, before))
    raise AssertionError(f"no field {name}")


def moved(before: str, text: str) -> bool:
    return focused(text) not in ("", before)


def focused(text: str) -> str:
    """The label of the row that has the keys."""
    found = [line[1:] for line in text.splitlines() if line.lstrip().startswith(">")]
    return " ".join(found[0].lstrip("> ")[:11].split()) if found else ""


def test_start_watch_bump_rerun_forward_and_kill(
    background: None, home: Path, tmp_path: Path
) -> None:
    apolo_tui("local", "env")
    inside = free_port()
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("hello from the job")
    page = shlex.quote(str(tmp_path / "page"))
    server = f"{sys.executable} -m http.server {inside} --bind 127.0.0.1 --directory {page}"
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("live")
        # Start
        terminal.keys("n")
        terminal.wait_for(">image")
        terminal.type("ubuntu:22.04")
        terminal.wait_until(lambda text: "before it can be started" not in text)
        to_field(terminal, "command")
        terminal.type("sleep 600")
        to_field(terminal, "life span")
        terminal.keys("C-a", "C-k")
        terminal.wait_for("for as long as it runs")
        terminal.type("2h")
        terminal.wait_for("for 2h")
        terminal.keys("C-s")
        # Watch
        terminal.wait_for("It runs")
        terminal.keys("Escape")
        terminal.wait_for("●R job-")
        # Bump
        terminal.wait_for("1h59m")
        terminal.keys("+")
        terminal.wait_for("limit 2h → 3h")
        terminal.keys("Enter")
        terminal.wait_for("2h59m")
        # Rerun with one change
        terminal.keys("r")
        terminal.wait_for(">command")
        terminal.keys(*["BSpace"] * len("sleep 600"))
        terminal.wait_until(lambda text: "command     sleep" not in text)
        terminal.type(server)
        terminal.wait_for("- sleep 600")
        terminal.keys("C-s")
        terminal.wait_for("It runs")
        terminal.keys("Escape")
        wait_until(lambda: len(running(home)) == 2, within=20.0)
        # Forward
        terminal.wait_for("●R2")
        terminal.keys("F")
        terminal.wait_for("Forward a port of job-")
        terminal.keys("C-a", "C-k")
        terminal.wait_for("a port is a number from 1")
        terminal.type(str(inside))
        terminal.wait_for(f"port {inside} of the job")
        terminal.keys("Enter")
        # The job itself has that port here: the next one that is free leads to it.
        terminal.wait_for("● up")
        here = local_port(terminal.text())
        assert here != inside
        wait_until(lambda: curl(here) == "hello from the job", within=20.0, every=0.5)
        terminal.keys("Escape")
        # Kill
        terminal.wait_for("●R2")
        terminal.keys("K")
        terminal.wait_for("Kill job-")
        wait_until(lambda: answered(terminal, "!", "⊘C"), within=30.0, every=0.5)
        wait_until(lambda: len(running(home)) == 1, within=20.0)
        assert curl(here) == ""
        assert terminal.running


def running(home: Path) -> list[str]:
    """The ids of the jobs that run, as the platform itself tells them."""

    async def ask() -> list[str]:
        async with get(folder_of(home).login, environ={}) as client, client.jobs.list() as jobs:
            return [job.id async for job in jobs if job.status is JobStatus.RUNNING]

    return asyncio.run(ask())
