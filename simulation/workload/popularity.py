"""How often each stock is asked for: Zipf's law over the ranks."""

from __future__ import annotations

import numpy as np

from simulation.workload.workload import Floats, Int64s


def zipf_weights(count: int, slope: float) -> Floats:
    """Return the probability of each rank, `k**-slope` normalised, rank 1 first.

    Zipf, Human Behavior and the Principle of Least Effort, 1949.

    Args:
        count: How many ranks, at least 1.
        slope: 0 makes all equal; 1 is the classical law.
    """
    weights = np.arange(1, count + 1, dtype=np.float64) ** -slope
    normalised: Floats = weights / weights.sum()
    return normalised


def sample(weights: Floats, count: int, rng: np.random.Generator) -> Int64s:
    """Draw indices with given probabilities, by inversion of their sum.

    Args:
        weights: Not negative, not all zero; need not be normalised.
        count: How many to draw.
        rng: Source of randomness; one number is taken per draw.
    """
    reached = np.cumsum(weights)
    levels = rng.random(count) * reached[-1]
    last = np.flatnonzero(weights)[-1]
    drawn: Int64s = np.minimum(np.searchsorted(reached, levels, side="right"), last)
    return drawn
