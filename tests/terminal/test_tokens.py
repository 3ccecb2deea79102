"""The tokenizer: cutting, controls inside sequences, malformed and endless ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.terminal.tokens import SEQUENCE_LIMIT, STRING_LIMIT, Tokenizer
from tests.terminal.feeding import lines, run
from tests.terminal.oracles import new_screen


def tokens(*parts: bytes) -> list[str]:
    tokenizer = Tokenizer()
    return [token for part in parts for token in tokenizer.split(part)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"abc\x1b[1;31mdef\n", ["abc", "\x1b[1;31m", "def", "\n"]),
        (b"\x1b]2;a title\x07x", ["\x1b]2;a title\x07", "x"]),
        (b"\x1b]2;a title\x1b\\x", ["\x1b]2;a title\x1b\\", "x"]),
        (b"\x1bP$qm\x1b\\", ["\x1bP$qm\x1b\\"]),
        (b"\x1bPa\x07b\x1b\\", ["\x1bPa\x07b\x1b\\"]),
        (b"\x1b(0\x1b#8\x1bM", ["\x1b(0", "\x1b#8", "\x1bM"]),
        (b"\x1b[1\n2Cx", ["\n", "\x1b[12C", "x"]),
        (b"\x1b[1\x1b[2Cx", ["\x1b[2C", "x"]),
        (b"\x1b[1\x18x", ["x"]),
        (b"\x1b[1 2Cx", ["x"]),
        (b"\x1b\n[2Cx", ["\n", "\x1b[2C", "x"]),
        (b"\x1b]2;lost\x18x", ["x"]),
        (b"\x1b]2;lost\x1b[1mx", ["\x1b[1m", "x"]),
        (b"\x1b\x1b\x1bMx", ["\x1bM", "x"]),
        (
            b"\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\x",
            ["\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "x"],
        ),
        ("\x1b[2é3Cx".encode(), ["3Cx"]),
    ],
)
def test_tokens_at_every_cut(data: bytes, expected: list[str]) -> None:
    assert tokens(data) == expected
    for cut in range(1, len(data)):
        joined = tokens(data[:cut], data[cut:])
        assert "".join(joined) == "".join(expected)
        assert [t for t in joined if t < " "] == [t for t in expected if t < " "]


def test_plain_lines_are_one_token_behind_a_line_end() -> None:
    assert tokens(b"a\r\nb\r\n\x1b[31mc\x1b[m\r\nd") == ["a", "\r\nb\r\n\x1b[31mc\x1b[m\r\n", "d"]


def test_a_control_sequence_is_bounded() -> None:
    tokenizer = Tokenizer()
    for _ in range(100):
        assert tokenizer.split(b"\x1b[" + b"1;" * 500) == []
    assert tokenizer.split(b"1" * SEQUENCE_LIMIT * 2) == []
    assert tokenizer.split(b"mx") == ["x"]
    assert tokenizer.dropped == 100


def test_a_string_is_bounded() -> None:
    tokenizer = Tokenizer()
    assert tokenizer.split(b"\x1b]52;c;" + b"a" * STRING_LIMIT) == []
    for _ in range(20):
        assert tokenizer.split(b"a" * 100_000) == []
    assert tokenizer.split(b"\x07x\x1b]2;t\x07") == ["x", "\x1b]2;t\x07"]
    assert tokenizer.dropped == 1


def test_an_unknown_sequence_is_counted_and_ignored() -> None:
    screen = run("a\x1b[5;6yb\x1b[?12345hc\x1bkd\x1b]7777;x\x07e")
    assert screen.text().startswith("abcde")
    assert screen.malformed == 4


def test_parameters_are_clamped() -> None:
    assert lines("\x1b[0000000005Cx") == ["     x"]
    assert run("\x1b[99999999999999999999Bx").y == 5
    screen = new_screen(20, 6)
    screen.feed(b"\x1b[" + b"1;" * 3000 + b"mx")
    assert (screen.text().strip(), screen.malformed) == ("x", 1)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"\x1b",
                b"[",
                b"]",
                b"P",
                b"\\",
                b"\x07",
                b"\x18",
                b"\n",
                b"\r\n",
                b"1",
                b";",
                b"m",
                b"H",
                b"ab",
                "é".encode(),
                b"\xff",
                b" ",
                b"?",
                b"(",
                b"0",
            ]
        ),
        max_size=24,
    ),
    st.integers(0, 60),
)
def test_any_cut_gives_the_same_effects(parts: list[bytes], cut: int) -> None:
    data = b"".join(parts)
    whole, split = tokens(data + b"\x18"), tokens(data[:cut], data[cut:] + b"\x18")
    assert "".join(whole) == "".join(split)
