"""term-C2: vttest's menus 1, 2, 3, 6, 8 and 11, every screen beside libghostty's.

Where libghostty errs, the table says what the standard has, and the screen is compared with that.
"""

import pytest
from rich.cells import get_character_cell_size

from apolo_tui.terminal.screen import Screen
from tests.terminal.oracles import Ghostty, Picture, differences, load, ours, recording_names

INDEX = "vttest.json"
LATIN_1 = "".join(map(chr, range(0xA0, 0xC0)))

GHOSTTY_ERRS = {
    "Selected as G0 (with SI)              Selected as G1": (
        "libghostty prints DEL, which ECMA-48 8.3 and DEC STD 070 have a terminal ignore.",
        "`abcdefghijklmnopqrstuvwxyz{|}~",
    ),
    "These are the G0 and G1 character sets.": (
        "libghostty prints DEL, and takes ESC - A (ISO 8859-1, upper half, ISO-IR 100) for ASCII.",
        LATIN_1[1:],
    ),
    "Locking shifts, with NRC disabled:": (
        "libghostty prints DEL, and takes ESC . A and ESC / A (ISO 8859-1) for ASCII.",
        LATIN_1[1:],
    ),
    "Testing single-shift G2 into GL (SS2) with NRC disabled": (
        "libghostty prints DEL, and takes ESC . A (ISO 8859-1, upper half) for ASCII.",
        "35: (£)",
    ),
    "Testing single-shift G3 into GL (SS3) with NRC disabled": (
        "libghostty prints DEL, and takes ESC / A (ISO 8859-1, upper half) for ASCII.",
        "35: (£)",
    ),
    "Test Pan down (SU)\nThere should be a horizontal row": (
        "libghostty takes 0 as no lines for SU; in ECMA-48 5.4.2 it is the default, which is 1.",
        "********************",
    ),
}  # fmt: skip
"""By a text of the screen: why libghostty is wrong, and a text that the right screen has."""


def error_of(picture: Picture) -> tuple[str, str] | None:
    text = "\n".join(picture.text())
    for marker, error in GHOSTTY_ERRS.items():
        if marker in text:
            return error
    return None


@pytest.mark.parametrize("name", recording_names(INDEX))
def test_every_screen(name: str) -> None:
    recording = load(name, INDEX)
    screen = Screen(80, 24, width=get_character_cell_size, column_mode_allowed=True)
    compared = 0
    with Ghostty(80, 24) as oracle:
        for number, (piece, _) in enumerate(recording.pieces):
            screen.feed(piece)
            oracle.feed(piece)
            picture, other = ours(screen), oracle.picture()
            error = error_of(picture)
            if error is None:
                assert len(picture.cells[0]) == len(other.cells[0])
                assert differences(picture, other) == [], f"screen {number}"
                compared += 1
            else:
                reason, right = error
                assert right in "\n".join(picture.text()), reason
    assert compared > 8


def test_the_recordings_are_complete() -> None:
    screens = {name: len(load(name, INDEX).pieces) for name in recording_names(INDEX)}
    assert set(screens) == {f"vttest-{menu}" for menu in (1, 2, 3, 6, 8, 11)}
    assert screens["vttest-11"] > 200


def test_errors_of_the_oracle_are_still_errors() -> None:
    """Each entry of the table is about a screen that was recorded, and that differs."""
    seen: set[str] = set()
    for name in ("vttest-3", "vttest-11"):
        recording = load(name, INDEX)
        screen = Screen(80, 24, width=get_character_cell_size, column_mode_allowed=True)
        with Ghostty(80, 24) as oracle:
            for piece, _ in recording.pieces:
                screen.feed(piece)
                oracle.feed(piece)
                picture = ours(screen)
                error = error_of(picture)
                if error is not None and differences(picture, oracle.picture()):
                    seen.add(error[0])
    assert seen == {reason for reason, _ in GHOSTTY_ERRS.values()}
