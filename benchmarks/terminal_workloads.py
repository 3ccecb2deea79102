"""What the terminal's benchmarks feed: sixteen streams of 120x40."""

import gzip
import random
from pathlib import Path

COLUMNS, ROWS = 120, 40
SIZE = 300_000
"""Bytes of each stream, at least."""

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "terminal"
RECORDED = {
    "vim": "vim-syntax-120x40",
    "htop": "htop-120x40",
    "less": "less-120x40",
    "ls": "workload-ls",
    "cmatrix": "workload-cmatrix",
    "git log": "workload-git-log",
    "tqdm": "tqdm-120x40",
    "rich": "rich-120x40",
    "textual": "workload-textual",
    "tmux": "tmux-120x40",
}
FLOOD = "plain log"


def workloads() -> dict[str, bytes]:
    """The streams by name, each a repetition of itself up to SIZE."""
    made = {
        FLOOD: _plain_log(),
        "truecolor": _truecolor(),
        "coloured log": _coloured_log(),
        "scroll regions": _scroll_regions(),
        "cursor motion": _cursor_motion(),
        "wide text": _wide_text(),
    }
    for name, sample in RECORDED.items():
        data = gzip.decompress((SAMPLES / f"{sample}.bin").read_bytes())
        made[name] = data * -(-SIZE // len(data))
    return made


def _plain_log() -> bytes:
    source = random.Random(1)
    lines: list[bytes] = []
    size = 0
    while size < 4 * SIZE:
        words = " ".join(
            source.choice(("loss", "step", "epoch", "lr", "grad", "0.00123", "saved", "checkpoint"))
            for _ in range(source.randrange(4, 16))
        )
        lines.append(f"2026-11-22 12:00:{len(lines) % 60:02} INFO  {words}\r\n".encode())
        size += len(lines[-1])
    return b"".join(lines)


def _coloured_log() -> bytes:
    lines = []
    for number in range(SIZE // 100):
        level, color = (("INFO", 32), ("WARNING", 33), ("ERROR", 31))[number % 3]
        lines.append(
            f"\x1b[2m2026-11-22 12:00:{number % 60:02}\x1b[0m \x1b[1;{color}m{level:<8}\x1b[0m "
            f"\x1b[36mtrainer.loop\x1b[0m step=\x1b[1m{number}\x1b[0m loss="
            f"\x1b[38;5;{number % 256}m{number * 7 % 997 / 1000}\x1b[0m\r\n".encode()
        )
    return b"".join(lines)


def _truecolor() -> bytes:
    source = random.Random(2)
    parts = [b"\x1b[H"]
    size = 0
    while size < SIZE:
        for row in range(ROWS):
            parts.append(b"\x1b[%dH" % (row + 1))
            for _ in range(COLUMNS):
                red, green, blue = source.randbytes(3)
                cell = b"\x1b[48;2;%d;%d;%dm " % (red & 0xF8, green & 0xF8, blue & 0xF8)
                parts.append(cell)
                size += len(cell)
    return b"".join(parts)


def _scroll_regions() -> bytes:
    source = random.Random(3)
    parts = []
    for number in range(SIZE // 45):
        top = source.randrange(1, 20)
        parts.append(
            b"\x1b[%d;%dr\x1b[%d;1H" % (top, top + source.randrange(2, 20), top)
            + source.choice((b"\x1b[L", b"\x1b[M", b"\x1bM", b"\x1b[2L", b"\x1b[3M", b"\x1b[S"))
            + b"row %d of a region that scrolls" % number
        )
    return b"".join(parts)


def _cursor_motion() -> bytes:
    source = random.Random(4)
    parts = []
    for _ in range(SIZE // 16):
        parts.append(b"\x1b[%d;%dH" % (source.randrange(1, ROWS + 1), source.randrange(1, 121)))
        parts.append(
            source.choice(
                (b"\x1b[K", b"\x1b[3P", b"\x1b[2@", b"\x1b[1K", b"\x1b[4X", b"", b"", b"")
            )
        )
        parts.append(source.choice((b"x", b"word", b"\x1b[31mred\x1b[m", b"a few words")))
    return b"".join(parts)


def _wide_text() -> bytes:
    source = random.Random(5)
    texts = (
        "漢字かな交じり文の端末出力",
        "plain ascii words",
        "한국어 텍스트",
        "🚀 launched 🎉 done",
        "👨\u200d👩\u200d👧\u200d👦 family",
        "é à ü ñ combining e\u0301",
        "🇩🇪🇫🇷 flags",
        "→ ✓ ★ ░▒▓",
    )
    parts = []
    size = 0
    while size < SIZE:
        line = (" ".join(source.choices(texts, k=source.randrange(2, 7))) + "\r\n").encode()
        parts.append(line)
        size += len(line)
    return b"".join(parts)
