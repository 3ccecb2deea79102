"""The store against a plain list of lines."""

from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.logs.blocks import BLOCK_BYTES, LONGEST_LINE, LogStore

LINES = [b"line %d " % number + b"x" * (number % 97) for number in range(30_000)]
TEXT = b"".join(line + b"\n" for line in LINES)


class Memory:
    """A sink that keeps what it is given, up to some bytes."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.kept: dict[int, bytes] = {}
        self.given = 0

    def write(self, data: bytes) -> int | None:
        if sum(map(len, self.kept.values())) + len(data) > self.room:
            return None
        self.given += 1
        self.kept[self.given] = data
        return self.given

    def read(self, ticket: int) -> bytes:
        return self.kept[ticket]

    def drop(self, ticket: int) -> None:
        del self.kept[ticket]


def filled(store: LogStore, text: bytes, chunk: int) -> LogStore:
    for position in range(0, len(text), chunk):
        store.append(text[position : position + chunk])
    return store


def test_every_line_comes_back_whatever_the_chunks() -> None:
    for chunk in (7, 1000, 65_536, len(TEXT)):
        store = filled(LogStore(), TEXT, chunk)
        assert list(store.lines(0, store.end)) == LINES
        assert (store.first, store.end, store.dropped) == (0, len(LINES), 0)
        assert b"".join(store.chunks()) == TEXT
        assert store.size == len(TEXT)


def test_blocks_are_sealed_at_their_size() -> None:
    store = filled(LogStore(), TEXT, 1000)
    assert len(store.blocks) > 10
    for block in store.blocks:
        assert BLOCK_BYTES // 2 <= block.size <= 2 * BLOCK_BYTES
        assert store.data(block).count(b"\n") == block.lines


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_any_bytes_in_any_pieces(pieces: list[bytes]) -> None:
    store = LogStore()
    for piece in pieces:
        store.append(piece)
    whole = b"".join(pieces)
    lines = whole.split(b"\n")
    if not lines[-1]:
        lines.pop()
    assert list(store.lines(0, store.end)) == lines
    assert store.has_partial == (bool(whole) and not whole.endswith(b"\n"))


def test_a_line_without_its_end_is_shown_and_grows() -> None:
    store = LogStore()
    store.append(b"one\n 10%")
    assert (store.end, store.line(1), store.has_partial) == (2, b" 10%", True)
    store.append(b"\r 20%")
    assert (store.end, store.line(1)) == (2, b" 10%\r 20%")
    assert store.take_partial() == b" 10%\r 20%"
    assert (store.end, store.has_partial) == (1, False)
    store.append(b" 30%\ntwo\n")
    assert list(store.lines(0, 9)) == [b"one", b" 30%", b"two"]


def test_a_line_of_a_megabyte_stays_one_line() -> None:
    long = b"y" * (LONGEST_LINE - 10)
    store = filled(LogStore(), b"a\n" + long + b"\nb\n", 4096)
    assert list(store.lines(0, 9)) == [b"a", long, b"b"]


def test_a_line_that_never_ends_is_broken_and_saved_whole() -> None:
    endless = b"z" * (3 * LONGEST_LINE + 5)
    store = filled(LogStore(), endless + b"\nafter\n", 10_000)
    assert b"".join(store.chunks()) == endless + b"\nafter\n"
    assert store.line(store.end - 1) == b"after"
    assert max(len(store.line(number)) for number in range(store.end)) <= LONGEST_LINE
    assert b"".join(store.lines(0, store.end - 1)) == endless
    assert [store.continues(number) for number in range(5)] == [False, True, True, True, False]


def test_old_blocks_go_to_the_sink_and_are_read_from_there() -> None:
    sink = Memory()
    store = filled(LogStore(memory_limit=200_000, sink=sink), TEXT, 1000)
    assert store.in_memory < 200_000 + 2 * BLOCK_BYTES
    assert sum(map(len, sink.kept.values())) > 1_000_000
    assert list(store.lines(0, store.end)) == LINES
    assert store.dropped == 0


def test_past_the_limit_the_oldest_go_and_are_counted() -> None:
    sink = Memory()
    store = filled(LogStore(memory_limit=200_000, total_limit=600_000, sink=sink), TEXT, 1000)
    assert store.size <= 600_000 + 2 * BLOCK_BYTES
    assert store.first == store.dropped > 0
    assert store.end == len(LINES)
    assert list(store.lines(0, store.end)) == LINES[store.dropped :]
    assert sum(map(len, sink.kept.values())) + store.in_memory == store.size


def test_a_full_sink_drops_and_counts() -> None:
    store = filled(LogStore(memory_limit=200_000, sink=Memory(room=300_000)), TEXT, 1000)
    assert store.dropped > 0
    assert list(store.lines(0, store.end)) == LINES[store.dropped :]


def test_without_a_sink_memory_is_the_limit() -> None:
    store = filled(LogStore(memory_limit=200_000), TEXT, 1000)
    assert store.size <= 200_000 + 2 * BLOCK_BYTES
    assert list(store.lines(0, store.end)) == LINES[store.dropped :]


def test_clear_forgets_all_and_gives_the_sink_its_room_back() -> None:
    sink = Memory()
    store = filled(LogStore(memory_limit=100_000, sink=sink), TEXT, 1000)
    store.clear()
    assert (store.first, store.end, store.size, store.dropped) == (0, 0, 0, 0)
    assert sink.kept == {}


def test_lines_are_found_by_their_time() -> None:
    store = LogStore()
    for second in range(3000):
        clock = b"2026-11-22T%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60)
        store.append(clock + b".500Z tick\n" + clock + b".700Z " + b"." * 50 + b"\n")
    at = store.stamp(2000)
    assert at is not None
    assert store.line_at(at.ns) == 2000
    assert store.line_at(at.ns + 1) == 2001
    assert store.line_at(0) == 0
    assert store.line_at(1 << 62) == store.end
