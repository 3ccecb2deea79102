"""Records what real programs write to a terminal, for `test_recordings.py`. Run by hand:

    python -m tests.terminal.recorder NAME...      (all of them without a name)

Each program runs on a pty of three sizes, and once more with a resize in the middle, with our own
screen answering its queries. A recording is `tests/samples/terminal/NAME-COLUMNSxROWS.bin`: the
gzipped bytes. `recordings.json` lists them, with the offsets behind each
step (`stops`) and the resizes by the offset where they happened.
The environment variable RECORD_PYTHON names a Python that has IPython, tqdm and rich.
"""

import fcntl
import gzip
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.cells import get_character_cell_size

from apolo_tui.terminal.screen import Screen

SAMPLES = Path(__file__).parent.parent / "samples" / "terminal"
INDEX = SAMPLES / "recordings.json"
SIZES = ((80, 24), (120, 40), (200, 60))
RESIZED = ((100, 30), (72, 20))
QUIET = 0.5
"""Seconds without output after which a step is over."""

LONGEST = 6.0
"""Seconds after which a step is over in any case."""

SIZE_LIMIT = 120_000
"""Bytes of one recording, before it is compressed."""

ESC = "\x1b"
PYTHON = os.environ.get("RECORD_PYTHON", sys.executable)

ALONE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c")
"""A process list without the processes of this machine; needs root."""

SOURCE = '''"""A module to edit."""

import os
import sys
from dataclasses import dataclass

LIMIT = 0x1F  # a number


@dataclass
class Point:
    """Two coordinates, a 漢字 and an é."""

    x: float = 1.5
    y: float = 2.5

    def moved(self, by: float) -> "Point":
        # Two dimensions, and a comment that goes on so far that a narrow terminal wraps it
        return Point(self.x + by, self.y + by)


def main(argv: list[str]) -> int:
    for name in argv[1:]:
        print(f"hello {name!r}", os.getcwd(), Point().moved(LIMIT))
    return 0 if len(argv) > 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
'''

RICH_DEMO = """
import time
from rich.console import Console
from rich.panel import Panel
from rich.progress import track
from rich.syntax import Syntax
from rich.table import Table
console = Console()
table = Table(title="Jobs", show_lines=True)
for heading in ("id", "name", "状態", "gpu"):
    table.add_column(heading, style="cyan")
for i in range(6):
    table.add_row(f"job-{i}", "train" * (i + 1), "[green]実行中[/]", "[bold red]A100[/] ✓")
console.print(table)
words = "[u]underlined[/] [reverse]reverse[/] [strike]gone[/] :rocket: [link=http://a.b]link[/]"
console.print(Panel(words))
console.print(Syntax(open("module.py").read(), "python", line_numbers=True))
input("more? ")
console.rule("[b]Again[/]")
console.print(table)
for i in track(range(30), description="Working"):
    time.sleep(0.02)
"""

