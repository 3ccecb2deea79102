"""The oracles: libghostty and tmux as independent terminals, and our screen in the same terms."""

import gzip
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyghostty
from pyghostty.core import ffi, init_sized, lib
from rich.cells import get_character_cell_size

from apolo_tui.terminal import styles
from apolo_tui.terminal.screen import Screen
from tests.until import wait_until


class Cell(NamedTuple):
    """A cell as both sides can tell it."""

    text: str
    foreground: int
    background: int
    attributes: int
    underline: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole screen. Rows that are shorter than the screen end in blanks of any colour."""

    cells: list[list[Cell]]
    cursor: tuple[int, int]

    def text(self) -> list[str]:
        return ["".join(cell.text for cell in row).rstrip() for row in self.cells]


def differences(one: Picture, other: Picture) -> list[str]:
    """Where two pictures differ, in words; as far as both know their cells."""
    found = [] if one.cursor == other.cursor else [f"cursor {one.cursor} {other.cursor}"]
    for y, (left, right) in enumerate(zip(one.cells, other.cells, strict=True)):
        if left == right:
            continue
        for x, (a, b) in enumerate(zip(left, right, strict=False)):
            if a != b:
                found.append(f"row {y} column {x}: {tuple(a)} {tuple(b)}")
        common = min(len(left), len(right))
        longer = left if len(left) > len(right) else right
        for x, cell in enumerate(longer[common:], common):
            if cell.text.strip():
                found.append(f"row {y} column {x}: {tuple(cell)} or nothing")
    return found


def new_screen(columns: int, rows: int, *, scrollback: int = 1_000) -> Screen:
    return Screen(columns, rows, width=get_character_cell_size, scrollback=scrollback)


def ours(screen: Screen) -> Picture:
    rows = [
        [_cell_of(char, style) for char, style in screen.row(y).cells(screen.columns)]
        for y in range(screen.rows)
    ]
    return Picture(rows, (screen.x, screen.y))


def _cell_of(char: str, style: styles.Style) -> Cell:
    attributes = style.attributes & ~styles.PROTECTED
    return Cell(char, style.foreground, style.background, attributes, style.underline)


class Ghostty:
    """libghostty-vt, read cell by cell."""

    def __init__(self, columns: int, rows: int) -> None:
        self._terminal = pyghostty.Terminal(columns, rows, scrollback=1_000)
        self._replies: list[bytes] = []
        self._terminal.on_reply(self._replies.append)
        self._style = init_sized("GhosttyStyle")
        self._raw = ffi.new("GhosttyCell*")
        self._number = ffi.new("int*")
        self._byte = ffi.new("uint8_t*")
        self._rgb = ffi.new("GhosttyColorRgb*")
        self._codes = ffi.new("uint32_t[]", 32)
        self._length = ffi.new("size_t*")
        self._looks: dict[bytes, tuple[int, int, int, int]] = {}

    def __enter__(self) -> "Ghostty":
        return self

    def __exit__(self, *exception: object) -> None:
        self._terminal.close()

    def feed(self, data: bytes) -> None:
        self._terminal.feed(data)

    def resize(self, columns: int, rows: int) -> None:
        self._terminal.resize(columns, rows)

    def take_replies(self) -> bytes:
        replies = b"".join(self._replies)
        self._replies.clear()
        return replies

    @property
    def cursor(self) -> tuple[int, int]:
        x, y = self._terminal.cursor
        return x, y

    def picture(self) -> Picture:
        columns, rows = self._terminal.size
        known: dict[tuple[int, int], Cell] = {}
        return Picture([self._row(y, columns, known) for y in range(rows)], self.cursor)

    def _row(self, y: int, columns: int, known: dict[tuple[int, int], Cell]) -> list[Cell]:
        # A reference is a page, a column and a row: only the column differs within a row. Cells
        # of one page with one raw value look the same, but for their combining characters.
        reference = self._terminal.ref(0, y)
        page = int(ffi.cast("uintptr_t", reference.node))
        cells = []
        for x in range(columns):
            reference.x = x
            lib.ghostty_grid_ref_cell(reference, self._raw)
            raw = self._raw[0]
            cell = known.get((page, raw))
            if cell is None:
                cell = self._cell(reference, raw)
                if len(cell.text) < 2:
                    known[page, raw] = cell
            cells.append(cell)
        return cells

    def _cell(self, reference: Any, raw: int) -> Cell:
        lib.ghostty_cell_get(raw, lib.GHOSTTY_CELL_DATA_CONTENT_TAG, self._number)
        content = self._number[0]
        if content == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
            lib.ghostty_cell_get(raw, lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, self._byte)
            return Cell(" ", styles.DEFAULT_COLOR, self._byte[0], 0, 0)
        if content == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_RGB:
            lib.ghostty_cell_get(raw, lib.GHOSTTY_CELL_DATA_COLOR_RGB, self._rgb)
            return Cell(" ", styles.DEFAULT_COLOR, _rgb(self._rgb[0]), 0, 0)
        lib.ghostty_cell_get(raw, lib.GHOSTTY_CELL_DATA_WIDE, self._number)
        if self._number[0] == lib.GHOSTTY_CELL_WIDE_SPACER_TAIL:
            text = ""
        else:
            lib.ghostty_grid_ref_graphemes(reference, self._codes, len(self._codes), self._length)
            text = "".join(map(chr, self._codes[0 : self._length[0]])) or " "
        lib.ghostty_grid_ref_style(reference, self._style)
        key = bytes(ffi.buffer(self._style))
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = _look(self._style[0])
        return Cell(text, *look)


def _rgb(color: Any) -> int:
    return int(styles.RGB | color.r << 16 | color.g << 8 | color.b)


def _color(color: Any) -> int:
    if color.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE:
        return int(color.value.palette)
    if color.tag == lib.GHOSTTY_STYLE_COLOR_RGB:
        return _rgb(color.value.rgb)
    return styles.DEFAULT_COLOR


def _look(style: Any) -> tuple[int, int, int, int]:
    attributes = (
        style.bold * styles.BOLD
        | style.faint * styles.DIM
        | style.italic * styles.ITALIC
        | style.blink * styles.BLINK
        | style.inverse * styles.REVERSE
        | style.invisible * styles.CONCEAL
        | style.strikethrough * styles.STRIKE
        | style.overline * styles.OVERLINE
    )
    return _color(style.fg_color), _color(style.bg_color), attributes, int(style.underline)


class Tmux:
    """A tmux server of its own; its one pane shows what it is fed.

    The pane runs a program that copies a FIFO to its terminal, in raw mode and without echo.
    """

    def __init__(self, columns: int, rows: int, folder: Path) -> None:
        self._folder = folder
        self._socket = str(folder / "tmux")
        self._fifo = folder / "bytes"
        os.mkfifo(self._fifo)
        self._tmux(
            "-f", "/dev/null", "start-server", ";", "set", "-g", "status", "off", ";",
            "set", "-g", "default-terminal", "tmux-256color", ";",
            "set", "-g", "history-limit", "1000", ";", "set", "-g", "remain-on-exit", "on", ";",
            "new-session", "-d", "-x", str(columns), "-y", str(rows),
            f"stty raw -echo; exec cat {self._fifo}",
        )  # fmt: skip
        self._pipe = self._fifo.open("wb", buffering=0)

    def __enter__(self) -> "Tmux":
        return self

    def __exit__(self, *exception: object) -> None:
        self._pipe.close()
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            check=True,
            capture_output=True,
            timeout=30,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
                 "HOME": str(self._folder)},
        )  # fmt: skip
        return done.stdout.decode()

    def feed(self, data: bytes) -> None:
        """Feed and wait until tmux has shown it: a title that we set behind it arrives."""
        self._number = getattr(self, "_number", 0) + 1
        mark = f"mark-{self._number}"
        self._pipe.write(data + f"\x1b]2;{mark}\x1b\\".encode())
        wait_until(lambda: self._tmux("display", "-p", "#{pane_title}").strip() == mark)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def cursor(self) -> tuple[int, int]:
        x, y = self._tmux("display", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(x), int(y)

    def picture(self) -> Picture:
        """What `capture-pane -e` prints, read back by a screen of our own for its SGR only.

        tmux does not print the blanks behind the last character of a row, whatever their colour:
        such rows are shorter.
        """
        size = self._tmux("display", "-p", "#{pane_width} #{pane_height} #{cursor_x} #{cursor_y}")
        columns, rows, x, y = map(int, size.split())
        captured = self._tmux("capture-pane", "-p", "-e", "-N").split("\n")
        screen = new_screen(columns + 1, rows)
        screen.feed(b"\x1b)0")  # tmux prints line drawing with SO and SI
        lengths = []
        for row, line in enumerate(captured[:rows]):
            screen.feed(f"\x1b[{row + 1}H{line}".encode())
            lengths.append(screen.x)
        cells = [row[:used] for row, used in zip(ours(screen).cells, lengths, strict=True)]
        return Picture(cells, (min(x, columns - 1), y))  # x is `columns` while a wrap is pending


@contextmanager
def tmux(columns: int, rows: int) -> Iterator[Tmux]:
    """tmux, with its socket in a folder whose name is short enough for one."""
    with (
        tempfile.TemporaryDirectory(prefix="tmux", dir="/tmp") as folder,
        Tmux(columns, rows, Path(folder)) as terminal,
    ):
        yield terminal


SAMPLES = Path(__file__).parent.parent / "samples" / "terminal"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded program: pieces of its bytes, and the size that each of them was written for."""

    name: str
    columns: int
    rows: int
    pieces: tuple[tuple[bytes, tuple[int, int]], ...]

    @property
    def data(self) -> bytes:
        return b"".join(piece for piece, _ in self.pieces)


def recording_names(index: str = "recordings.json") -> list[str]:
    return [entry["name"] for entry in json.loads((SAMPLES / index).read_text())]


def load(name: str, index: str = "recordings.json") -> Recording:
    for entry in json.loads((SAMPLES / index).read_text()):
        if entry["name"] == name:
            data = gzip.decompress((SAMPLES / f"{name}.bin").read_bytes())
            sizes = {offset: (columns, rows) for offset, columns, rows in entry["resizes"]}
            size = (entry["columns"], entry["rows"])
            pieces, start = [], 0
            for stop in sorted({*entry["stops"], *sizes, len(data)}):
                pieces.append((data[start:stop], size))
                start, size = stop, sizes.get(stop, size)
            return Recording(name, entry["columns"], entry["rows"], tuple(pieces))
    raise KeyError(name)
