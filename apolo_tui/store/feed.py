"""Following a stream through its interruptions, once for however many look at it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from apolo_tui.model.errors import ApoloError, AuthError, ConnectionTimeout, RateLimited
from apolo_tui.model.link import Connecting, Ended, Failed, Link, Live, Retrying
from apolo_tui.store.topic import Topic

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(slots=True)
class Backoff:
    """Growing delays in seconds, each a quarter shorter or longer by chance."""

    first: float = 0.5
    most: float = 10.0
    slow: float = 30.0
    """For refusals that only the user can end, such as an expired login."""
    jitter: Callable[[], float] = field(default=random.random)
    """A number from 0 to 1."""
    _tries: int = 0

    def next(self) -> float:
        """The delay before the next try."""
        # Kept below the longest one by as much as chance may add: else many would wait just that
        # long, and ask in step.
        delay = min(self.most / 1.25, self.first * float(2 ** min(self._tries, 16)))
        self._tries += 1
        return delay * (0.75 + 0.5 * self.jitter())

    def after(self, error: ApoloError) -> float:
        """The delay after `error`: the platform's own word, slower when it needs the user."""
        delay = self.next()
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return max(delay, error.retry_after)
        return max(delay, self.slow) if isinstance(error, AuthError) else delay

    def reset(self) -> None:
        self._tries = 0


async def follow(
    open_stream: Callable[[], AbstractAsyncContextManager[AsyncIterator[T]]],
    *,
    on_item: Callable[[T], None],
    on_link: Callable[[Link], None],
    backoff: Backoff | None = None,
    silence: float | None = None,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Hand on the items of a stream for as long as it is worth opening again.

    A transient error reopens it after a delay, any other error of the platform ends it with
    `Failed`, its proper end with `Ended`. With `silence`, a stream that says nothing for so many
    seconds is taken for broken.
    """
    backoff = backoff or Backoff()
    while True:
        on_link(Connecting())
        try:
            async with open_stream() as items:
                on_link(Live())
                async for item in _unless_silent(items, silence):
                    backoff.reset()
                    on_item(item)
            on_link(Ended())
            return
        except ApoloError as error:
            if not error.transient:
                on_link(Failed(error.message, error.next_step))
                return
            delay = backoff.after(error)
            on_link(Retrying(error.message, delay, error.next_step))
        await sleep(delay)


async def _unless_silent(items: AsyncIterator[T], silence: float | None) -> AsyncIterator[T]:
    """The same items; raises ConnectionTimeout when none comes for `silence` seconds."""
    while True:
        try:
            async with asyncio.timeout(silence):
                item = await anext(items)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ConnectionTimeout(f"nothing came for {silence:g} s") from None
        yield item


@dataclass(slots=True)
class _Feed:
    topic: Topic[Any]
    run: Callable[[Topic[Any]], Coroutine[Any, Any, None]]
    task: asyncio.Task[None]
    leases: int = 0


class FeedPool:
    """Owns the tasks of all feeds. Each runs once, for as long as somebody holds a lease on it.

    An unexpected exception of a feed ends the pool's `async with` with an ExceptionGroup.
    """

    def __init__(self) -> None:
        self._feeds: dict[Hashable, _Feed] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._group: asyncio.TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._group = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._group is not None
        for task in list(self._tasks):
            task.cancel()
        group, self._group = self._group, None
        await group.__aexit__(kind, error, traceback)

    def start(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run something that no screen owns, until it is done or the pool closes."""
        if self._group is None:
            work.close()
            raise RuntimeError("the pool is closed")
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @asynccontextmanager
    async def lease(
        self,
        key: Hashable,
        initial: T,
        run: Callable[[Topic[T]], Coroutine[Any, Any, None]],
    ) -> AsyncIterator[Topic[T]]:
        """The topic of the feed `key`. The first lease starts it, the end of the last ends it."""
        feed = self._feeds.get(key)
        if feed is None:
            topic: Topic[T] = Topic(initial)
            feed = _Feed(topic, run, self.start(run(topic), name=str(key)))
            self._feeds[key] = feed
        feed.leases += 1
        try:
            yield cast("Topic[T]", feed.topic)
        finally:
            feed.leases -= 1
            if not feed.leases:
                del self._feeds[key]
                feed.task.cancel()

    def restart(self) -> None:
        """Begin every feed anew: after a wake-up, or because the user asked for it."""
        for key, feed in self._feeds.items():
            feed.task.cancel()
            feed.task = self.start(feed.run(feed.topic), name=str(key))

    @property
    def running(self) -> tuple[Hashable, ...]:
        """The keys of the feeds that run."""
        return tuple(self._feeds)
