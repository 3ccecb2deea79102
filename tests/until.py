"""Waiting in tests: never a bare sleep, always for something, and not for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def until(
    check: Callable[[], Awaitable[T]],
    *,
    within: float = ...,
    every: float = ...,
    what: str = ...,
) -> T: ...
@overload
async def until(
    check: Callable[[], T],
    *,
    within: float = ...,
    every: float = ...,
    what: str = ...,
) -> T: ...
async def until(
    check: Callable[[], T | Awaitable[T]],
    *,
    within: float = 30.0,
    every: float = 0.02,
    what: str = "",
) -> T:
    """Wait until `check` returns something true, and return that.

    Raises AssertionError with the last value after `within` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        value = check()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or check}, last {value!r}")
        await asyncio.sleep(every)


def wait_until(
    check: Callable[[], T], *, within: float = 30.0, every: float = 0.05, what: str = ""
) -> T:
    """The same for tests without an event loop (processes, tmux)."""
    deadline = time.monotonic() + within
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or check}, last {value!r}")
        time.sleep(every)
