"""Which order a cancel is for: the user's latest one that is still waiting."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulation.workload.grouped import user_time_keys
from simulation.workload.workload import NONE, Int32s, Int64s

MOST_STEPS_BACK: Final = 6


class Waiting(NamedTuple):
    """Orders that wait from an instant to another, microseconds; sorted by the former."""

    user: Int32s
    since_us: Int64s
    until_us: Int64s


def choose_targets(user: Int32s, at_us: Int64s, waiting: Waiting) -> Int64s:
    """Give each cancel the latest order of its user that waits at its instant.

    Every order is cancelled once at most; the earlier cancel gets it. A cancel looks back a
    limited number of orders.

    Args:
        user: Whose cancel it is, shape (cancels,).
        at_us: When, sorted.
        waiting: Orders that may be cancelled.

    Returns:
        Indices into `waiting`, -1 where there is none.
    """
    chosen = np.full(len(user), NONE, dtype=np.int64)
    if not len(waiting.user):
        return chosen
    order = np.argsort(user_time_keys(waiting.user, waiting.since_us), kind="stable")
    keys = user_time_keys(waiting.user, waiting.since_us)[order]
    latest = np.searchsorted(keys, user_time_keys(user, at_us)) - 1
    free = np.ones(len(order), dtype=bool)
    seeking = np.arange(len(user))
    for step in range(MOST_STEPS_BACK):
        place = np.maximum(latest[seeking] - step, 0)
        candidate = order[place]
        fits = (latest[seeking] >= step) & (waiting.user[candidate] == user[seeking])
        fits &= free[candidate] & (waiting.until_us[candidate] > at_us[seeking])
        taken, first = np.unique(candidate[fits], return_index=True)
        chosen[seeking[fits][first]] = taken
        free[taken] = False
        seeking = seeking[chosen[seeking] == NONE]
    return chosen
