"""What a hostile job prints, against what reaches the user's terminal: perf-21, row G7."""

import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "samples" / "logs" / "hostile.json"
HOSTILE = json.loads(SAMPLES.read_text("utf-8"))

SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f-\x9f]",
    re.DOTALL,
)
SGR = re.compile(r"\x1b\[[0-9;:]*m")


def stamped(text: str) -> bytes:
    return b"2026-11-22T07:41:00.5Z " + text.encode("utf-8", "surrogatepass") + b"\n"


def painted(folder: Path, text: bytes, modes: str = "rwrp") -> str:
    """All that the app writes to its terminal, from its start to its end."""
    file = folder / "log.txt"
    file.write_bytes(text)
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_ANIMATIONS="none")
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 130, 150, 0, 0))
        os.execv(sys.executable, [sys.executable, "-m", "tests.widgets.log_app", str(file), modes])
    chunks = []
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the program has ended
            break
        if not data:
            break
        chunks.append(data)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, b"".join(chunks).decode("utf-8", "replace")
    return b"".join(chunks).decode("utf-8", "replace")


def kinds(stream: str) -> set[str]:
    """The sequences of a stream, colours apart, without the numbers of moves."""
    found = {match[0] for match in SEQUENCE.finditer(stream) if not SGR.fullmatch(match[0])}
    moves = re.compile(r"\x1b\[[0-9;]*H")
    return {"\x1b[H" if moves.fullmatch(sequence) else sequence for sequence in found}


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What is written for a log with harmless lines."""
    folder = tmp_path_factory.mktemp("nothing")
    return kinds(painted(folder, b"".join(stamped("harmless a") for _ in HOSTILE)))


def test_there_are_enough_payloads() -> None:
    assert len(HOSTILE) >= 40
    assert len({payload["text"] for payload in HOSTILE}) == len(HOSTILE)


def test_only_text_and_colours_reach_the_terminal(tmp_path: Path, nothing: set[str]) -> None:
    stream = painted(tmp_path, b"".join(stamped(payload["text"]) for payload in HOSTILE))
    assert kinds(stream) <= nothing
    assert "[red]x[/red] [::] [@click=app.bell]y[/] \\[z]" in SGR.sub("", stream)


def test_payloads_of_strings_are_not_even_shown(tmp_path: Path) -> None:
    stream = painted(
        tmp_path, b"".join(stamped(payload["text"]) for payload in HOSTILE), modes="wp"
    )
    assert "harmless" not in stream
    for payload in HOSTILE:
        if payload["hidden"]:
            assert payload["hidden"] not in stream, payload["name"]


def test_binary_rubbish_draws_only_text(tmp_path: Path, nothing: set[str]) -> None:
    rubbish = bytes(range(256)) * 8 + os.urandom(20_000)
    assert kinds(painted(tmp_path, rubbish)) <= nothing