TQDM_DEMO = """
import time
from tqdm import tqdm, trange
for i in trange(3, desc="outer"):
    for j in tqdm(range(40), desc="inner", leave=False):
        time.sleep(0.01)
tqdm.write("done")
input("more? ")
for j in tqdm(range(60), desc="resized"):
    time.sleep(0.01)
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """A program, and what is typed, one step after the other."""

    name: str
    command: tuple[str, ...]
    steps: tuple[str, ...]
    resize_after: int = 1


def recordings() -> list[Recording]:
    vim = (
        "vim",
        "-u",
        "NONE",
        "-N",
        "-i",
        "NONE",
        "-n",
        "-c",
        "syntax on",
        "-c",
        "set nu ruler bg=dark",
    )
    return [
        Recording(
            "vim-edit",
            (*vim, "module.py"),
            (
                "",
                "ggOfirst line\r漢字 second\x1b",
                "5jdd3p",
                "A and more\x1b0x",
                "ggVGd",
                "u",
                ":set list\r",
                "/self\r",
                "nn",
                ":%s/self/other/g\r",
                ":q!\r",
            ),
            3,
        ),
        Recording(
            "vim-split",
            (*vim, "-c", "set hls", "module.py"),
            (
                "",
                ":vsplit\r",
                ":split\r",
                "\x17jG",
                "\x04\x15",
                "\x17l/def\r",
                ":set wrap!\r",
                "10l10\x05",
                ":only\r",
                ":terminal\r",
                "exit\r",
                ":qa!\r",
            ),
            4,
        ),
        Recording(
            "vim-syntax",
            (*vim, "-c", "set t_Co=256 cursorline cursorcolumn", "module.py"),
            ("", "jjjj", "\x06", "wwww", "gg=G", ":colorscheme desert\r", "\x05\x05\x19", ":q!\r"),
            3,
        ),
        Recording(
            "htop",
            (*ALONE, "for i in $(seq 70); do sleep 1$i & done; exec htop -d 5"),
            ("", "jjj", "t", "\x1b[17~", "\x1b", "/", "py\x1b", "q"),
            2,
        ),
        Recording(
            "less",
            ("less", "-R", "-N", "listing.txt"),
            ("", " ", "b", "/root\r", "nn", "G", "g", "jjjk", "-S\r", "\x1b[C", "q"),
            3,
        ),
        Recording("man", ("man", "bash"), ("", " ", "/builtin\r", "n", "G", "kkk", "q"), 2),
        Recording(
            "nano",
            ("nano", "-l", "module.py"),
            (
                "",
                "typed text\r",
                "\x0b\x0b",
                "\x15",
                "\x17def\r",
                "\x1f",
                "\x07",
                "\x18",
                "\x18",
                "n",
            ),
            3,
        ),
        Recording(
            "top",
            (*ALONE, "for i in $(seq 70); do sleep 1$i & done; exec top -d 1"),
            ("", "z", "x", "c", "1", "V", "q"),
            2,
        ),
        Recording(
            "python-repl",
            (PYTHON, "-q"),
            (
                "",
                "print('漢字' * 30)\r",
                "for i in range(30): print(i, 'x' * i * 5)\r\r",
                "1/0\r",
                "\x10\x10",
                "\x01# \r",
                "import o\t\t",
                "\x03",
                "exit()\r",
            ),
            2,
        ),
        Recording(
            "ipython",
            (PYTHON, "-m", "IPython", "--no-banner", "--no-confirm-exit"),
            (
                "",
                "def f(x):\r    return x * 2\r\r",
                "f(21)\r",
                "import os; os.pa\t",
                "\x1b[B\x1b[B\r",
                "\x03",
                "1/0\r",
                "?len\r",
                "q",
                "exit\r",
            ),
            3,
        ),
        Recording("tqdm", (PYTHON, "tqdm_demo.py"), ("", "\r"), 0),
        Recording("rich", (PYTHON, "rich_demo.py"), ("", "\r"), 0),
        Recording(
            "dialog",
            (
                "dialog",
                "--colors",
                "--title",
                "A \\Zbdialog\\Zn",
                "--menu",
                "Choose one of these",
                "18",
                "60",
                "8",
                "one",
                "The first",
                "two",
                "The second",
                "three",
                "漢字",
                "four",
                "Last",
            ),
            ("", "\x1bOB\x1bOB", "\t", "\x1bOA", "\t", "\r"),
            2,
        ),
        Recording(
            "tmux",
            ("tmux", "-L", "apolo-recorder", "-f", "/dev/null", "new-session", "env PS1='$ ' sh"),
            (
                "",
                "ls -la --color\r",
                "\x02%",
                '\x02"',
                "seq 1 100\r",
                "\x02o",
                "vim -u NONE module.py\r",
                "\x02[",
                "\x1b[A\x1b[A\x1b[A",
                "q",
                ":q!\r",
                "\x02z",
                "\x02c",
                "\x02d",
            ),
            5,
        ),
    ]


@contextmanager
def folder() -> Iterator[Path]:
    """A working folder with the files that the programs show."""
    path = Path(tempfile.mkdtemp(prefix="record"))
    (path / "module.py").write_text(SOURCE)
    (path / "rich_demo.py").write_text(RICH_DEMO)
    (path / "tqdm_demo.py").write_text(TQDM_DEMO)
    lines = [
        f"\x1b[3{i % 8}m-rw-r--r--\x1b[m {i % 3} root {i * 37:>9} name-{i}.txt {'long ' * (i % 40)}"
        for i in range(200)
    ]
    (path / "listing.txt").write_text("\n".join(lines) + "\n")
    try:
        yield path
    finally:
        shutil.rmtree(path)


class Session:
    """One program on a pty, its output, and our screen to answer it."""

    def __init__(self, recording: Recording, at: Path, columns: int, rows: int) -> None:
        self.output = bytearray()
        self.limit = SIZE_LIMIT
        self.screen = Screen(columns, rows, width=get_character_cell_size)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(at)
            environment = {
                "HOME": str(at), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                "TERM": "xterm-256color", "COLORTERM": "truecolor", "PAGER": "less", "TZ": "UTC",
                "MANPAGER": "less", "LESSHISTFILE": "-", "IPYTHONDIR": str(at / "ipython"),
                "PYTHON_HISTORY": str(at / "history"), "SHELL": "/bin/sh",
            }  # fmt: skip
            os.execvpe(recording.command[0], recording.command, environment)
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(columns, rows)

    def settle(self, quiet: float = QUIET) -> bool:
        """Read until the program is quiet for so many seconds; False when it ended."""
        begin = time.monotonic()
        while time.monotonic() - begin < LONGEST and len(self.output) < self.limit:
            if not select.select([self.master], [], [], quiet)[0]:
                return True
            try:
                data = os.read(self.master, 65_536)
            except OSError:
                return False
            if not data:
                return False
            self.output += data
            self.screen.feed(data)
            replies = self.screen.take_replies()
            if replies:
                os.write(self.master, replies)
        return True

    def close(self) -> None:
        os.close(self.master)
        try:
            os.killpg(self.pid, signal.SIGHUP)
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)


def record(
    recording: Recording, columns: int, rows: int, resize: tuple[int, int] | None
) -> dict[str, object]:
    """Run the program, write its bytes, and return its entry of the index."""
    resizes: list[list[int]] = []
    stops: list[int] = []
    with folder() as at:
        session = Session(recording, at, columns, rows)
        try:
            for number, step in enumerate(recording.steps):
                os.write(session.master, step.encode())
                going = session.settle()
                stops.append(min(len(session.output), SIZE_LIMIT))
                if not going or len(session.output) >= SIZE_LIMIT:
                    break
                if resize is not None and number == recording.resize_after:
                    resizes.append([len(session.output), *resize])
                    session.resize(*resize)
                    session.settle()
        finally:
            session.close()
    name = f"{recording.name}-{columns}x{rows}{'-resized' if resize else ''}"
    (SAMPLES / f"{name}.bin").write_bytes(
        gzip.compress(bytes(session.output[:SIZE_LIMIT]), 9, mtime=0)
    )
    print(name, len(session.output), flush=True)
    return {"name": name, "columns": columns, "rows": rows, "resizes": resizes, "stops": stops}


def main(names: list[str]) -> None:
    SAMPLES.mkdir(parents=True, exist_ok=True)
    index = (
        {entry["name"]: entry for entry in json.loads(INDEX.read_text())} if INDEX.exists() else {}
    )
    for recording in recordings():
        if names and recording.name not in names:
            continue
        for columns, rows in SIZES:
            entry = record(recording, columns, rows, None)
            index[entry["name"]] = entry
        entry = record(recording, *RESIZED[0], RESIZED[1])
        index[entry["name"]] = entry
        if recording.name == "tmux":
            subprocess.run(["tmux", "-L", "apolo-recorder", "kill-server"], check=False)
    INDEX.write_text(json.dumps([index[name] for name in sorted(index)], indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
