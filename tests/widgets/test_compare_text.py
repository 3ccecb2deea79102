"""Two jobs side by side: what differs is seen."""

import pytest

from apolo_tui.model.cells import cut
from apolo_tui.widgets.compare_text import where_they_differ


@pytest.mark.parametrize("room", [36, 60, 100])
@pytest.mark.parametrize("common", ["python3 -u train.py " + "--flag value " * 9, "訓練 " * 40])
def test_the_difference_of_long_values_is_within_the_line(room: int, common: str) -> None:
    old, new = (f"{common}--seed {seed} --more" for seed in ("17", "23"))
    removed, added = where_they_differ(old, new, room, "…")
    assert "--seed 17" in cut(removed, room)
    assert "--seed 23" in cut(added, room)
    assert removed.startswith("…")


def test_what_has_room_is_whole() -> None:
    assert where_they_differ("abc", "abd", 3, "…") == ("abc", "abd")
    assert where_they_differ("x" * 50, "y" * 50, 20, "…") == ("x" * 50, "y" * 50)
