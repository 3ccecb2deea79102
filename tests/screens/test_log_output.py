"""The log of jobs that print what programs really print, good and bad."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.model.cells import width
from apolo_tui.screens.logs import LogsPage
from tests.screens.dashboard import dashboard, start
from tests.screens.rows import row
from tests.screens.test_logs import Log, log_of, py, sh

HOSTILE = Path(__file__).parents[1] / "samples" / "logs" / "hostile.json"


def own_py(program: str) -> str:
    """A command that runs a program with the libraries of these tests."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"


def texts(log: Log) -> list[str]:
    """The rows on the screen without the times."""
    return [line[9:] for line in log.rows]


def assert_printable(log: Log) -> None:
    rows = log.board.text.splitlines()
    assert all(char.isprintable() for line in rows for char in line)
    assert all(width(line) <= 80 for line in rows)


TQDM = r"""
import sys, time
err = sys.stderr
def bar(name, n, total):
    done = n * 10 // total
    return f'\r{name}: {n * 100 // total:3d}%|{"█" * done}{" " * (10 - done)}| {n}/{total} [00:01<00:00, 51.2it/s]'
for epoch in range(2):
    for n in range(51):
        err.write(bar(f'epoch {epoch}', n, 50)); err.flush(); time.sleep(0.001)
    err.write('\n')
for n in range(1, 21):
    err.write('\r\x1b[K' + bar('steps', n, 20)[1:]); err.flush()
err.write('\r' + ' ' * 60 + '\r')
err.flush()
"""  # noqa: E501 - as tqdm writes it


