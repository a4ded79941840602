"""When commands arrive: Poisson processes whose rate is constant, ramps, or follows the day.

All are drawn by inversion: the cumulative intensity turns a homogeneous process of rate 1
into the wanted one (Cinlar, Introduction to Stochastic Processes, 1975, section 4.7). Given
their count, arrivals of the former are sorted uniform numbers (Ross, Stochastic Processes,
2nd edition 1996, theorem 2.3.1), so a given total keeps the shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np

from simulation.plan import Stage
from simulation.workload.workload import Floats, WorkloadError

HALF_HOUR_S: Final = 1_800.0


class Leg(NamedTuple):
    """A stretch of time over which the rate moves linearly.

    Rates are arrivals per second, or mere weights where a total is given.
    """

    start_s: float
    end_s: float
    rate_from: float
    rate_to: float

    @property
    def arrivals(self) -> float:
        """Return the mean number of arrivals in this leg."""
        return (self.end_s - self.start_s) * (self.rate_from + self.rate_to) / 2


def poisson(
    rate_per_s: float,
    duration_s: float,
    rng: np.random.Generator,
    *,
    total: int | None = None,
) -> Floats:
    """Draw arrivals at a constant rate.

    Args:
        rate_per_s: Mean arrivals per second, not negative; without meaning if `total` is set.
        duration_s: Length of the interval, above zero.
        rng: Source of randomness.
        total: Exactly so many arrivals; None leaves the count to chance.

    Returns:
        Arrival times in [0, duration_s), sorted.
    """
    rate = rate_per_s if total is None else 1.0
    return arrivals([Leg(0.0, duration_s, rate, rate)], rng, total=total)


def ramp(
    start_rate_per_s: float,
    stages: Sequence[Stage],
    rng: np.random.Generator,
    *,
    total: int | None = None,
) -> Floats:
    """Draw arrivals at a rate that moves linearly from stage to stage.

    Args:
        start_rate_per_s: Rate at time 0.
        stages: Each leads to its target within its duration; a duration of 0 is a jump.
        rng: Source of randomness.
        total: Exactly so many arrivals, in the same shape; None leaves the count to chance.

    Returns:
        Arrival times from 0 to the end of the last stage, sorted.
    """
    ends_s = accumulate((stage.duration_s for stage in stages), initial=0.0)
    rates = [start_rate_per_s, *(stage.target_per_s for stage in stages)]
    legs = [
        Leg(*times, *levels)
        for times, levels in zip(pairwise(ends_s), pairwise(rates), strict=True)
    ]
    return arrivals(legs, rng, total=total)


def intraday(
    half_hour_shares: Sequence[float],
    opens_s: float,
    window_s: tuple[float, float],
    rng: np.random.Generator,
    *,
    total: int,
) -> Floats:
    """Draw arrivals whose rate follows the day by half hours, constant within each.

    Args:
        half_hour_shares: Weights of the half hours from the opening on.
        opens_s: The opening, seconds on the run's clock; may be negative.
        window_s: Start and end of the part of the day that is drawn.
        rng: Source of randomness.
        total: Exactly so many arrivals within the window.

    Returns:
        Arrival times on the run's clock, sorted.

    Raises:
        WorkloadError: No half hour with a weight above zero lies within the window.
    """
    starts_s = [opens_s + HALF_HOUR_S * number for number in range(len(half_hour_shares))]
    legs = [
        Leg(max(start_s, window_s[0]), min(start_s + HALF_HOUR_S, window_s[1]), share, share)
        for start_s, share in zip(starts_s, half_hour_shares, strict=True)
        if start_s < window_s[1] and start_s + HALF_HOUR_S > window_s[0]
    ]
    return arrivals(legs, rng, total=total)


def arrivals(legs: Sequence[Leg], rng: np.random.Generator, *, total: int | None) -> Floats:
    """Draw the arrivals of a process whose rate is piecewise linear.

    Args:
        legs: In the order of time, not overlapping.
        rng: Source of randomness.
        total: Exactly so many arrivals; None leaves the count to chance.

    Returns:
        Arrival times, sorted.

    Raises:
        WorkloadError: A total above zero is asked of a rate that is zero throughout.
    """
    reached = np.cumsum([leg.arrivals for leg in legs])
    mean = float(reached[-1]) if len(reached) else 0.0
    count = int(rng.poisson(mean)) if total is None else total
    if count and not mean > 0:
        raise WorkloadError(f"load: {count} arrivals asked for, but its rate is zero throughout")
    levels = np.sort(rng.random(count)) * mean
    which = np.minimum(np.searchsorted(reached, levels, side="right"), len(legs) - 1)
    before = np.concatenate(([0.0], reached[:-1]))
    return _inverse(legs, which, levels - before[which]) if count else levels


def _inverse(legs: Sequence[Leg], which: np.ndarray, level: Floats) -> Floats:
    """Solve `rate_from t + (slope / 2) t**2 = level` in each leg, stable for any slope."""
    start, end, rate_from, rate_to = (column[which] for column in np.array(legs).T)
    slope = (rate_to - rate_from) / (end - start)
    root = np.sqrt(np.maximum(rate_from**2 + 2 * slope * level, 0.0))
    elapsed = np.divide(2 * level, rate_from + root, out=np.zeros_like(level), where=level > 0)
    latest = np.nextafter(end, start)
    times: Floats = np.minimum(start + elapsed, latest)
    return times
