"""Long work in steps: a generator that yields often, so that its runner can do else between."""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""What it returns is the result."""

STEP = 100
"""Items between two yields: a millisecond of what is done with each."""


RUN = 10_000
"""Items that are sorted at once."""


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
    """`items.sort` in steps: run by run, and then the whole, which only merges the runs."""
    for start in range(0, len(items) if len(items) > RUN else 0, RUN):
        items[start : start + RUN] = sorted(items[start : start + RUN], key=key, reverse=reverse)
        yield
    items.sort(key=key, reverse=reverse)
