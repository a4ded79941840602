"""Lots of shares, and which sell sells which of them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulation.prices.crossings import NEVER_US
from simulation.workload.customers import Positions
from simulation.workload.grouped import group_starts, ranks, running_minima, user_time_keys
from simulation.workload.orders import Orders
from simulation.workload.workload import Flags, Int64s

BROUGHT_ALONG_US: Final = -1


class Lots(NamedTuple):
    """Lots grouped by user, within a user in the order in which they come in.

    Attributes:
        user: Number of the owner, from 1.
        since_us: When it comes in; -1 for opening positions.
        symbol: The stock.
        source: The order that buys it; `-2 - n` for the n-th opening position.
    """

    user: Int64s
    since_us: Int64s
    symbol: Int64s
    source: Int64s


def collect_lots(positions: Positions, orders: Orders) -> Lots:
    """Collect the opening positions and all buys that are expected to execute."""
    comes = ~orders.sells & ~orders.excessive & (orders.executed_us < NEVER_US)
    bought = np.flatnonzero(comes & (orders.cancelled_us == NEVER_US))
    owner: Int64s = np.repeat(np.arange(1, len(positions.each) + 1), positions.each)
    user: Int64s = np.concatenate((owner, orders.user[bought]))
    opening = np.full(len(owner), BROUGHT_ALONG_US)
    since_us = np.concatenate((opening, orders.executed_us[bought]))
    symbol = np.concatenate((positions.symbol, orders.symbol[bought]))
    source = np.concatenate((-2 - np.arange(len(owner)), bought))
    order = np.argsort(user_time_keys(user, since_us + 1), kind="stable")
    return Lots(user[order], since_us[order], symbol[order], source[order])


def sell_lots(orders: Orders, lots: Lots) -> None:
    """Let every sell sell the oldest lot that its user has; without one it becomes a buy.

    As many buys become sells of lots that would be left over, if there are so many, so that
    the shares of buys and sells stay what they were.
    """
    sells = np.flatnonzero(orders.sells)
    sells = sells[np.argsort(orders.user[sells], kind="stable")]
    first_lot = np.searchsorted(lots.user, orders.user[sells])
    served = _served(orders, lots, sells, first_lot)
    orders.sells[sells[~served]] = False
    kept = sells[served]
    number = ranks(group_starts(orders.user[kept]), len(kept))
    _sell(orders, lots, kept, first_lot[served] + number)
    _compensate(orders, lots, len(sells) - len(kept))


def _sell(orders: Orders, lots: Lots, sells: Int64s, which: Int64s) -> None:
    orders.sells[sells] = True
    orders.lot[sells] = which
    orders.symbol[sells] = lots.symbol[which]


def _served(orders: Orders, lots: Lots, sells: Int64s, first_lot: Int64s) -> Flags:
    """Tell which sells, grouped by user and sorted by time, find a lot.

    How many go without is the reflection of "lots come in less sells" at zero (Lindley,
    Proc. Camb. Phil. Soc. 48:277, 1952).
    """
    starts = group_starts(orders.user[sells])
    keys = user_time_keys(orders.user[sells], orders.at_us[sells])
    come_in = np.searchsorted(user_time_keys(lots.user, lots.since_us + 1), keys) - first_lot
    left = come_in - ranks(starts, len(sells)) - 1
    without = np.maximum(0, -running_minima(left, starts))
    earlier = np.concatenate(([0], without[:-1]))
    earlier[starts] = 0
    served: Flags = without == earlier
    return served


def _compensate(orders: Orders, lots: Lots, count: int) -> None:
    """Turn up to so many buys into sells, all over the users.

    Of two lots of a user that nobody sells, the first can be sold by the order that would
    have bought the second, if it has come in by then.
    """
    unsold = np.ones(len(lots.user), dtype=bool)
    unsold[orders.lot[orders.sells]] = False
    left = np.flatnonzero(unsold)
    odd = ranks(group_starts(lots.user[left]), len(left)) % 2 == 1
    second = np.flatnonzero(odd & (lots.source[left] >= 0))
    buyer, first = lots.source[left[second]], left[second - 1]
    possible = orders.at_us[buyer] > lots.since_us[first]
    buyer, first = buyer[possible], first[possible]
    evenly = np.linspace(0, len(buyer), min(count, len(buyer)), endpoint=False).astype(np.int64)
    _sell(orders, lots, buyer[evenly], first[evenly])
