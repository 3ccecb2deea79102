"""Long work in steps: a generator that yields often, so that its runner can do else between."""

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""What it returns is the result."""

STEP = 100
"""Items between two yields: a millisecond of what is done with each."""


RUN = 4_000
"""Items that are sorted at once."""
SAMPLES = 16
"""Items of each run by which the runs are cut."""


def completed(steps: Steps[T]) -> T:
    """The result, without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


def pieces(items: Iterable[T]) -> Iterator[tuple[bool, T]]:
    """Each item, and whether it is time to yield before it."""
    for number, item in enumerate(items, start=1):
        yield number % STEP == 0, item


def sorting(items: list[T], key: Callable[[T], Any], *, reverse: bool = False) -> Steps[None]:
    """`items.sort` in steps, none of which sorts many more than RUN items.

    Runs are sorted by themselves. All of them are then cut at the same values, and what lies
    between two cuts is put together: equal items are never parted, so their order stays.
    """
    if len(items) <= RUN:
        items.sort(key=key, reverse=reverse)
        return
    if reverse:
        items.reverse()
    runs = []
    for start in range(0, len(items), RUN):
        runs.append(sorted(items[start : start + RUN], key=key))
        yield
    samples = sorted(key(run[at]) for run in runs for at in range(0, len(run), RUN // SAMPLES))
    cuts = samples[SAMPLES::SAMPLES]
    starts = [0] * len(runs)
    place = 0
    for number in range(len(cuts) + 1):
        part: list[T] = []
        for at, run in enumerate(runs):
            end = len(run)
            if number < len(cuts):
                end = bisect_left(run, cuts[number], lo=starts[at], key=key)
            part += run[starts[at] : end]
            starts[at] = end
        part.sort(key=key)
        items[place : place + len(part)] = part
        place += len(part)
        yield
    if reverse:
        items.reverse()
