"""The log of a job on its page and in the detail pane, on real output of real processes."""

import asyncio
import base64
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Cut
from apolo_tui.model.job import JobRestartPolicy, JobStatus
from apolo_tui.model.logs import Gap
from apolo_tui.screens.job_log import JobLog
from apolo_tui.screens.logs import LogsPage
from apolo_tui.store.connection import Connection
from apolo_tui.widgets.log_view import LogView
from tests.screens.dashboard import Dashboard, dashboard, rewritten, start
from tests.screens.rows import row


def sh(script: str) -> str:
    """A command that runs a shell script."""
    return f"sh -c {shlex.quote(script)}"


def py(program: str) -> str:
    """A command that runs a Python program."""
    return f"python3 -c {shlex.quote(program)}"


class Log:
    """An open log in a test."""

    def __init__(self, board: Dashboard) -> None:
        self.board = board

    @property
    def pane(self) -> JobLog:
        return self.board.app.screen.query_one(JobLog)

    @property
    def view(self) -> LogView:
        return self.pane.view

    @property
    def text(self) -> str:
        return self.view.visible_text

    @property
    def rows(self) -> list[str]:
        return self.text.splitlines()

    @property
    def title(self) -> str:
        return self.pane._title.text

    async def press(self, *keys: str) -> None:
        await self.board.pilot.press(*keys)
        await self.board.pilot.pause()

    async def shows(self, *words: str) -> str:
        return await self.board.shows(*words)

    async def has(self, lines: int) -> None:
        """Wait for so many lines."""
        await self.board.until(lambda: self.view.store.end > lines, what=f"{lines} lines")


