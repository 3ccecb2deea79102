"""term-F1: whatever comes, no exception, no hang, and a screen that is still sound."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.terminal.input.translation import Translator
from apolo_tui.terminal.modes import Modes
from apolo_tui.terminal.screen import Screen
from tests.terminal.feeding import state
from tests.terminal.oracles import load, new_screen, recording_names

FINALS = "".join(map(chr, range(0x40, 0x7F)))
PREFIXES = ("", "", "", "?", ">", "=", "<")
INTERMEDIATES = ("", "", "", "$", "'", "*", " ", "!", '"')
NUMBERS = (
    "",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "9",
    "12",
    "25",
    "69",
    "999",
    "65535",
    "65536",
    "99999999999999999999",
    "000000000000004",
    "1049",
    "1047",
    "47",
    "2004",
    "6",
)
TEXTS = (
    "a",
    "hello",
    "x" * 300,
    "漢字仮名",
    "e\u0301",
    "👨\u200d👩\u200d👧",
    "\u0301",
    "🇩🇪",
    "é" * 90,
)


def sound(screen: Screen) -> None:
    """What always holds of a screen."""
    columns = screen.columns
    assert len(screen.lines) == len(screen.hidden) == screen.rows
    assert 0 <= screen.x < columns
    assert 0 <= screen.y < screen.rows
    assert 0 <= screen.top <= screen.bottom < screen.rows
    assert 0 <= screen.left <= screen.right < columns
    for row in (*screen.lines, *screen.scrollback.rows(max(len(screen.scrollback) - 20, 0))):
        assert row.lengths is None or len(row.lengths) == row.length()
        if row.chars is not None:
            assert len(row.chars) == len(row.styles)
        cells = row.cells(columns)
        assert len(cells) == columns
        for x, (char, _) in enumerate(cells):
            if char == "":
                assert x
                assert screen.widths[cells[x - 1][0][0]] == 2
        text = "".join(part for part, _ in row.spans(columns))
        assert sum(screen.widths[char] for char in text) == columns
    for row in screen.lines:
        assert row.lengths is None
        assert len(row.text) <= columns
        assert row.chars is None or len(row.chars) == columns
    assert len(screen.scrollback) <= screen.scrollback.limit + 64


def sequence(source: random.Random) -> bytes:
    """One piece of output, more often than not one that does something."""
    kind = source.random()
    if kind < 0.3:
        return source.choice(TEXTS).encode()
    if kind < 0.45:
        return source.choice(
            (
                b"\r",
                b"\n",
                b"\r\n",
                b"\b",
                b"\t",
                b"\x0e",
                b"\x0f",
                b"\x1bM",
                b"\x1bD",
                b"\x1bE",
                b"\x1b7",
                b"\x1b8",
                b"\x1bc",
                b"\x1b#8",
                b"\x1b6",
                b"\x1b9",
                b"\x1bN",
                b"\x1b(0",
                b"\x1b)0",
                b"\x1bH",
            )
        )
    if kind < 0.9:
        parameters = ";".join(source.choices(NUMBERS, k=source.randrange(6)))
        prefix, middle = source.choice(PREFIXES), source.choice(INTERMEDIATES)
        return f"\x1b[{prefix}{parameters}{middle}{source.choice(FINALS)}".encode()
    if kind < 0.95:
        command = source.choice(("0", "2", "4", "8", "9", "10", "52", "99", "104", "777", "x"))
        body = source.choice((";?", ";a;b", ";;http://x", ";c;YQ==", ";c;?", ";1;?", ";rgb:1/2/3"))
        return f"\x1b]{command}{body}\x07".encode()
    return source.randbytes(source.randrange(40))


@pytest.mark.parametrize("seed", range(24))
def test_random_sequences_and_resizes(seed: int) -> None:
    source = random.Random(seed)
    screen = new_screen(source.randint(1, 40), source.randint(1, 12), scrollback=50)
    for _ in range(40):
        screen.feed(b"".join(sequence(source) for _ in range(source.randrange(30))))
        if source.random() < 0.3:
            screen.resize(source.randint(1, 40), source.randint(1, 12))
        screen.take_replies()
        screen.take_events()
        screen.take_dirty()
        sound(screen)


@pytest.mark.parametrize("seed", range(12))
def test_mutated_recordings(seed: int) -> None:
    source = random.Random(seed)
    data = bytearray(load(source.choice(recording_names())).data[:20_000])
    for _ in range(source.randrange(400)):
        at = source.randrange(len(data))
        action = source.randrange(3)
        if action == 0:
            data[at] = source.randrange(256)
        elif action == 1:
            del data[at : at + source.randrange(1, 9)]
        else:
            data[at:at] = source.choice((b"\x1b[", b"\x1b]", b"\x1b", b"99999", b";", b"\x00\xff"))
    screen = new_screen(80, 24, scrollback=100)
    for at in range(0, len(data), 997):
        screen.feed(bytes(data[at : at + 997]))
        if source.random() < 0.1:
            screen.resize(source.randint(1, 130), source.randint(1, 50))
        sound(screen)


@pytest.mark.parametrize("seed", range(12))
def test_random_bytes(seed: int) -> None:
    source = random.Random(seed)
    screen = new_screen(33, 9, scrollback=20)
    for _ in range(12):
        screen.feed(source.randbytes(2_048))
        sound(screen)


@pytest.mark.parametrize("seed", range(16))
def test_any_cut_of_random_sequences(seed: int) -> None:
    source = random.Random(1_000 + seed)
    data = b"".join(sequence(source) for _ in range(60))
    whole = new_screen(20, 7, scrollback=30)
    whole.feed(data)
    cut = new_screen(20, 7, scrollback=30)
    at = 0
    while at < len(data):
        size = source.randint(1, 9)
        cut.feed(data[at : at + size])
        at += size
    assert state(cut) == state(whole)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_at_any_cut(data: bytes, cut: int) -> None:
    whole, parts = new_screen(10, 4), new_screen(10, 4)
    whole.feed(data)
    parts.feed(data[:cut])
    parts.feed(data[cut:])
    assert state(whole) == state(parts)
    sound(whole)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 80), st.integers(0, 31))
def test_any_input_is_translated(data: bytes, cut: int, flags: int) -> None:
    translator = Translator()
    modes = Modes(kitty_flags=flags, application_cursor=bool(flags & 1))
    translator.translate(data[:cut], modes)
    translator.translate(data[cut:], modes)
    translator.flush(modes)
    assert not translator.pending


def test_replies_and_events_are_bounded() -> None:
    screen = new_screen(20, 5)
    for _ in range(50):
        screen.feed(b"\x1b[c\x07\x1b]9;note\x07" * 3_000)
    assert len(screen.take_replies()) <= 65_536
    assert screen.replies_dropped > 0
    assert len(screen.take_events()) <= 256
    assert screen.take_replies() == b""
    screen.feed(b"\x1b[5n")
    assert screen.take_replies() == b"\x1b[0n"


def test_styles_are_bounded() -> None:
    screen = new_screen(80, 24, scrollback=200)
    for red in range(256):
        screen.feed(b"".join(b"\x1b[38;2;%d;%d;%dmx" % (red, i, i ^ red) for i in range(256)))
    assert len(screen.styles) <= 16_384
    assert len(screen.styles.transitions) <= 32_768
    assert screen.row(screen.y).cells(80)[screen.x - 1][1].foreground == 0x1FFFF00


def test_scrollback_is_bounded_by_changes_of_style_too() -> None:
    screen = new_screen(100, 10, scrollback=1_000)
    cell = b"".join(b"\x1b[3%dmx" % (i % 8) for i in range(100))
    for _ in range(1_500):
        screen.feed(cell + b"\r\n")
    changes = sum(len(row.runs or ()) for row in screen.scrollback.rows())
    assert changes <= 24_000
    assert len(screen.scrollback) >= 100
    assert screen.scrollback.dropped > 0
