"""One journey: start, watch, bump, rerun with a change, forward a port, kill."""

import asyncio
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from apolo_tui.client.client import get
from apolo_tui.model.job import JobStatus
from tests.e2e.background import apolo_tui
from tests.e2e.test_journeys import COMMAND, answered, folder_of
from tests.e2e.tmux import Tmux
from tests.until import wait_until

pytestmark = pytest.mark.needs("tmux", "curl")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


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
        terminal.wait_until(lambda text, before=before: focused(text) not in ("", before))
    raise AssertionError(f"no field {name}")


def focused(text: str) -> str:
    """The label of the row that has the keys."""
    found = [line[1:] for line in text.splitlines() if line.lstrip().startswith(">")]
    return " ".join(found[0].lstrip("> ")[:11].split()) if found else ""


def test_start_watch_bump_rerun_forward_and_kill(
    background: None, home: Path, tmp_path: Path
) -> None:
    apolo_tui("local", "env")
    inside, here = free_ports(2)
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("hello from the job")
    server = f"{sys.executable} -m http.server {inside} --bind 127.0.0.1 --directory"
    served = shlex.quote(str(tmp_path / "page"))
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("live")
        # Start
        terminal.keys("n")
        terminal.wait_for("New job")
        terminal.wait_for(">image")
        terminal.type("ubuntu:22.04")
        terminal.wait_until(lambda text: "before it can be started" not in text)
        to_field(terminal, "command")
        terminal.type(f"{server} /nowhere")
        to_field(terminal, "name")
        terminal.type("web")
        to_field(terminal, "life span")
        terminal.keys("C-a", "C-k")
        terminal.type("2h")
        terminal.wait_for("for 2h")
        terminal.keys("C-s")
        # Watch: the folder is not there, so the server ends at once.
        terminal.wait_for("Starting web")
        terminal.keys("Escape")
        terminal.wait_for("✗F web")
        # Rerun with one change
        terminal.keys("r")
        terminal.wait_for(">command")
        terminal.keys("C-End", *["BSpace"] * len("/nowhere"))
        terminal.type(served)
        terminal.wait_for("- --directory /nowhere")
        terminal.keys("C-s")
        terminal.wait_for("It runs")
        terminal.keys("Escape")
        terminal.wait_for("●R web")
        wait_until(lambda: statuses_of(home) == {JobStatus.FAILED, JobStatus.RUNNING})
        # Bump
        terminal.wait_for("1h59m")
        terminal.keys("+")
        terminal.wait_for("limit 2h → 3h")
        terminal.keys("Enter")
        terminal.wait_for("2h59m")
        # Forward
        terminal.keys("F")
        terminal.wait_for("Forward a port of web")
        terminal.keys("C-a", "C-k")
        terminal.type(str(inside))
        terminal.keys("Tab", "C-a", "C-k")
        terminal.type(str(here))
        terminal.keys("Enter")
        terminal.wait_for("● up")
        wait_until(lambda: curl(here) == "hello from the job", within=20.0, every=0.5)
        terminal.wait_for(f"127.0.0.1:{here}")
        terminal.keys("Escape")
        # Kill
        terminal.keys("K")
        terminal.wait_for("Kill web?")
        wait_until(lambda: answered(terminal, "!", "⊘C"), within=30.0, every=0.5)
        terminal.wait_for("⊘C")
        assert terminal.running


def statuses_of(home: Path) -> set[JobStatus]:
    """Of both runs, which have one name."""

    async def run() -> set[JobStatus]:
        async with get(folder_of(home).login, environ={}) as client, client.jobs.list() as jobs:
            return {job.status async for job in jobs}

    return asyncio.run(run())