@row("G6")
async def test_bars_of_tqdm_end_in_their_last_state(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    async with log_of(tmp_path / "x", platform, client, py(TQDM)) as log:
        await log.shows("ended", "3 lines")
        assert texts(log) == [
            "epoch 0: 100%|██████████| 50/50 [00:01<00:00, 51.2it/s]",
            "epoch 1: 100%|██████████| 50/50 [00:01<00:00, 51.2it/s]",
            "steps: 100%|██████████| 20/20 [00:01<00:00, 51.2it/s]",  # wiped: what it was last
        ]


RICH = r"""
from rich.console import Console
from rich.table import Table
from rich.progress import track
console = Console(force_terminal=True, color_system='truecolor', width=60)
console.print('[bold #ff8800]warm[/] and [on blue]deep[/], [link=http://x.y]linked[/]')
table = Table('name', 'loss')
table.add_row('train', '0.41')
console.print(table)
for _ in track(range(20), description='work', console=console): pass
"""


@row("G7")
async def test_what_rich_prints(tmp_path: Path, platform: local.Platform, client: Client) -> None:
    async with log_of(tmp_path / "x", platform, client, own_py(RICH)) as log:
        await log.shows("ended")
        await log.shows("warm and deep, linked")
        await log.shows("│ train │ 0.41 │")
        await log.shows("work", "100%")
        pens = {text: pen for line in log.view._laid_out() for text, _, pen in line.row.runs}
        assert pens["warm"].bold
        assert pens["warm"].fg == (255, 136, 0)
        assert pens["deep"].bg == 4
        assert "http" not in log.text
        assert_printable(log)


@row("G8")
async def test_a_filter_shows_tracebacks_whole(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    program = (
        "import logging\nlogging.basicConfig(level=10)\n"
        "def read(shard):\n    raise OSError(f'shard {shard} is broken')\n"
        "for n in range(90):\n    logging.info('step %d', n)\n"
        "    if n % 30 == 7:\n        try: read(n)\n        except OSError as e:\n"
        "            try: raise RuntimeError('again') from e\n"
        "            except RuntimeError: logging.exception('lookup %d', n)\n"
    )
    async with log_of(tmp_path / "x", platform, client, py(program)) as log:
        await log.shows("ended")
        await log.press("slash", *"shard 37", "enter", "x")
        await log.board.until(lambda: "step" not in log.text)
        shown = texts(log)
        assert shown[0] == "ERROR:root:lookup 37"
        assert shown[1] == "Traceback (most recent call last):"
        assert "OSError: shard 37 is broken" in shown
        assert shown[-1] == "RuntimeError: again"
        assert "direct cause" in log.text
        assert "shard 7 " not in log.text
        await log.press("exclamation_mark", "G")
        await log.board.until(lambda: "step 89" in log.text)
        await log.press("g")
        await log.board.until(lambda: "lookup 7" in log.text)
        assert list(log.view.shown_lines()) == [
            number
            for number in range(log.view.store.end)
            if number not in range(_line(log, "lookup 37"), _line(log, "INFO:root:step 38"))
        ]


def _line(log: Log, text: str) -> int:
    return next(n for n in range(log.view.store.end) if text in (log.view._lines.text(n) or ""))


@row("G5")
async def test_an_expression_that_would_take_for_ever_is_given_up(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    command = py("for n in range(30): print('a' * 60 + '!', n)\nprint('the end')")
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("31 lines")
        await log.press("slash", *"(a+)+$", "enter")
        await log.shows("given up")
        await log.board.says("takes too long")
        await log.press("x")
        assert "the end" in log.text
        await log.press("slash", *"the end", "enter")
        await log.shows("1/1")


async def test_lines_of_a_megabyte(
    tmp_path: Path, platform: local.Platform, client: Client, home: Path
) -> None:
    program = (
        "import sys\nw = sys.stdout.write\n"
        "w('before\\n' + 'x' * 500_000 + ' Needle ' + 'y' * 500_000 + '\\n'); w('z' * 3_000_000)\n"
    )
    async with log_of(tmp_path / "x", platform, client, py(program)) as log:
        await log.shows("ended")
        await log.shows("before")
        await log.press("g", "w")
        await log.board.until(lambda: texts(log).count("x" * 70) > 10)
        assert_printable(log)
        await log.press("w", "G", "slash", *"Needle", "enter")
        await log.shows("1/1")
        await log.press("g", "j", *["right"] * 3)
        await log.press("S")
        await log.board.says("lines written to")
        saved = (home / ".local/state/apolo-tui/logs/noisy.log").read_bytes().rstrip(b"\n")
        expected = b"before\n" + b"x" * 500_000 + b" Needle " + b"y" * 500_000 + b"\n"
        assert saved == expected + b"z" * 3_000_000


async def test_the_last_line_may_lack_its_end(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    async with log_of(tmp_path / "x", platform, client, sh("echo first; printf last")) as log:
        await log.shows("ended", "2 lines")
        assert texts(log) == ["first", "last"]


async def test_binary_rubbish_and_hostile_sequences(
    tmp_path: Path, platform: local.Platform, client: Client
) -> None:
    payloads = json.loads(HOSTILE.read_text("utf-8"))
    spool = tmp_path / "rubbish"
    spool.write_bytes(
        bytes(range(256)) * 40
        + b"\n"
        + b"".join(payload["text"].encode("utf-8", "surrogatepass") + b"\n" for payload in payloads)
    )
    command = sh(f"cat {shlex.quote(str(spool))}; head -c 300000 /dev/urandom; echo; echo the end")
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("the end")
        for keys in (("pageup",) * 3, ("g",), ("R",), ("w",), ("G",), ("p",)):
            await log.press(*keys)
            assert_printable(log)
        await log.press("R", "w", "p", "slash", *"the end", "enter")
        await log.shows("/")
        assert log.view.search.pattern is not None
        for payload in payloads:
            if payload["hidden"]:
                assert payload["hidden"] not in log.board.text


@row("G10")
async def test_wide_characters(tmp_path: Path, platform: local.Platform, client: Client) -> None:
    text = "漢字かな交じり文 👩‍🚀 🇩🇪 👍🏽 e\u0301 한국어 " * 6
    command = own_py(f"import sys; sys.stdout.buffer.write({text!r}.encode() + b'\\n' * 1)")
    async with log_of(tmp_path / "x", platform, client, command) as log:
        await log.shows("1 line ")
        await log.board.until(lambda: "漢字" in log.text)
        room = 80 - 1 - 9
        await log.press("w")
        await log.board.until(lambda: len(log.rows) > 3)
        shown = texts(log)
        assert all(width(line) <= room for line in shown)
        assert all(width(line) >= room - 4 for line in shown[:-1])
        joined = "".join(shown)
        assert "漢字かな交じり文" in joined
        assert joined.count("한국어") >= 5
        assert_printable(log)
        await log.press("w", "right")
        assert_printable(log)


@pytest.mark.parametrize("marks", [1, 2])
async def test_the_log_of_several_jobs_is_that_of_the_first_and_says_so(
    tmp_path: Path, platform: local.Platform, client: Client, marks: int
) -> None:
    jobs = [await start(client, name, "sleep 100") for name in ("one", "two")]
    async with dashboard(tmp_path / "x", platform=platform) as board:
        await board.until(lambda: board.app.main is not None)
        board.app.open_logs(jobs[:marks])
        await board.until(lambda: isinstance(board.app.screen, LogsPage))
        if marks == 1:
            assert "marked jobs" not in board.toasts
        else:
            await board.says("the log of one, the first of 2 marked jobs")
