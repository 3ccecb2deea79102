"""Free slots: more often while somebody looks, with the trend of the last hour."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from apolo_tui.model.errors import AuthorizationError, ServerError
from apolo_tui.model.link import Failed, Live, Retrying
from apolo_tui.store.capacity import CapacityFeed
from apolo_tui.store.feed import Backoff
from apolo_tui.store.history import TelemetryHistory
from tests.store.platforms import FakePlatform
from tests.until import until


@asynccontextmanager
async def following(
    asked: FakePlatform, history: TelemetryHistory | None = None, *, every: float = 0.01
) -> AsyncIterator[CapacityFeed]:
    feed = CapacityFeed(
        asked,
        "prod",
        history=history,
        every=every,
        eager=0.01,
        clock=lambda: 7.0,
        backoff=Backoff(first=0.01, most=0.01),
    )
    task = asyncio.ensure_future(feed.run())
    yield feed
    task.cancel()
    await asyncio.wait({task})


async def test_it_follows_the_platform() -> None:
    asked = FakePlatform(free={"a100-1": 0})
    async with following(asked) as feed:
        await until(lambda: feed.topic.value.free == {"a100-1": 0})
        assert feed.topic.value.link == Live()
        assert feed.topic.value.as_of == 7.0
        asked.free = {"a100-1": 2}
        await until(lambda: feed.topic.value.free == {"a100-1": 2})


async def test_trouble_keeps_what_was_known() -> None:
    asked = FakePlatform(free={"a100-1": 1})
    async with following(asked) as feed:
        await until(lambda: feed.topic.value.free)
        asked.free = ServerError("down")
        await until(lambda: isinstance(feed.topic.value.link, Retrying))
        assert feed.topic.value.free == {"a100-1": 1}
        asked.free = AuthorizationError()
        feed._backoff.slow = 0.01
        await until(lambda: isinstance(feed.topic.value.link, Failed))


async def test_attention_asks_at_once_and_again() -> None:
    asked = FakePlatform(free={})
    async with following(asked, every=3600.0) as feed:
        await until(lambda: len(asked.calls) == 1)
        with feed.attention():
            await until(lambda: len(asked.calls) >= 4)


async def test_the_trend_is_kept_on_disk(tmp_path: Path) -> None:
    now = 1_795_333_800.0
    history = TelemetryHistory(tmp_path / "telemetry.db", clock=lambda: now)
    asked = FakePlatform(free={"a100-1": 3})
    async with following(asked, history) as feed:
        await until(lambda: feed.topic.value.trends)
        now += 60
        asked.free = {"a100-1": 1}
        await until(lambda: feed.topic.value.trends["a100-1"][-2:] == (3.0, 1.0))
        assert len(feed.topic.value.trends["a100-1"]) == 60
    await history.close()
