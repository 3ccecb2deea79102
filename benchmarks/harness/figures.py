"""Medians, percentiles and ratios of what was measured."""

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank, with `share` from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}ms"


def fraction(ours: float, theirs: float) -> str:
    """Ours as a part of theirs: `1/28`, or `1.2x` when it is more."""
    if ours <= 0:
        return "1/inf"
    ratio = theirs / ours
    return (
        f"1/{ratio:.0f}" if ratio >= 10 else f"1/{ratio:.1f}" if ratio >= 1 else f"{1 / ratio:.1f}x"
    )