@asynccontextmanager
async def log_of(
    folder: Path,
    platform: local.Platform,
    client: Client,
    command: str,
    *,
    wait: JobStatus | None = JobStatus.SUCCEEDED,
    size: tuple[int, int] = (80, 24),
    environ: dict[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[Log]:
    """A job that runs `command`, and its log over the whole screen."""
    job = await start(client, "noisy", command, wait=wait, **options)
    async with dashboard(folder, platform=platform, size=size, environ=environ) as board:
        await board.until(lambda: board.app.main is not None)
        board.app.open_logs([job])
        await board.until(lambda: isinstance(board.app.screen, LogsPage))
        await board.pilot.pause()
        yield Log(board)


async def test_a_finished_job_shows_its_output(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    async with log_of(tmp_path / "x", platform, client, "seq 1 300") as log:
        await log.shows("300")
        await log.shows("noisy", "ended", "300 lines", "-0 dropped")
        assert re.fullmatch(r"\d\d:\d\d:\d\d 300", log.rows[-1])


async def test_a_running_job_is_followed(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = sh("i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.05; done")
    async with log_of(tmp_path / "x", platform, client, command, wait=JobStatus.RUNNING) as log:
        await log.shows("noisy", "follow")
        await log.has(5)
        before = log.view.store.end
        await log.board.until(lambda: log.view.store.end > before + 3)
        assert log.view.following


@row("G4")
async def test_scrolling_up_stops_and_g_goes_on(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = sh(
        "seq -f 'old line %g of a job that goes on for long' 200;"
        "while true; do echo new line; sleep 0.05; done"
    )
    async with log_of(tmp_path / "x", platform, client, command, wait=JobStatus.RUNNING) as log:
        await log.shows("new line")
        await log.press("right", "pageup", "pageup")
        rows, pan = log.rows, log.view._pan
        assert pan > 0
        before = log.view.store.end
        await log.board.until(lambda: log.view.store.end > before + 5)
        await log.shows("↓", "new")
        assert log.rows == rows
        await log.press("G")
        assert log.view.following
        await log.board.until(lambda: log.view.store.end > before + 10)
        assert log.rows[-1].endswith("new line")
        assert log.view._pan == pan
        await log.press("s")
        assert not log.view.following
        await log.press("s")
        assert log.view.following


@row("G5")
async def test_search(tmp_path: Path, platform: local.Platform, client: Client) -> None:
    command = sh("seq -f 'step %g' 400; seq -f Check%g 3")
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("403 lines")
        await log.press("slash", *"check\\d", "enter")
        await log.shows("3/3")
        await log.press("N")
        await log.shows("2/3")
        await log.press("n", "n")
        await log.shows("1/3")
        await log.press("x")
        assert [row[9:] for row in log.rows] == ["Check1", "Check2", "Check3"]
        await log.press("exclamation_mark")
        await log.board.until(lambda: "Check" not in log.text and "step" in log.text)
        await log.press("exclamation_mark", "x")
        await log.board.until(lambda: "step 400" in log.text and "Check1" in log.text)
        await log.press("escape")
        assert log.view.search.query is None
        await log.press("slash", *"!step", "enter", "x")
        await log.board.until(
            lambda: [row[9:] for row in log.rows] == ["Check1", "Check2", "Check3"]
        )
        await log.press("slash", "up", "up", "enter")
        await log.board.until(
            lambda: str(log.view.search.query and log.view.search.query.text) == "check\\d"
        )
        await log.press("escape", "escape")
        await log.board.until(lambda: not isinstance(log.board.app.screen, LogsPage))


async def test_only_matches_follows_new_lines(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = sh("i=0; while true; do i=$((i+1)); echo keep $i; echo drop $i; sleep 0.05; done")
    async with log_of(tmp_path / "x", platform, client, command, wait=JobStatus.RUNNING) as log:
        await log.has(6)
        await log.press("slash", *"keep", "enter", "x", "G")
        before = log.view.store.end
        await log.board.until(lambda: log.view.store.end > before + 20)
        assert "drop" not in log.text
        assert log.rows[-1][9:].startswith("keep ")


@row("G6")
async def test_progress_is_one_line(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    program = (
        "import sys,time\n"
        "for i in range(201):\n"
        "    sys.stderr.write('\\rtraining: %3d%%|####| %d/200' % (i/2, i)); sys.stderr.flush()\n"
        "    time.sleep(0.002)\n"
        "sys.stderr.write('\\n'); print('done')\n"
    )
    command = py(program)
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("ended", "2 lines")
        assert [row[9:] for row in log.rows] == ["training: 100%|####| 200/200", "done"]
        await log.press("R", "w", "g")
        await log.board.until(lambda: "␍training:   1%" in log.text.replace("\n", ""))


@row("G8")
async def test_levels_errors_and_tracebacks(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    program = (
        "import logging,time\nlogging.basicConfig(level=10)\n"
        "for i in range(100): logging.info('step %d', i)\n"
        "try:\n    {}['missing']\nexcept KeyError: logging.exception('lookup')\n"
        "for i in range(100): logging.info('later %d', i)\n"
        "raise SystemError('the end')\n"
    )
    command = py(program)
    async with log_of(tmp_path / "x", platform, client, command, wait=JobStatus.FAILED) as log:
        await log.shows("ended", "207 lines")
        await log.press("E")
        assert log.view._lines.text(log.view.cursor) == "Traceback (most recent call last):"
        await log.press("E")
        assert log.view._lines.text(log.view.cursor) == "ERROR:root:lookup"
        await log.press("c")
        copied = decoded(log.board.clipboard.sent[-1])
        assert copied.splitlines()[0] == "ERROR:root:lookup"
        assert copied.splitlines()[-1] == "KeyError: 'missing'"
        await log.press("e")
        assert "the end" in log.text
        assert any(cell.error for cell in log.view._bar_cells())


def decoded(sequence: str) -> str:
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\a", sequence)
    assert found is not None, sequence
    return base64.b64decode(found[1]).decode()


@row("G11")
async def test_copying_a_block_and_a_selection(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    async with log_of(tmp_path / "x", platform, client, "seq -f 'line %g' 100") as log:
        await log.shows("100 lines")
        await log.press("k", "m", "k", "k")
        await log.shows("3 marked")
        await log.press("c")
        assert decoded(log.board.clipboard.sent[-1]) == "line 97\nline 98\nline 99"
        pilot = log.board.pilot
        await pilot.mouse_down(LogView, offset=(9 + 2, 3))
        await pilot.hover(LogView, offset=(9 + 4, 4))
        await pilot.mouse_up(LogView, offset=(9 + 4, 4))
        first, second = (row[9:] for row in log.rows[3:5])
        await log.press("ctrl+c")
        assert decoded(log.board.clipboard.sent[-1]) == f"{first[2:]}\n{second[:4]}"
        assert not log.view.has_selection


async def test_what_is_too_long_to_copy_goes_to_a_file(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = py("print('x' * 100_000)")
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("1 line ")
        sent = len(log.board.clipboard.sent)
        await log.press("c")
        await log.board.says("Too long for the clipboard")
        assert len(log.board.clipboard.sent) == sent


@row("G3", "G9", "G10")
async def test_look_back_pretty_wrap_and_times(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    program = (
        "import json\n"
        "for n in range(3): print(json.dumps(dict(ts=n, level='info', msg='m%d' % n, a=[1])))\n"
        "print('level=warn msg=\"disk is slow\" took=3s'); print('y' * 200)"
    )
    command = py(program)
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("5 lines")
        await log.press("p")
        await log.shows("info m2")
        await log.shows("warn disk is slow")
        await log.shows("took: 3s")
        await log.press("p", "w")
        assert len([row for row in log.rows if "yyy" in row]) == 3
        await log.press("t", "t")
        assert (
            log.rows[0].lstrip().startswith(("now", "0s", "1s", "2s", "3s")) or "s {" in log.rows[0]
        )
        await log.press("t")
        assert log.rows[0].startswith("{")
        await log.press("5")
        await log.shows("since 1h", "5 lines")
        await log.press("9")
        await log.shows("all", "5 lines")


@row("G15")
async def test_restarts_are_marked_and_jumped_to(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = sh("seq -f begin-%g 60; exit 3")
    async with log_of(
        tmp_path / "x",
        platform,
        client,
        command,
        wait=None,
        restart_policy=JobRestartPolicy.ON_FAILURE,
    ) as log:
        await log.board.until(lambda: log.view._marks.restarts(), within=30)
        await log.press("g")
        assert log.view.cursor == 0
        await log.press("right_curly_bracket")
        assert log.view.cursor == 60
        assert log.rows[0].startswith("════ restart #1")
        await log.press("left_curly_bracket")
        assert log.view.cursor == 0


@row("G16")
async def test_an_empty_log_says_why(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    async with log_of(tmp_path / "x", platform, client, "true") as log:
        await log.shows("The job has printed nothing")
    async with log_of(tmp_path / "y", platform, client, "sleep 100", wait=JobStatus.RUNNING) as log:
        await log.shows("No output yet")


async def test_pausing(tmp_path: Path, platform: local.Platform, client: Client) -> None:
    command = sh("i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.05; done")
    async with log_of(tmp_path / "x", platform, client, command, wait=JobStatus.RUNNING) as log:
        await log.has(3)
        await log.press("P")
        await log.shows("paused")
        feed = log.pane.feed
        assert feed is not None
        end = log.view.store.end
        await asyncio.sleep(0.3)
        assert log.view.store.end <= end + 20
        await log.press("P")
        await log.board.until(lambda: log.view.store.end > end + 5)
        raw = [log.view._lines.text(number) for number in range(log.view.store.end)]
        assert raw == [f"tick {number + 1}" for number in range(len(raw))]


@row("G12")
async def test_saving(tmp_path: Path, platform: local.Platform, client: Client, home: Path) -> None:
    output = b"a\rb\n\x1b[31mred\x1b[0m\nlast \xff"
    command = py(f"import sys; sys.stdout.buffer.write({output!r})")
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("3 lines")
        await log.press("S")
        await log.board.says("3 lines written to")
        saved = home / ".local/state/apolo-tui/logs/noisy.log"
        assert saved.read_bytes() == output + b"\n"
        await log.press("ctrl+s")
        await log.board.says("noisy-shown.log")
        shown = home / ".local/state/apolo-tui/logs/noisy-shown.log"
        assert shown.read_text("utf-8").splitlines()[-1] == "last \ufffd"


async def test_the_detail_pane_shows_the_log_of_the_cursors_job(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    await start(client, "one", "sh -c 'echo from one; sleep 100'")
    await start(client, "two", "sh -c 'echo from two; sleep 100'")
    async with dashboard(tmp_path / "x", platform=platform, size=(120, 40)) as board:
        await board.select("one")
        board.main.show_tab("spec")
        await board.until(lambda: not board.app.workspace.logs.open)
        board.main.show_tab("logs")
        await board.shows("from one")
        await board.select("two")
        await board.shows("from two")
        assert board.app.workspace.logs.open == (board.job("two").id,)
        board.main.show_tab("spec")
        await board.until(lambda: not board.app.workspace.logs.open)


async def test_the_end_of_the_log_is_below_the_overview(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    await start(client, "one", "sh -c 'echo one says $((6 * 7)); sleep 100'")
    await start(client, "two", "sh -c 'echo two says $((6 * 8)); sleep 100'")
    async with dashboard(tmp_path / "x", platform=platform, size=(120, 40)) as board:
        logs = board.app.workspace.logs
        await board.select("one")
        await board.shows("one says 42")
        assert "[Overview]" in board.text
        assert logs.open == (board.job("one").id,)
        await board.select("two")
        await board.shows("two says 48")
        await board.until(lambda: logs.open == (board.job("two").id,))
        await board.press("z")
        await board.until(lambda: not logs.open)
        await board.press("z")
        await board.until(lambda: logs.open == (board.job("two").id,))


@pytest.mark.parametrize(("size", "seen"), [((80, 24), True), ((60, 16), False)])
async def test_the_strip_ends_with_the_end_of_the_log(
    tmp_path: Path,
    platform: local.Platform,
    client: Client,
    size: tuple[int, int],
    seen: bool,
) -> None:
    output = r"first\n\033[31msecond\033[0m\n 10%%\r 90%%\nlast\n"
    await start(client, "one", "sh -c " + shlex.quote(f"printf '{output}'; sleep 100"))
    async with dashboard(tmp_path / "x", platform=platform, size=size) as board:
        logs = board.app.workspace.logs
        await board.select("one")
        if not seen:
            await board.shows("one")
            await board.settle()
            assert not logs.open
            return
        await board.shows(" 90%")
        await board.shows(" last")
        assert logs.open == (board.job("one").id,)
        await board.press("m")
        await board.until(lambda: not logs.open)


@pytest.mark.parametrize("size", [(60, 16), (200, 60)])
async def test_every_size(
    tmp_path: Path, platform: local.Platform, client: Client, size: tuple[int, int]
) -> None:
    async with log_of(
        tmp_path / "x", platform, client, "seq -f 'line %g with some more text' 100", size=size
    ) as log:
        await log.shows("line 100")
        lines = log.board.text.splitlines()
        assert len(lines) == size[1]
        assert all(len(line) <= size[0] for line in lines)
        assert "quit" in lines[-1] or "follow" in lines[-1] or "help" in lines[-1]


@row("G14")
async def test_after_a_cut_nothing_is_missing_or_twice(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = sh("i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.01; done")
    async with log_of(tmp_path / "x", platform, client, command, wait=JobStatus.RUNNING) as log:
        await log.has(20)
        with platform.faults.active("log_ws", Cut()):
            await log.shows("reconnecting")
        end = log.view.store.end
        await log.board.until(lambda: log.view.store.end > end + 50)
        ticks = [log.view._lines.text(number) for number in range(log.view.store.end)]
        assert ticks == [f"tick {number + 1}" for number in range(len(ticks))]
        await log.press("slash", *"tick 1$", "enter", "G")
        assert any(isinstance(mark, Gap) for mark in log.view._marks.between(0, end + 60))


@row("G2")
async def test_a_log_is_first_asked_for_its_end(
    tmp_path: Path, platform: local.Platform, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monitor = Connection.monitor

    def noted(self: Connection, job_id: str, **options: Any) -> Any:
        asked.append(options)
        return monitor(self, job_id, **options)

    monkeypatch.setattr(Connection, "monitor", noted)
    job = await start(client, "long", "sleep 100")
    begun = datetime.now(UTC) - timedelta(hours=3)
    rewritten(platform, "long", history__created_at=begun.isoformat())
    async with dashboard(tmp_path / "x", platform=platform) as board:
        await board.select("long")
        board.app.open_logs([board.job("long")])
        await board.until(lambda: asked)
        assert job.id == board.job("long").id
        since = asked[0]["since"]
        assert timedelta(minutes=14) < datetime.now(UTC) - since < timedelta(minutes=16)
        assert asked[0]["timestamps"] is True
        await board.until(lambda: asked[-1]["since"] is None)
        assert len({options["separator"] for options in asked}) == len(asked)


@row("G18")
async def test_the_pager_reads_the_log(
    tmp_path: Path, platform: local.Platform, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "paged.txt"
    reader = tmp_path / "reader"
    reader.write_text(f"#!/bin/sh\nhead -n 3 > {saved}\n")
    reader.chmod(0o755)
    environ = {"PAGER": str(reader), "PATH": "/usr/bin:/bin", "TERM": "xterm-256color"}
    command = py(
        r"print('\x1b[31mred\x1b[0m \x1b]0;title\x07x'); print(' 1%\r 2%'); print(3); print(4)"
    )
    async with log_of(tmp_path / "x", platform, client, command, environ=environ) as log:
        await log.shows("4 lines")
        monkeypatch.setattr(type(log.board.app), "suspend", suspended)
        await log.press("v")
        await log.board.until(lambda: saved.exists() and saved.read_text().count("\n") == 3)
        assert saved.read_text() == "\x1b[31mred\x1b[0m x\x1b[0m\n 2%\n3\n"
        await log.press("j")


@contextmanager
def suspended(app: object) -> Iterator[None]:
    """Textual's test driver cannot be suspended."""
    yield


async def test_a_hundred_thousand_numbers_through_cuts_are_saved_once(
    tmp_path: Path, platform: local.Platform, client: Client, home: Path
) -> None:
    """The long one, with two million, is benchmarks/log_loss.py."""
    async with log_of(tmp_path / "x", platform, client, "seq 1 100000") as log:
        await log.press("9")
        rules = [platform.faults.add("log_ws", Cut(after), times=1) for after in (2, 1, 3, 2)]
        await log.press("S")
        await log.board.says("100 000 lines written to")
        for rule in rules:
            platform.faults.remove(rule)
        saved = home / ".local/state/apolo-tui/logs/noisy.log"
        assert saved.read_bytes() == b"".join(b"%d\n" % n for n in range(1, 100_001))
        await log.shows("100 000 lines", "-0 dropped")
