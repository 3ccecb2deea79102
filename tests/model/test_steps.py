"""Sorting in steps, beside sorting at once."""

from operator import itemgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apolo_tui.model import steps
from apolo_tui.model.steps import completed, sorting


@given(st.lists(st.integers(0, 40), max_size=400), st.booleans(), st.integers(16, 60))
@settings(max_examples=200)
def test_the_order_is_that_of_sort_and_equal_ones_stay(
    values: list[int], reverse: bool, run: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(steps, "RUN", run)
        items = list(enumerate(values))
        completed(sorting(items, key=itemgetter(1), reverse=reverse))
    assert items == sorted(enumerate(values), key=itemgetter(1), reverse=reverse)
