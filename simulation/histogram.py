"""Counts of latencies in bins of bounded relative width: small, quick, and easy to add up.

Source: G. Tene, HdrHistogram: values are kept to so many significant figures, in buckets each
twice as wide as the one before, of sub-buckets of equal width.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_SUB_BUCKETS: Final = 2_048  # keeps three significant figures
_HALF: Final = _SUB_BUCKETS // 2
_HALF_BITS: Final = 10  # of the half


def places_of(values: Integers) -> Integers:
    """Return the place of each value, at least 0, in the array of counts of such a histogram."""
    whole = np.maximum(values, 0)
    bits = np.frexp(np.maximum(whole, 1).astype(np.float64))[1].astype(np.int64)
    bucket = np.maximum(bits - (_HALF_BITS + 1), 0)
    sub = whole >> bucket
    places: Integers = ((bucket + 1) << _HALF_BITS) + (sub - _HALF)
    return places


def lowest_at(place: int) -> int:
    """Return the smallest value that belongs to a place."""
    bucket, sub = (place >> _HALF_BITS) - 1, (place & (_HALF - 1)) + _HALF
    if bucket < 0:
        bucket, sub = 0, sub - _HALF
    return sub << bucket


class Histogram:
    """Counts values, and knows their percentiles to three significant figures, from below.

    Attributes:
        count: How many values there are.
        total: Their sum.
        most: The largest.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.most = 0
        self._counts = np.zeros(0, np.int64)

    def add(self, values: Integers) -> None:
        """Count some values, each at least 0."""
        if not len(values):
            return
        found = np.bincount(places_of(values))
        longer, shorter = sorted((self._counts, found), key=len, reverse=True)
        self._counts = longer.astype(np.int64)
        self._counts[: len(shorter)] += shorter
        self.count += len(values)
        self.total += int(values.sum())
        self.most = max(self.most, int(values.max()))

    def at_least(self, rank: int) -> int:
        """Return what value number `rank` in order, from 1, is at least."""
        place = int(np.searchsorted(np.cumsum(self._counts), rank))
        return lowest_at(place)
