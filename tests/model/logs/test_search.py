"""Searching: the fast ways find what the plain way finds."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apolo_tui.model.logs.blocks import LogStore
from apolo_tui.model.logs.errors import error_pattern
from apolo_tui.model.logs.index import LineIndex
from apolo_tui.model.logs.needles import required_texts
from apolo_tui.model.logs.patterns import Query, compile_query, text_of


def stamped(lines: list[bytes]) -> bytes:
    return b"".join(
        b"2026-11-22T07:%02d:%02d.%06d123Z %b\n" % (n // 60 % 60, n % 60, n, line)
        for n, line in enumerate(lines)
    )


def store_of(lines: list[bytes]) -> LogStore:
    store = LogStore()
    data = stamped(lines)
    for position in range(0, len(data), 10_000):
        store.append(data[position : position + 10_000])
    return store


def index_of(store: LogStore, query: Query) -> LineIndex:
    index = LineIndex(store, compile_query(query))
    assert index.step(until=float("inf"), clock=time.monotonic)
    return index


def hits(index: LineIndex) -> list[int]:
    return [index.at(rank) for rank in range(index.count)]


def found(lines: list[bytes], text: str, *, regex: bool = True, inverse: bool = False) -> list[int]:
    return hits(index_of(store_of(lines), Query(text, regex=regex, inverse=inverse)))


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("plain text", ("plain text",)),
        (r"shard \d+: check", (": check",)),
        ("colou?r", ("colo",)),
        ("ab*c", ("a",)),
        ("ab+cd", ("ab",)),
        ("ab{2}c", ("a",)),
        ("a{b", ("a{b",)),
        (r"a\.b", ("a.b",)),
        ("(one|two) three", (" three",)),
        ("one|two", ("one", "two")),
        ("one|", None),
        ("[abc]+", None),
        (r"\d+", None),
        ("(?i)x", None),
        ("(?:ab)?cd", ("cd",)),
        (r"\x41bc", None),
        ("", None),
        ("x[]]yz", ("yz",)),
        (r"end$", ("end",)),
        ("a.*?b+?c", ("a",)),
        ("(?P<name>x)yz", ("yz",)),
        ("(", None),
        ("[", None),
    ],
)
def test_what_every_match_must_contain(pattern: str, texts: tuple[str, ...] | None) -> None:
    assert required_texts(pattern) == texts


def test_case_counts_only_when_it_is_typed() -> None:
    lines = [b"Error one", b"ERROR two", b"error three", b"fine"]
    assert found(lines, "error") == [0, 1, 2]
    assert found(lines, "Error") == [0]
    assert found(lines, r"\Serror") == []
    assert found(lines, r"^\w+r\b") == [0, 1, 2]


def test_the_time_and_the_colours_are_not_searched() -> None:
    lines = [b"plain 11", b"che\x1b[31mck\x1b[0msum", b"\x1b[31mred\x1b[0m", b"x"]
    assert found(lines, "2026") == []
    assert found(lines, "11") == [0]
    assert found(lines, "checksum") == [1]
    assert found(lines, "31m") == []
    assert found(lines, "^red$") == [2]


def test_only_the_last_state_of_progress_counts() -> None:
    lines = [b" 50% downloading\r100% done"]
    assert found(lines, "downloading") == []
    assert found(lines, "done") == [0]


def test_a_broken_expression_is_plain_text_and_says_so() -> None:
    pattern = compile_query(Query("what("))
    assert "plain text" in pattern.note
    assert found([b"what(now)", b"what"], "what(") == [0]
    assert not compile_query(Query("what(", regex=False)).note


def test_plain_search_takes_signs_as_they_are() -> None:
    assert found([b"a.b", b"axb"], "a.b", regex=False) == [0]
    assert found([b"a.b", b"axb"], "a.b") == [0, 1]


def test_other_alphabets() -> None:
    lines = ["ОШИБКА шага".encode(), "ошибка".encode(), "漢字 error".encode(), "aéb".encode()]
    assert found(lines, "ошибка") == [0, 1]
    assert found(lines, "Ошибка") == []
    assert found(lines, "漢字") == [2]
    assert found(lines, "a.b") == [3]


def test_inverse() -> None:
    lines = [b"keep", b"drop me", b"keep"] * 2000
    assert found(lines, "drop", inverse=True) == [n for n in range(6000) if n % 3 != 1]


WORDS = ["error", "ERROR", "loss", "0.4", "=", "epoch", "e", "é", "12"]
CONTROLS = ["\x1b[31m", "\x1b[0m", "\x1b[2K", "\r", " "]
PIECES = st.sampled_from([word.encode() for word in WORDS + CONTROLS])
LINES = st.lists(st.lists(PIECES, max_size=6).map(b"".join), max_size=120)
PATTERNS = [
    "error", "ERROR", "loss=0.4", r"loss=\d", "epoch|loss", "^error", r"\d+$", "e", " ", "é", "r.o",
    "[el]", "(?i)Error", "x*", "(error )+", r"\bloss\b", "2026", "1",
]  # fmt: skip


@settings(deadline=None)
@given(LINES, st.sampled_from(PATTERNS), st.booleans())
@example([b"error"] * 200 + [b"\x1b[31merr\x1b[0mor"], "error", False)
@example([b"epoch 12", b"error"] * 100, "epoch|loss", False)
def test_all_ways_of_finding_agree(lines: list[bytes], text: str, inverse: bool) -> None:
    capital = any(char.isupper() for char in re.sub(r"\\.", "", text))
    plain = re.compile(text, re.NOFLAG if capital else re.IGNORECASE)
    expected = [
        number
        for number, raw in enumerate(stamped(lines).split(b"\n")[:-1])
        if (plain.search(text_of(raw).decode("utf-8", "replace")) is None) == inverse
    ]
    assert found(lines, text, inverse=inverse) == expected


@pytest.fixture(scope="module")
def long_store() -> LogStore:
    return store_of(
        [b"epoch %d%s" % (n, b" ERROR: bad" if n % 500 == 7 else b"") for n in range(20_000)]
    )


def test_an_index_is_built_in_steps_from_the_newest_lines(long_store: LogStore) -> None:
    index = LineIndex(long_store, compile_query(Query("ERROR")))
    steps = 0
    seen = -1.0
    while not index.step(until=0, clock=time.monotonic):
        steps += 1
        assert index.count > 0
        assert index.searched > seen
        seen = index.searched
        assert index.at(0) > long_store.end // 2 or steps > len(long_store.blocks) // 2
    assert steps >= len(long_store.blocks) - 1
    assert index.searched == 1
    assert hits(index) == list(range(7, 20_000, 500))


def test_moving_from_match_to_match(long_store: LogStore) -> None:
    index = index_of(long_store, Query("ERROR"))
    assert index.next(0) == 7
    assert index.next(8) == 507
    assert index.next(507) == 507
    assert index.previous(507) == 7
    assert index.previous(7) is None
    assert index.next(19_508) is None
    assert (index.rank(507), index.has(507), index.has(508)) == (1, True, False)
    with pytest.raises(IndexError):
        index.at(-1)


def test_an_index_follows_a_growing_and_shrinking_store() -> None:
    store = LogStore(total_limit=400_000, memory_limit=400_000)
    index = LineIndex(store, compile_query(Query("odd")))
    for number in range(30_000):
        store.append(b"%d %s\n" % (number, b"odd" if number % 2 else b"even"))
        if number % 1000 == 0:
            index.step(until=float("inf"), clock=time.monotonic)
    assert index.step(until=float("inf"), clock=time.monotonic)
    assert store.dropped > 0 or store.end == 30_000
    first = store.first + (store.first + 1) % 2
    assert hits(index) == list(range(first, 30_000, 2))
    store.append(b"the odd half line")
    assert index.at(index.count - 1) == 30_000


def test_matches_are_marked_in_the_shown_text() -> None:
    assert compile_query(Query("o+")).spans("foo bor") == [(1, 3), (5, 6)]
    assert compile_query(Query("x*")).spans("abc") == []


ERRORS = [
    b"INFO fine",
    b"ERROR shard 17: checksum mismatch",
    b"Traceback (most recent call last):",
    b'  File "/code/data.py", line 88, in read',
    b"    raise ChecksumError(shard)",
    b"data.ChecksumError: shard 17",
    b"step 12 error=0.12 mean_error: 0.3",
    b'{"level": "error", "msg": "no"}',
    b"step 13",
    b"Traceback (most recent call last):",
    b'  File "x.py", line 1, in <module>',
    b"ValueError: one",
    b"",
    b"During handling of the above exception, another exception occurred:",
    b"",
    b"Traceback (most recent call last):",
    b'  File "x.py", line 2, in <module>',
    b"KeyError: 'two'",
    b"WARN odd",
]


def test_errors_begin_once() -> None:
    index = LineIndex(store_of(ERRORS), error_pattern())
    assert index.step(until=float("inf"), clock=time.monotonic)
    assert hits(index) == [1, 7, 9]
