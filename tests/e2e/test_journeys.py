"""Journeys of a user: the installed command in tmux, on the background platform."""

import asyncio
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest

from apolo_tui.client.client import get
from apolo_tui.local import background as platforms
from apolo_tui.local.folder import LocalFolder
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobStatus
from tests.e2e.background import apolo, apolo_tui, login_folder
from tests.e2e.tmux import SCRIPTS, Tmux
from tests.screens.rows import row
from tests.until import until, wait_until

COMMAND = str(SCRIPTS / "apolo-tui")
pytestmark = pytest.mark.needs("tmux")


def folder_of(home: Path) -> LocalFolder:
    return LocalFolder.of_user(os.environ, home)


def start_jobs(home: Path, *names: str, life_span: float = 3600.0) -> None:
    """Real jobs on the background platform of the test's home."""

    async def run() -> None:
        async with get(folder_of(home).login, environ={}) as client:
            preset = min(client.config.presets.values(), key=lambda preset: preset.cpu).name
            for name in names:
                job = await client.jobs.start(
                    image=RemoteImage(name="ubuntu"),
                    preset_name=preset,
                    name=name,
                    command="sleep 600",
                    life_span=life_span,
                )

                async def runs(job_id: str = job.id) -> bool:
                    return (await client.jobs.status(job_id)).status is JobStatus.RUNNING

                await until(runs, within=30.0)

    apolo_tui("local", "env")
    asyncio.run(run())


def statuses(home: Path) -> dict[str, JobStatus]:
    """What the platform itself says of the jobs."""

    async def run() -> dict[str, JobStatus]:
        async with get(folder_of(home).login, environ={}) as client, client.jobs.list() as jobs:
            return {str(job.name): job.status async for job in jobs}

    return asyncio.run(run())


@pytest.fixture(scope="module")
def shared_jobs(platform_environ: dict[str, str]) -> None:
    """Two jobs that all tests of the module look at; who changes one starts one of its own."""
    with patch.dict(os.environ, platform_environ):
        start_jobs(Path(platform_environ["HOME"]), "train-resnet", "notebook")


