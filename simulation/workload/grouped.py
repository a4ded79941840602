"""Sums, ranks and running minima within groups of rows, without a loop over the groups."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulation.workload.workload import Floats, Int32s, Int64s

TIME_BITS: Final = 40  # twelve days in microseconds


def user_time_keys(user: Int32s | Int64s, at_us: Int64s) -> Int64s:
    """Return one number per row that sorts by user, then by time (far instants alike)."""
    latest = (1 << TIME_BITS) - 1
    keys: Int64s = (user.astype(np.int64) << TIME_BITS) | np.clip(at_us, 0, latest)
    return keys


def group_starts(groups: NDArray[Any]) -> Int64s:
    """Return the first row of each run of equal values."""
    changed = np.ones(len(groups), dtype=bool)
    changed[1:] = groups[1:] != groups[:-1]
    return np.flatnonzero(changed)


def spread(values: NDArray[Any], starts: Int64s, rows: int) -> NDArray[Any]:
    """Repeat one value per group over the rows of the group."""
    return np.repeat(values, np.diff(starts, append=rows))


def ranks(starts: Int64s, rows: int) -> Int64s:
    """Number the rows of each group from 0."""
    counted: Int64s = np.arange(rows) - spread(starts, starts, rows)
    return counted


def running_sums(values: Floats, starts: Int64s) -> Floats:
    """Sum up within each group."""
    sums = np.cumsum(values)
    before = sums[starts] - values[starts]
    running: Floats = sums - spread(before, starts, len(values))
    return running


def running_minima(values: Int64s, starts: Int64s) -> Int64s:
    """Return the least value of the group so far.

    Each group is shifted below all earlier ones, so that one pass serves them all.
    """
    if not len(values):
        return values
    high = np.maximum.reduceat(values, starts)
    low = np.minimum.reduceat(values, starts)
    heights = high - low + 1
    shift = spread(np.cumsum(heights) - heights + high, starts, len(values))
    minima: Int64s = np.minimum.accumulate(values - shift) + shift
    return minima
