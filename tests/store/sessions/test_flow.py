from apolo_tui.store.sessions.flow import (
    HIGH_WATER,
    LEAST_HIGH_WATER,
    LEAST_SLICE,
    MOST_SLICE,
    SLICE_TIME,
    Inflow,
    ReplyBudget,
    Slices,
)


def test_chunks_come_out_in_order_and_in_any_size() -> None:
    inflow = Inflow()
    for chunk in (b"abc", b"def", b"g"):
        inflow.put(chunk)
    assert inflow.take(2) == b"ab"
    assert inflow.take(3) == b"cde"
    assert inflow.take(100) == b"fg"
    assert inflow.size == 0


def test_slow_begins_above_the_high_mark_and_ends_at_the_low_one() -> None:
    inflow = Inflow(high=10, low=4)
    inflow.put(b"x" * 10)
    assert not inflow.slow
    inflow.put(b"x")
    assert inflow.slow
    inflow.take(5)
    assert inflow.slow
    inflow.take(2)
    assert not inflow.slow


def test_output_that_is_slow_to_parse_waits_in_small_amounts() -> None:
    inflow = Inflow()
    inflow.allow(40_000)
    inflow.put(b"x" * 40_000)
    assert not inflow.slow
    inflow.put(b"x")
    assert inflow.slow
    inflow.take(20_000)
    assert inflow.slow
    inflow.take(1)
    assert not inflow.slow


def test_what_may_wait_is_bounded_on_both_sides() -> None:
    inflow = Inflow()
    for backlog, most in ((1, LEAST_HIGH_WATER), (1 << 30, HIGH_WATER)):
        inflow.allow(backlog)
        inflow.put(b"x" * most)
        assert not inflow.slow
        inflow.put(b"x")
        assert inflow.slow
        inflow.take(most + 1)


async def test_the_end_is_told_when_all_is_taken() -> None:
    inflow = Inflow()
    inflow.put(b"x")
    inflow.end()
    assert await inflow.wait()
    inflow.take(1)
    assert not await inflow.wait()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_slices_shrink_for_slow_parsing_and_grow_for_fast() -> None:
    clock = Clock()
    slices = Slices(clock=clock)
    inflow = Inflow()

    def costing(seconds: float) -> int:
        def feed(data: bytes) -> None:
            clock.now += seconds

        inflow.put(b"x" * slices.size)
        slices.feed(feed, inflow)
        inflow.take(10**9)
        return slices.size

    before = slices.size
    assert costing(SLICE_TIME * 2) == before // 2
    for _ in range(20):
        costing(SLICE_TIME * 2)
    assert slices.size == LEAST_SLICE
    for _ in range(20):
        costing(0.0)
    assert slices.size == MOST_SLICE


def test_a_short_last_slice_does_not_count_as_fast() -> None:
    slices = Slices(clock=Clock())
    inflow = Inflow()
    inflow.put(b"x")
    before = slices.size
    slices.feed(lambda data: None, inflow)
    assert slices.size == before


def test_answers_are_sent_whole_and_no_faster_than_allowed() -> None:
    clock = Clock()
    budget = ReplyBudget(rate=10, clock=clock)
    assert budget.take(b"12345678") == b"12345678"
    assert budget.take(b"abcde") == b""
    clock.now += 1.0
    assert budget.take(b"") == b"abcde"
    assert budget.dropped == 0


def test_a_flood_of_questions_is_not_answered_for_ever() -> None:
    budget = ReplyBudget(rate=10, clock=Clock())
    assert budget.take(b"x" * 41) == b""
    assert budget.dropped == 41