@pytest.fixture
def jobs(
    shared_jobs: None,
    platform_environ: dict[str, str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The shared platform, seen from a home in which nothing is remembered yet."""
    for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, platform_environ[name])
    return home


def leave(terminal: Tmux) -> None:
    """`q` leaves the list."""
    terminal.keys("q")
    terminal.wait_until(lambda _: not terminal.running, what="the end of the dashboard")
    assert terminal.exit_code == 0


def test_look_around_and_leave(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("train-resnet")
        terminal.wait_for("live")
        assert all(len(line) <= 80 for line in terminal.lines())
        terminal.keys("?")
        terminal.wait_for("keys that work here")
        terminal.keys("Escape")
        terminal.wait_until(lambda text: "keys that work here" not in text)
        terminal.wait_for("train-resnet")
        leave(terminal)


def test_filter_sort_and_find_it_again(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("notebook")
        # As somebody types who does not wait for the screen.
        terminal.type("/train\r")
        terminal.wait_until(lambda text: "notebook" not in text)
        terminal.type(":sort name\r")
        terminal.wait_for("sort:NAME↑")
        terminal.keys("i")
        terminal.wait_for("sort:NAME↓")
        leave(terminal)
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("sort:NAME↓")
        text = terminal.wait_for("/train")
        assert "notebook" not in text
        terminal.keys("Escape")
        terminal.wait_for("notebook")


def test_a_small_terminal_has_everything_that_matters(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=60, rows=16) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("train-resnet")
        terminal.wait_for("live")
        assert all(len(line) <= 60 for line in terminal.lines())
        terminal.keys("/")
        terminal.wait_for("filter: ")
        terminal.type("note")
        terminal.keys("Enter")
        terminal.wait_until(lambda text: "train-resnet" not in text)
        terminal.keys("Enter")
        terminal.wait_for("sleep 600")
        # Right behind an escape a key would be one with alt.
        terminal.keys("Escape")
        terminal.wait_until(lambda text: "[Overview]" not in text)
        terminal.keys("K")
        terminal.wait_for("Kill notebook?")
        terminal.keys("Escape")
        terminal.resize(50, 8)
        terminal.wait_until(lambda text: "notebook" in text and "Kill" not in text)
        leave(terminal)
    assert statuses(jobs)["notebook"] is JobStatus.RUNNING


def test_kill_with_a_second_thought(jobs: Path, tmp_path: Path) -> None:
    start_jobs(jobs, "wasteful")
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local --filter wasteful")
        terminal.wait_for("●R wasteful")
        terminal.keys("K")
        terminal.wait_for("Kill wasteful?")
        terminal.keys("Enter")
        terminal.wait_until(lambda text: "Kill wasteful?" not in text)
        terminal.keys("K")
        terminal.wait_for("Kill wasteful?")
        wait_until(lambda: answered(terminal, "y", "Killing 1 job"), within=20.0, every=0.5)
        terminal.keys("U")
        terminal.wait_for("lives on")
        assert statuses(jobs)["wasteful"] is JobStatus.RUNNING
        terminal.keys("K")
        terminal.wait_for("Kill wasteful?")
        wait_until(lambda: answered(terminal, "y", "Killing 1 job"), within=20.0, every=0.5)
        terminal.wait_for("⊘C")
        assert statuses(jobs)["wasteful"] is JobStatus.CANCELLED


def answered(terminal: Tmux, key: str, shown: str) -> bool:
    """Press a key until it has had its effect: right after it opens, a dialog ignores a repeat."""
    if shown in terminal.text():
        return True
    if "?" in terminal.text() and "y yes" in terminal.text():
        terminal.keys(key)
    return shown in terminal.text()


def test_bump_from_the_list(jobs: Path, tmp_path: Path) -> None:
    start_jobs(jobs, "short-lived")
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local --filter short-lived")
        terminal.wait_for("0h59m")
        terminal.keys("+")
        terminal.wait_for("limit 1h → 2h")
        terminal.keys("Enter")
        terminal.wait_for("1h59m")


def test_the_detail_of_a_job(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=120, rows=40) as terminal:
        terminal.run(f"{COMMAND} --local train-resnet")
        terminal.wait_for("[Overview]")
        terminal.wait_for("sleep 600")
        terminal.keys("y")
        terminal.wait_for("name: train-resnet")
        terminal.keys("q")
        terminal.wait_for("Jobs ")


def test_a_cut_in_the_middle(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("live")
        access = platforms.find(folder_of(jobs))
        assert access is not None
        os.kill(access.running.pid, signal.SIGSTOP)
        try:
            text = terminal.wait_for("STALE", within=60.0)
            assert "train-resnet" in text
            terminal.keys("j")
            terminal.keys("/")
            terminal.wait_for("filter: ")
            terminal.type("note")
            terminal.wait_until(lambda text: "train-resnet" not in text.split("filter")[0])
            terminal.keys("Escape")
        finally:
            os.kill(access.running.pid, signal.SIGCONT)
        terminal.wait_for("live", within=60.0)
        terminal.wait_for("train-resnet")


@row("R5")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_the_terminal_sane_and_a_report(
    jobs: Path, tmp_path: Path, name: str
) -> None:
    script = tmp_path / "session.sh"
    script.write_text(
        "stty -a > before\n"
        f"sh -c 'echo $$ > pid; exec {COMMAND} --local'\n"
        "echo code $?\nstty -a > after\nsleep 1000\n"
    )
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"sh {script}")
        terminal.wait_for("train-resnet")
        terminal.wait_for("live")
        number = getattr(signal, name)
        os.kill(int((tmp_path / "pid").read_text()), number)
        text = terminal.wait_for(f"code {128 + number}", within=60.0)
        assert f"apolo-tui ended: {name}" in text
        after = tmp_path / "after"
        wait_until(lambda: after.exists() and after.read_text(), within=20.0)
        assert after.read_text() == (tmp_path / "before").read_text()
    reports = list((jobs / ".local/state/apolo-tui/reports").glob("report-*.txt"))
    assert len(reports) == 1
    text = reports[0].read_text()
    assert f"reason {name}" in text
    assert "eyJ" not in text
    assert reports[0].stat().st_mode & 0o077 == 0


@row("I2")
def test_flags(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        flags = "--cluster local --org local --project default --readonly --ascii"
        terminal.run(f"{COMMAND} --local {flags} --theme mono --refresh 3")
        terminal.wait_for("train-resnet")
        text = terminal.wait_for("RO")
        assert text.isascii(), {letter for letter in text if not letter.isascii()}
        terminal.keys("K")
        terminal.wait_for("read-only")
        styled = terminal.text(styles=True)
        assert "\x1b[38;" not in styled
        assert "\x1b[48;" not in styled
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local --cluster nowhere")
        terminal.wait_for("nowhere")


@row("I2")
def test_a_flag_goes_before_the_file_and_takes_another_place(jobs: Path, tmp_path: Path) -> None:
    own = jobs / ".config/apolo-tui/config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("readonly = true\nrefresh = 600\n")
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local --write --refresh 2 --project elsewhere")
        text = terminal.wait_for("local/local/elsewhere")
        assert " RO " not in text
        # Asked for every two seconds, the list is never as old as this.
        terminal.wait_for("live 1.")
        terminal.wait_for("live 0.")
    for flag in ("--org", "--project"):
        listed = apolo_tui("ps", "--local", flag, "elsewhere", check=False)
        assert "train-resnet" not in listed


@row("K1")
def test_the_login_of_the_apolo_command_serves_and_its_own_file_configures(
    jobs: Path, tmp_path: Path
) -> None:
    own = jobs / ".config/apolo-tui/config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("readonly = true\n")
    login = login_folder()
    before = contents(login)
    environ = {"APOLO_CONFIG": str(login)}
    with Tmux(tmp_path, columns=80, rows=24, environ=environ) as terminal:
        terminal.run(COMMAND)
        terminal.wait_for("train-resnet")
        terminal.wait_for(" RO ")
        terminal.type(":theme light\r")
        terminal.keys("w", "u")
        terminal.wait_for("mine")
        leave(terminal)
    assert contents(login) == before
    assert "train-resnet" in apolo("ps")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder, without those that a database keeps while it is open."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in (".db-wal", ".db-shm")
    }


@row("I1")
def test_it_begins_where_the_command_line_says(jobs: Path, tmp_path: Path) -> None:
    for options, shown in (
        ("--filter note", ("/note", "notebook")),
        ("--view 3", ("No job in this view (Failed 24h)",)),
        ("train-resnet --logs", ("train-resnet", "since 15m", "n next")),
        ("job:notebook --shell", ("KEYS GO TO JOB", "notebook")),
    ):
        with Tmux(tmp_path, columns=80, rows=24) as terminal:
            terminal.run(f"{COMMAND} --local {options}")
            for words in shown:
                terminal.wait_for(words)


COLOURS = re.compile(r"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[\d;]*m")


@row("K3", "T9")
def test_a_terminal_without_colours_and_one_without_utf_8(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"env NO_COLOR=1 {COMMAND} --local")
        terminal.wait_for("●R train-resnet")
        styled = terminal.text(styles=True)
        assert not COLOURS.search(styled)
        assert "\x1b[7m" in styled or "\x1b[1;7m" in styled, "the cursor"
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"env LANG=C {COMMAND} --local")
        text = terminal.wait_for("*R train-resnet")
        assert text.isascii(), {letter for letter in text if not letter.isascii()}
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("●R train-resnet")
        assert COLOURS.search(terminal.text(styles=True))


@row("Y5")
def test_f2_gives_the_mouse_to_the_terminal_and_takes_it_back(jobs: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"{COMMAND} --local")
        terminal.wait_for("train-resnet")
        wait_until(lambda: "mouse_any_flag" in terminal.modes)
        terminal.keys("F2")
        wait_until(lambda: "mouse_any_flag" not in terminal.modes)
        terminal.keys("F2")
        wait_until(lambda: "mouse_any_flag" in terminal.modes)


def test_the_first_run_without_a_login(home: Path, tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(COMMAND)
        terminal.wait_for("apolo login")
        terminal.wait_for("apolo-tui --local")
        leave(terminal)


@row("I3")
def test_ps_for_scripts(jobs: Path) -> None:
    listed = json.loads(apolo_tui("ps", "--local", "--json"))
    found = {job["name"]: job for job in listed["jobs"]}
    assert found.keys() >= {"train-resnet", "notebook"}
    job = found["train-resnet"]
    assert job["status"] == "running"
    assert job["telemetry"]["memory_bytes"] > 0
    assert float(job["credits"]) >= 0
    assert 0 < job["time_left"] <= 3600
    table = apolo_tui("ps", "--local")
    assert "train-resnet" in table
    assert "CPU" in table.splitlines()[0]


def test_without_a_terminal_it_prints_the_list_and_exits_with_2(jobs: Path) -> None:
    done = piped("--local")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "needs a terminal" in line
    assert "train-resnet" in done.stdout
    assert done.stdout.split()[0] == "NAME"


def test_without_a_terminal_and_a_login_it_says_what_to_do(home: Path) -> None:
    done = piped()
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "apolo login" in done.stderr + done.stdout


def piped(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The dashboard as `apolo-tui </dev/null | cat` runs it."""
    return subprocess.run(
        [COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@row("I7")
def test_doctor(jobs: Path) -> None:
    text = apolo_tui("doctor", "--local")
    for name in ("login", "platform", "jobs", "websockets", "config", "state"):
        assert any(line.split()[:2] == ["ok", name] for line in text.splitlines()), text
    for name in ("clipboard", "terminal", "colours", "characters"):
        assert any(line.split()[1] == name for line in text.splitlines()), text


@row("I7")
def test_doctor_fails_without_a_login(home: Path) -> None:
    done = piped("doctor")
    assert any(line.split()[:2] == ["fail", "login"] for line in done.stdout.splitlines())
    assert done.returncode == 1


def test_a_stop_that_nobody_announced_is_survived(jobs: Path, tmp_path: Path) -> None:
    """SIGSTOP cannot be caught: what comes after it finds the terminal set up already."""
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"sh -c 'stty -a > before; {COMMAND} --local; stty -a > after; sleep 1000'")
        terminal.wait_for("train-resnet")
        (dashboard,) = (
            child
            for child in psutil.Process(terminal.pid).children(recursive=True)
            if "apolo-tui" in child.name()
        )
        for _ in range(2):
            dashboard.suspend()
            wait_until(lambda: dashboard.status() == psutil.STATUS_STOPPED)
            before = terminal.text()
            dashboard.resume()
            # What is typed before the terminal is set up again is thrown away.
            terminal.wait_until(lambda text: text != before)  # noqa: B023 - called at once
            terminal.keys("?")
            terminal.wait_for("keys that work here")
            terminal.keys("Escape")
            terminal.wait_until(lambda text: "keys that work here" not in text)
            terminal.wait_for("train-resnet")
        terminal.keys("q")
        after = tmp_path / "after"
        wait_until(lambda: after.exists() and after.read_text(), within=60.0)
        assert after.read_text() == (tmp_path / "before").read_text()
