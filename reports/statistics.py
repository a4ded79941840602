"""Exact statistics of latencies, from every single value."""

from __future__ import annotations

from typing import Final

import numpy as np

from reports.tables import Integers

# Percentiles in parts of 10,000, so that ranks are whole-number arithmetic.
PERCENTILES: Final = {
    "p50": 5_000, "p90": 9_000, "p95": 9_500, "p99": 9_900, "p999": 9_990, "p9999": 9_999,
}  # fmt: skip
PARTS_OF: Final = {"p10": 1_000, **PERCENTILES}
ENOUGH_ABOVE: Final = 10
STATISTICS: Final = ("count", "rate", "mean", "sd", "min", *PERCENTILES, "max")

_POINTS_PER_DECADE: Final = 24
_US_PER_S: Final = 1_000_000


def nearest_rank(ascending: Integers, parts: int) -> int:
    """Return a percentile by the nearest-rank definition: value number ceil(q n) in order.

    Hyndman and Fan (1996) call it definition 1; it is always a value that was measured.

    Args:
        ascending: At least one value, sorted.
        parts: The percentile in parts of 10,000, above 0.
    """
    return int(ascending[-(-len(ascending) * parts // 10_000) - 1])


def is_undersampled(count: int, parts: int) -> bool:
    """Tell whether fewer than ten values lie beyond a percentile, too few to show it."""
    return count * min(parts, 10_000 - parts) < ENOUGH_ABOVE * 10_000


def exact_sum(values: Integers) -> int:
    """Return the sum of integers, exact however large it is."""
    # Halves of 32 bits cannot overflow 64 bits below 2**31 values.
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFF_FFFF).sum())


def weighted_rank(ascending: Integers, weights: Integers, parts: int) -> int:
    """Return a percentile, by nearest rank, of values that each stand for several.

    Args:
        ascending: At least one value, sorted.
        weights: How many each stands for, above 0.
        parts: The percentile in parts of 10,000, above 0.
    """
    ends = np.cumsum(weights)
    rank = -(-int(ends[-1]) * parts // 10_000)
    return int(ascending[np.searchsorted(ends, rank)])


def describe(ascending: Integers, seconds: float) -> dict[str, float]:
    """Return the `STATISTICS` of latencies.

    Args:
        ascending: At least one latency in microseconds, sorted.
        seconds: Length of the measurement; the rate is per second of it.

    Returns:
        Count, rate per second, and the rest in seconds; `sd` divides by n - 1.
    """
    count = len(ascending)
    in_us = {
        "mean": float(ascending.mean()),
        "sd": float(ascending.std(ddof=1)) if count > 1 else 0.0,
        "min": int(ascending[0]),
        **{name: nearest_rank(ascending, parts) for name, parts in PERCENTILES.items()},
        "max": int(ascending[-1]),
    }
    in_s = {name: value / _US_PER_S for name, value in in_us.items()}
    return {"count": count, "rate": count / seconds if seconds > 0 else 0.0, **in_s}


def undersampled(count: int) -> list[str]:
    """Return the percentiles that so many values are too few for."""
    return [name for name, parts in PERCENTILES.items() if is_undersampled(count, parts)]


def spectrum(ascending: Integers) -> list[tuple[float, float]]:
    """Return points (1/(1-q), latency in seconds) of the percentile spectrum.

    The points are evenly spaced on a log axis and end where ten values are left above.
    """
    count = len(ascending)
    if count < 2 * ENOUGH_ABOVE:
        return []
    decades = np.log10(count / ENOUGH_ABOVE)
    one_in = np.logspace(0, decades, int(decades * _POINTS_PER_DECADE) + 2)
    # 0.9 of 100 values is 90, though floats may say that it is a little more.
    ranks = np.ceil((count * (1 - 1 / one_in)).round(6)).astype(int).clip(1, count) - 1
    values = ascending[ranks] / _US_PER_S
    return [(round(float(x), 4), float(y)) for x, y in zip(one_in, values, strict=True)]
