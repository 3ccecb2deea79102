"""Cells: what is shown has one width everywhere, and is cut and padded to it."""

import json
import os
import shlex
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from apolo_tui.model.cells import cut, fit, printable, width
from tests.until import wait_until


@pytest.mark.parametrize(
    ("text", "shown", "cells"),
    [
        ("train", "train", 5),
        ("数据", "数据", 4),
        ("e\u0301tude", "étude", 5),
        ("👨\u200d👩\u200d👧", "👨👩👧", 6),
        ("👍\U0001f3fd", "👍", 2),
        ("\u2764\ufe0f", "\u2764", 1),
        ("\U0001f1fa\U0001f1f8", "US", 2),
        ("שלום", "שלום", 4),
        ("\u0939\u093f\u0928\u094d", "\u0939\u0928\u094d", 2),
        ("a\tb\nc", "a b c", 5),
        ("a\x1b[31mb\x07", "a[31mb", 6),
        ("\u202ereversed", "reversed", 8),
        ("\u0301a", "a", 1),
        ("o\u0321\u0322\u0327\u0328\u0334", "o\u0334\u0321\u0322", 1),
        ("\ue000\ud800\U0001ffff", "\ufffd" * 3, 3),
        ("가", "가", 2),
        ("\u2630", "\ufffd", 1),
    ],
)
def test_what_is_shown(text: str, shown: str, cells: int) -> None:
    assert printable(text) == unicodedata.normalize("NFC", shown)
    assert width(text) == cells


def test_the_width_is_that_of_the_user_interface_for_every_character() -> None:
    disputed = [
        hex(code)
        for code in (*range(0x20000), *range(0x20000, sys.maxunicode + 1, 257))
        if width(chr(code)) != cell_len(printable(chr(code)))
    ]
    assert disputed == []


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("train", 5, "train"),
        ("train", 4, "tra…"),
        ("数据处理", 8, "数据处理"),
        ("数据处理", 7, "数据处…"),
        ("数据处理", 6, "数据…"),
        ("train", 1, "…"),
        ("train", 0, ""),
    ],
)
def test_cut(text: str, cells: int, shown: str) -> None:
    assert cut(text, cells) == shown


def test_fit_pads_on_the_side_that_is_asked_for() -> None:
    assert fit("9%", 5) == "9%   "
    assert fit("9%", 5, align="right") == "   9%"
    assert fit("数", 5, align="right") == "   数"
    assert fit("数", 4, align="center") == " 数 "
    assert fit("数数数", 4) == "数… "
    assert fit("long one", 4, ellipsis="~") == "lon~"


def test_text_from_right_to_left_is_closed_off() -> None:
    assert fit("שלום", 6) == "שלום\u200e  "


texts = st.text(
    st.sampled_from("ab 数👍\u200d\ufe0f\u0301שא\U0001f1fa\U0001f3fd\u093f\x1b\ue000가")
    | st.characters()
)


@given(texts, st.integers(1, 12), st.sampled_from(["left", "right", "center"]))
def test_fit_is_exact(text: str, cells: int, align: str) -> None:
    shown = fit(text, cells, align=align)  # type: ignore[arg-type]  # sampled from its values
    assert cell_len(shown) == cells
    assert width(shown) == cells


@given(texts)
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)
    assert not any(unicodedata.category(character) == "Cc" for character in printable(text))


ASK_WHERE = """
import json, os, sys, termios, tty
texts, answer = json.loads(sys.argv[1]), sys.argv[2]
tty.setraw(0)
places = []
for text in texts:
    os.write(1, ("\\r\\n" + text + "\\x1b[6n").encode())
    reply = b""
    while not reply.endswith(b"R"):
        reply += os.read(0, 1)
    places.append(int(reply[2:-1].split(b";")[1]) - 1)
with open(answer + ".part", "w") as file:
    json.dump(places, file)
os.rename(answer + ".part", answer)
"""

NAMES = [
    *(
        "train-resnet",
        "数据处理-训练任务",
        "👨\u200d👩\u200d👧-family",
        "\u2764\ufe0f-heart",
        "👍\U0001f3fd",
    ),
    *(
        "שלום-עולם",
        "مرحبا",
        "e\u0301tude",
        "\U0001f1fa\U0001f1f8",
        "\u0939\u093f\u0928\u094d\u0926\u0940",
    ),
    *("한국어", "\u1112\u1161\u11ab", "ไทยน้ำ", "\ue0b0", "\u2630", "a\u202eb", "ﬃ…—·"),
]


@pytest.mark.needs("tmux")
def test_a_real_terminal_puts_the_next_column_where_we_do(tmp_path: Path) -> None:
    script, answer = tmp_path / "ask_where.py", tmp_path / "places.json"
    script.write_text(ASK_WHERE)
    texts = json.dumps([fit(name, 14) for name in NAMES])
    command = shlex.join([sys.executable, str(script), texts, str(answer)])
    socket = f"cells-{os.getpid()}"
    tmux = ["tmux", "-L", socket, "-f", os.devnull, "-u"]
    subprocess.run([*tmux, "new-session", "-d", "-x", "60", "-y", "40", command], check=True)
    try:
        wait_until(answer.exists, within=30, what="the terminal's answers")
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
    places = json.loads(answer.read_text())
    assert dict(zip(NAMES, places, strict=True)) == dict.fromkeys(NAMES, 14)
