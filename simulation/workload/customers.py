"""Who the customers are: how busy, how rich, and what they own at the opening."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulation.plan import Plan
from simulation.prices.tape import PriceTape
from simulation.streams import Streams
from simulation.workload.grouped import group_starts
from simulation.workload.order_sizes import order_sizes
from simulation.workload.popularity import sample
from simulation.workload.workload import MOST_MONEY, Floats, Int64s

DOLLAR: Final = 10_000
SMALLEST_DEPOSIT: Final = 100 * DOLLAR
LARGEST_DEPOSIT: Final = MOST_MONEY // 1_000
GAIN_SIGMA: Final = 0.2  # of the log of opening price over cost: some sit on gains, some on losses
MOST_REDRAWS: Final = 50


class Positions(NamedTuple):
    """Opening positions, one row each, grouped by user.

    Attributes:
        each: How many each user has, shape (users,).
        symbol: The stocks; all different within a user.
        quantity: Shares.
        cost: What they cost, 1/10,000 USD.
    """

    each: Int64s
    symbol: Int64s
    quantity: Int64s
    cost: Int64s


class Customers(NamedTuple):
    """All users of a run.

    Attributes:
        activity: Weight of each in single operations, shape (users,).
        deposit: First deposit of each, whole dollars in 1/10,000 USD, shape (users,).
        positions: What they bring along.
    """

    activity: Floats
    deposit: Int64s
    positions: Positions


def draw_customers(plan: Plan, tape: PriceTape, popularity: Floats, streams: Streams) -> Customers:
    """Draw all users of a run.

    Activity and first deposits are log-normal in one and the same deviate: who trades more
    has more.
    """
    profile = plan.users.profile
    deviate = streams.get("users").standard_normal(plan.users.count)
    dollars = np.rint(profile.deposit / DOLLAR * np.exp(profile.deposit_sigma * deviate))
    deposit = np.clip(dollars * DOLLAR, SMALLEST_DEPOSIT, LARGEST_DEPOSIT).astype(np.int64)
    activity = np.exp(profile.activity_sigma * deviate)
    return Customers(activity, deposit, _positions(plan, tape, popularity, streams))


def _positions(plan: Plan, tape: PriceTape, popularity: Floats, streams: Streams) -> Positions:
    profile = plan.users.profile
    rng = streams.get("positions")
    listed = np.count_nonzero(popularity)
    wanted = np.minimum(rng.poisson(profile.opening_positions, plan.users.count), listed)
    held = _different_symbols(wanted, popularity, rng)
    symbol = held % len(popularity)
    price = tape.opening[symbol]
    capped = np.minimum(
        order_sizes(profile, len(symbol), rng), profile.largest_order_value // price
    )
    quantity = np.maximum(capped, 1)
    gain = np.exp(GAIN_SIGMA * rng.standard_normal(len(symbol)))
    cost = np.maximum(np.rint(price / gain), 1).astype(np.int64) * quantity
    each = np.bincount(held // len(popularity), minlength=plan.users.count)
    return Positions(each, symbol, quantity, cost)


def _different_symbols(wanted: Int64s, popularity: Floats, rng: np.random.Generator) -> Int64s:
    """Draw so many different stocks for each user, as sorted `user * stocks + stock`.

    Doubles are drawn again, a limited number of times: a user who wants nearly every stock
    may end with fewer.
    """
    stocks = len(popularity)
    held = np.empty(0, dtype=np.int64)
    for _ in range(MOST_REDRAWS):
        missing = wanted - np.bincount(held // stocks, minlength=len(wanted))
        if not missing.any():
            break
        user = np.repeat(np.arange(len(wanted)), missing)
        # Not np.unique: its hash table is ten times slower on keys as regular as these.
        held = np.sort(np.append(held, user * stocks + sample(popularity, len(user), rng)))
        held = held[group_starts(held)]
    return held
