"""Recordings of real programs: our screen beside libghostty and tmux, after every step."""

import re

import pytest

from apolo_tui.terminal.screen import Screen
from tests.terminal.feeding import state
from tests.terminal.oracles import (
    Ghostty,
    Recording,
    differences,
    load,
    new_screen,
    ours,
    recording_names,
    tmux,
)

NAMES = recording_names()

TMUX_ERRS = {
    "tmux": (
        "The tmux that was recorded scrolls its panes with left and right margins (DECLRMM and "
        "DECSLRM, DEC STD 070), which the answers of our screen told it to have. tmux as a "
        "terminal has none, and scrolls whole rows. libghostty has them and agrees with us."
    ),
    "top": (
        "top fills a row and then erases to its end. With a wrap pending the cursor is in the last "
        "column (DEC STD 070), and EL includes the cursor's position (ECMA-48 8.3.41). tmux keeps "
        "the cursor behind the last column then, and erases nothing. libghostty agrees with us."
    ),
}
"""By program: why tmux as an oracle is wrong. libghostty is right in all recordings."""


REFLOWED = {
    "tqdm": (
        "Runs on the main screen and does not draw it again after a resize. No standard says how "
        "to wrap anew: tmux and libghostty keep the blanks that tqdm printed behind a line and "
        "wrap them too, and differ from each other in what scrolls away; we drop such blanks."
    ),
}
"""By program: why its screen is compared only up to the resize."""

INVALID_ON_PURPOSE = (b"\x1bPzz\x1b\\", b"\x1b[0%m", b"\x1b[?7727h", b"\x1b[?7727l")
"""vim tries how a terminal takes nonsense; tmux asks for a mode of mintty."""


def program(name: str) -> str:
    return re.sub(r"-\d+x\d+(-resized)?$", "", name)


def test_every_program_is_recorded_at_every_size() -> None:
    programs = {program(name) for name in NAMES}
    assert programs == {
        "dialog", "htop", "ipython", "less", "man", "nano", "python-repl", "rich", "tmux", "top",
        "tqdm", "vim-edit", "vim-split", "vim-syntax",
    }  # fmt: skip
    for each in programs:
        for size in ("80x24", "120x40", "200x60", "100x30-resized"):
            assert f"{each}-{size}" in NAMES
    assert all(load(f"{each}-100x30-resized").pieces[-1][1] == (72, 20) for each in programs)


def fed(recording: Recording, size: int) -> Screen:
    screen = new_screen(recording.columns, recording.rows)
    now = (recording.columns, recording.rows)
    for piece, wanted in recording.pieces:
        if wanted != now:
            screen.resize(*wanted)
            now = wanted
        for at in range(0, len(piece), size):
            screen.feed(piece[at : at + size])
    return screen


@pytest.mark.parametrize("name", NAMES)
def test_libghostty_agrees(name: str) -> None:
    recording = load(name)
    size = (recording.columns, recording.rows)
    screen = new_screen(*size)
    shown = 0
    with Ghostty(*size) as oracle:
        for number, (piece, wanted) in enumerate(recording.pieces):
            if wanted != size:
                if program(name) in REFLOWED:
                    break
                size = wanted
                screen.resize(*size)
                oracle.resize(*size)
            screen.feed(piece)
            oracle.feed(piece)
            picture = ours(screen)
            assert differences(picture, oracle.picture()) == [], f"after piece {number}"
            shown = max(shown, sum(map(bool, picture.text())))
    assert shown > 0


@pytest.mark.needs("tmux")
@pytest.mark.parametrize("name", NAMES)
def test_tmux_agrees(name: str) -> None:
    recording = load(name)
    size = (recording.columns, recording.rows)
    screen = new_screen(*size)
    differing = []
    with tmux(*size) as oracle:
        for piece, wanted in recording.pieces:
            if wanted != size:
                if program(name) in REFLOWED:
                    break
                size = wanted
                screen.resize(*size)
                oracle.resize(*size)
            screen.feed(piece)
            oracle.feed(piece)
            found = differences(ours(screen), oracle.picture())
            if found:
                differing.append((size[0], found))
    if program(name) in TMUX_ERRS:
        assert differing
    else:
        assert differing == []
    if program(name) == "tmux":
        assert b"\x1b[?69h" in recording.data
    if program(name) == "top":
        for columns, found in differing:
            assert all(f"column {columns - 1}:" in line for line in found)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(("80x24", "resized"))])
def test_the_cut_of_the_stream_does_not_matter(name: str) -> None:
    recording = load(name)
    whole = fed(recording, 1 << 20)
    expected = state(whole)
    for size in (1, 7, 1_021):
        screen = fed(recording, size)
        assert state(screen) == expected
        assert screen.malformed == whole.malformed


@pytest.mark.parametrize("name", NAMES)
def test_no_sequence_of_a_real_program_is_unknown(name: str) -> None:
    recording = load(name)
    screen = fed(recording, 4_096)
    assert screen.malformed == sum(map(recording.data.count, INVALID_ON_PURPOSE))
