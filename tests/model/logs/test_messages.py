"""Filters keep tracebacks whole; expressions that take too long are given up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.logs import (
    LineIndex,
    LogStore,
    MatchingMessages,
    Query,
    SlowExpressionError,
    compile_query,
)
from apolo_tui.model.logs.records import record_of
from apolo_tui.model.logs.slowness import MOST_STRIKES
from tests.model.logs.test_search import store_of

TRACEBACK = [
    b"ERROR:root:lookup",
    b"Traceback (most recent call last):",
    b'  File "train.py", line 9, in <module>',
    b"    {}['missing']",
    b"KeyError: 'missing'",
]


def filtered(store: LogStore, text: str, *, inverse: bool = False) -> MatchingMessages:
    index = LineIndex(store, compile_query(Query(text, inverse=inverse)))
    assert index.step(until=float("inf"), clock=time.monotonic)
    return MatchingMessages(index)


def forward(lines: MatchingMessages) -> list[int]:
    found: list[int] = []
    number = lines.next(0)
    while number is not None:
        found.append(number)
        number = lines.next(number + 1)
    return found


def backward(lines: MatchingMessages) -> list[int]:
    found: list[int] = []
    number = lines.previous(1 << 62)
    while number is not None:
        found.append(number)
        number = lines.previous(number)
    return found[::-1]


@pytest.mark.parametrize("text", ["KeyError", "lookup", "most recent", r"train\.py"])
def test_one_line_of_a_traceback_shows_all_of_it(text: str) -> None:
    lines = [b"step 1", *TRACEBACK, b"step 2"]
    shown = filtered(store_of(lines), text)
    assert forward(shown) == backward(shown) == list(shown) == [1, 2, 3, 4, 5]


def test_the_inverse_leaves_it_out_whole() -> None:
    lines = [b"step 1", *TRACEBACK, b"step 2"]
    shown = filtered(store_of(lines), "KeyError", inverse=True)
    assert forward(shown) == backward(shown) == list(shown) == [0, 6]
    shown = filtered(store_of(lines), "step", inverse=True)
    assert forward(shown) == backward(shown) == list(shown) == [1, 2, 3, 4, 5]


PIECES = st.sampled_from([[b"step"], [b"loss"], [b"  indented"], TRACEBACK, TRACEBACK[1:3]])


@given(st.lists(PIECES, max_size=40), st.sampled_from(["step", "KeyError", "File", "x"]))
def test_what_is_shown_is_each_message_with_a_match(pieces: list[list[bytes]], text: str) -> None:
    lines = [line for piece in pieces for line in piece]
    shown = filtered(store_of(lines), text)

    def text_of(number: int) -> str | None:
        return lines[number].decode() if 0 <= number < len(lines) else None

    expected = [
        number
        for number in range(len(lines))
        if any(
            text.lower() in lines[other].decode().lower() for other in record_of(text_of, number)
        )
    ]
    assert forward(shown) == backward(shown) == expected


def test_it_is_whole_across_blocks_and_while_it_grows() -> None:
    store = LogStore()
    rest = b"x" * 90
    while not store.blocks:
        store.append(b"2026-11-22T07:00:00Z step %b\n" % rest)
    edge = store.end
    for line in TRACEBACK[:3]:
        store.append(b"2026-11-22T07:00:00Z %b\n" % line)
    shown = filtered(store, "KeyError")
    assert forward(shown) == []
    for line in TRACEBACK[3:]:
        store.append(b"2026-11-22T07:00:00Z %b\n" % line)
    assert forward(shown) == list(range(edge, edge + 5))
    while store.tail_start <= edge + 5:
        store.append(b"2026-11-22T07:00:00Z step %b\n" % rest)
    assert shown.index.step(until=float("inf"), clock=time.monotonic)
    assert forward(shown) == backward(shown) == list(range(edge, edge + 5))


class Impatient:
    """A limit that is past at each use from the `after`-th on."""

    def __init__(self, after: int) -> None:
        self.left = after

    @contextmanager
    def __call__(self, seconds: float) -> Iterator[None]:
        self.left -= 1
        if self.left < 0:
            raise SlowExpressionError
        yield


def test_a_slow_expression_is_given_up_and_says_so() -> None:
    store = store_of([b"aaaa %d" % number for number in range(40_000)])
    assert len(store.blocks) > MOST_STRIKES
    pattern = compile_query(Query("(a+)+$"), limit=Impatient(after=0))
    index = LineIndex(store, pattern)
    assert index.step(until=float("inf"), clock=time.monotonic)
    assert pattern.gave_up
    assert pattern.note.startswith("given up")
    assert (index.count, index.next(0), index.previous(1 << 62)) == (0, None, None)
    assert pattern.spans("aaaa") == []


def test_a_line_that_takes_too_long_is_left_out() -> None:
    lines = [b"one a", b"two a", b"three a"]
    slow = [False, True, False, True, False]  # count, the block, and of its lines the second

    @contextmanager
    def limit(seconds: float) -> Iterator[None]:
        if slow and slow.pop(0):
            raise SlowExpressionError
        yield

    store = store_of(lines)
    pattern = compile_query(Query("[ab]"), limit=limit)
    slow.pop(0)
    index = LineIndex(store, pattern)
    assert [index.at(rank) for rank in range(index.count)] == [0, 2]
    assert "left out" in pattern.note
    assert not pattern.gave_up


def test_wide_lines_are_searched_in_pieces() -> None:
    wide = b"x" * 50_000 + b" needle 42 " + b"y" * 50_000 + b" end"
    store = store_of([b"needle 7", wide, b"nothing"])
    for text, expected in (
        (r"needle \d+ y", [1]),
        (r"needle \d+", [0, 1]),
        (r" end$", [1]),
        (r"^needle", [0]),
        (r"y$", []),
        (r"x\b", [1]),
        (r"x{9}$", []),
    ):
        index = LineIndex(store, compile_query(Query(text)))
        assert index.step(until=float("inf"), clock=time.monotonic)
        assert [index.at(rank) for rank in range(index.count)] == expected, text
