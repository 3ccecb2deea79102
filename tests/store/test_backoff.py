"""Delays between tries: growing, bounded, and different for each dashboard."""

import pytest

from apolo_tui.store.feed import Backoff


def waits(chance: float, tries: int = 8) -> list[float]:
    backoff = Backoff(first=1.0, most=10.0, jitter=lambda: chance)
    return [backoff.next() for _ in range(tries)]


def test_they_grow_up_to_a_bound() -> None:
    middle = waits(0.5)
    assert middle[:4] == [1.0, 2.0, 4.0, 8.0]
    assert middle == sorted(middle)
    assert max(waits(1.0)) == 10.0


@pytest.mark.parametrize("number", range(8))
def test_chance_tells_dashboards_apart_at_every_try_the_longest_too(number: int) -> None:
    found = [waits(chance)[number] for chance in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert len(set(found)) == len(found)
    assert found == sorted(found)
