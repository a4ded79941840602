"""How many shares an order is for: odd lots, round lots and a heavy tail."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulation.plan import Profile
from simulation.workload.popularity import sample
from simulation.workload.workload import Floats, Int64s

ROUND_LOT: Final = 100


def order_sizes(profile: Profile, count: int, rng: np.random.Generator) -> Int64s:
    """Draw order sizes in shares, 1 to `profile.largest_order`.

    A size is below 100 with `odd_lot_share`, exactly 100 with `round_lot_share`, else above
    100 with a Pareto tail: `P(size > n) = (100 / n)**size_tail_index`.
    """
    kind = rng.random(count)
    sizes = np.full(count, ROUND_LOT, dtype=np.int64)
    odd = kind < profile.odd_lot_share
    large = kind >= profile.odd_lot_share + profile.round_lot_share
    sizes[odd] = 1 + sample(odd_lot_weights(profile.odd_lot_mean), int(odd.sum()), rng)
    tail = (1.0 - rng.random(int(large.sum()))) ** (-1.0 / profile.size_tail_index)
    sizes[large] = np.ceil(np.minimum(ROUND_LOT * tail, profile.largest_order)).astype(np.int64)
    return np.minimum(sizes, profile.largest_order)


def odd_lot_weights(mean: float) -> Floats:
    """Return weights of the sizes 1 to 99 that have a given mean.

    They fall geometrically, which of all distributions with this mean is the least informed
    one (Jaynes, Phys. Rev. 106:620, 1957); the ratio is found by bisection.

    Args:
        mean: Mean size in shares, 1 to 99; beyond that the nearest possible is taken.
    """
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean(_geometric(middle)) < mean else (low, middle)
    return _geometric(low)


def _geometric(log_ratio: float) -> Floats:
    exponents = log_ratio * np.arange(ROUND_LOT - 1)
    weights: Floats = np.exp(exponents - exponents.max())
    return weights


def _mean(weights: Floats) -> float:
    return float(np.average(np.arange(1, ROUND_LOT), weights=weights))
