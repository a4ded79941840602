"""How large orders may be so that everybody's cash lasts the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulation.plan import Profile
from simulation.prices.crossings import NEVER_US
from simulation.workload.customers import Positions
from simulation.workload.draft import Draft
from simulation.workload.grouped import group_starts, running_sums, user_time_keys
from simulation.workload.lots import Lots
from simulation.workload.orders import Orders
from simulation.workload.workload import (
    DEPOSIT,
    MOST_SHARES,
    UNDO,
    WITHDRAW,
    Floats,
    Int32s,
    Int64s,
)

SPENDABLE: Final = 0.95  # the rest meets quotes that move before an order arrives
PROCEEDS: Final = 0.99
EXCESS: Final = 1.1


class _Movements(NamedTuple):
    """Expected movements of cash, 1/10,000 USD; `scaled` is in proportion to a user's buys."""

    user: Int32s
    at_us: Int64s
    fixed: Floats
    scaled: Floats


class _Budget(NamedTuple):
    """Factor of each user's buys (index: user), and the cash after each movement as given."""

    factor: Floats
    cash: Floats


def fit_to_cash(
    profile: Profile, draft: Draft, positions: Positions, lots: Lots, orders: Orders
) -> None:
    """Set the quantity of every order, one share at the least.

    Buys are capped in value, then scaled by one factor per user, 1 at the most, so that the
    expected cash never ends. Sells are for their lots. Excessive orders go beyond all that
    the user is expected to have.

    Args:
        profile: The cap on the value.
        draft: Its deposits and withdrawals.
        positions: Opening positions.
        lots: All lots.
        orders: Orders as users would like them; `quantity` is changed.
    """
    highest = np.maximum(orders.seen_price, orders.limit_price)
    wanted = np.minimum(orders.quantity, np.maximum(profile.largest_order_value // highest, 1))
    excessive = np.flatnonzero(orders.excessive)
    parts: tuple[_Movements, ...] = (
        _transfers_of_cash(draft),
        *_purchases(orders, wanted),
        _sales(positions, lots, orders, wanted),
        _movements(orders.user[excessive], orders.at_us[excessive]),
    )
    budget = _budget(parts, len(positions.each))
    del parts
    bought = np.floor(wanted * budget.factor[orders.user]).astype(np.int64)
    orders.quantity = np.maximum(bought, 1)
    sizes = _lot_sizes(positions, lots, orders.quantity)
    orders.quantity[orders.sells] = sizes[orders.lot[orders.sells]]
    shares: Floats = np.bincount(lots.user, sizes, len(positions.each) + 1).astype(np.float64)
    _exceed(orders, shares, wanted, budget.cash[len(budget.cash) - len(excessive) :])


def _movements(
    user: Int32s,
    at_us: Int64s,
    *,
    fixed: Floats | None = None,
    scaled: Floats | None = None,
) -> _Movements:
    nothing = np.zeros(len(user))
    return _Movements(
        user,
        at_us,
        nothing if fixed is None else fixed,
        nothing if scaled is None else scaled,
    )


def _transfers_of_cash(draft: Draft) -> _Movements:
    is_undo = (draft.operation == UNDO) & (draft.amount > 0)
    moves = (draft.operation == DEPOSIT) | (draft.operation == WITHDRAW)
    rows = np.flatnonzero(moves | is_undo)
    signs = np.where(draft.operation[rows] == DEPOSIT, 1.0, -1.0)
    deposits = np.flatnonzero(signs > 0)
    _, first = np.unique(draft.user[rows[deposits]], return_index=True)
    at_us = draft.at_us[rows]
    # A load may begin while users are still being set up; that must not count as poverty.
    at_us[deposits[first]] = 0
    return _movements(draft.user[rows], at_us, fixed=signs * draft.amount[rows])


def _purchases(orders: Orders, wanted: Int64s) -> tuple[_Movements, _Movements]:
    """Take the cost of all buys when they are placed, and give it back when cancelled."""
    price = np.where(orders.limit_price > 0, orders.limit_price, orders.seen_price)
    buys = np.flatnonzero(~orders.sells & ~orders.excessive)
    cancelled = buys[orders.cancelled_us[buys] < NEVER_US]
    cost: Floats = np.multiply(wanted, price, dtype=np.float64)
    return (
        _movements(orders.user[buys], orders.at_us[buys], scaled=-cost[buys]),
        _movements(orders.user[cancelled], orders.cancelled_us[cancelled], scaled=cost[cancelled]),
    )


def _sales(positions: Positions, lots: Lots, orders: Orders, wanted: Int64s) -> _Movements:
    happens = orders.sells & ~orders.excessive & (orders.executed_us < NEVER_US)
    sells = np.flatnonzero(happens & (orders.cancelled_us == NEVER_US))
    source = lots.source[orders.lot[sells]]
    bought = source >= 0
    price = np.where(orders.waits(), orders.limit_price, orders.seen_price)[sells]
    proceeds = _lot_sizes(positions, lots, wanted)[orders.lot[sells]] * (PROCEEDS * price)
    return _movements(
        orders.user[sells],
        orders.executed_us[sells],
        fixed=np.where(bought, 0.0, proceeds),
        scaled=np.where(bought, proceeds, 0.0),
    )


def _lot_sizes(positions: Positions, lots: Lots, bought: Int64s) -> Int64s:
    sizes = np.empty(len(lots.source), dtype=np.int64)
    opening = lots.source < 0
    sizes[opening] = positions.quantity[-2 - lots.source[opening]]
    sizes[~opening] = bought[lots.source[~opening]]
    return sizes


def _budget(parts: Sequence[_Movements], users: int) -> _Budget:
    user = np.concatenate([part.user for part in parts])
    order = np.argsort(
        user_time_keys(user, np.concatenate([part.at_us for part in parts])), kind="stable"
    )
    user = user[order]
    starts = group_starts(user)
    fixed = running_sums(np.concatenate([part.fixed for part in parts])[order], starts)
    scaled = running_sums(np.concatenate([part.scaled for part in parts])[order], starts)
    np.maximum(fixed, 0.0, out=fixed)
    allowed = np.divide(SPENDABLE * fixed, -scaled, out=np.ones(len(order)), where=scaled < 0)
    factor = np.ones(users + 1)
    factor[user[starts]] = np.minimum(np.minimum.reduceat(allowed, starts), 1.0)
    cash = np.empty(len(order))
    cash[order] = np.maximum(fixed + factor[user] * scaled, 0.0)
    return _Budget(factor, cash)


def _exceed(orders: Orders, shares: Floats, wanted: Int64s, cash: Floats) -> None:
    """Raise excessive buys above the cash, excessive sells above all shares of their user."""
    excessive = np.flatnonzero(orders.excessive)
    worst = np.where(orders.limit_price > 0, orders.limit_price, orders.seen_price)[excessive]
    affordable = EXCESS * cash / worst
    most = np.where(orders.sells[excessive], shares[orders.user[excessive]], affordable)
    orders.quantity[excessive] = np.minimum(np.ceil(most) + wanted[excessive], MOST_SHARES)
