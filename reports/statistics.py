"""Exact statistics of latencies, from every single value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import numpy as np

from reports.tables import Integers
from simulation import metric_names

# Percentiles in parts of a whole number, so that ranks are whole-number arithmetic.
WHOLE: Final = 100_000
_NAME: Final = re.compile(r"p(\d{2}(?:\d{0,2}[1-9])?)")


def parts_of(name: str) -> int:
    """Return the parts of `WHOLE` of a percentile by its name; 0 if it is not the name of one.

    Two figures are whole per cent, the others decimals: p75, p995 (99.5 %), p9999 (99.99 %).
    """
    match = _NAME.fullmatch(name)
    return int(match[1].ljust(5, "0")) if match else 0


PERCENTILES: Final = {name: parts_of(name) for name in metric_names.PERCENTILES}
MORE_PERCENTILES: Final = {name: parts_of(name) for name in metric_names.MORE_PERCENTILES}
ENOUGH_ABOVE: Final = 10
STATISTICS: Final = ("count", "rate", "mean", "sd", "min", *PERCENTILES, "max")

_POINTS_PER_DECADE: Final = 24
_US_PER_S: Final = 1_000_000


def nearest_rank(ascending: Integers, parts: int) -> int:
    """Return a percentile by the nearest-rank definition: value number ceil(q n) in order.

    Hyndman and Fan (1996) call it definition 1; it is always a value that was measured.

    Args:
        ascending: At least one value, sorted.
        parts: The percentile in parts of `WHOLE`, above 0.
    """
    return int(ascending[-(-len(ascending) * parts // WHOLE) - 1])


def is_undersampled(count: int, parts: int) -> bool:
    """Tell whether fewer than ten values lie beyond a percentile, too few to show it."""
    return count * min(parts, WHOLE - parts) < ENOUGH_ABOVE * WHOLE


def exact_sum(values: Integers) -> int:
    """Return the sum of integers, exact however large it is."""
    # Halves of 32 bits cannot overflow 64 bits below 2**31 values.
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFF_FFFF).sum())


def weighted_rank(ascending: Integers, weights: Integers, parts: int) -> int:
    """Return a percentile, by nearest rank, of values that each stand for several.

    Args:
        ascending: At least one value, sorted.
        weights: How many each stands for, above 0.
        parts: The percentile in parts of `WHOLE`, above 0.
    """
    ends = np.cumsum(weights)
    rank = -(-int(ends[-1]) * parts // WHOLE)
    return int(ascending[np.searchsorted(ends, rank)])


def describe(ascending: Integers, seconds: float, more: Iterable[str] = ()) -> dict[str, float]:
    """Return the `STATISTICS` of latencies, and some more percentiles.

    Args:
        ascending: At least one latency in microseconds, sorted.
        seconds: Length of the measurement; the rate is per second of it.
        more: Names of the other percentiles.

    Returns:
        Count, rate per second, and the rest in seconds; `sd` divides by n - 1. Besides them
        `within_sd`, the share of values that are no further than that from the mean.
    """
    count = len(ascending)
    in_us = {
        "mean": float(ascending.mean()),
        "sd": float(ascending.std(ddof=1)) if count > 1 else 0.0,
        "min": int(ascending[0]),
        **{name: nearest_rank(ascending, parts_of(name)) for name in (*PERCENTILES, *more)},
        "max": int(ascending[-1]),
    }
    in_s = {name: value / _US_PER_S for name, value in in_us.items()}
    rate = count / seconds if seconds > 0 else 0.0
    within = share_within(ascending, in_us["mean"], in_us["sd"])
    return {"count": count, "rate": rate, **in_s, "within_sd": within}


def share_within(ascending: Integers, mean: float, sd: float) -> float:
    """Return the share of values that are no further from a mean than so much."""
    first = np.searchsorted(ascending, mean - sd, side="left")
    last = np.searchsorted(ascending, mean + sd, side="right")
    return float(last - first) / len(ascending)


def undersampled(count: int, more: Iterable[str] = ()) -> list[str]:
    """Return the percentiles, with some more, that so many values are too few for."""
    return [name for name in (*PERCENTILES, *more) if is_undersampled(count, parts_of(name))]


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
    return [(float(x), float(y)) for x, y in zip(one_in, values, strict=True)]
